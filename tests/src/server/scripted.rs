//! An HTTP server inside the test: a script answers, the test may say otherwise, and everything asked is kept.
//!
//! It runs on a thread of its own, so that it can be started with and without a runtime, and ends when dropped.

mod message;

pub use message::{Asked, Reply};

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Debug,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use axum::{Router, extract::State, response::Response};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use tokio::sync::{oneshot, watch};

/// How long [`Scripted::reached`] waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server of this kind knows, and how it answers.
pub trait Script: Send + Sync + 'static {
    /// The kinds of requests it tells apart, for counting and for answers of the test's own.
    type Call: Copy + Ord + Debug + Send + Sync + 'static;

    /// Which kind a request is.
    fn call(&self, asked: &Asked) -> Self::Call;

    /// What it answers.
    fn reply(&self, call: Self::Call, asked: &Asked) -> Reply;
}

/// Answers of the test's own for one kind of request.
#[derive(Debug, Default)]
struct Instead {
    once: VecDeque<Reply>,
    always: Option<Reply>,
}

/// Shared by the server's thread and the test.
struct Shared<S: Script> {
    script: S,
    instead: Mutex<BTreeMap<S::Call, Instead>>,
    asked: watch::Sender<Vec<(S::Call, Asked)>>,
    held: watch::Sender<bool>,
}

/// A running server with its script.
pub struct Scripted<S: Script> {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared<S>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl<S: Script> Debug for Scripted<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scripted").field("address", &self.address).finish_non_exhaustive()
    }
}

impl<S: Script> Scripted<S> {
    /// Starts on a free port of loopback.
    pub fn run(script: S) -> Self {
        let shared = Arc::new(Shared {
            script,
            instead: Mutex::default(),
            asked: watch::Sender::new(Vec::new()),
            held: watch::Sender::new(false),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("the port");
        let (stop, stopped) = oneshot::channel();
        let router = Router::new().fallback(answer::<S>).with_state(Arc::clone(&shared));
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// `http://ADDRESS` with a path behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on this kind of request is answered so, whatever the script says.
    pub fn answer(&self, call: S::Call, reply: Reply) {
        self.instead().entry(call).or_default().always = Some(reply);
    }

    /// The next request of this kind is answered so; several of these are used up in their order.
    pub fn answer_once(&self, call: S::Call, reply: Reply) {
        self.instead().entry(call).or_default().once.push_back(reply);
    }

    /// The script answers again, whatever the test said before.
    pub fn recover(&self) {
        self.instead().clear();
    }

    /// How many requests of this kind came.
    pub fn count(&self, call: S::Call) -> usize {
        self.shared.asked.borrow().iter().filter(|(kind, _)| *kind == call).count()
    }

    /// The requests of this kind, oldest first.
    pub fn asked(&self, call: S::Call) -> Vec<Asked> {
        let all = self.shared.asked.borrow();
        all.iter().filter(|(kind, _)| *kind == call).map(|(_, asked)| asked.clone()).collect()
    }

    /// Forgets what it was asked: counts begin at zero.
    pub fn forget(&self) {
        self.shared.asked.send_modify(Vec::clear);
    }

    /// Waits until at least `count` requests of this kind came, answered or not.
    pub async fn reached(&self, call: S::Call, count: usize) {
        let mut asked = self.shared.asked.subscribe();
        let enough = asked.wait_for(|all: &Vec<(S::Call, Asked)>| {
            all.iter().filter(|(kind, _)| *kind == call).count() >= count
        });
        let waited = tokio::time::timeout(PATIENCE, enough).await.map(|_| ());
        assert!(waited.is_ok(), "{count} requests {call:?} expected, {} came", self.count(call));
    }

    /// Holds every answer back until what this gives is dropped: for requests that must overlap.
    #[must_use = "answers are held until this is dropped"]
    pub fn hold(&self) -> Held {
        self.shared.held.send_replace(true);
        Held(self.shared.held.clone())
    }

    /// What the script knows.
    pub(super) fn script(&self) -> &S {
        &self.shared.script
    }

    fn instead(&self) -> MutexGuard<'_, BTreeMap<S::Call, Instead>> {
        lock(&self.shared.instead)
    }
}

impl<S: Script> Drop for Scripted<S> {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers are held back while this lives.
#[derive(Debug)]
pub struct Held(watch::Sender<bool>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

/// A test that panicked with a lock in its hand has failed already; the others go on.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer<S: Script>(
    State(shared): State<Arc<Shared<S>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or("").to_owned();
    let asked = Asked { method, path: uri.path().to_owned(), query, headers, body };
    let call = shared.script.call(&asked);
    shared.asked.send_modify(|all| all.push((call, asked.clone())));
    // The sender lives as long as the state does.
    let _ = shared.held.subscribe().wait_for(|held| !*held).await;
    let instead = lock(&shared.instead).get_mut(&call).and_then(|instead| {
        let once = instead.once.pop_front();
        once.or_else(|| instead.always.clone())
    });
    instead.unwrap_or_else(|| shared.script.reply(call, &asked)).response()
}
