//! Values that several vendors write alike.

use super::native::Why;
use crate::number;

/// A number in the native spelling of its sign, otherwise as written.
pub(super) fn number(text: &str) -> Result<String, Why> {
    match text.strip_prefix('-') {
        Some(rest) => number::unsigned(rest).map(|_| format!("N{rest}")),
        None => number::unsigned(text).map(|_| text.to_owned()),
    }
    .ok_or(Why::NotANumber)
}

/// A number from a range that the vendor publishes.
pub(super) fn within(text: &str, from: i32, to: i32) -> Result<f64, Why> {
    let value = real(text)?;
    if (f64::from(from)..=f64::from(to)).contains(&value) { Ok(value) } else { Err(Why::Range(from, to)) }
}

/// `4:3`, or a number that means `n:1`, as `ar`.
pub(super) fn ratio(text: &str) -> Result<String, Why> {
    let (width, height) = text.split_once(':').unwrap_or((text, "1"));
    match (number::unsigned(width), number::unsigned(height)) {
        (Some(_), Some(_)) => Ok(format!("ar-{width}-{height}")),
        (None, _) | (_, None) => Err(Why::NotANumber),
    }
}

/// A finite number.
pub(super) fn real(text: &str) -> Result<f64, Why> {
    let value = match text.strip_prefix('-') {
        Some(rest) => number::unsigned(rest).map(|value| -value),
        None => number::unsigned(text),
    };
    value.filter(|value| value.is_finite()).ok_or(Why::NotANumber)
}

/// A finite number from 0.
pub(super) fn positive(text: &str) -> Result<f64, Why> {
    number::unsigned(text).filter(|value| value.is_finite()).ok_or(Why::NotANumber)
}
