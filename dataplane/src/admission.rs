//! Who may transform now: a slot of the endpoint, a worker and memory, or a place in the bounded queue until then.
//!
//! Two shares of the memory budget keep requests from blocking each other for ever. *Originals* being downloaded or
//! waiting hold the first, running transformations hold the second. A request takes its original's share before it
//! waits for a worker, and nobody who holds a worker waits for the originals' share: there is no circle.
//! The order endpoint slot, worker, memory means that memory is only reserved by jobs that really run next.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::budget::{Budget, OverCapacity, Reservation};

/// Share of the budget that encoded originals may take, in percent. They are small beside decoded pictures: 40 MiB of
/// JPEG is the default limit of one, and 100 MP of pixels are 400 MB.
const ORIGINALS_PERCENT: u64 = 25;

/// Bounds of one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Bytes of originals and pictures together.
    pub(crate) memory: u64,
    /// Transformations at once.
    pub(crate) workers: usize,
    /// Requests that may wait.
    pub(crate) queue: usize,
    /// How long each may wait.
    pub(crate) queue_timeout: Duration,
}

/// Why a request was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// As many wait already as may.
    QueueFull,
    /// It waited as long as it may.
    QueueTimeout,
    /// It needs more than the whole budget.
    OverCapacity(OverCapacity),
}

impl From<OverCapacity> for Refused {
    fn from(over: OverCapacity) -> Self {
        Self::OverCapacity(over)
    }
}

/// The right to run one job. Dropping it lets the next one in.
#[derive(Debug)]
pub(crate) struct Permit {
    _memory: Reservation,
    _worker: OwnedSemaphorePermit,
    _slot: OwnedSemaphorePermit,
}

/// The gate in front of the workers.
#[derive(Debug)]
pub(crate) struct Admission {
    bounds: Bounds,
    places: Semaphore,
    workers: Arc<Semaphore>,
    compressors: Arc<Semaphore>,
    pictures: Budget,
    originals: Budget,
}

impl Admission {
    /// Opens the gate.
    pub(crate) fn new(bounds: Bounds) -> Self {
        let originals = bounds.memory / 100 * ORIGINALS_PERCENT;
        Self {
            places: Semaphore::new(bounds.queue.min(Semaphore::MAX_PERMITS)),
            workers: Arc::new(Semaphore::new(bounds.workers.clamp(1, Semaphore::MAX_PERMITS))),
            compressors: Arc::new(Semaphore::new(bounds.workers.clamp(1, Semaphore::MAX_PERMITS))),
            pictures: Budget::new(bounds.memory.saturating_sub(originals)),
            originals: Budget::new(originals),
            bounds,
        }
    }

    /// What it was opened with.
    pub(crate) const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The turns of pieces of text to be compressed: as many at once as there are workers, and none waits behind a
    /// picture.
    pub(crate) const fn compressors(&self) -> &Arc<Semaphore> {
        &self.compressors
    }

    /// The share of running transformations.
    pub(crate) const fn pictures(&self) -> &Budget {
        &self.pictures
    }

    /// The share of originals.
    pub(crate) const fn originals(&self) -> &Budget {
        &self.originals
    }

    /// How many wait now.
    pub(crate) fn waiting(&self) -> usize {
        self.bounds.queue.saturating_sub(self.places.available_permits())
    }

    /// Lets a job of `bytes` peak memory in. `slots` are the endpoint's own.
    pub(crate) async fn admit(&self, slots: &Arc<Semaphore>, bytes: u64) -> Result<Permit, Refused> {
        if bytes > self.pictures.capacity() {
            return Err(OverCapacity { needed: bytes, capacity: self.pictures.capacity() }.into());
        }
        if let Some(permit) = self.try_admit(slots, bytes)? {
            return Ok(permit);
        }
        let _place = self.place()?;
        self.before_deadline(async {
            // The semaphores live as long as this gate and are never closed, so an error cannot come.
            let slot = Arc::clone(slots).acquire_owned().await.map_err(|_| Refused::QueueTimeout)?;
            let worker =
                Arc::clone(&self.workers).acquire_owned().await.map_err(|_| Refused::QueueTimeout)?;
            let memory = self.pictures.reserve(bytes).await?;
            Ok(Permit { _memory: memory, _worker: worker, _slot: slot })
        })
        .await
    }

    fn try_admit(&self, slots: &Arc<Semaphore>, bytes: u64) -> Result<Option<Permit>, Refused> {
        let (Ok(slot), Ok(worker)) =
            (Arc::clone(slots).try_acquire_owned(), Arc::clone(&self.workers).try_acquire_owned())
        else {
            return Ok(None);
        };
        let memory = self.pictures.try_reserve(bytes)?;
        Ok(memory.map(|memory| Permit { _memory: memory, _worker: worker, _slot: slot }))
    }

    /// Reserves room for an original of known size.
    pub(crate) async fn hold_original(&self, bytes: u64) -> Result<Reservation, Refused> {
        if let Some(reservation) = self.originals.try_reserve(bytes)? {
            return Ok(reservation);
        }
        let _place = self.place()?;
        self.before_deadline(async { Ok(self.originals.reserve(bytes).await?) }).await
    }

    fn place(&self) -> Result<SemaphorePermit<'_>, Refused> {
        self.places.try_acquire().map_err(|_| Refused::QueueFull)
    }

    async fn before_deadline<T>(&self, wait: impl Future<Output = Result<T, Refused>>) -> Result<T, Refused> {
        let deadline = Instant::now() + self.bounds.queue_timeout;
        tokio::time::timeout_at(deadline.into(), wait).await.unwrap_or(Err(Refused::QueueTimeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn admission(workers: usize, queue: usize) -> Admission {
        let bounds = Bounds { memory: 400 * MIB, workers, queue, queue_timeout: Duration::from_secs(5) };
        Admission::new(bounds)
    }

    fn slots(count: usize) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(count))
    }

    #[tokio::test]
    async fn more_memory_than_the_pictures_share_is_refused_with_both_numbers() {
        let admission = admission(2, 8);
        let refused = admission.admit(&slots(2), 301 * MIB).await.unwrap_err();
        let over = OverCapacity { needed: 301 * MIB, capacity: 300 * MIB };
        assert_eq!(refused, Refused::OverCapacity(over));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_until_the_deadline_and_no_longer() {
        let admission = admission(1, 8);
        let slots = slots(4);
        let running = admission.admit(&slots, MIB).await.unwrap();
        assert_eq!(admission.admit(&slots, MIB).await.unwrap_err(), Refused::QueueTimeout);
        assert_eq!(admission.waiting(), 0);
        drop(running);
        admission.admit(&slots, MIB).await.unwrap();
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let admission = admission(1, 1);
        let slots = slots(4);
        let running = admission.admit(&slots, MIB).await.unwrap();
        let mut waiting = Box::pin(admission.admit(&slots, MIB));
        assert!(futures::poll!(&mut waiting).is_pending());
        assert_eq!(admission.admit(&slots, MIB).await.unwrap_err(), Refused::QueueFull);
        drop(running);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn one_endpoint_cannot_take_all_workers() {
        let admission = admission(4, 8);
        let (greedy, other) = (slots(2), slots(2));
        let _first = admission.admit(&greedy, MIB).await.unwrap();
        let _second = admission.admit(&greedy, MIB).await.unwrap();
        let mut third = Box::pin(admission.admit(&greedy, MIB));
        assert!(futures::poll!(&mut third).is_pending());
        admission.admit(&other, MIB).await.unwrap();
    }

    #[tokio::test]
    async fn memory_is_shared_and_originals_have_their_own_share() {
        let admission = admission(4, 8);
        let slots = slots(4);
        let large = admission.admit(&slots, 300 * MIB).await.unwrap();
        let original = admission.hold_original(100 * MIB).await.unwrap();
        let mut second = Box::pin(admission.admit(&slots, MIB));
        assert!(futures::poll!(&mut second).is_pending(), "memory is taken");
        drop(large);
        second.await.unwrap();
        assert_eq!(original.bytes(), 100 * MIB);
    }
}
