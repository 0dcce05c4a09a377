//! The operator's admin port: liveness, readiness, metrics. Nothing here tells a secret or changes anything.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::metrics::Metrics;

/// A loop that has not turned for this long hangs: its own steps have deadlines of seconds, and a pause between them is
/// shorter as well.
pub const HANGS_AFTER: Duration = Duration::from_mins(1);
/// Content type of the `OpenMetrics` text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Connections at once. The kubelet and a scraper need a handful; others wait.
const CONNECTIONS: usize = 64;
/// How long a client may take to send its request's head.
const HEAD: Duration = Duration::from_secs(5);
/// How long a connection may live, busy or idle, so that those of clients that are gone do not pile up.
const CONNECTION: Duration = Duration::from_mins(2);
/// Pause after a connection could not be accepted, for want of descriptors as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the admin port says of the operator.
#[derive(Clone)]
pub struct Health {
    age: Arc<dyn Fn() -> Duration + Send + Sync>,
    ready: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Health {
    /// `age`: how long ago the loop last turned. `ready`: whether everything that is watched was seen once.
    pub fn new(
        age: impl Fn() -> Duration + Send + Sync + 'static,
        ready: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { age: Arc::new(age), ready: Arc::new(ready) }
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("age", &(self.age)()).field("ready", &(self.ready)()).finish()
    }
}

/// The admin port cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "the admin port {address} cannot be opened: {source}; another process has it, or choose one with --admin-listen"
)]
pub struct AdminError {
    address: SocketAddr,
    source: std::io::Error,
}

/// The admin port, open and not served yet.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
}

impl Admin {
    /// Opens the port; port 0 takes a free one.
    ///
    /// # Errors
    /// [`AdminError`] when it cannot be opened.
    pub async fn bind(address: SocketAddr) -> Result<Self, AdminError> {
        let failed = |source| AdminError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`; requests that run then are cut off.
    pub async fn serve(self, health: Health, metrics: Metrics, shutdown: CancellationToken) {
        let router = router(health, metrics);
        let turns = Arc::new(Semaphore::new(CONNECTIONS));
        shutdown
            .clone()
            .run_until_cancelled(async {
                // The semaphore is never closed, so there is always a turn to wait for.
                while let Ok(turn) = Arc::clone(&turns).acquire_owned().await {
                    match self.listener.accept().await {
                        Ok((stream, _)) => {
                            let (router, shutdown) = (router.clone(), shutdown.clone());
                            tokio::spawn(async move {
                                shutdown.run_until_cancelled(serve(stream, router)).await;
                                drop(turn);
                            });
                        }
                        Err(error) => {
                            tracing::warn!(%error, "a connection to the admin port was not accepted");
                            sleep(ACCEPT_PAUSE).await;
                        }
                    }
                }
            })
            .await;
    }
}

async fn serve(stream: TcpStream, router: Router) {
    let service = hyper::service::service_fn(move |request| router.clone().oneshot(request));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // How it ends is the client's affair: it went away, was too slow, or had its two minutes.
    let _ended = timeout(CONNECTION, connection).await;
}

#[derive(Debug, Clone)]
struct Shown {
    health: Health,
    metrics: Metrics,
}

fn router(health: Health, metrics: Metrics) -> Router {
    Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/metrics", get(text))
        .with_state(Shown { health, metrics })
}

async fn live(State(shown): State<Shown>) -> Response {
    let age = (shown.health.age)();
    if age < HANGS_AFTER {
        return (StatusCode::OK, "ok\n").into_response();
    }
    let said = format!("the loop has not turned for {} s\n", age.as_secs());
    (StatusCode::INTERNAL_SERVER_ERROR, said).into_response()
}

async fn ready(State(shown): State<Shown>) -> Response {
    if (shown.health.ready)() {
        (StatusCode::OK, "ready\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not everything that is watched was seen yet\n").into_response()
    }
}

async fn text(State(shown): State<Shown>) -> Response {
    match shown.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    struct Served {
        address: SocketAddr,
        age: Arc<AtomicU64>,
        ready: Arc<AtomicBool>,
        shutdown: CancellationToken,
        task: tokio::task::JoinHandle<()>,
    }

    async fn start() -> Served {
        let (age, ready) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let health = Health::new(
            {
                let age = Arc::clone(&age);
                move || Duration::from_secs(age.load(Ordering::SeqCst))
            },
            {
                let ready = Arc::clone(&ready);
                move || ready.load(Ordering::SeqCst)
            },
        );
        let shutdown = CancellationToken::new();
        let admin = Admin::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = admin.local_addr();
        let task = tokio::spawn(admin.serve(health, Metrics::new(), shutdown.clone()));
        Served { address, age, ready, shutdown, task }
    }

    async fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_loop_that_hangs_does_not_look_alive() {
        let served = start().await;
        for (age, status) in [(0, "200"), (59, "200"), (60, "500"), (600, "500")] {
            served.age.store(age, Ordering::SeqCst);
            let answer = ask(served.address, "/livez").await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{age}: {answer}");
        }
    }

    #[tokio::test]
    async fn it_is_ready_once_everything_was_seen_and_tells_its_metrics() {
        let served = start().await;
        assert!(ask(served.address, "/readyz").await.starts_with("HTTP/1.1 503"));
        served.ready.store(true, Ordering::SeqCst);
        assert!(ask(served.address, "/readyz").await.starts_with("HTTP/1.1 200"));
        let metrics = ask(served.address, "/metrics").await;
        assert!(metrics.contains(OPEN_METRICS) && metrics.trim_end().ends_with("# EOF"), "{metrics}");
        assert!(ask(served.address, "/v1/report").await.starts_with("HTTP/1.1 404"));
    }

    #[tokio::test]
    async fn it_ends_with_the_operator() {
        let served = start().await;
        let _idle = TcpStream::connect(served.address).await.unwrap();
        served.shutdown.cancel();
        served.task.await.unwrap();
        assert!(TcpStream::connect(served.address).await.is_err());
    }
}
