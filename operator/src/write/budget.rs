//! How often something may be done: a bucket of tokens that fills up again.

use std::time::Duration;

use tokio::time::Instant;

/// Tokens that come back one by one.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    capacity: u32,
    refill: Duration,
    tokens: u32,
    /// When the token count was right, up to a started token.
    at: Instant,
}

impl Bucket {
    /// A full bucket. Within any time T at most `capacity` + T / `refill` tokens are taken.
    pub(super) const fn new(capacity: u32, refill: Duration, now: Instant) -> Self {
        Self { capacity, refill, tokens: capacity, at: now }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        let taken = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        taken
    }

    /// When the next token can be taken; `now` if there is one.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        self.fill(now);
        if self.tokens > 0 { now } else { self.at + self.refill }
    }

    fn fill(&mut self, now: Instant) {
        let refill = self.refill.as_nanos().max(1);
        let grown = now.saturating_duration_since(self.at).as_nanos() / refill;
        let room = u128::from(self.capacity - self.tokens);
        if grown >= room {
            // A full bucket gathers nothing.
            self.tokens = self.capacity;
            self.at = now;
        } else {
            let grown = u32::try_from(grown).unwrap_or(u32::MAX);
            self.tokens += grown;
            self.at += self.refill * grown;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bucket_is_empty_after_its_capacity_and_fills_up_one_by_one() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut bucket = Bucket::new(2, Duration::from_secs(10), start);
        assert!(bucket.take(start) && bucket.take(start) && !bucket.take(start));
        assert_eq!(bucket.next(after(3)), after(10));
        assert!(!bucket.take(after(9)));
        assert!(bucket.take(after(10)) && !bucket.take(after(19)));
        assert!(bucket.take(after(25)));
        assert_eq!(bucket.next(after(25)), after(30), "the started token is not lost");
        assert!(bucket.take(after(1000)) && bucket.take(after(1000)) && !bucket.take(after(1000)));
    }

    proptest! {
        #[test]
        fn no_window_of_an_hour_takes_more_than_its_share(
            pauses in proptest::collection::vec(0..900_u64, 1..200),
            capacity in 1..8_u32,
        ) {
            let start = Instant::now();
            let mut bucket = Bucket::new(capacity, Duration::from_mins(10), start);
            let mut now = start;
            let mut taken: Vec<Instant> = Vec::new();
            for pause in pauses {
                now += Duration::from_secs(pause);
                if bucket.take(now) {
                    taken.push(now);
                }
            }
            for first in &taken {
                let within = taken.iter().filter(|at| *at >= first && at.duration_since(*first) < Duration::from_hours(1));
                prop_assert!(within.count() <= usize::try_from(capacity).unwrap() + 6);
            }
        }
    }
}
