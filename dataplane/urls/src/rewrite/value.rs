//! Values that several vendors write alike.

use super::native::Why;
use crate::number;

/// Four digits behind the point are kept of what is computed.
const DIGITS: f64 = 1e4;

/// A number in the native spelling of its sign, otherwise as written.
pub(super) fn number(text: &str) -> Result<String, Why> {
    match text.strip_prefix('-') {
        Some(rest) => number::unsigned(rest).map(|_| format!("N{rest}")),
        None => number::unsigned(text).map(|_| text.to_owned()),
    }
    .ok_or(Why::NotANumber)
}

/// A side: as [`number`], but a 1 with a decimal point is all of `full`, as any part is of it. Natively a 1 is one
/// pixel however it is written.
pub(super) fn side(text: &str, full: &str) -> Result<String, Why> {
    let number = number(text)?;
    Ok(if part(&number) == Some(1.0) { full.to_owned() } else { number })
}

/// A way along a side: as [`number`], but up to 1 with a decimal point it is a part of `full`. Natively it is one of a
/// pixel.
pub(super) fn offset(text: &str, full: &str) -> Result<String, Why> {
    let number = number(text)?;
    let (sign, amount) = number.strip_prefix('N').map_or(("", number.as_str()), |amount| ("N", amount));
    Ok(match part(amount) {
        Some(1.0) => format!("{sign}{full}"),
        Some(_) => format!("{sign}{full}_mul_{amount}"),
        None => number,
    })
}

/// A part of a whole, above 0 and up to 1: decimals tell it from a number of pixels.
fn part(number: &str) -> Option<f64> {
    let value = number::unsigned(number).filter(|_| number.contains('.'))?;
    (value > 0.0 && value <= 1.0).then_some(value)
}

/// A number that was computed, without the noise of computing it.
pub(super) fn rounded(value: f64) -> f64 {
    (value * DIGITS).round() / DIGITS
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
