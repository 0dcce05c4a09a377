//! The running server as its embedder sees it: start, apply, report, drain.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use imgplane_config::{Loaded, ReadError, report::Report};
use imgplane_pixels::Shrink;
use tokio::net::TcpListener;

use crate::{
    admin,
    metrics::{Metrics, OutcomeLabel},
    options::Options,
    pool::Pool,
    recent::{RecentError, RecentErrors},
    reload::{Fixed, Store},
    request,
    serve::Port,
    state::State,
};

/// How long requests in flight may take to finish after the port stopped accepting: more than the usual
/// transformation, less than the 30 seconds that Kubernetes gives a pod together with the drain delay.
const FINISH: Duration = Duration::from_secs(20);
/// The same for the admin port, whose answers are immediate.
const FINISH_ADMIN: Duration = Duration::from_secs(1);

/// A port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot listen on {address}: {source}; choose another address with {flag}")]
pub struct StartError {
    what: &'static str,
    flag: &'static str,
    address: SocketAddr,
    source: std::io::Error,
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct App {
    /// What requests run on; absent until the first usable config.
    pub(crate) state: ArcSwapOption<State>,
    /// Everything counted.
    pub(crate) metrics: Metrics,
    /// The last failed requests.
    pub(crate) recent: RecentErrors,
    /// The threads that transform.
    pub(crate) pool: Pool,
    /// The server is about to end.
    pub(crate) draining: AtomicBool,
    /// How far decoders may scale down.
    pub(crate) shrink: Shrink,
    /// Effort of the WebP encoder.
    pub(crate) webp_method: u8,
    store: Mutex<Store>,
}

impl App {
    fn new(options: &Options) -> Self {
        Self {
            state: ArcSwapOption::empty(),
            metrics: Metrics::new(),
            recent: RecentErrors::default(),
            pool: Pool::new(),
            draining: AtomicBool::new(false),
            shrink: options.shrink,
            webp_method: options.webp_method.min(6),
            store: Mutex::new(Store::new(Fixed::of(options))),
        }
    }

    /// Whether a load balancer should send requests here.
    pub(crate) fn is_ready(&self) -> bool {
        self.state.load().is_some() && !self.draining.load(Ordering::Relaxed)
    }

    /// What this pod says of itself.
    pub(crate) fn report(&self) -> Report {
        self.store().report()
    }

    /// A panic while a config is applied leaves records that are sound one by one.
    fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, loaded: Loaded) {
        let mut store = self.store();
        let state = store.apply(loaded);
        let refused = store.refused_count();
        // Swapped under the lock, so that two loads cannot overtake each other.
        if state.is_some() {
            self.state.store(state);
        }
        drop(store);
        self.metrics.refused_records.set(i64::try_from(refused).unwrap_or(i64::MAX));
        let outcome = if refused == 0 { "applied" } else { "partly_refused" };
        self.metrics.reloads.get_or_create(&OutcomeLabel { outcome }).inc();
    }
}

/// Access to a running server from anywhere, also after [`Server::run_until`] took the server itself.
#[derive(Debug, Clone)]
pub struct Handle(pub(crate) Arc<App>);

impl Handle {
    /// Applies records, each on its own: one that cannot be used keeps the last good version of it running. Requests
    /// in flight finish on what they began with.
    pub fn apply(&self, loaded: Loaded) {
        self.0.apply(loaded);
        log_report(&self.report());
    }

    /// The same, unless exactly this was applied before and nothing of it waits for another attempt.
    pub(crate) fn apply_if_changed(&self, loaded: Loaded) {
        if self.0.store().is_settled_on(loaded.hash.as_ref()) {
            return;
        }
        let before = self.report();
        self.0.apply(loaded);
        let after = self.report();
        if before.records != after.records || before.config_error != after.config_error {
            log_report(&after);
        }
    }

    /// Notes that a config could not be read as a whole. What runs goes on running, and the report says why.
    pub fn config_failed(&self, error: &ReadError) {
        let text = error.to_string();
        let mut store = self.0.store();
        if store.report().config_error.as_deref() != Some(&text) {
            tracing::error!(%error, "the config could not be read, what ran before goes on running");
            let outcome = OutcomeLabel { outcome: "unreadable" };
            self.0.metrics.reloads.get_or_create(&outcome).inc();
        }
        store.failed(text);
    }

    /// What this server says of itself: records that run or were refused, and how its origins fare.
    pub fn report(&self) -> Report {
        self.0.report()
    }

    /// The last 50 failed requests, newest first.
    pub fn recent_errors(&self) -> Vec<RecentError> {
        self.0.recent.list()
    }

    /// Whether `/readyz` answers 200.
    pub fn is_ready(&self) -> bool {
        self.0.is_ready()
    }
}

fn log_report(report: &Report) {
    for record in &report.records {
        if let Some(refused) = &record.refused {
            tracing::warn!(
                kind = record.kind.name(),
                id = %record.id,
                reason = %refused.reason,
                last_good_runs = record.running.is_some(),
                "a record was refused"
            );
        }
    }
    tracing::info!(
        hash = report.config_hash.as_ref().map(tracing::field::display),
        records = report.records.len(),
        "a config was applied"
    );
}

/// A data plane server: a delivery port and an admin port.
#[derive(Debug)]
pub struct Server {
    handle: Handle,
    delivery: Port,
    admin: Port,
    local_addr: SocketAddr,
    admin_addr: SocketAddr,
    drain_delay: Duration,
}

impl Server {
    /// Opens both ports and begins to answer: 503 and unready until the first config is applied.
    ///
    /// Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] when an address is taken or not of this machine.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let delivery = bind("The delivery port", "--listen", options.listen).await?;
        let admin = bind("The admin port", "--admin-listen", options.admin_listen).await?;
        let (local_addr, admin_addr) = (delivery.1, admin.1);

        let app = Arc::new(App::new(&options));
        let handle = Handle(Arc::clone(&app));
        let router = admin::router(Arc::clone(&app), options.admin_token, options.start_page);
        let open = app.metrics.connections.clone();
        Ok(Self {
            handle,
            delivery: Port::open(delivery.0, request::service(app), open),
            // Connections of the admin port are not of interest to anybody.
            admin: Port::open(
                admin.0,
                admin::service(router),
                prometheus_client::metrics::gauge::Gauge::default(),
            ),
            local_addr,
            admin_addr,
            drain_delay: options.drain_delay,
        })
    }

    /// Access that outlives [`Server::run_until`] taking the server.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// See [`Handle::apply`].
    pub fn apply(&self, loaded: Loaded) {
        self.handle.apply(loaded);
    }

    /// See [`Handle::report`].
    pub fn report(&self) -> Report {
        self.handle.report()
    }

    /// See [`Handle::recent_errors`].
    pub fn recent_errors(&self) -> Vec<RecentError> {
        self.handle.recent_errors()
    }

    /// Address of the delivery port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Address of the admin port.
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin_addr
    }

    /// Serves until `shutdown` resolves, then drains: unready at once, serving for the drain delay, no new
    /// connections after it, and what runs finishes within 20 seconds.
    ///
    /// # Errors
    /// [`DrainError`] when requests had to be cut off.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), DrainError> {
        shutdown.await;
        self.handle.0.draining.store(true, Ordering::Relaxed);
        tracing::info!(
            delay_ms = u64::try_from(self.drain_delay.as_millis()).unwrap_or(u64::MAX),
            "draining"
        );
        tokio::time::sleep(self.drain_delay).await;
        let finished = self.delivery.close(FINISH).await;
        self.admin.close(FINISH_ADMIN).await;
        if finished { Ok(()) } else { Err(DrainError) }
    }
}

/// Requests were still running when the time to finish was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "requests were still running 20 seconds after the last connection was accepted and have been cut off"
)]
pub struct DrainError;

async fn bind(
    what: &'static str,
    flag: &'static str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError { what, flag, address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    Ok((listener, local))
}
