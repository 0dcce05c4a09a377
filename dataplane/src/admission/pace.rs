//! How long jobs take: of late, by their size.

use std::time::Duration;

/// What a job is taken to need before any has ended.
const NOMINAL: Duration = Duration::from_millis(10);
/// How much of what was learnt a new job takes the place of.
const PART: u64 = 8;

/// Time and size of the jobs of late, the older the less they count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    nanoseconds: u64,
    size: u64,
}

impl Pace {
    /// Takes in a job that has ended.
    pub(super) fn learn(&mut self, size: u64, took: Duration) {
        self.nanoseconds = (self.nanoseconds - self.nanoseconds / PART).saturating_add(nanoseconds(took));
        self.size = (self.size - self.size / PART).saturating_add(size);
    }

    /// What a job of this size is likely to take, in nanoseconds; `None` as long as nothing was learnt.
    fn of(self, size: u64) -> Option<u64> {
        let cost = (u128::from(self.nanoseconds) * u128::from(size)).checked_div(u128::from(self.size))?;
        Some(u64::try_from(cost).unwrap_or(u64::MAX))
    }

    /// The same, where nothing was learnt from what is known of all.
    pub(super) fn cost(self, all: Self, size: u64) -> u64 {
        self.of(size).or_else(|| all.of(size)).unwrap_or_else(|| nanoseconds(NOMINAL))
    }
}

/// A duration as it is reckoned with.
pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_taken_to_need_what_others_of_its_size_needed_of_late() {
        let (mut own, mut all) = (Pace::default(), Pace::default());
        assert_eq!(own.cost(all, 5), nanoseconds(NOMINAL));
        all.learn(10, Duration::from_secs(1));
        assert_eq!(own.cost(all, 5), 500_000_000);
        own.learn(10, Duration::from_secs(4));
        assert_eq!(own.cost(all, 5), 2_000_000_000);
        for _ in 0..100 {
            own.learn(10, Duration::from_secs(1));
        }
        assert!((499_000_000..=501_000_000).contains(&own.cost(all, 5)), "{}", own.cost(all, 5));
    }
}
