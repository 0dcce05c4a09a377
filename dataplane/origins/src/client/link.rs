//! A connection, plain or encrypted, in the form that hyper wants.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

/// A connection to an origin.
#[derive(Debug)]
pub(super) struct Link {
    io: TokioIo<Either<TcpStream, Box<TlsStream<TcpStream>>>>,
    /// Requests name the whole address, because a proxy is at the other end.
    proxied: bool,
    http2: bool,
}

impl Link {
    /// A plain connection, to an origin or to a proxy.
    pub(super) fn plain(tcp: TcpStream, proxied: bool) -> Self {
        Self { io: TokioIo::new(Either::Left(tcp)), proxied, http2: false }
    }

    pub(super) fn encrypted(tls: TlsStream<TcpStream>) -> Self {
        let http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
        Self { io: TokioIo::new(Either::Right(Box::new(tls))), proxied: false, http2 }
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        let connected = Connected::new().proxy(self.proxied);
        if self.http2 { connected.negotiated_h2() } else { connected }
    }
}

impl Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
