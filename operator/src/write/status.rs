//! The writer of statuses: a queue and a task that empties it, at a rate that the API server does not feel.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kube::Client;
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    budget::Bucket,
    queue::{Ended, Offered, Queue},
    send::{SendError, send},
};
use crate::status::DesiredStatus;

/// Writes under way at once.
const AT_ONCE: usize = 8;
/// Writes of all objects that may follow each other at once, ...
const BURST: u32 = 100;
/// ... and then one in this time: 50 a second.
const PAUSE: Duration = Duration::from_millis(20);
/// Time between two looks for objects that are gone.
const SWEEP: Duration = Duration::from_mins(10);

/// Writes statuses for as long as it leads. Clones share one queue.
#[derive(Debug, Clone)]
pub struct StatusWriter {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Notify,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    written: AtomicU64,
    skipped: AtomicU64,
    held_back: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

/// What has become of the statuses that were offered, since the writer was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteCounts {
    /// Written.
    pub written: u64,
    /// Not written, because they said nothing new.
    pub skipped: u64,
    /// Made to wait for the budget of their object.
    pub held_back: u64,
    /// Left out, because too many waited.
    pub dropped: u64,
    /// Attempts that failed; they are repeated, unless what the status says cannot be written.
    pub failed: u64,
    /// Waiting now.
    pub waiting: u64,
}

impl StatusWriter {
    /// Starts to write, until `shutdown`. What is under way then is given up: another leader may be writing.
    pub fn start(client: Client, shutdown: CancellationToken) -> Self {
        let shared = Arc::new(Shared::default());
        tokio::spawn(run(Arc::clone(&shared), client, shutdown));
        Self { shared }
    }

    /// Takes in what an object's status should be. Costs nothing where that is no news; never waits.
    pub fn offer(&self, status: DesiredStatus) {
        let counters = &self.shared.counters;
        let offered = self.shared.queue().offer(status, Instant::now());
        match offered {
            Offered::Skipped => count(&counters.skipped),
            Offered::Queued | Offered::Replaced => self.shared.wake.notify_one(),
            Offered::HeldBack => {
                count(&counters.held_back);
                self.shared.wake.notify_one();
            }
            Offered::Dropped => count(&counters.dropped),
        }
    }

    /// What has become of the statuses so far.
    pub fn counts(&self) -> WriteCounts {
        let Counters { written, skipped, held_back, dropped, failed } = &self.shared.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        WriteCounts {
            written: read(written),
            skipped: read(skipped),
            held_back: read(held_back),
            dropped: read(dropped),
            failed: read(failed),
            waiting: u64::try_from(self.shared.queue().len()).unwrap_or(u64::MAX),
        }
    }
}

impl Shared {
    /// A poisoned lock is taken over: the queue is whole after every single change.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

async fn run(shared: Arc<Shared>, client: Client, shutdown: CancellationToken) {
    let mut rate = Bucket::new(BURST, PAUSE, Instant::now());
    let mut writes: JoinSet<Written> = JoinSet::new();
    let mut sweep = Instant::now() + SWEEP;
    loop {
        let now = Instant::now();
        if now >= sweep {
            shared.queue().sweep(now);
            sweep = now + SWEEP;
        }
        while writes.len() < AT_ONCE && rate.next(now) <= now {
            let Some(status) = shared.queue().pop(now) else { break };
            rate.take(now);
            let client = client.clone();
            writes.spawn(async move {
                let result = send(&client, &status).await;
                Written { status: Box::new(status), result }
            });
        }
        let due = shared.queue().next().map(|due| due.max(rate.next(now)));
        let next = if writes.len() < AT_ONCE { due.unwrap_or(sweep).min(sweep) } else { sweep };
        tokio::select! {
            () = shutdown.cancelled() => return,
            Some(written) = writes.join_next(), if !writes.is_empty() => {
                // A write never panics; were it to, its object would stay under way until it is swept.
                if let Ok(written) = written {
                    conclude(&shared, written);
                }
            }
            () = shared.wake.notified() => {}
            () = sleep_until(next) => {}
        }
    }
}

/// A status with what came of sending it.
struct Written {
    status: Box<DesiredStatus>,
    result: Result<(), SendError>,
}

fn conclude(shared: &Shared, Written { status, result }: Written) {
    let (kind, id) = (status.kind, status.id.clone());
    let ended = match result {
        Ok(()) => {
            count(&shared.counters.written);
            Ended::Written
        }
        Err(SendError::Gone) => Ended::Gone,
        Err(error @ SendError::Unacceptable(_)) => {
            count(&shared.counters.failed);
            tracing::warn!(
                object = status.object(),
                %error,
                "a status cannot be written as it is, and is not tried again until it says something else: look whether \
                 the CustomResourceDefinitions are those of this release"
            );
            Ended::Refused(status)
        }
        Err(
            error @ (SendError::Forbidden { .. }
            | SendError::Refused(_)
            | SendError::Late
            | SendError::Json(_)),
        ) => {
            count(&shared.counters.failed);
            tracing::warn!(object = status.object(), %error, "a status could not be written and is tried again");
            Ended::Failed(status)
        }
    };
    shared.queue().ended(kind, &id, ended, Instant::now());
}
