//! When the leader looks at pods: often while something is pending, seldom while everything is acknowledged, and in
//! between after a change, because that is when requests show what is wrong with it.

use std::time::Duration;

use tokio::time::Instant;

/// Between two looks while nothing is pending.
const IDLE: Duration = Duration::from_secs(10);
/// After a config was written: a kubelet that was nudged has it within a second, and many much sooner.
const EAGER: [Duration; 5] = [
    Duration::from_millis(150),
    Duration::from_millis(200),
    Duration::from_millis(250),
    Duration::from_millis(300),
    Duration::from_millis(400),
];
/// After these.
const PENDING: Duration = Duration::from_millis(500);
/// Once something has been pending for [`PATIENCE`].
const SLOW: Duration = Duration::from_secs(2);
/// How long to look every half a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks while an acknowledged config is [`NEW`].
const ATTENTIVE: Duration = Duration::from_secs(3);
/// How long a config is new after it was written.
const NEW: Duration = Duration::from_secs(20);

/// The time of the next look.
#[derive(Debug)]
pub(super) struct Pace {
    next: Instant,
    written: Option<Instant>,
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Pending {
    since: Instant,
    looks: usize,
}

impl Pace {
    /// The first look is due at once.
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now, written: None, pending: None }
    }

    /// When to look.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// A config was written: pods load it from now on.
    pub(super) fn written(&mut self, now: Instant) {
        self.written = Some(now);
        self.pending = Some(Pending { since: now, looks: 0 });
        self.next = now + EAGER[0];
    }

    /// A look has ended; `pending` says whether a ready pod does not run the newest config yet.
    pub(super) fn looked(&mut self, now: Instant, pending: bool) {
        if !pending {
            self.pending = None;
            let is_new = self.written.is_some_and(|written| now.duration_since(written) < NEW);
            self.next = now + if is_new { ATTENTIVE } else { IDLE };
            return;
        }
        let state = self.pending.get_or_insert(Pending { since: now, looks: 0 });
        state.looks += 1;
        let pause = if now.duration_since(state.since) > PATIENCE {
            SLOW
        } else {
            EAGER.get(state.looks).copied().unwrap_or(PENDING)
        };
        self.next = now + pause;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_frequent_after_a_write_and_seldom_when_all_is_acknowledged() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert_eq!(pace.next(), start, "a new leader looks at once");
        pace.looked(start, false);
        assert_eq!(pace.next(), start + IDLE);

        pace.written(start);
        let mut now = pace.next();
        let mut looks = 0;
        while now < start + Duration::from_secs(2) {
            pace.looked(now, true);
            now = pace.next();
            looks += 1;
        }
        assert!((5..=8).contains(&looks), "{looks} looks in the first two seconds");

        pace.looked(start + Duration::from_secs(31), true);
        assert_eq!(pace.next(), start + Duration::from_secs(33), "patience ends");
        pace.looked(start + Duration::from_secs(33), false);
        assert_eq!(pace.next(), start + Duration::from_secs(43));
    }

    #[test]
    fn a_config_that_is_new_is_looked_at_more_often() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.written(start);
        let acknowledged = start + Duration::from_secs(2);
        pace.looked(acknowledged, false);
        assert_eq!(pace.next(), acknowledged + ATTENTIVE);
        pace.looked(start + NEW, false);
        assert_eq!(pace.next(), start + NEW + IDLE, "it is not new any more");
    }
}
