//! The running server as its embedder sees it: start, apply, report, drain.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::{ArcSwap, ArcSwapOption};
use imgplane_config::{Hash, Loaded, ReadError, report::Report};
use imgplane_origins::Waits;
use imgplane_pixels::{JpegDecoder, Shrink};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    admin,
    metrics::{Metrics, OriginLabel, OutcomeLabel, in_seconds},
    options::Options,
    pool::Pool,
    probe::Probes,
    purge::{self, Desk, Numbering},
    recent::{RecentError, RecentErrors},
    reload::{Fixed, Store},
    request::{self, Memo},
    results::Keeper,
    serve::Port,
    state::State,
    stores::Stores,
    summary::{Asked, Summary},
    tls::{Reloaded, Tls, TlsError},
    token::{Token, TokenError},
};

/// How long requests in flight may take to finish after the port stopped accepting: fetching and transforming have 30 seconds
/// each unless a manifest says otherwise. The pods that the operator makes are given as long, with the drain delay.
const FINISH: Duration = Duration::from_secs(65);
/// How long the admin port stays after that for whoever numbers purges and has not asked for those of this server yet. The
/// operator looks every 2 seconds, and the drain delay of the pods that it makes is longer than that.
const TELL: Duration = Duration::from_secs(3);
/// The same for the admin port, whose answers are immediate.
const FINISH_ADMIN: Duration = Duration::from_secs(1);

/// A server could not be started.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StartError(#[from] Obstacle);

/// Why.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    #[error("{what} cannot listen on {address}: {source}; choose another address with {flag}")]
    Address { what: &'static str, flag: &'static str, address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("{0}; put a usable certificate into the folder of --tls-dir")]
    Tls(#[from] TlsError),
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
    pub(crate) jpeg_decoder: JpegDecoder,
    pub(crate) webp_method: u8,
    /// Probes of origins.
    pub(crate) probes: Probes,
    /// What is kept.
    pub(crate) results: Keeper,
    /// What was asked for in which words, of what is kept.
    pub(crate) memo: Memo,
    /// What is kept for all pods.
    pub(crate) stores: Stores,
    /// What was purged of it.
    pub(crate) purges: Desk,
    /// Stands for everything of this program's start that results depend on.
    pub(crate) edition: String,
    tls: Option<Arc<Tls>>,
    /// Held while a config is applied, which may take a while: whoever only wants to read takes the summary.
    store: Mutex<Store>,
    summary: ArcSwap<Summary>,
}

impl App {
    fn new(options: &Options, tls: Option<Arc<Tls>>) -> Self {
        let metrics = Metrics::new();
        let queue = metrics.origin_queue.clone();
        let waits = Waits::new(move |origin, waited| {
            let label = OriginLabel { origin: origin.to_string() };
            queue.get_or_create(&label).observe(in_seconds(waited));
        });
        let stores = Stores::new(options.store_dir.clone(), metrics.store_events());
        Self {
            state: ArcSwapOption::empty(),
            metrics,
            recent: RecentErrors::default(),
            pool: Pool::new(),
            draining: AtomicBool::new(false),
            shrink: options.shrink,
            jpeg_decoder: options.jpeg_decoder,
            webp_method: options.webp_method.min(6),
            probes: Probes::new(),
            results: Keeper::new(options.cache_dir.clone()),
            memo: Memo::new(),
            stores,
            purges: Desk::new(if options.purges_alone {
                Numbering::Alone(options.cache_dir.clone())
            } else {
                Numbering::Config
            }),
            edition: format!("{:?} {}", options.shrink, options.webp_method),
            tls,
            store: Mutex::new(Store::new(Fixed::of(options, waits))),
            summary: ArcSwap::default(),
        }
    }

    /// Whether a load balancer should send requests here.
    pub(crate) fn is_ready(&self) -> bool {
        self.state.load().is_some()
            && self.results.is_up()
            && self.stores.is_up()
            && !self.draining.load(Ordering::Relaxed)
    }

    /// What this pod says of itself.
    pub(crate) fn report(&self, asked: Asked) -> Report {
        let tls_error = self.tls.as_ref().and_then(|tls| tls.error());
        Report {
            purges: self.purges.waiting(),
            cache_error: self.results.disk_error(),
            store_error: self.stores.error(),
            store_purged: self.stores.purged(),
            ..self.summary().report(asked, tls_error)
        }
    }

    /// The same, as it was when the last load ended.
    pub(crate) fn summary(&self) -> Arc<Summary> {
        self.summary.load_full()
    }

    /// A panic while a config is applied leaves records that are sound one by one.
    fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, loaded: Loaded, began: Instant) {
        let mut store = self.store();
        let state = store.apply(loaded);
        // Swapped under the lock, so that two loads cannot overtake each other.
        if let Some(state) = state {
            // What was purged is gone before anybody is told that this config runs.
            self.purges.apply(&state.purges, &state.endpoints);
            self.results.want(state.cache);
            self.stores.want(state.stores.clone());
            self.state.store(Some(state));
        }
        let refused = self.tell(&store);
        drop(store);
        self.metrics.reload.observe(in_seconds(began.elapsed()));
        self.metrics.refused_records.set(i64::try_from(refused).unwrap_or(i64::MAX));
        let outcome = if refused == 0 { "applied" } else { "partly_refused" };
        self.metrics.reloads.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// Shows to readers what the store knows. Gives the number of refused records.
    fn tell(&self, store: &Store) -> usize {
        let summary = store.summary().clone();
        let refused = summary.refused;
        self.summary.store(Arc::new(summary));
        refused
    }

    /// Notes what became of a certificate that was read again.
    fn note_certificate(&self, reloaded: &Reloaded) {
        let outcome = match reloaded {
            Reloaded::Unchanged => return,
            Reloaded::Applied => {
                tracing::info!("a new certificate serves the delivery port");
                "applied"
            }
            Reloaded::Refused(error) => {
                tracing::error!(%error, "a new certificate cannot be used, the one before it serves on");
                "refused"
            }
        };
        self.metrics.certificates.get_or_create(&OutcomeLabel { outcome }).inc();
    }
}

/// Access to a running server from anywhere, also after [`Server::run_until`] took the server itself.
#[derive(Debug, Clone)]
pub struct Handle(pub(crate) Arc<App>);

impl Handle {
    /// Applies records, each on its own: one that cannot be used keeps the last good version of it running. Requests
    /// in flight finish on what they began with.
    ///
    /// With thousands of records this takes a good part of a second: call it off the threads that move bytes.
    pub fn apply(&self, loaded: Loaded) {
        self.0.apply(loaded, Instant::now());
        self.0.summary().log();
    }

    /// The same for records that were read since `began`; what did not change is not logged.
    pub(crate) fn apply_read(&self, loaded: Loaded, began: Instant) {
        let before = self.0.summary();
        self.0.apply(loaded, began);
        let after = self.0.summary();
        if before.records != after.records || before.error != after.error {
            after.log();
        }
    }

    /// Whether exactly this was applied before and nothing of it waits for another attempt.
    pub(crate) fn is_settled_on(&self, hash: &Hash) -> bool {
        self.0.store().is_settled_on(Some(hash))
    }

    /// Notes that a config could not be read as a whole. What runs goes on running, and the report says why.
    pub fn config_failed(&self, error: &ReadError) {
        let text = error.to_string();
        let mut store = self.0.store();
        if store.summary().error.as_deref() != Some(&text) {
            tracing::error!(%error, "the config could not be read, what ran before goes on running");
            let outcome = OutcomeLabel { outcome: "unreadable" };
            self.0.metrics.reloads.get_or_create(&outcome).inc();
        }
        store.failed(text);
        self.0.tell(&store);
    }

    /// What this server says of itself: records that run or were refused, and how its origins fare.
    pub fn report(&self) -> Report {
        self.0.report(Asked::default())
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

/// A data plane server: a delivery port and an admin port.
#[derive(Debug)]
pub struct Server {
    handle: Handle,
    delivery: Port,
    admin: Port,
    local_addr: SocketAddr,
    admin_addr: SocketAddr,
    drain_delay: Duration,
    /// What follows files; it ends with the server.
    _followers: JoinSet<()>,
}

impl Server {
    /// Opens both ports and begins to answer: 503 and unready until the first config is applied.
    ///
    /// Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] when an address is taken or not of this machine, or the token file or the certificate cannot be
    /// used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let token = Token::new(options.admin_token.as_deref());
        if let Some(file) = &options.admin_token_file {
            token.read(file).map_err(Obstacle::from)?;
        }
        let tls = options.tls_dir.as_deref().map(Tls::load).transpose().map_err(Obstacle::from)?;
        let tls = tls.map(Arc::new);
        let delivery = bind("The delivery port", "--listen", options.listen).await?;
        let admin = bind("The admin port", "--admin-listen", options.admin_listen).await?;
        let (local_addr, admin_addr) = (delivery.1, admin.1);

        let app = Arc::new(App::new(&options, tls.clone()));
        let mut followers = JoinSet::new();
        if let Some(file) = options.admin_token_file {
            followers.spawn(token.clone().follow(file));
        }
        let keeping = Arc::clone(&app);
        followers.spawn(async move { keeping.results.keep().await });
        let storing = Arc::clone(&app);
        followers.spawn(async move { storing.stores.keep().await });
        followers.spawn(purge::follow(Arc::clone(&app)));
        let acceptor = tls.as_ref().map(|tls| tls.acceptor());
        if let Some(tls) = tls {
            let noting = Arc::clone(&app);
            followers.spawn(tls.follow(move |reloaded| noting.note_certificate(&reloaded)));
        }
        let handle = Handle(Arc::clone(&app));
        let router = admin::router(Arc::clone(&app), token, options.start_page);
        let open = app.metrics.connections.clone();
        Ok(Self {
            handle,
            delivery: Port::open(delivery.0, acceptor, request::service(app), open),
            // Connections of the admin port are not of interest to anybody.
            admin: Port::open(
                admin.0,
                None,
                admin::service(router),
                prometheus_client::metrics::gauge::Gauge::default(),
            ),
            local_addr,
            admin_addr,
            drain_delay: options.drain_delay,
            _followers: followers,
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
        // Whoever asked for a purge here was promised it.
        if tokio::time::timeout(TELL, self.handle.0.purges.told()).await.is_err() {
            tracing::warn!("purges that were asked for here were told to nobody, and are lost");
        }
        self.admin.close(FINISH_ADMIN).await;
        self.handle.0.purges.close().await;
        self.handle.0.stores.close().await;
        self.handle.0.results.close().await;
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
    let failed = |source| StartError(Obstacle::Address { what, flag, address, source });
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    Ok((listener, local))
}
