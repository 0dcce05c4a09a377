//! A client's connection with the two deadlines that the HTTP library does not have: for the first bytes, and for a
//! client that stops reading.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// How long a new connection may stay silent. Without it a silent client would hold its place for ever, because the
/// header timeout starts with the protocol, which the first bytes decide.
const FIRST_BYTES: Duration = Duration::from_secs(10);
/// The longest preface that decides the protocol: HTTP/2's.
const PREFACE: usize = 24;
/// How long a client may take none of the bytes that wait for it. A slow client takes some now and then.
const WRITE_STALL: Duration = Duration::from_secs(30);

/// A connection that ends when its client stalls.
#[derive(Debug)]
pub(crate) struct Socket<S> {
    stream: S,
    /// Runs until enough was read to know the protocol, or something was answered.
    opening: Option<Pin<Box<Sleep>>>,
    received: usize,
    spoke: Arc<AtomicBool>,
    stall: Pin<Box<Sleep>>,
    stalled: bool,
}

impl<S> Socket<S> {
    /// Wraps a connection that was just accepted.
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            opening: Some(Box::pin(sleep(FIRST_BYTES))),
            received: 0,
            spoke: Arc::default(),
            stall: Box::pin(sleep(WRITE_STALL)),
            stalled: false,
        }
    }

    /// Tells later whether the client has sent anything.
    pub(crate) fn spoke(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.spoke)
    }

    /// Bounds a write that cannot go on.
    fn guard<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.opening = None;
        if written.is_ready() {
            self.stalled = false;
            return written;
        }
        if !self.stalled {
            self.stalled = true;
            self.stall.as_mut().reset(Instant::now() + WRITE_STALL);
        }
        ready!(self.stall.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes no more bytes")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buf);
        let count = buf.filled().len() - before;
        if count > 0 {
            self.received += count;
            self.spoke.store(true, Ordering::Relaxed);
            if self.received >= PREFACE {
                self.opening = None;
            }
        }
        if outcome.is_pending()
            && let Some(opening) = &mut self.opening
        {
            ready!(opening.as_mut().poll(cx));
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client stays silent")));
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.guard(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.guard(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_cut_off() {
        let (_client, server) = tokio::io::duplex(64);
        let error = Socket::new(server).read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_reading_is_cut_off() {
        let (_client, server) = tokio::io::duplex(64);
        let error = Socket::new(server).write_all(&[0; 65]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_is_served() {
        let (mut client, server) = tokio::io::duplex(64);
        let mut socket = Socket::new(server);
        let reading = async {
            let mut all = vec![0; 256];
            for piece in all.chunks_mut(64) {
                tokio::time::sleep(WRITE_STALL / 2).await;
                client.read_exact(piece).await.unwrap();
            }
            all.len()
        };
        let (count, written) = tokio::join!(reading, socket.write_all(&[0; 256]));
        written.unwrap();
        assert_eq!(count, 256);
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_preface_reading_may_wait() {
        let (mut client, server) = tokio::io::duplex(64);
        let mut socket = Socket::new(server);
        client.write_all(&[b'x'; PREFACE]).await.unwrap();
        socket.read_exact(&mut [0; PREFACE]).await.unwrap();
        assert!(socket.spoke().load(Ordering::Relaxed));
        assert!(tokio::time::timeout(FIRST_BYTES * 2, socket.read_u8()).await.is_err());
    }
}
