//! Sizes in manifests: bytes as a number, or a number with a binary unit.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// At most twelve digits and a binary unit.
pub(crate) const SIZE_PATTERN: &str = r"^[0-9]{1,12}(Ki|Mi|Gi|Ti)?$";
/// As [`SIZE_PATTERN`], where an empty text means absent.
pub(crate) const OPTIONAL_SIZE_PATTERN: &str = r"^([0-9]{1,12}(Ki|Mi|Gi|Ti)?)?$";

/// Units from the largest, with the number of bits that a byte count is shifted by.
const UNITS: [(&str, u32); 5] = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10), ("", 0)];

/// A number of bytes: `41943040`, `40Mi`, `10Gi`. More than 2^64-1 counts as 2^64-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

impl Size {
    /// Wraps a number of bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// The text is no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be bytes as a whole number, or a number with Ki, Mi, Gi or Ti, such as 40Mi")]
pub struct SizeError;

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or(SizeError)?;
        if !(1..=12).contains(&digits) {
            return Err(SizeError);
        }
        let (_, shift) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or(SizeError)?;
        let number: u64 = number.parse().map_err(|_| SizeError)?;
        Ok(Self(number.saturating_mul(1 << shift)))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.into_iter().find(|(_, shift)| self.0 > 0 && self.0.trailing_zeros() >= *shift) {
            Some((unit, shift)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "0"),
        }
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of bytes, or text such as 40Mi")
    }

    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<Size, E> {
        Ok(Size(bytes))
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<Size, E> {
        u64::try_from(bytes).map(Size).map_err(|_| E::custom(SizeError))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-kubernetes-int-or-string": true, "maxLength": 14, "minimum": 0, "pattern": SIZE_PATTERN
        })
    }
}

/// A [`Size`] that may be written as an empty text, which means absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionalSize(Option<Size>);

impl OptionalSize {
    /// Wraps a size.
    pub const fn new(size: Size) -> Self {
        Self(Some(size))
    }

    /// The size, unless the text was empty.
    pub const fn get(self) -> Option<Size> {
        self.0
    }
}

impl Serialize for OptionalSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(size) => size.serialize(serializer),
            None => serializer.serialize_str(""),
        }
    }
}

impl<'de> Deserialize<'de> for OptionalSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written<'a> {
            Bytes(u64),
            Text(#[serde(borrow)] Cow<'a, str>),
        }
        match Written::deserialize(deserializer)? {
            Written::Bytes(bytes) => Ok(Self(Some(Size(bytes)))),
            Written::Text(text) if text.is_empty() => Ok(Self(None)),
            Written::Text(text) => text.parse().map(|size| Self(Some(size))).map_err(de::Error::custom),
        }
    }
}

impl JsonSchema for OptionalSize {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OptionalSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-kubernetes-int-or-string": true, "maxLength": 14, "minimum": 0, "pattern": OPTIONAL_SIZE_PATTERN
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_bytes_or_a_number_with_a_binary_unit() {
        for (written, bytes) in [
            (serde_json::json!(0), 0),
            (serde_json::json!(41_943_040), 40 << 20),
            (serde_json::json!("41943040"), 40 << 20),
            (serde_json::json!("40Mi"), 40 << 20),
            (serde_json::json!("10Gi"), 10 << 30),
            (serde_json::json!("999999999999Ti"), u64::MAX),
        ] {
            assert_eq!(serde_json::from_value::<Size>(written.clone()).unwrap().bytes(), bytes, "{written}");
        }
        for written in ["", "40M", "40 Mi", "-1", "1.5Gi", "1000000000000", "Mi"] {
            assert_eq!(written.parse::<Size>(), Err(SizeError), "{written}");
        }
        assert!(serde_json::from_str::<Size>("-1").is_err());
    }

    #[test]
    fn a_size_is_written_with_its_largest_whole_unit() {
        for (bytes, text) in [(0, "0"), (1, "1"), (1024, "1Ki"), (40 << 20, "40Mi"), (1025, "1025")] {
            assert_eq!(Size::new(bytes).to_string(), text);
        }
    }

    #[test]
    fn an_empty_optional_size_is_absent() {
        let read = |json: &str| serde_json::from_str::<OptionalSize>(json).unwrap().get();
        assert_eq!(read(r#""""#), None);
        assert_eq!(read(r#""1Gi""#), Some(Size::new(1 << 30)));
        assert_eq!(read("7"), Some(Size::new(7)));
    }
}
