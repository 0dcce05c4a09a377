//! A listening port: HTTP/1.1 and HTTP/2 on the same socket, with or without TLS, bounded, and stopped without losing a
//! request.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures::FutureExt as _;
use http::{Request, Response};
use hyper::{
    body::Incoming,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use prometheus_client::metrics::gauge::Gauge;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{peer::Peer, socket::Socket};

/// Connections of one port at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 4096;
/// How long a request's head may take, and how long an HTTP/1.1 connection may be idle: a little more than the
/// 60 seconds after which load balancers give up theirs, so that it is them who close.
const HEAD: Duration = Duration::from_secs(65);
/// Most bytes of a request's head. Above the longest target that is answered 414 and not cut off.
const HEAD_BYTES: usize = 128 << 10;
/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 128;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often an HTTP/2 client must show that it is still there.
const PING: Duration = Duration::from_secs(30);
/// How long a connection that was accepted before the end may take to send its request.
const LAST_WORD: Duration = Duration::from_millis(500);
/// Pause after a failure to accept that will come again, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listening port and its connections.
#[derive(Debug)]
pub(crate) struct Port {
    stop: CancellationToken,
    connections: TaskTracker,
    accepting: tokio::task::JoinHandle<()>,
}

impl Port {
    /// Begins to accept connections and to answer their requests with `service`.
    /// With `tls`, connections begin with a handshake.
    pub(crate) fn open<S, B>(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        service: S,
        open: Gauge<i64, AtomicI64>,
    ) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send + 'static,
        B: http_body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stop = CancellationToken::new();
        let connections = TaskTracker::new();
        let acceptor = Acceptor { stop: stop.clone(), connections: connections.clone(), tls, service, open };
        let accepting = tokio::spawn(acceptor.run(listener));
        Self { stop, connections, accepting }
    }

    /// Stops accepting and lets what runs finish, for at most `limit`. `false`: something was cut off.
    pub(crate) async fn close(self, limit: Duration) -> bool {
        self.stop.cancel();
        // It ends with the token; a panic in it has nothing more to accept either.
        let _ = self.accepting.await;
        self.connections.close();
        time::timeout(limit, self.connections.wait()).await.is_ok()
    }
}

struct Acceptor<S> {
    stop: CancellationToken,
    connections: TaskTracker,
    tls: Option<TlsAcceptor>,
    service: S,
    open: Gauge<i64, AtomicI64>,
}

impl<S, B> Acceptor<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    async fn run(self, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                accepted = async {
                    let place = Arc::clone(&places).acquire_owned().await;
                    (place, listener.accept().await)
                } => accepted,
            };
            match accepted {
                (Ok(place), Ok((stream, peer))) => self.connect(stream, peer, Some(place)),
                (_, Err(error)) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    time::sleep(ACCEPT_PAUSE).await;
                }
                (Err(_), Ok(_)) => break,
            }
        }
        // The kernel has already promised these clients a connection.
        while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
            self.connect(stream, peer, None);
        }
    }

    fn connect(&self, stream: TcpStream, peer: SocketAddr, place: Option<tokio::sync::OwnedSemaphorePermit>) {
        // Answers are written whole; waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a socket option was refused");
        }
        let (stop, service, open) = (self.stop.clone(), self.service.clone(), self.open.clone());
        let tls = self.tls.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            service.call(request)
        });
        self.connections.spawn(async move {
            let _counted = Counted::new(open);
            match tls {
                None => converse(stream, service, stop).await,
                Some(tls) => match time::timeout(HANDSHAKE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => converse(stream, service, stop).await,
                    // Scanners and clients that do not trust the certificate are everyday life.
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                },
            }
            drop(place);
        });
    }
}

/// Counts a connection until it ends, also by a panic or by being dropped.
struct Counted(Gauge<i64, AtomicI64>);

impl Counted {
    fn new(open: Gauge<i64, AtomicI64>) -> Self {
        open.inc();
        Self(open)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

async fn converse<T, S, B>(stream: T, service: S, stop: CancellationToken)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD_BYTES as u32)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);

    let socket = Socket::new(stream);
    let spoke = socket.spoke();
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            // A connection whose request is still on its way would be closed before it is read.
            if !spoke.load(Ordering::Relaxed)
                && let Ok(ended) = time::timeout(LAST_WORD, connection.as_mut()).await
            {
                ended
            } else {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    if let Err(error) = ended {
        // Clients that go away or stall are everyday life.
        tracing::debug!(%error, "a connection ended early");
    }
}
