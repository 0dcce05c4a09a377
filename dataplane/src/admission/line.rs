//! One endpoint in front of a gate: what waits, what runs, and what it had so far.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use super::pace::Pace;

/// What one endpoint may take of a pod at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Its name in metrics and logs, `namespace/name`.
    pub(crate) endpoint: Arc<str>,
    /// Transformations at once.
    pub(crate) slots: usize,
    /// There is no other endpoint, so nobody needs to be protected from it.
    pub(crate) alone: bool,
}

/// Number of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket(pub(super) u64);

/// One that waits.
#[derive(Debug)]
pub(super) struct Waiter<W> {
    pub(super) ticket: Ticket,
    /// Memory that it needs.
    pub(super) bytes: u64,
    /// Size of its work, to tell its time by.
    pub(super) size: u64,
    /// What it is likely to take, in nanoseconds.
    pub(super) cost: u64,
    /// Until when it waits; absent where it does not.
    pub(super) deadline: Option<Instant>,
    /// Whom to tell.
    pub(super) handle: W,
}

/// The endpoint's line.
#[derive(Debug)]
pub(super) struct Line<W> {
    pub(super) slots: usize,
    pub(super) alone: bool,
    waiting: VecDeque<Waiter<W>>,
    /// What those that wait are likely to take, in nanoseconds.
    backlog: u64,
    /// How many run.
    pub(super) running: usize,
    /// Bytes that they hold.
    pub(super) held: u64,
    /// Virtual time: worker time that it had, in nanoseconds.
    pub(super) had: u64,
    /// It could have had more, but for its own bounds.
    pub(super) held_back: bool,
    pub(super) pace: Pace,
}

impl<W> Line<W> {
    pub(super) fn new() -> Self {
        Self {
            slots: 1,
            alone: false,
            waiting: VecDeque::new(),
            backlog: 0,
            running: 0,
            held: 0,
            had: 0,
            held_back: false,
            pace: Pace::default(),
        }
    }

    pub(super) fn first(&self) -> Option<&Waiter<W>> {
        self.waiting.front()
    }

    pub(super) fn newest(&self) -> Option<&Waiter<W>> {
        self.waiting.back()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.running == 0
    }

    /// What those that wait are likely to take, in nanoseconds.
    pub(super) const fn backlog(&self) -> u64 {
        self.backlog
    }

    pub(super) fn push(&mut self, waiter: Waiter<W>) {
        self.backlog = self.backlog.saturating_add(waiter.cost);
        self.waiting.push_back(waiter);
    }

    pub(super) fn pop_first(&mut self) -> Option<Waiter<W>> {
        let waiter = self.waiting.pop_front();
        self.without(waiter)
    }

    pub(super) fn pop_newest(&mut self) -> Option<Waiter<W>> {
        let waiter = self.waiting.pop_back();
        self.without(waiter)
    }

    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<Waiter<W>> {
        // They are in the order of their tickets.
        let at = self.waiting.binary_search_by(|waiter| waiter.ticket.cmp(&ticket)).ok()?;
        let waiter = self.waiting.remove(at);
        self.without(waiter)
    }

    fn without(&mut self, waiter: Option<Waiter<W>>) -> Option<Waiter<W>> {
        let cost = waiter.as_ref().map_or(0, |waiter| waiter.cost);
        self.backlog = self.backlog.saturating_sub(cost);
        waiter
    }
}
