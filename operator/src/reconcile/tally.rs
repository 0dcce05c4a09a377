//! From what the writers counted to metrics, which count for the process and not for one term.

use crate::{
    metrics::{EventOutcome, Metrics, StatusOutcome},
    write::{Announcer, EventCounts, StatusWriter, WriteCounts},
};

/// What has been told to the metrics of this term's counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    statuses: WriteCounts,
    events: EventCounts,
}

impl Tally {
    /// Tells what was counted since the last time.
    pub(super) fn tell(&mut self, writer: &StatusWriter, announcer: &Announcer, metrics: &Metrics) {
        let (statuses, events) = (writer.counts(), announcer.counts());
        let before = std::mem::replace(&mut self.statuses, statuses);
        for (outcome, now, then) in [
            (StatusOutcome::Written, statuses.written, before.written),
            (StatusOutcome::Unchanged, statuses.skipped, before.skipped),
            (StatusOutcome::HeldBack, statuses.held_back, before.held_back),
            (StatusOutcome::Dropped, statuses.dropped, before.dropped),
            (StatusOutcome::Failed, statuses.failed, before.failed),
        ] {
            metrics.statuses(outcome, since(now, then));
        }
        let before = std::mem::replace(&mut self.events, events);
        for (outcome, now, then) in [
            (EventOutcome::Published, events.announced, before.announced),
            (EventOutcome::HeldBack, events.dropped, before.dropped),
            (EventOutcome::Failed, events.failed, before.failed),
        ] {
            metrics.events(outcome, since(now, then));
        }
    }
}

fn since(now: u64, then: u64) -> usize {
    usize::try_from(now.saturating_sub(then)).unwrap_or(usize::MAX)
}
