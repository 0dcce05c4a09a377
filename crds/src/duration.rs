//! Durations in manifests: a whole number and one unit.

use std::{borrow::Cow, fmt, str::FromStr, time};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// At most six digits and one unit, so that no value overflows.
pub(crate) const DURATION_PATTERN: &str = r"^[0-9]{1,6}(ms|s|m|h|d)$";

const MILLISECONDS_PER_SECOND: u64 = 1_000;
const MILLISECONDS_PER_MINUTE: u64 = 60 * MILLISECONDS_PER_SECOND;
const MILLISECONDS_PER_HOUR: u64 = 60 * MILLISECONDS_PER_MINUTE;
const MILLISECONDS_PER_DAY: u64 = 24 * MILLISECONDS_PER_HOUR;

/// Units from the largest, with their milliseconds. `ms` stands before `m` and `s` when a text is read.
const UNITS: [(&str, u64); 5] = [
    ("d", MILLISECONDS_PER_DAY),
    ("h", MILLISECONDS_PER_HOUR),
    ("m", MILLISECONDS_PER_MINUTE),
    ("s", MILLISECONDS_PER_SECOND),
    ("ms", 1),
];

/// A length of time in whole milliseconds: `500ms`, `30s`, `5m`, `12h`, `365d` (a day has 24 hours).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(time::Duration);

impl Duration {
    /// Wraps a duration; what is below a millisecond is cut when it is written.
    pub const fn new(duration: time::Duration) -> Self {
        Self(duration)
    }

    /// The value.
    pub const fn get(self) -> time::Duration {
        self.0
    }
}

/// The text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number of up to six digits and one unit of ms, s, m, h, d, such as 30s or 365d")]
pub struct DurationError;

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or(DurationError)?;
        if !(1..=6).contains(&digits) {
            return Err(DurationError);
        }
        let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or(DurationError)?;
        let number: u64 = number.parse().map_err(|_| DurationError)?;
        Ok(Self(time::Duration::from_millis(number * factor)))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        match UNITS.into_iter().find(|(_, factor)| total > 0 && total.is_multiple_of(*factor)) {
            Some((unit, factor)) => write!(f, "{}{unit}", total / factor),
            None => write!(f, "0s"),
        }
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 8, "pattern": DURATION_PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_digits_and_one_unit() {
        for (text, millis) in [
            ("0s", 0),
            ("500ms", 500),
            ("3s", 3_000),
            ("5m", 300_000),
            ("12h", 43_200_000),
            ("365d", 31_536_000_000),
            ("999999d", 86_399_913_600_000),
        ] {
            let parsed: Duration = text.parse().unwrap();
            assert_eq!(parsed.get(), time::Duration::from_millis(millis), "{text}");
        }
        for text in ["", "5", "s", "1.5s", "-1s", "1000000s", "1h30m", "5 s", "5S", "5w", "五s"] {
            assert_eq!(text.parse::<Duration>(), Err(DurationError), "{text}");
        }
    }

    #[test]
    fn a_duration_is_written_with_its_largest_whole_unit() {
        for (written, expected) in
            [("90s", "90s"), ("60s", "1m"), ("24h", "1d"), ("1500ms", "1500ms"), ("0d", "0s")]
        {
            assert_eq!(written.parse::<Duration>().unwrap().to_string(), expected);
        }
    }
}
