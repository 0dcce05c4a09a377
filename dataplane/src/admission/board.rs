//! Who is let in next: the rules, apart from clocks, locks and those who wait.
//!
//! Endpoints share what there is by weight, and all weigh the same. Of those that have something waiting, the one that
//! had least so far is next: for CPU work that is worker time (start-time fair queueing), for bytes that are held
//! while something slow goes on it is what it holds now. An endpoint that had nothing waiting begins where the others
//! are: it saves nothing up while it is idle, and while its own bounds hold it back.
//!
//! Three bounds protect endpoints from each other. One that holds something takes more only as long as at least as much
//! stays free as it then holds, so that there is room for whoever comes next. A job that does not fit has memory
//! gathered for it, see [`Memory`]. And where as many wait as may, the newest of the longest line goes, so that a flood
//! costs nobody but who caused it.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    line::{Claim, Line, Ticket, Waiter},
    memory::{Memory, Taken},
    pace::{Pace, nanoseconds},
};

/// Endpoints that are remembered while they are idle. Beyond it, those that would begin where the others are anyway
/// are forgotten.
const REMEMBERED: usize = 1024;

/// What is shared out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Jobs at once.
    pub(super) workers: usize,
    /// Bytes that they may hold.
    pub(super) memory: u64,
    /// How many may wait.
    pub(super) queue: usize,
    /// Who comes first.
    pub(super) order: Order,
}

/// Who comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Who had least worker time.
    Time,
    /// Who holds fewest bytes.
    Bytes,
}

/// What somebody wants.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) claim: &'a Claim,
    /// Memory that the job needs.
    pub(super) bytes: u64,
    /// Size of its work, to tell its time by.
    pub(super) size: u64,
    /// Until when it may wait; absent where it does not wait.
    pub(super) deadline: Option<Instant>,
}

/// What somebody who waits is to be told.
#[derive(Debug)]
pub(super) enum Told<W> {
    Started(W, Ticket),
    Refused(W, Refusal),
}

/// Why somebody is sent away, and when it may be worth coming back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) wait: Duration,
}

/// Why somebody is sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// As many wait already as may.
    Full,
    /// It would wait longer than it may.
    ExpectedWait,
    /// It waited as long as it may.
    Deadline,
    /// There is no room now, and it does not wait.
    NoRoom,
    /// Too many requests of its endpoint are under way.
    Requests,
}

impl Reason {
    /// Its name in metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ExpectedWait => "expected_wait",
            Self::Deadline => "deadline",
            Self::NoRoom => "no_room",
            Self::Requests => "requests",
        }
    }
}

/// What a job took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    /// Of a processor.
    pub(super) cpu: Duration,
    /// Of a worker.
    pub(super) took: Duration,
}

#[derive(Debug)]
struct Running {
    endpoint: Arc<str>,
    taken: Taken,
    size: u64,
    since: Instant,
    /// Nanoseconds that its endpoint was charged.
    charged: u64,
}

/// Everything that waits and runs. `W`: whom to tell.
#[derive(Debug)]
pub(super) struct Board<W> {
    rules: Rules,
    memory: Memory,
    lines: HashMap<Arc<str>, Line<W>>,
    /// Endpoints that have something waiting.
    queued: BTreeSet<Arc<str>>,
    waiting: usize,
    running: HashMap<Ticket, Running>,
    arrivals: u64,
    /// Virtual time of the last that was let in: where the others are.
    floor: u64,
    /// The largest that anybody reached.
    ceiling: u64,
    pace: Pace,
    forget_at: usize,
}

impl<W> Board<W> {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            memory: Memory::new(rules.memory),
            rules,
            lines: HashMap::new(),
            queued: BTreeSet::new(),
            waiting: 0,
            running: HashMap::new(),
            arrivals: 0,
            floor: 0,
            ceiling: 0,
            pace: Pace::default(),
            forget_at: REMEMBERED,
        }
    }

    pub(super) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Bytes that are held.
    pub(super) const fn held(&self) -> u64 {
        self.memory.capacity() - self.memory.free()
    }

    /// Takes somebody in, who is told what becomes of it. Gives the number of the arrival.
    pub(super) fn arrive(
        &mut self,
        wish: &Wish<'_>,
        handle: W,
        now: Instant,
        told: &mut Vec<Told<W>>,
    ) -> Ticket {
        self.forget();
        self.arrivals += 1;
        let ticket = Ticket(self.arrivals);
        let (endpoint, floor, pace) = (&wish.claim.endpoint, self.floor, self.pace);
        let line = self.lines.entry(Arc::clone(endpoint)).or_insert_with(Line::new);
        line.alone = wish.claim.alone;
        line.slots = if self.rules.order == Order::Time { wish.claim.slots.max(1) } else { usize::MAX };
        if line.first().is_none() {
            line.had = line.had.max(floor);
        }
        let &Wish { bytes, size, deadline, .. } = wish;
        let cost = line.pace.cost(pace, size);
        line.push(Waiter { ticket, bytes, size, cost, deadline, handle });
        self.queued.insert(Arc::clone(endpoint));
        self.waiting += 1;
        self.let_in(now, told);
        self.refuse(endpoint, ticket, now, told);
        ticket
    }

    /// Sends the newcomer away that waits in vain, or somebody else in its place.
    fn refuse(&mut self, endpoint: &Arc<str>, ticket: Ticket, now: Instant, told: &mut Vec<Told<W>>) {
        let Some(line) = self.lines.get(endpoint) else { return };
        let Some(own) = line.newest().filter(|newest| newest.ticket == ticket) else { return };
        let wait = self.expected(line, line.backlog().saturating_sub(own.cost));
        let (length, deadline) = (line.len(), own.deadline);
        let (whose, reason, wait) = match deadline {
            None => (Arc::clone(endpoint), Reason::NoRoom, wait),
            Some(deadline) if wait > deadline.saturating_duration_since(now) => {
                (Arc::clone(endpoint), Reason::ExpectedWait, wait)
            }
            Some(_) if self.waiting <= self.rules.queue => return,
            Some(_) => match self.longest() {
                // Only as long as the lines become more equal by it.
                Some((longest, its, wait)) if its > length => (longest, Reason::Full, wait),
                Some(_) | None => (Arc::clone(endpoint), Reason::Full, wait),
            },
        };
        let sent_away = self.take_out(&whose, Line::pop_newest);
        told.extend(sent_away.map(|waiter| Told::Refused(waiter.handle, Refusal { reason, wait })));
    }

    /// Whose line is the longest, how long, and how long the newest of it would wait.
    fn longest(&self) -> Option<(Arc<str>, usize, Duration)> {
        let lines = self.queued.iter().filter_map(|endpoint| Some((endpoint, self.lines.get(endpoint)?)));
        let (endpoint, line) = lines.max_by_key(|(_, line)| line.len())?;
        Some((Arc::clone(endpoint), line.len(), self.expected(line, line.backlog())))
    }

    /// How long something waits that this much of its own endpoint's work is ahead of: until all endpoints had as much,
    /// or had what they want.
    fn expected(&self, line: &Line<W>, ahead: u64) -> Duration {
        let waiting = self.queued.iter().filter_map(|endpoint| self.lines.get(endpoint));
        let others = waiting.filter(|other| !std::ptr::eq(*other, line));
        let all = others.fold(ahead, |all, other| all.saturating_add(other.backlog().min(ahead)));
        let workers = self.rules.workers.max(1);
        let slots = line.slots.min(workers) as u64;
        Duration::from_nanos((all / workers as u64).max(ahead / slots))
    }

    /// How long something new of an endpoint would wait.
    pub(super) fn expected_of(&self, endpoint: &str) -> Duration {
        self.lines.get(endpoint).map_or(Duration::ZERO, |line| self.expected(line, line.backlog()))
    }

    /// Somebody gives up waiting. `None`: it does not wait any more. Else how long it would have gone on.
    pub(super) fn leave(
        &mut self,
        endpoint: &Arc<str>,
        ticket: Ticket,
        now: Instant,
        told: &mut Vec<Told<W>>,
    ) -> Option<Duration> {
        self.take_out(endpoint, |line| line.remove(ticket))?;
        let wait = self.expected_of(endpoint);
        self.let_in(now, told);
        Some(wait)
    }

    /// Takes one out of its line.
    fn take_out(
        &mut self,
        endpoint: &Arc<str>,
        take: impl FnOnce(&mut Line<W>) -> Option<Waiter<W>>,
    ) -> Option<Waiter<W>> {
        let line = self.lines.get_mut(endpoint)?;
        let waiter = take(line)?;
        if line.first().is_none() {
            self.queued.remove(endpoint);
        }
        self.waiting -= 1;
        self.memory.forget(waiter.ticket);
        Some(waiter)
    }

    /// A job has ended. What it took is charged to its endpoint; without `spent`, the time since it was let in.
    pub(super) fn end(
        &mut self,
        ticket: Ticket,
        spent: Option<Spent>,
        now: Instant,
        told: &mut Vec<Told<W>>,
    ) {
        let Some(running) = self.running.remove(&ticket) else { return };
        self.memory.give_back(running.taken);
        if let Some(line) = self.lines.get_mut(&running.endpoint) {
            line.running -= 1;
            line.held -= running.taken.bytes;
            if self.rules.order == Order::Time {
                let since = || now.saturating_duration_since(running.since);
                let used = nanoseconds(spent.map_or_else(since, |spent| spent.cpu));
                line.had = line.had.saturating_sub(running.charged).saturating_add(used);
                self.ceiling = self.ceiling.max(line.had);
            }
            if let Some(Spent { took, .. }) = spent {
                line.pace.learn(running.size, took);
                self.pace.learn(running.size, took);
            }
        }
        if self.running.is_empty() && self.waiting == 0 {
            // Nobody wants anything: what was is settled.
            self.floor = self.floor.max(self.ceiling);
        }
        self.let_in(now, told);
    }

    /// Takes more bytes for a job that runs, if they are free now. Never waits: who holds one part and waits for another
    /// can block others that do the same.
    pub(super) fn grow(&mut self, ticket: Ticket, bytes: u64) -> bool {
        let Some(running) = self.running.get_mut(&ticket) else { return false };
        let more = bytes.saturating_sub(running.taken.bytes);
        let Some(line) = self.lines.get_mut(&running.endpoint) else { return false };
        if !line.alone && line.running > 1 && !leaves_room(line.held, more, self.memory.free()) {
            return false;
        }
        let Some(taken) = self.memory.take_behind(more) else { return false };
        running.taken.add(taken);
        line.held += more;
        true
    }

    /// Gives back what a job holds beyond `bytes`.
    pub(super) fn shrink(&mut self, ticket: Ticket, bytes: u64, now: Instant, told: &mut Vec<Told<W>>) {
        let Some(running) = self.running.get_mut(&ticket) else { return };
        let surplus = running.taken.split(running.taken.bytes.saturating_sub(bytes));
        self.memory.give_back(surplus);
        if let Some(line) = self.lines.get_mut(&running.endpoint) {
            line.held -= surplus.bytes;
        }
        self.let_in(now, told);
    }

    /// Lets in whoever may run now.
    fn let_in(&mut self, now: Instant, told: &mut Vec<Told<W>>) {
        if self.queued.is_empty() || self.running.len() >= self.rules.workers {
            return;
        }
        self.top_up(now);
        self.drop_expired(now, told);
        while self.running.len() < self.rules.workers {
            let Some((endpoint, taken)) = self.next() else { return };
            let Some(waiter) = self.take_out(&endpoint, Line::pop_first) else { return };
            let charged = if self.rules.order == Order::Time { waiter.cost } else { 0 };
            if let Some(line) = self.lines.get_mut(&endpoint) {
                line.running += 1;
                line.held += taken.bytes;
                line.had = line.had.saturating_add(charged);
                self.ceiling = self.ceiling.max(line.had);
            }
            let running = Running { endpoint, taken, size: waiter.size, since: now, charged };
            self.running.insert(waiter.ticket, running);
            told.push(Told::Started(waiter.handle, waiter.ticket));
        }
    }

    /// Whose first is next, and the memory for it.
    fn next(&mut self) -> Option<(Arc<str>, Taken)> {
        let mut order = self.candidates();
        order.sort_unstable_by_key(|candidate| candidate.rank);
        if let (Order::Time, Some(first)) = (self.rules.order, order.first()) {
            self.floor = self.floor.max(first.rank.0);
        }
        let mut gathers = false;
        order.into_iter().find_map(|Candidate { endpoint, bytes, waits, rank: (_, ticket) }| {
            // For one that does not wait nothing is gathered.
            let taken = if waits && !gathers {
                gathers = true;
                self.memory.take_first(ticket, bytes)
            } else {
                self.memory.take_behind(bytes)
            };
            Some((endpoint, taken?))
        })
    }

    /// The first of every line that its own bounds do not hold back.
    fn candidates(&mut self) -> Vec<Candidate> {
        let mut found = Vec::with_capacity(self.queued.len());
        for endpoint in &self.queued {
            let Some(line) = self.lines.get_mut(endpoint) else { continue };
            let Some(&Waiter { ticket, bytes, deadline, .. }) = line.first() else { continue };
            let within = line.alone || line.running == 0 || leaves_room(line.held, bytes, self.memory.free());
            if line.running >= line.slots || !within {
                line.held_back = true;
                continue;
            }
            if std::mem::take(&mut line.held_back) {
                line.had = line.had.max(self.floor);
            }
            let rank = match self.rules.order {
                Order::Time => line.had,
                Order::Bytes => line.held,
            };
            let (endpoint, waits) = (Arc::clone(endpoint), deadline.is_some());
            found.push(Candidate { rank: (rank, ticket), endpoint, bytes, waits });
        }
        found
    }

    /// Charges jobs that run longer than they were taken to.
    fn top_up(&mut self, now: Instant) {
        if self.rules.order != Order::Time {
            return;
        }
        for running in self.running.values_mut() {
            let elapsed = nanoseconds(now.saturating_duration_since(running.since));
            let more = elapsed.saturating_sub(running.charged);
            if let Some(line) = self.lines.get_mut(&running.endpoint).filter(|_| more > 0) {
                running.charged += more;
                line.had = line.had.saturating_add(more);
                self.ceiling = self.ceiling.max(line.had);
            }
        }
    }

    /// Sends those away at whose turn it is too late for them: what takes up a worker should still be wanted.
    fn drop_expired(&mut self, now: Instant, told: &mut Vec<Told<W>>) {
        let expired = |line: &Line<W>| {
            line.first().is_some_and(|first| first.deadline.is_some_and(|deadline| deadline <= now))
        };
        let late: Vec<_> = self
            .queued
            .iter()
            .filter(|endpoint| self.lines.get(*endpoint).is_some_and(expired))
            .cloned()
            .collect();
        for endpoint in late {
            while self.lines.get(&endpoint).is_some_and(expired) {
                let Some(waiter) = self.take_out(&endpoint, Line::pop_first) else { break };
                let refusal = Refusal { reason: Reason::Deadline, wait: self.expected_of(&endpoint) };
                told.push(Told::Refused(waiter.handle, refusal));
            }
        }
    }

    /// Forgets endpoints that are idle and would begin where the others are, when there are many.
    fn forget(&mut self) {
        if self.lines.len() < self.forget_at {
            return;
        }
        let floor = self.floor;
        self.lines.retain(|_, line| !line.is_idle() || line.had > floor);
        self.forget_at = REMEMBERED.max(self.lines.len() * 2);
    }
}

/// The first of a line.
struct Candidate {
    rank: (u64, Ticket),
    endpoint: Arc<str>,
    bytes: u64,
    waits: bool,
}

/// Whether as much stays free as an endpoint then holds.
const fn leaves_room(held: u64, more: u64, free: u64) -> bool {
    held + more <= free.saturating_sub(more) || more == 0
}
