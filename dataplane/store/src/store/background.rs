//! What works behind the back of requests: writing what waits, and trying out a store that is left alone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use opendal::Buffer;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinSet,
};

use super::Inner;
use crate::{
    Operation,
    queue::{Job, Work},
    running::within,
    trouble::Trouble,
};

/// Things that are written at once.
const WRITERS: usize = 8;
/// How long one may take: the largest original over a slow line.
const WRITE: Duration = Duration::from_secs(30);
/// How often it is looked whether a store is to be tried out.
const EVERY: Duration = Duration::from_millis(500);
/// What is read and written to try it out.
const TRIAL: &str = "trial";

/// Writes what waits, several things at once.
pub(super) async fn write(inner: Arc<Inner>, mut jobs: mpsc::Receiver<Job>) {
    let turns = Arc::new(Semaphore::new(WRITERS));
    let mut running = JoinSet::new();
    while let Some(job) = jobs.recv().await {
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
        while running.try_join_next().is_some() {}
        let inner = Arc::clone(&inner);
        running.spawn(async move { inner.work_off(job, turn).await });
    }
}

/// Tries out a store that is left alone, again and again: no request has to.
pub(super) async fn try_out(inner: Arc<Inner>) {
    loop {
        tokio::time::sleep(EVERY).await;
        if inner.reads.takes_trial() {
            let began = Instant::now();
            // That it has no such thing is an answer too.
            let outcome = inner.look_up(TRIAL.to_owned()).await;
            inner.ended(Operation::Read, &outcome, "done", began.elapsed(), 0);
        }
        if inner.writes.takes_trial() {
            inner.write(Operation::Write, TRIAL.to_owned(), vec![Bytes::from_static(b"trial\n")], ()).await;
        }
    }
}

impl Inner {
    async fn work_off(&self, job: Job, turn: OwnedSemaphorePermit) {
        let Job { name, work, place } = job;
        let name = name.to_string();
        match work {
            // What came before the store was left alone is not tried on it, one by one.
            _ if !self.writes.is_closed() => self.skipped(Operation::Write, "unavailable"),
            Work::Write(make, hold) => {
                let Ok(Some(parts)) = tokio::task::spawn_blocking(make).await else {
                    return self.skipped(Operation::Write, "too_large");
                };
                self.write(Operation::Write, name, parts, (turn, place, hold)).await;
            }
            Work::Delete => {
                let (operator, began) = (self.operator.clone(), Instant::now());
                let outcome = within(WRITE, !self.is_folder, (turn, place), async move {
                    operator.delete(&name).await.map_err(Trouble::from)
                });
                let outcome = outcome.await;
                self.ended(Operation::Delete, &outcome, "done", began.elapsed(), 0);
            }
        }
    }

    async fn write(&self, operation: Operation, name: String, parts: Vec<Bytes>, turn: impl Send + 'static) {
        let bytes: usize = parts.iter().map(Bytes::len).sum();
        let (operator, began) = (self.operator.clone(), Instant::now());
        let outcome = within(WRITE, !self.is_folder, turn, async move {
            operator.write(&name, Buffer::from(parts)).await.map(drop).map_err(Trouble::from)
        });
        let outcome = outcome.await;
        let written = if outcome.is_ok() { bytes as u64 } else { 0 };
        self.ended(operation, &outcome, "done", began.elapsed(), written);
    }
}
