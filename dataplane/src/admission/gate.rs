//! A gate: its [`Board`] behind a lock, and those who wait in front of it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    board::{Board, Reason, Refusal, Rules, Spent, Told, Wish},
    line::{Claim, Ticket},
    now,
};

/// Who is sent away is told to come back after a second at least, ...
const SOONEST: u64 = 1;
/// ... and after half a minute at most: nobody knows what will be then.
const LATEST: u64 = 30;

/// Why somebody was sent away who could have been let in at another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy {
    /// Why.
    pub(crate) reason: Reason,
    /// In how many seconds it may be worth coming back.
    pub(crate) retry_after: u64,
}

impl Busy {
    /// Of somebody who would have waited so long.
    pub(super) fn new(reason: Reason, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self { reason, retry_after: seconds.clamp(SOONEST, LATEST) }
    }
}

impl From<Refusal> for Busy {
    fn from(Refusal { reason, wait }: Refusal) -> Self {
        Self::new(reason, wait)
    }
}

type Answer = Result<Permit, Busy>;

/// The gate. Clones are the same gate.
#[derive(Debug, Clone)]
pub(super) struct Gate(Arc<Mutex<Board<oneshot::Sender<Answer>>>>);

/// The right to run a job, or to hold memory. Dropping it lets the next one in.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Gate,
    ticket: Ticket,
    spent: Option<Spent>,
}

impl Gate {
    pub(super) fn new(rules: Rules) -> Self {
        Self(Arc::new(Mutex::new(Board::new(rules))))
    }

    /// How many wait now.
    pub(super) fn waiting(&self) -> usize {
        self.board().waiting()
    }

    /// Bytes that are held now.
    pub(super) fn held(&self) -> u64 {
        self.board().held()
    }

    /// How long something new of an endpoint would wait.
    pub(super) fn expected(&self, claim: &Claim) -> Duration {
        self.board().expected_of(&claim.endpoint)
    }

    /// Lets somebody in, who waits until the deadline of the wish. Who gives up before leaves its place at once.
    pub(super) async fn enter(&self, wish: &Wish<'_>) -> Answer {
        let (mut place, mut answer) = self.arrive(wish);
        let deadline = wish.deadline.unwrap_or_else(now);
        let untold = || Err(Busy::new(Reason::Deadline, Duration::ZERO));
        if let Ok(told) = tokio::time::timeout_at(deadline.into(), &mut answer).await {
            place.is_left = true;
            return told.unwrap_or_else(|_| untold());
        }
        match place.leave() {
            Some(wait) => Err(Busy::new(Reason::Deadline, wait)),
            // It was told just now.
            None => answer.try_recv().unwrap_or_else(|_| untold()),
        }
    }

    /// Lets somebody in who does not wait.
    pub(super) fn try_enter(&self, wish: &Wish<'_>) -> Option<Permit> {
        let (mut place, mut answer) = self.arrive(wish);
        // Who does not wait is told at once.
        place.is_left = true;
        answer.try_recv().ok()?.ok()
    }

    fn arrive(&self, wish: &Wish<'_>) -> (Place<'_>, oneshot::Receiver<Answer>) {
        let (handle, answer) = oneshot::channel();
        let mut told = Vec::new();
        let ticket = self.board().arrive(wish, handle, now(), &mut told);
        self.tell(told);
        let endpoint = Arc::clone(&wish.claim.endpoint);
        (Place { gate: self, endpoint, ticket, is_left: false }, answer)
    }

    /// Changes of the board are complete before anything can panic, so a poisoned lock holds a sound one.
    fn board(&self) -> MutexGuard<'_, Board<oneshot::Sender<Answer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who waited. Not under the lock: the permit of one who is gone comes back at once.
    fn tell(&self, told: Vec<Told<oneshot::Sender<Answer>>>) {
        for told in told {
            let _ = match told {
                Told::Started(handle, ticket) => {
                    handle.send(Ok(Permit { gate: self.clone(), ticket, spent: None }))
                }
                Told::Refused(handle, refusal) => handle.send(Err(refusal.into())),
            };
        }
    }
}

/// A place in a line, left when it is dropped.
struct Place<'a> {
    gate: &'a Gate,
    endpoint: Arc<str>,
    ticket: Ticket,
    is_left: bool,
}

impl Place<'_> {
    /// Leaves it. `None`: it was left before. Else how long the wait would have gone on.
    fn leave(&mut self) -> Option<Duration> {
        if std::mem::replace(&mut self.is_left, true) {
            return None;
        }
        let mut told = Vec::new();
        let wait = self.gate.board().leave(&self.endpoint, self.ticket, now(), &mut told);
        self.gate.tell(told);
        wait
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Permit {
    /// The job has ended, and took so much of a processor and of a worker.
    pub(crate) fn done(mut self, cpu: Duration, took: Duration) {
        self.spent = Some(Spent { cpu, took });
    }

    /// Grows to `bytes` if that much is free now.
    pub(crate) fn try_grow(&mut self, bytes: u64) -> bool {
        self.gate.board().grow(self.ticket, bytes)
    }

    /// Gives back what is held beyond `bytes`.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let mut told = Vec::new();
        self.gate.board().shrink(self.ticket, bytes, now(), &mut told);
        self.gate.tell(told);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut told = Vec::new();
        self.gate.board().end(self.ticket, self.spent, now(), &mut told);
        self.gate.tell(told);
    }
}
