//! Elections on a clock that only moves when everybody waits, over a Lease in memory with real optimistic locking.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::advance;

use super::*;

/// A Lease as the API server keeps it, and how it answers each client.
#[derive(Default)]
struct Store {
    lease: Mutex<Option<Value>>,
    /// The operator's Deployment.
    deployment: Mutex<Option<Value>>,
    /// How often the Deployment was asked for.
    asked: AtomicU64,
    version: AtomicU64,
}

/// What one client meets.
#[derive(Default)]
struct Line {
    /// Requests do not arrive.
    cut: AtomicBool,
    /// Requests arrive and their answers do not.
    deaf: AtomicBool,
}

fn answer(status: u16, body: &Value) -> http::Response<Body> {
    let body = serde_json::to_vec(body).unwrap();
    http::Response::builder().status(status).body(Body::from(body)).unwrap()
}

fn refusal(code: u16, reason: &str) -> http::Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": reason,
        "metadata": {},
    });
    answer(code, &status)
}

impl Store {
    fn handle(&self, path: &str, method: &http::Method, body: &[u8]) -> http::Response<Body> {
        if path == "/apis/apps/v1/namespaces/imgplane-system/deployments/imgplane-operator" {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let deployment = self.deployment.lock().unwrap();
            return deployment.as_ref().map_or_else(|| refusal(404, "NotFound"), |found| answer(200, found));
        }
        let mut lease = self.lease.lock().unwrap();
        if method == http::Method::GET {
            return lease.as_ref().map_or_else(|| refusal(404, "NotFound"), |lease| answer(200, lease));
        }
        let mut new: Value = serde_json::from_slice(body).unwrap();
        let version = |lease: &Value| lease["metadata"]["resourceVersion"].clone();
        let current = match &*lease {
            None if method == http::Method::POST => true,
            Some(old) if method == http::Method::PUT => version(old) == version(&new),
            _ => false,
        };
        if !current {
            return refusal(409, "Conflict");
        }
        let next = self.version.fetch_add(1, Ordering::SeqCst) + 1;
        new["metadata"]["resourceVersion"] = json!(next.to_string());
        *lease = Some(new.clone());
        answer(200, &new)
    }

    /// Puts a Deployment there, or none.
    fn deploy(&self, uid: Option<&str>) {
        let metadata = |uid| json!({"namespace": "imgplane-system", "name": "imgplane-operator", "uid": uid});
        *self.deployment.lock().unwrap() = uid.map(|uid| {
            json!({
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata(uid),
            })
        });
    }

    /// Uid of whom the Lease belongs to.
    fn owner(&self) -> Option<String> {
        let lease = self.lease.lock().unwrap();
        let owners = &lease.as_ref()?["metadata"]["ownerReferences"];
        let [owner] = owners.as_array()?.as_slice() else { panic!("not one owner: {owners}") };
        assert_eq!(
            (owner["apiVersion"].as_str(), owner["kind"].as_str(), owner["name"].as_str()),
            (Some("apps/v1"), Some("Deployment"), Some("imgplane-operator"))
        );
        Some(owner["uid"].as_str().unwrap().to_owned())
    }

    fn holder(&self) -> String {
        let lease = self.lease.lock().unwrap();
        lease
            .as_ref()
            .and_then(|lease| lease["spec"]["holderIdentity"].as_str())
            .unwrap_or_default()
            .to_owned()
    }
}

/// A replica in a test.
struct Replica {
    leads: watch::Receiver<bool>,
    task: tokio::task::JoinHandle<()>,
    line: Arc<Line>,
    shutdown: CancellationToken,
}

impl Replica {
    fn start(store: &Arc<Store>, identity: &str) -> Self {
        Self::of(store, identity, None)
    }

    /// A replica that is told its Deployment.
    fn deployed(store: &Arc<Store>, identity: &str) -> Self {
        Self::of(store, identity, Some("imgplane-operator"))
    }

    fn of(store: &Arc<Store>, identity: &str, deployment: Option<&str>) -> Self {
        let line = Arc::new(Line::default());
        let (far, near) = (Arc::clone(store), Arc::clone(&line));
        let service = tower::service_fn(move |request: http::Request<Body>| {
            let (store, line) = (Arc::clone(&far), Arc::clone(&near));
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect_bytes().await.unwrap();
                if line.cut.load(Ordering::SeqCst) {
                    std::future::pending::<()>().await;
                }
                let answer = store.handle(parts.uri.path(), &parts.method, &body);
                if line.deaf.load(Ordering::SeqCst) {
                    std::future::pending::<()>().await;
                }
                Ok::<_, std::convert::Infallible>(answer)
            }
        });
        let shutdown = CancellationToken::new();
        let client = Client::new(service, "default");
        let (leads, task) = contend(client, "imgplane-system", identity, deployment, shutdown.clone());
        Self { leads, task, line, shutdown }
    }

    fn leads(&self) -> bool {
        *self.leads.borrow()
    }
}

/// Lets time pass in small steps and counts leaders at each: there is never more than one.
async fn pass(time: Duration, replicas: &[&Replica]) {
    let step = Duration::from_millis(100);
    let mut left = time;
    while !left.is_zero() {
        advance(step).await;
        // Requests in memory need a few turns of the scheduler and no time.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        let leaders = replicas.iter().filter(|replica| replica.leads()).count();
        assert!(leaders <= 1, "{leaders} lead at once");
        left = left.saturating_sub(step);
    }
}

/// Lets time pass until the replica leads; gives how long that took.
async fn until_leads(replica: &Replica, all: &[&Replica]) -> Duration {
    let began = Instant::now();
    while !replica.leads() {
        assert!(began.elapsed() < Duration::from_mins(2), "it never leads");
        pass(Duration::from_millis(100), all).await;
    }
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn of_three_one_leads_and_goes_on_leading() {
    let store = Arc::new(Store::default());
    let (a, b, c) = (Replica::start(&store, "a"), Replica::start(&store, "b"), Replica::start(&store, "c"));
    let all = [&a, &b, &c];
    pass(Duration::from_secs(1), &all).await;
    let first = store.holder();
    assert!(!first.is_empty());
    pass(Duration::from_mins(10), &all).await;
    assert_eq!(store.holder(), first);
    assert_eq!(all.iter().filter(|replica| replica.leads()).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_killed_leader_is_replaced_within_twenty_seconds() {
    let store = Arc::new(Store::default());
    let a = Replica::start(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    let (b, c) = (Replica::start(&store, "b"), Replica::start(&store, "c"));
    pass(Duration::from_secs(31), &[&a, &b, &c]).await;
    a.task.abort();
    let began = Instant::now();
    while !b.leads() && !c.leads() {
        pass(Duration::from_millis(100), &[&b, &c]).await;
        assert!(began.elapsed() < Duration::from_secs(20), "nobody leads");
    }
    assert!(began.elapsed() > DURATION.saturating_sub(RENEW), "nobody takes it early");
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_cannot_renew_stops_before_another_may_start() {
    let store = Arc::new(Store::default());
    let a = Replica::start(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    let b = Replica::start(&store, "b");
    pass(Duration::from_secs(10), &[&a, &b]).await;
    a.line.cut.store(true, Ordering::SeqCst);
    let began = Instant::now();
    while a.leads() {
        pass(Duration::from_millis(100), &[&a, &b]).await;
    }
    let stopped = began.elapsed();
    assert!(stopped <= DURATION.saturating_sub(MARGIN) + Duration::from_millis(200), "{stopped:?}");
    let vacant = until_leads(&b, &[&a, &b]).await;
    // `b` may have looked up to two seconds after the last renewal, and never counts from before it.
    assert!(vacant + Duration::from_millis(200) >= MARGIN, "{vacant:?}");
    a.line.cut.store(false, Ordering::SeqCst);
    pass(Duration::from_mins(2), &[&a, &b]).await;
    assert!(b.leads() && !a.leads(), "the old leader waits like everybody");
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_all_ends_with_one_leader() {
    let store = Arc::new(Store::default());
    let a = Replica::start(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    let b = Replica::start(&store, "b");
    let all = [&a, &b];
    for replica in all {
        replica.line.cut.store(true, Ordering::SeqCst);
    }
    pass(Duration::from_mins(2), &all).await;
    assert!(!a.leads() && !b.leads());
    for replica in all {
        replica.line.cut.store(false, Ordering::SeqCst);
    }
    pass(Duration::from_secs(30), &all).await;
    assert_eq!(all.iter().filter(|replica| replica.leads()).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_whose_answer_is_lost_is_recognised_as_ones_own() {
    let store = Arc::new(Store::default());
    let a = Replica::start(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    a.line.deaf.store(true, Ordering::SeqCst);
    pass(Duration::from_secs(6), &[&a]).await;
    a.line.deaf.store(false, Ordering::SeqCst);
    let mut leads = a.leads.clone();
    leads.mark_unchanged();
    pass(Duration::from_mins(1), &[&a]).await;
    assert!(a.leads() && !leads.has_changed().unwrap(), "it never stopped leading");
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_taken_at_the_next_look() {
    let store = Arc::new(Store::default());
    let a = Replica::start(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    let b = Replica::start(&store, "b");
    pass(Duration::from_secs(1), &[&a, &b]).await;
    a.shutdown.cancel();
    pass(Duration::from_secs(1), &[&a, &b]).await;
    assert!(!a.leads());
    assert_eq!(store.holder(), "a", "who leads has not stopped yet");
    let Replica { leads, task, .. } = a;
    drop(leads);
    task.await.unwrap();
    let waited = until_leads(&b, &[&b]).await;
    assert!(waited <= LOOK + Duration::from_millis(200), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn two_processes_of_one_name_do_not_both_lead() {
    let store = Arc::new(Store::default());
    let a = Replica::start(&store, "same");
    pass(Duration::from_secs(1), &[&a]).await;
    let b = Replica::start(&store, "same");
    pass(Duration::from_mins(5), &[&a, &b]).await;
    assert!(a.leads() && !b.leads());
}

#[tokio::test(start_paused = true)]
async fn who_finds_another_name_in_its_lease_stops_at_once() {
    let store = Arc::new(Store::default());
    let a = Replica::start(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    {
        let mut lease = store.lease.lock().unwrap();
        let lease = lease.as_mut().unwrap();
        lease["spec"]["holderIdentity"] = json!("an administrator");
        lease["metadata"]["resourceVersion"] = json!("999");
    }
    pass(RENEW + Duration::from_millis(500), &[&a]).await;
    assert!(!a.leads());
    assert_eq!(store.holder(), "an administrator");
    until_leads(&a, &[&a]).await;
}

#[tokio::test(start_paused = true)]
async fn the_lease_belongs_to_the_deployment() {
    let store = Arc::new(Store::default());
    store.deploy(Some("u1"));
    let a = Replica::deployed(&store, "a");
    pass(Duration::from_mins(2), &[&a]).await;
    assert!(a.leads());
    assert_eq!(store.owner().as_deref(), Some("u1"), "also after renewals");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_belongs_to_nobody_is_given_an_owner_by_the_next_leader() {
    let store = Arc::new(Store::default());
    let a = Replica::start(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    assert!(a.leads());
    assert_eq!((store.owner(), store.asked.load(Ordering::SeqCst)), (None, 0));
    store.deploy(Some("u1"));
    let b = Replica::deployed(&store, "b");
    a.task.abort();
    until_leads(&b, &[&b]).await;
    assert_eq!(store.owner().as_deref(), Some("u1"));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_cannot_be_read_is_no_reason_not_to_lead() {
    let store = Arc::new(Store::default());
    let a = Replica::deployed(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    assert!(a.leads());
    let b = Replica::deployed(&store, "b");
    pass(Duration::from_mins(5), &[&a, &b]).await;
    assert!(a.leads());
    assert_eq!(store.owner(), None);
    let asked = store.asked.load(Ordering::SeqCst);
    assert!(asked <= 3, "asked {asked} times for what does not exist");
}

#[tokio::test(start_paused = true)]
async fn who_makes_the_lease_once_more_while_it_is_uninstalled_leaves_none_behind() {
    let store = Arc::new(Store::default());
    store.deploy(Some("u1"));
    let a = Replica::deployed(&store, "a");
    pass(Duration::from_secs(1), &[&a]).await;
    let b = Replica::deployed(&store, "b");
    pass(Duration::from_secs(1), &[&a, &b]).await;
    // Garbage collection follows the Deployment, and removes whatever belongs to it.
    a.task.abort();
    store.deploy(None);
    *store.lease.lock().unwrap() = None;
    until_leads(&b, &[&b]).await;
    assert_eq!(store.owner().as_deref(), Some("u1"));
}
