//! When the leader looks at pods: often while something is pending, seldom while everything is acknowledged, and in
//! between after a change, because that is when requests show what is wrong with it. Pods that keep results are looked at
//! more often than others: whoever asked one of them for a purge waits for all of them.

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

/// Between two looks at pods that keep results.
const KEEPERS: Duration = Duration::from_secs(2);

/// The time of the next look.
#[derive(Debug)]
pub(super) struct Pace {
    next: Instant,
    /// When all pods are looked at next.
    all: Instant,
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
        Self { next: now, all: now, written: None, pending: None }
    }

    /// When to look.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Whether all pods are to be looked at now, and not those alone that keep results.
    pub(super) fn is_of_all(&self, now: Instant) -> bool {
        now >= self.all
    }

    /// A config was written: pods load it from now on.
    pub(super) fn written(&mut self, now: Instant) {
        self.written = Some(now);
        self.pending = Some(Pending { since: now, looks: 0 });
        self.all_after(now, EAGER[0]);
    }

    /// A look at pods that keep results has ended.
    pub(super) fn glanced(&mut self, now: Instant) {
        self.next = self.all.min(now + KEEPERS);
    }

    /// A look at all pods has ended; `pending` says whether a ready pod does not run the newest config yet, `keeps`
    /// whether there are pods that keep results.
    pub(super) fn looked(&mut self, now: Instant, pending: bool, keeps: bool) {
        if !pending {
            self.pending = None;
            let is_new = self.written.is_some_and(|written| now.duration_since(written) < NEW);
            self.all_after(now, if is_new { ATTENTIVE } else { IDLE });
            if keeps {
                self.glanced(now);
            }
            return;
        }
        let state = self.pending.get_or_insert(Pending { since: now, looks: 0 });
        state.looks += 1;
        let pause = if now.duration_since(state.since) > PATIENCE {
            SLOW
        } else {
            EAGER.get(state.looks).copied().unwrap_or(PENDING)
        };
        self.all_after(now, pause);
    }

    fn all_after(&mut self, now: Instant, pause: Duration) {
        self.all = now + pause;
        self.next = self.all;
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
        pace.looked(start, false, false);
        assert_eq!(pace.next(), start + IDLE);

        pace.written(start);
        let mut now = pace.next();
        let mut looks = 0;
        while now < start + Duration::from_secs(2) {
            pace.looked(now, true, false);
            now = pace.next();
            looks += 1;
        }
        assert!((5..=8).contains(&looks), "{looks} looks in the first two seconds");

        pace.looked(start + Duration::from_secs(31), true, false);
        assert_eq!(pace.next(), start + Duration::from_secs(33), "patience ends");
        pace.looked(start + Duration::from_secs(33), false, false);
        assert_eq!(pace.next(), start + Duration::from_secs(43));
    }

    #[test]
    fn a_config_that_is_new_is_looked_at_more_often() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.written(start);
        let acknowledged = start + Duration::from_secs(2);
        pace.looked(acknowledged, false, false);
        assert_eq!(pace.next(), acknowledged + ATTENTIVE);
        pace.looked(start + NEW, false, false);
        assert_eq!(pace.next(), start + NEW + IDLE, "it is not new any more");
    }

    #[test]
    fn pods_that_keep_results_are_looked_at_in_between_and_the_others_as_ever() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert!(pace.is_of_all(start));
        let mut looks = Vec::new();
        pace.looked(start, false, true);
        while pace.next() < start + Duration::from_secs(25) {
            let now = pace.next();
            looks.push((now.duration_since(start).as_secs(), pace.is_of_all(now)));
            if pace.is_of_all(now) {
                pace.looked(now, false, true);
            } else {
                pace.glanced(now);
            }
        }
        let expected: Vec<_> = (1..=12).map(|look| (look * 2, look % 5 == 0)).collect();
        assert_eq!(looks, expected);
        // While something is pending, all pods are.
        pace.written(start);
        assert!(pace.is_of_all(pace.next()));
        pace.looked(start, true, true);
        assert!(pace.is_of_all(pace.next()));
    }
}
