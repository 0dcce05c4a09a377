//! Who may work now, and who waits for it: the gates in front of everything that endpoints share.
//!
//! *Originals* being downloaded or waiting hold one share of the memory, running transformations hold the other. A
//! request takes its original's share before it waits for a worker, and nobody who holds a worker waits for the
//! originals' share: there is no circle. What comes from the cache passes none of the gates that transformations pass.
//!
//! All gates are fair between endpoints, see [`board`].

mod board;
mod gate;
mod line;
mod memory;
mod pace;

use std::time::{Duration, Instant};

pub(crate) use self::{
    board::Reason,
    gate::{Busy, Permit},
    line::Claim,
};
use self::{
    board::{Order, Rules, Wish},
    gate::Gate,
};
use crate::budget::OverCapacity;

/// Share of the budget that encoded originals may take, in percent. They are small beside decoded pictures: 40 MiB of
/// JPEG is the default limit of one, and 100 MP of pixels are 400 MB.
const ORIGINALS_PERCENT: u64 = 25;
/// Most of that share that a single original may take where there are other endpoints, in percent: an origin may be slow,
/// and others need room meanwhile.
const ORIGINAL_PERCENT: u64 = 75;
/// Requests under way at once that are not answered from the cache. There are twice as many connections, so that what is
/// in the cache is delivered however long the others take.
const REQUESTS: u64 = 2048;
/// Results that are made anew behind the back of requests at once. What is not let in is not lost: a later request tries
/// again.
const REFRESHES: u64 = 32;
/// How long a piece of text may wait to be compressed: each is a few milliseconds of work, and as many wait as hold
/// memory.
const TEXT_WAIT: Duration = Duration::from_mins(1);

/// Bounds of one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Bytes of originals and pictures together.
    pub(crate) memory: u64,
    /// Transformations at once.
    pub(crate) workers: usize,
    /// Requests that may wait in front of each gate.
    pub(crate) queue: usize,
    /// How long each may wait.
    pub(crate) queue_timeout: Duration,
}

/// Why a request was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Too much is going on.
    Busy(Busy),
    /// It needs more than it could ever get.
    OverCapacity(OverCapacity),
}

impl From<Busy> for Refused {
    fn from(busy: Busy) -> Self {
        Self::Busy(busy)
    }
}

impl From<OverCapacity> for Refused {
    fn from(over: OverCapacity) -> Self {
        Self::OverCapacity(over)
    }
}

/// Room for an original.
#[derive(Debug)]
pub(crate) struct Room {
    permit: Permit,
    /// How long it was waited for.
    pub(crate) waited: Duration,
    most: u64,
}

/// A share of the memory in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// Its name in metrics.
    pub(crate) name: &'static str,
    /// The whole of it.
    pub(crate) capacity: u64,
    /// What is held now.
    pub(crate) held: u64,
}

/// The gates.
#[derive(Debug)]
pub(crate) struct Admission {
    bounds: Bounds,
    pictures: Gate,
    pictures_memory: u64,
    originals: Gate,
    originals_memory: u64,
    texts: Gate,
    requests: Gate,
    refreshes: Gate,
}

impl Admission {
    /// Opens the gates.
    pub(crate) fn new(bounds: Bounds) -> Self {
        let originals_memory = bounds.memory / 100 * ORIGINALS_PERCENT;
        let pictures_memory = bounds.memory.saturating_sub(originals_memory);
        let workers = bounds.workers.max(1);
        let time = Rules { workers, memory: pictures_memory, queue: bounds.queue, order: Order::Time };
        let bytes = Rules { workers: usize::MAX, memory: originals_memory, order: Order::Bytes, ..time };
        Self {
            bounds,
            pictures: Gate::new(time),
            pictures_memory,
            originals: Gate::new(bytes),
            originals_memory,
            // How many wait is bounded by the memory that each of them holds.
            texts: Gate::new(Rules { memory: 0, queue: usize::MAX, ..time }),
            requests: Gate::new(Rules { memory: REQUESTS, ..bytes }),
            refreshes: Gate::new(Rules { memory: REFRESHES, ..bytes }),
        }
    }

    /// What they were opened with.
    pub(crate) const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The shares of the memory.
    pub(crate) fn shares(&self) -> [Share; 2] {
        [
            Share { name: "originals", capacity: self.originals_memory, held: self.originals.held() },
            Share { name: "pictures", capacity: self.pictures_memory, held: self.pictures.held() },
        ]
    }

    /// How many wait now.
    pub(crate) fn waiting(&self) -> usize {
        self.pictures.waiting() + self.originals.waiting()
    }

    /// Lets a transformation of `bytes` peak memory in. `waited`: for how long its request waited before.
    pub(crate) async fn admit(&self, claim: &Claim, bytes: u64, waited: Duration) -> Result<Permit, Refused> {
        if bytes > self.pictures_memory {
            return Err(OverCapacity { needed: bytes, capacity: self.pictures_memory }.into());
        }
        let deadline = Some(self.deadline(waited));
        Ok(self.pictures.enter(&Wish { claim, bytes, size: bytes, deadline }).await?)
    }

    /// Reserves room for an original of known size.
    pub(crate) async fn hold_original(&self, claim: &Claim, bytes: u64) -> Result<Room, Refused> {
        let most = self.most(claim);
        if bytes > most {
            return Err(OverCapacity { needed: bytes, capacity: most }.into());
        }
        let began = now();
        let deadline = Some(self.deadline(Duration::ZERO));
        let wish = Wish { deadline, ..memory(claim, bytes) };
        let permit = self.originals.enter(&wish).await.map_err(|busy| self.no_sooner(claim, busy))?;
        Ok(Room { permit, waited: now() - began, most })
    }

    /// Reserves room beside the originals, if there is any now.
    pub(crate) fn try_hold(&self, claim: &Claim, bytes: u64) -> Option<Permit> {
        (bytes <= self.most(claim)).then(|| self.originals.try_enter(&memory(claim, bytes)))?
    }

    /// Makes an original's room larger, if there is more now.
    pub(crate) fn try_grow(&self, claim: &Claim, room: &mut Room, bytes: u64) -> Result<(), Refused> {
        if bytes > room.most {
            return Err(OverCapacity { needed: bytes, capacity: room.most }.into());
        }
        if room.permit.try_grow(bytes) {
            return Ok(());
        }
        Err(self.no_sooner(claim, Busy::new(Reason::NoRoom, Duration::ZERO)).into())
    }

    /// The turn of a piece of text to be compressed: as many at once as there are workers, and none waits behind a
    /// picture.
    pub(crate) async fn compress(&self, claim: &Claim, bytes: usize) -> Result<Permit, Busy> {
        let deadline = Some(now() + TEXT_WAIT);
        self.texts.enter(&Wish { claim, bytes: 0, size: bytes as u64, deadline }).await
    }

    /// The place of a request that is not answered from the cache, for as long as it is under way. `None`: there is no
    /// other endpoint whose requests it could take the place of.
    pub(crate) fn request(&self, claim: &Claim) -> Result<Option<Permit>, Busy> {
        if claim.alone {
            return Ok(None);
        }
        let place = self.requests.try_enter(&memory(claim, 1));
        let busy = || self.no_sooner(claim, Busy::new(Reason::Requests, Duration::ZERO));
        place.map(Some).ok_or_else(busy)
    }

    /// Whether a transformation that came now could be let in, as far as is known: what would be refused afterwards is
    /// not worth being fetched.
    pub(crate) fn foresee(&self, claim: &Claim) -> Result<(), Busy> {
        let wait = self.pictures.expected(claim);
        if wait <= self.bounds.queue_timeout { Ok(()) } else { Err(Busy::new(Reason::ExpectedWait, wait)) }
    }

    /// The turn of a result that is made anew behind the back of a request.
    pub(crate) fn refresh(&self, claim: &Claim) -> Option<Permit> {
        self.refreshes.try_enter(&memory(claim, 1))
    }

    /// Until when a request that came now may wait.
    fn deadline(&self, waited: Duration) -> Instant {
        now() + self.bounds.queue_timeout.saturating_sub(waited)
    }

    /// The largest original of an endpoint.
    const fn most(&self, claim: &Claim) -> u64 {
        if claim.alone { self.originals_memory } else { self.originals_memory / 100 * ORIGINAL_PERCENT }
    }

    /// Room is made by the workers: before they have done what waits it is no use coming back.
    fn no_sooner(&self, claim: &Claim, busy: Busy) -> Busy {
        let later = Busy::new(busy.reason, self.pictures.expected(claim));
        Busy { retry_after: busy.retry_after.max(later.retry_after), ..busy }
    }
}

impl Room {
    /// Gives back what is held beyond `bytes`.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        self.permit.shrink(bytes);
    }
}

/// As the runtime has it, which tests can stop.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Memory, and nothing else, now or not at all.
const fn memory(claim: &Claim, bytes: u64) -> Wish<'_> {
    Wish { claim, bytes, size: 0, deadline: None }
}

#[cfg(test)]
mod tests;
