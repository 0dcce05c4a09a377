//! Conditions of `if-` blocks: tests joined by `and`, which binds tighter, and `or`.

use std::sync::Arc;

use crate::expression::Values;
use crate::number;

/// Within this distance two numbers are equal.
const EQUAL: f64 = 1e-6;

/// True when every test of one of the groups is true.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// Whether the test begins a group, and it.
    tests: Arc<[(bool, Test)]>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Test {
    property: Property,
    comparison: Comparison,
    right: Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Width,
    Height,
    Ratio,
    SourceWidth,
    SourceHeight,
    SourceRatio,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Right {
    Number(f64),
    Fraction(f64, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// Why text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConditionError {
    #[error("tests something else than w, h, ar, iw, ih or iar")]
    Property,
    #[error("compares with something else than eq, ne, gt, gte, lt or lte")]
    Comparison,
    #[error("has no number on the right side of a test")]
    Right,
    #[error("joins tests with something else than and or or")]
    Joint,
}

// === impl Condition ===

impl Condition {
    /// Reads what stands between `if-` and the next comma.
    pub(crate) fn parse(text: &str) -> Result<Self, ConditionError> {
        let mut parts = text.split('_');
        let (mut tests, mut begins) = (Vec::new(), false);
        loop {
            tests.push((begins, Test::parse(&mut parts)?));
            match parts.next() {
                None => return Ok(Self { tests: tests.into() }),
                Some("and") => begins = false,
                Some("or") => begins = true,
                Some(_) => return Err(ConditionError::Joint),
            }
        }
    }

    /// Judges it for one image.
    pub(crate) fn holds(&self, values: &Values) -> bool {
        let mut groups = self.tests.chunk_by(|_, (begins, _)| !begins);
        groups.any(|group| group.iter().all(|(_, test)| test.holds(values)))
    }
}

// === impl Test ===

impl Test {
    fn parse<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Result<Self, ConditionError> {
        let property = Property::parse(parts.next().unwrap_or_default()).ok_or(ConditionError::Property)?;
        let comparison =
            Comparison::parse(parts.next().unwrap_or_default()).ok_or(ConditionError::Comparison)?;
        let right = property.right(parts.next().unwrap_or_default()).ok_or(ConditionError::Right)?;
        Ok(Self { property, comparison, right })
    }

    /// Ratios are compared by cross products, so that 16-9 means exactly that.
    fn holds(&self, values: &Values) -> bool {
        let (numerator, denominator) = match self.property {
            Property::Width => (values.cw, 1.0),
            Property::Height => (values.ch, 1.0),
            Property::Ratio => (values.cw, values.ch),
            Property::SourceWidth => (values.iw, 1.0),
            Property::SourceHeight => (values.ih, 1.0),
            Property::SourceRatio => (values.iw, values.ih),
        };
        let (left, right) = match self.right {
            Right::Number(right) => (numerator / denominator, right),
            Right::Fraction(top, bottom) => (numerator * bottom, top * denominator),
        };
        match self.comparison {
            Comparison::Equal => (left - right).abs() <= EQUAL,
            Comparison::NotEqual => (left - right).abs() > EQUAL,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
        }
    }
}

// === impl Property ===

impl Property {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "w" => Self::Width,
            "h" => Self::Height,
            "ar" => Self::Ratio,
            "iw" => Self::SourceWidth,
            "ih" => Self::SourceHeight,
            "iar" => Self::SourceRatio,
            _ => return None,
        })
    }

    /// The right side of its tests: a number, for ratios also `A-B`.
    fn right(self, text: &str) -> Option<Right> {
        if let Some(value) = number::unsigned(text) {
            return Some(Right::Number(value));
        }
        match self {
            Self::Ratio | Self::SourceRatio => {
                let (numerator, denominator) = text.split_once('-')?;
                let denominator = number::unsigned(denominator).filter(|value| *value > 0.0)?;
                Some(Right::Fraction(number::unsigned(numerator)?, denominator))
            }
            Self::Width | Self::Height | Self::SourceWidth | Self::SourceHeight => None,
        }
    }
}

// === impl Comparison ===

impl Comparison {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "gt" => Self::Greater,
            "gte" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "lte" => Self::LessOrEqual,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values((iw, ih): (f64, f64), (cw, ch): (f64, f64)) -> Values {
        Values { iw, ih, cw, ch, base: (f64::NAN, f64::NAN) }
    }

    #[test]
    fn conditions_hold_as_documented() {
        let landscape = values((1600.0, 1067.0), (1600.0, 1067.0));
        let portrait = values((800.0, 1200.0), (800.0, 1200.0));
        let scaled = values((1600.0, 1067.0), (600.0, 400.0));
        let wide = values((1600.0, 900.0), (1600.0, 900.0));
        for (text, values, holds) in [
            ("ar_gte_16-9", landscape, false),
            ("ar_gte_16-9", wide, true),
            ("ar_eq_16-9", wide, true),
            ("ar_eq_1.7777777", wide, true),
            ("ar_ne_1.7777777", wide, false),
            ("ar_eq_1-1", landscape, false),
            ("iar_lte_0.67", portrait, true),
            ("h_gt_700", portrait, true),
            ("w_gt_1000", scaled, false),
            ("iw_gt_1000", scaled, true),
            ("w_lt_500_or_h_lt_500", scaled, true),
            ("h_gte_100_and_h_lte_400_or_ar_lt_4-3", portrait, true),
            ("h_gte_100_and_h_lte_400_or_ar_lt_4-3", landscape, false),
            ("ar_lt_4-3_or_h_gte_100_and_h_lte_400", scaled, true),
            ("iw_gt_1000_and_iar_gt_1", landscape, true),
            ("ih_eq_1200", portrait, true),
        ] {
            assert_eq!(Condition::parse(text).map(|condition| condition.holds(&values)), Ok(holds), "{text}");
        }
    }

    #[test]
    fn other_text_is_no_condition() {
        for (text, error) in [
            ("", ConditionError::Property),
            ("ch_gt_1", ConditionError::Property),
            ("w_above_1", ConditionError::Comparison),
            ("w_gt", ConditionError::Right),
            ("w_gt_h", ConditionError::Right),
            ("w_gt_4-3", ConditionError::Right),
            ("ar_gt_4-0", ConditionError::Right),
            ("ar_gt_N1", ConditionError::Right),
            ("w_gt_1_xor_h_gt_1", ConditionError::Joint),
            ("w_gt_1_and", ConditionError::Property),
        ] {
            assert_eq!(Condition::parse(text), Err(error), "{text}");
        }
    }
}
