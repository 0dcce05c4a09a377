//! The writer of Events.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use imgplane_config::ObjectId;
use imgplane_crds::{API_VERSION, Kind};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::{
    Client,
    runtime::events::{Event, EventType, Recorder, Reporter},
};
use tokio::{
    sync::mpsc,
    time::{Instant, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::gate::{Announcement, Gate};
use crate::{labels::OPERATOR, status::DesiredStatus};

/// Events that wait. More are left out: the status says the same.
const LENGTH: usize = 1_000;
/// How long one Event may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// Time between two Events, whatever they are of.
const PAUSE: Duration = Duration::from_millis(100);
/// What the operator was doing, as every Event must say.
const ACTION: &str = "Reconcile";
/// Offers between two looks for objects that are gone.
const SWEEP: u64 = 100_000;

/// Makes Events for as long as it leads. Clones share one queue.
#[derive(Debug, Clone)]
pub struct Announcer {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Told>,
}

#[derive(Debug, Default)]
struct Shared {
    gate: Mutex<Gate>,
    offered: AtomicU64,
    announced: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

/// What has become of Events, since the announcer was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Made.
    pub announced: u64,
    /// Left out, because too many waited.
    pub dropped: u64,
    /// Refused by the API server, or not answered.
    pub failed: u64,
}

#[derive(Debug)]
struct Told {
    reference: ObjectReference,
    announcement: Announcement,
}

impl Announcer {
    /// Starts to announce, until `shutdown`. `identity` is the name of this replica.
    pub fn start(client: Client, identity: &str, shutdown: CancellationToken) -> Self {
        let (queue, told) = mpsc::channel(LENGTH);
        let shared = Arc::new(Shared::default());
        let reporter = Reporter { controller: OPERATOR.to_owned(), instance: Some(identity.to_owned()) };
        let recorder = Recorder::new(client, reporter);
        tokio::spawn(run(Arc::clone(&shared), recorder, told, shutdown));
        Self { shared, queue }
    }

    /// Takes in what an object's status should be, and announces it where it is another mood than before; never
    /// waits.
    pub fn offer(&self, status: &DesiredStatus) {
        let now = Instant::now();
        let mut gate = self.shared.gate.lock().unwrap_or_else(PoisonError::into_inner);
        if self.shared.offered.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            gate.sweep(now);
        }
        let announcement = gate.consider(status, now);
        drop(gate);
        let Some(announcement) = announcement else { return };
        self.tell((status.kind, &status.id, &status.uid), announcement);
    }

    /// Announces something that was changed in an object (its kind, its id, its `metadata.uid`) and that its status
    /// does not show; never waits. Once per change: it is not held back as moods are.
    pub fn warn(&self, object: (Kind, &ObjectId, &str), reason: &str, note: &str) {
        let (reason, note) = (reason.to_owned(), note.to_owned());
        self.tell(object, Announcement { warning: true, reason, note });
    }

    fn tell(&self, object: (Kind, &ObjectId, &str), announcement: Announcement) {
        let told = Told { reference: reference(object), announcement };
        if self.queue.try_send(told).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What has become of Events so far.
    pub fn counts(&self) -> EventCounts {
        let Shared { announced, dropped, failed, .. } = &*self.shared;
        EventCounts {
            announced: announced.load(Ordering::Relaxed),
            dropped: dropped.load(Ordering::Relaxed),
            failed: failed.load(Ordering::Relaxed),
        }
    }
}

fn reference((kind, id, uid): (Kind, &ObjectId, &str)) -> ObjectReference {
    ObjectReference {
        api_version: Some(API_VERSION.to_owned()),
        kind: Some(kind.as_str().to_owned()),
        namespace: Some(id.namespace.clone()),
        name: Some(id.name.clone()),
        uid: Some(uid.to_owned()),
        ..ObjectReference::default()
    }
}

async fn run(
    shared: Arc<Shared>,
    recorder: Recorder,
    mut told: mpsc::Receiver<Told>,
    shutdown: CancellationToken,
) {
    let mut pace = interval(PAUSE);
    loop {
        let next = tokio::select! {
            () = shutdown.cancelled() => return,
            next = told.recv() => next,
        };
        let Some(Told { reference, announcement }) = next else { return };
        let Announcement { warning, reason, note } = announcement;
        let event = Event {
            type_: if warning { EventType::Warning } else { EventType::Normal },
            reason,
            note: Some(note),
            action: ACTION.to_owned(),
            secondary: None,
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = pace.tick() => {}
        }
        let outcome = tokio::select! {
            () = shutdown.cancelled() => return,
            outcome = timeout(DEADLINE, recorder.publish(&event, &reference)) => outcome,
        };
        let error = match outcome {
            Ok(Ok(())) => {
                shared.announced.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            Ok(Err(error)) if namespace_ends(&error) => {
                tracing::debug!(?reference, "no Event is made in a namespace that is being deleted");
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", DEADLINE.as_secs()),
        };
        shared.failed.fetch_add(1, Ordering::Relaxed);
        let object = reference.name.as_deref().unwrap_or_default();
        tracing::warn!(object, error, reason = event.reason, "an Event could not be made");
    }
}

/// Whether the API server refuses because the namespace is being deleted: nobody is left to read of its objects.
fn namespace_ends(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else { return false };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    status.code == 403 && causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_namespace_that_ends_is_told_apart_from_a_missing_right() {
        // As an API server of 1.34 says it.
        let refusal = |details: serde_json::Value| {
            let status = json!({"status": "Failure", "reason": "Forbidden", "code": 403, "message": "no", "details": details});
            kube::Error::Api(Box::new(serde_json::from_value(status).unwrap()))
        };
        let cause = json!({"reason": "NamespaceTerminating", "message": "namespace shop is being terminated",
            "field": "metadata.namespace"});
        let ends = refusal(
            json!({"name": "photos.1", "group": "events.k8s.io", "kind": "events", "causes": [cause]}),
        );
        assert!(namespace_ends(&ends));
        assert!(!namespace_ends(&refusal(json!({"group": "events.k8s.io", "kind": "events"}))));
    }
}
