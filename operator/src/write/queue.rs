//! Which status is written next: the newest of each object; what users changed before what they made anew, both
//! before everything else, and the rest within each object's budget.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use imgplane_config::ObjectId;
use imgplane_crds::{ConditionType, Kind, Reason};
use tokio::time::Instant;

use super::budget::Bucket;
use crate::status::{DesiredStatus, StatusBody};

/// Writes of one object that need no change of its spec: at once this many, ...
const BURST: u32 = 6;
/// ... and then one in this time, so that no hour has more than 12.
const REFILL: Duration = Duration::from_mins(10);
/// Writes that a change of the spec, or of what it names, brings with it: accepted, programmed, reachable.
const CREDITS: u8 = 3;
/// How long after such a change what follows is its consequence: a pod may take 90 s, and a probe some more.
const CONSEQUENCES: Duration = Duration::from_mins(2);
/// How long what is found out while pods load is kept back: most load within a second.
const LOADING: Duration = Duration::from_secs(5);
/// How long weather is watched before it is told: pods come and go in groups.
const DEBOUNCE: Duration = Duration::from_secs(3);
/// Most statuses that wait. More are left for the next time they are offered.
const LENGTH: usize = 20_000;
/// First pause after a failed write, doubled each time.
const RETRY: Duration = Duration::from_secs(1);
/// Longest pause after a failed write. Who fails so long fails for a reason that does not pass by itself; where the API
/// server does not answer at all, this operator does not lead so long.
const RETRY_MOST: Duration = Duration::from_mins(10);
/// Most doublings of the pause: enough to come to the longest one.
const DOUBLINGS: u32 = 10;
/// How long a status that was refused for what it says is not tried again. What refuses it, such as a
/// definition of another release, may be replaced meanwhile.
const REFUSED: Duration = Duration::from_hours(1);
/// How long the budget of an object that is not offered any more is remembered.
const MEMORY: Duration = Duration::from_hours(2);

type Key = (Kind, ObjectId);

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offered {
    /// It is no news.
    Skipped,
    /// It will be written as soon as possible.
    Queued,
    /// It waits until the object's budget allows it.
    HeldBack,
    /// It takes the place of one that waits already.
    Replaced,
    /// Too many wait.
    Dropped,
}

/// How a write ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// It was written.
    Written,
    /// The object is gone.
    Gone,
    /// It failed, and may be tried again.
    Failed(Box<DesiredStatus>),
    /// It was refused for what it says: only another status can be written.
    Refused(Box<DesiredStatus>),
}

/// What goes first. Within a lane, the order is that of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    /// Somebody changed an object, or what it names, and waits for the answer.
    Edited,
    /// Somebody made an object. Thousands may be made at once, and no edit waits for them.
    New,
    /// Nobody changed anything: pods and origins come and go, of thousands of objects together.
    Weather,
}

impl Lane {
    const COUNT: usize = 3;
}

/// Everything that waits, and what is known of each object.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: BTreeMap<Key, Entry>,
    /// What waits, by time, in the order of [`Lane`].
    lanes: [BTreeSet<(Instant, Key)>; Lane::COUNT],
}

#[derive(Debug)]
struct Entry {
    uid: String,
    bucket: Bucket,
    cause: Option<u64>,
    credits: u8,
    credits_until: Instant,
    /// Where what has credit waits.
    credited: Lane,
    waiting: Option<Waiting>,
    /// The lane that the write came from.
    under_way: Option<Lane>,
    /// What was written last, until it is seen in the object.
    written: Option<Written>,
    /// What was refused for what it says, and until when it is not tried again.
    refused: Option<(StatusBody, Instant)>,
    failures: u32,
    /// When a write that failed may be repeated.
    not_before: Instant,
    offered: Instant,
}

#[derive(Debug)]
struct Waiting {
    status: DesiredStatus,
    lane: Lane,
    due: Instant,
    /// Whether its budget was charged already, by an attempt that failed.
    paid: bool,
    /// Whether only counts differ from what was told: what follows a change has better use for its credit.
    counts: bool,
}

#[derive(Debug)]
struct Written {
    body: StatusBody,
    /// What the object showed then.
    seen: Option<StatusBody>,
}

impl Entry {
    fn new(uid: String, now: Instant) -> Self {
        Self {
            uid,
            bucket: Bucket::new(BURST, REFILL, now),
            cause: None,
            credits: 0,
            credits_until: now,
            credited: Lane::New,
            waiting: None,
            under_way: None,
            written: None,
            refused: None,
            failures: 0,
            not_before: now,
            offered: now,
        }
    }

    fn has_credit(&self, now: Instant) -> bool {
        self.credits > 0 && now < self.credits_until
    }

    /// Gives credit where the spec, or what it names, is new.
    fn note_cause(&mut self, status: &DesiredStatus, now: Instant) {
        if self.cause != Some(status.cause) {
            if status.urgent || self.cause.is_some() {
                self.credits = CREDITS;
                self.credits_until = now + CONSEQUENCES;
                self.credited = if status.current.is_some() { Lane::Edited } else { Lane::New };
                // What failed before failed for what is not said any more.
                self.failures = 0;
                self.not_before = now;
            }
            self.cause = Some(status.cause);
        }
    }

    /// Whether a status says something that the object does not say, or will not say in a moment, and that can be
    /// written.
    fn is_news(&mut self, status: &DesiredStatus, now: Instant) -> bool {
        if self
            .written
            .as_ref()
            .is_some_and(|written| self.under_way.is_none() && written.seen != status.current)
        {
            // The object shows it, or somebody wrote something else.
            self.written = None;
        }
        let is_refused = || {
            let refused = self.refused.as_ref().filter(|(_, until)| now < *until);
            refused.is_some_and(|(body, _)| status.body.same_news(body))
        };
        !self.told(status).is_some_and(|told| status.body.same_news(told)) && !is_refused()
    }

    /// What the object says, or will say in a moment.
    fn told<'a>(&'a self, status: &'a DesiredStatus) -> Option<&'a StatusBody> {
        self.written.as_ref().map(|written| &written.body).or(status.current.as_ref())
    }

    /// When a consequence of a change is worth one of the writes that the change is allowed: the first at once, the
    /// second rather not while pods still load, and the last when it tells how it ended.
    fn worth_telling(&self, status: &DesiredStatus, now: Instant) -> Instant {
        let loading = is_loading(&status.body);
        match self.credits {
            1 if loading || !status.settled => self.credits_until,
            2 if loading => now + LOADING,
            _ => now,
        }
    }

    /// Charges the budget for a write; if it is empty, says when it will not be.
    fn pay(&mut self, now: Instant, counts: bool) -> Result<(), Instant> {
        if self.has_credit(now) && !counts {
            self.credits -= 1;
            return Ok(());
        }
        if self.bucket.take(now) { Ok(()) } else { Err(self.bucket.next(now)) }
    }
}

impl Queue {
    /// Takes in what a status should be.
    pub(super) fn offer(&mut self, status: DesiredStatus, now: Instant) -> Offered {
        let key = (status.kind, status.id.clone());
        let full = self.len() >= LENGTH;
        let known = self.entries.get(&key).is_some_and(|entry| entry.uid == status.uid);
        if !known {
            self.unschedule(&key);
            self.entries.insert(key.clone(), Entry::new(status.uid.clone(), now));
        }
        let Some(entry) = self.entries.get_mut(&key) else { return Offered::Dropped };
        entry.offered = now;
        entry.note_cause(&status, now);
        if !entry.is_news(&status, now) {
            self.unschedule(&key);
            return Offered::Skipped;
        }
        let counts = entry.told(&status).is_some_and(|told| status.body.differs_in_counts_alone(told));
        let (lane, due, answer) = if entry.has_credit(now) && !counts {
            (entry.credited, entry.worth_telling(&status, now), Offered::Queued)
        } else {
            let allowed = entry.bucket.next(now);
            let answer = if allowed > now { Offered::HeldBack } else { Offered::Queued };
            (Lane::Weather, allowed.max(now + DEBOUNCE), answer)
        };
        let (lane, due, paid, answer) = match &entry.waiting {
            // Later offers neither postpone an earlier one nor lower it.
            Some(before) => (lane.min(before.lane), due.min(before.due), before.paid, Offered::Replaced),
            None if full => {
                // Whatever it was about is still to be told.
                entry.cause = None;
                return Offered::Dropped;
            }
            None => (lane, due, false, answer),
        };
        let due = due.max(entry.not_before);
        self.unschedule(&key);
        self.schedule(key, Waiting { status, lane, due, paid, counts });
        answer
    }

    /// The next status whose time has come. It is under way until [`Queue::ended`].
    pub(super) fn pop(&mut self, now: Instant) -> Option<DesiredStatus> {
        loop {
            let lane = self.lanes.iter_mut().find(|lane| lane.first().is_some_and(|(due, _)| *due <= now))?;
            let (_, key) = lane.pop_first()?;
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            let Some(mut waiting) = entry.waiting.take() else { continue };
            if !waiting.paid
                && let Err(due) = entry.pay(now, waiting.counts)
            {
                self.schedule(key, Waiting { due, lane: Lane::Weather, ..waiting });
                continue;
            }
            if let Some(before) = &entry.written {
                waiting.status.body.keep_times(&before.body);
            }
            entry.under_way = Some(waiting.lane);
            entry.written =
                Some(Written { body: waiting.status.body.clone(), seen: waiting.status.current.clone() });
            return Some(waiting.status);
        }
    }

    /// A status that [`Queue::pop`] gave has been sent, or not.
    pub(super) fn ended(&mut self, kind: Kind, id: &ObjectId, ended: Ended, now: Instant) {
        let key = (kind, id.clone());
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let lane = entry.under_way.take().unwrap_or(Lane::Weather);
        match ended {
            Ended::Written => {
                entry.failures = 0;
                entry.refused = None;
            }
            Ended::Gone => {
                entry.written = None;
                entry.waiting = None;
            }
            Ended::Failed(status) => {
                entry.written = None;
                entry.failures = entry.failures.saturating_add(1);
                let pause = RETRY * (1 << entry.failures.saturating_sub(1).min(DOUBLINGS));
                let due = now + pause.min(RETRY_MOST);
                match entry.waiting.take() {
                    // Another object of the same name may have come meanwhile; its status is not this one.
                    waiting if status.uid != entry.uid => entry.waiting = waiting,
                    // It was changed meanwhile: that is another status, and does not wait for this one.
                    Some(waiting) if waiting.status.cause != status.cause => {
                        entry.failures = 0;
                        entry.waiting = Some(waiting);
                    }
                    waiting => {
                        entry.not_before = due;
                        let (status, lane) = match waiting {
                            Some(waiting) => (waiting.status, lane.min(waiting.lane)),
                            None => (*status, lane),
                        };
                        entry.waiting = Some(Waiting { status, lane, due, paid: true, counts: false });
                    }
                }
            }
            Ended::Refused(status) => {
                entry.written = None;
                if status.uid == entry.uid {
                    let waiting = entry.waiting.take();
                    entry.waiting = waiting.filter(|waiting| !waiting.status.body.same_news(&status.body));
                    entry.refused = Some((status.body, now + REFUSED));
                }
            }
        }
        if let Some(waiting) = entry.waiting.take() {
            self.schedule(key, waiting);
        }
    }

    /// When something is due, if anything waits.
    pub(super) fn next(&self) -> Option<Instant> {
        self.lanes.iter().filter_map(|lane| lane.first()).map(|(due, _)| *due).min()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(BTreeSet::len).sum()
    }

    /// Forgets objects that are gone.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.entries.retain(|_, entry| {
            entry.waiting.is_some() || entry.under_way.is_some() || now.duration_since(entry.offered) < MEMORY
        });
    }

    /// What is under way is queued when it has ended.
    fn schedule(&mut self, key: Key, waiting: Waiting) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        if entry.under_way.is_none()
            && let Some(lane) = self.lanes.get_mut(waiting.lane as usize)
        {
            lane.insert((waiting.due, key));
        }
        entry.waiting = Some(waiting);
    }

    fn unschedule(&mut self, key: &Key) {
        let Some(waiting) = self.entries.get_mut(key).and_then(|entry| entry.waiting.take()) else { return };
        if let Some(lane) = self.lanes.get_mut(waiting.lane as usize) {
            lane.remove(&(waiting.due, key.clone()));
        }
    }
}

/// Whether pods are still to load what a status speaks of.
fn is_loading(body: &StatusBody) -> bool {
    body.condition(ConditionType::Programmed)
        .is_some_and(|programmed| programmed.reason == Reason::AckPending.as_str())
}
