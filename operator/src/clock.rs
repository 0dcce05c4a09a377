//! The wall clock, read in one place. Pure stages take the time as an argument, and nothing here decides by it:
//! deadlines and leases go by the monotonic clock.

use jiff::{Timestamp, TimestampRound, Unit};

/// The time now, to the microsecond: as precise as the API server stores it, so that what is written reads back equal.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(TimestampRound::new().smallest(Unit::Microsecond)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_has_whole_microseconds() {
        assert_eq!(now().subsec_nanosecond() % 1000, 0);
    }
}
