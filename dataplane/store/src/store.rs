//! One store, open.

mod background;
mod find;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use imgplane_config::StoreRole;
use opendal::Operator;
use tokio::{sync::Semaphore, task::JoinSet};

pub use self::find::Found;
use crate::{
    Event, Events, Name, OpenError, Operation, Place,
    breaker::Breaker,
    queue::{Queue, Work},
    running::within,
    trouble::Trouble,
};

/// Look-ups at once. More would wait for connections, and nobody waits for a store.
const LOOKUPS: usize = 128;
/// Small things that are read, written or listed at once for whoever looks after the store.
const CHORES: usize = 16;
/// How long one of them may take. No request waits for it.
const CHORE: Duration = Duration::from_secs(3);
/// How long what waits may take to be written when the store closes.
const CLOSE: Duration = Duration::from_secs(5);

/// A store. It is used by many, and closes with the last of them.
#[derive(Debug)]
pub struct Store {
    inner: Arc<Inner>,
    queue: Queue,
    /// What works behind the back of requests; it ends with the store.
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Inner {
    role: StoreRole,
    operator: Operator,
    is_folder: bool,
    reads: Breaker,
    writes: Breaker,
    lookups: Arc<Semaphore>,
    chores: Arc<Semaphore>,
    events: Events,
    /// Why it is not used, although it may answer.
    barred: Mutex<Option<String>>,
}

impl Store {
    /// Opens it. Must be called inside a Tokio runtime. Requests use it once [`Store::bar`] lets them.
    ///
    /// # Errors
    /// [`OpenError`] for settings that cannot be used. Whether the store answers is found out later.
    pub async fn open(place: &Place, events: Events) -> Result<Self, OpenError> {
        let inner = Arc::new(Inner {
            role: place.role,
            operator: place.open().await?,
            is_folder: place.is_folder(),
            reads: Breaker::default(),
            writes: Breaker::default(),
            lookups: Arc::new(Semaphore::new(LOOKUPS)),
            chores: Arc::new(Semaphore::new(CHORES)),
            events,
            barred: Mutex::new(Some("is not used yet: what was purged of it is not read".to_owned())),
        });
        let (queue, jobs) = Queue::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(background::write(Arc::clone(&inner), jobs));
        tasks.spawn(background::try_out(Arc::clone(&inner)));
        Ok(Self { inner, queue, _tasks: tasks })
    }

    /// Writes something behind the back of the caller, in the place of what is there. `make` gives its parts, which
    /// belong behind each other, on a thread that may take its time; `bytes`: how many they are; `hold` lives until they
    /// are written or given up.
    pub fn put(
        &self,
        name: Name,
        bytes: usize,
        hold: impl Send + 'static,
        make: impl FnOnce() -> Option<Vec<Bytes>> + Send + 'static,
    ) {
        self.enqueue(Operation::Write, name, bytes, Work::Write(Box::new(make), Box::new(hold)));
    }

    /// Deletes something behind the back of the caller.
    pub fn remove(&self, name: Name) {
        self.enqueue(Operation::Delete, name, 0, Work::Delete);
    }

    fn enqueue(&self, operation: Operation, name: Name, bytes: usize, work: Work) {
        let inner = &self.inner;
        if inner.is_barred() || !inner.writes.is_closed() {
            inner.skipped(operation, "unavailable");
        } else if !self.queue.put(name, bytes, work) {
            inner.skipped(operation, "queue_full");
        }
    }

    /// Notes that something was not written for want of memory.
    pub fn had_no_memory(&self) {
        self.inner.skipped(Operation::Write, "no_memory");
    }

    /// Notes that what was found was not what was written.
    pub fn was_damaged(&self) {
        self.inner.skipped(Operation::Read, "damaged");
    }

    /// Ends its use by requests for a reason, or lets them use it again. It is looked after all the same.
    pub fn bar(&self, reason: Option<String>) {
        let before = std::mem::replace(&mut *self.inner.barred(), reason.clone());
        let store = self.inner.role;
        match (before, reason) {
            (None, Some(reason)) => tracing::error!(%store, reason, "the store is not used"),
            (Some(_), None) => tracing::info!(%store, "the store is used"),
            (None, None) | (Some(_), Some(_)) => {}
        }
    }

    /// Does something small that no request waits for, whether the store is in use or not.
    pub(crate) async fn chore<T: Send + 'static, F>(
        &self,
        operation: Operation,
        work: impl FnOnce(Operator) -> F,
    ) -> Result<T, String>
    where
        F: Future<Output = opendal::Result<T>> + Send + 'static,
    {
        let inner = &self.inner;
        let began = Instant::now();
        let turn = Arc::clone(&inner.chores).try_acquire_owned().map_err(|_| Trouble::Busy.to_string())?;
        let work = work(inner.operator.clone());
        let outcome =
            within(CHORE, !inner.is_folder, turn, async move { work.await.map_err(Trouble::from) }).await;
        let word = match &outcome {
            Ok(_) => "done",
            Err(Trouble::Absent) => "absent",
            Err(Trouble::Late(_)) => "late",
            Err(Trouble::Failed(_) | Trouble::Busy) => "failed",
        };
        inner.tell(operation, word, Some(began.elapsed()), 0);
        outcome.map_err(|trouble| trouble.to_string())
    }

    /// What is wrong with it, if something is.
    pub fn error(&self) -> Option<String> {
        let Inner { role, reads, writes, .. } = &*self.inner;
        let barred = || self.inner.barred().clone();
        let read = || reads.error().map(|error| format!("cannot be read: {error}"));
        let written = || writes.error().map(|error| format!("cannot be written to: {error}"));
        barred().or_else(read).or_else(written).map(|error| format!("{role} {error}"))
    }

    /// Whether its use for reading, and for writing, has ended for now.
    pub fn is_left_alone(&self) -> [(Operation, bool); 2] {
        let Inner { reads, writes, .. } = &*self.inner;
        [(Operation::Read, !reads.is_closed()), (Operation::Write, !writes.is_closed())]
    }

    /// How much waits to be written, or is being.
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// Waits until what waits is written, for a few seconds at most.
    pub async fn close(&self) {
        if tokio::time::timeout(CLOSE, self.queue.emptied()).await.is_err() {
            let lost = self.queue.waiting();
            tracing::warn!(store = %self.inner.role, lost, "the store is too slow: what was not written is lost");
        }
    }
}

impl Inner {
    fn is_barred(&self) -> bool {
        self.barred().is_some()
    }

    /// What holds this lock does not panic, so what it guards is sound.
    fn barred(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.barred.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells that something was not even begun.
    fn skipped(&self, operation: Operation, outcome: &'static str) {
        self.tell(operation, outcome, None, 0);
    }

    fn tell(&self, operation: Operation, outcome: &'static str, took: Option<Duration>, bytes: u64) {
        self.events.tell(Event { role: self.role, operation, outcome, took, bytes });
    }

    /// Notes how an operation ended, and tells of it. `good`: how it is called where it succeeded.
    fn ended<T>(
        &self,
        operation: Operation,
        outcome: &Result<T, Trouble>,
        good: &'static str,
        took: Duration,
        bytes: u64,
    ) {
        let breaker = match operation {
            Operation::Read | Operation::List => &self.reads,
            Operation::Write | Operation::Delete => &self.writes,
        };
        let (word, error) = match outcome {
            Ok(_) => (good, None),
            Err(Trouble::Absent) => ("absent", None),
            Err(Trouble::Busy) => return self.skipped(operation, "busy"),
            Err(error @ Trouble::Late(_)) => ("late", Some(error)),
            Err(error @ Trouble::Failed(_)) => ("failed", Some(error)),
        };
        self.tell(operation, word, Some(took), bytes);
        let (store, operation) = (self.role, operation.as_str());
        match error {
            None if breaker.succeeded() => tracing::info!(%store, operation, "the store is used again"),
            None => {}
            Some(error) if breaker.failed(&error.to_string()) => {
                tracing::error!(%store, operation, %error, "the store is left alone for a while");
            }
            Some(error) => tracing::debug!(%store, operation, %error, "the store failed"),
        }
    }
}

#[cfg(test)]
mod tests;
