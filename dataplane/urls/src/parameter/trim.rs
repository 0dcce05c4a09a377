//! `t` and `o`: values that mean nothing at one end of their range.

use super::{BadValue, Context};
use crate::number;
use crate::setting::Setting;

/// Threshold of `true`.
const DEFAULT: u8 = 10;
/// Digits that a percentage made from a fraction keeps: the rest is noise of the multiplication.
const PERCENT_DIGITS: f64 = 1e6;

/// `true`, `false`, or a threshold from 1 to 99; bare means `true`.
pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    Ok(Setting::Trim(match text {
        "" | "true" => Some(DEFAULT),
        "false" | "0" => None,
        _ => {
            let threshold = number::signed(text).ok_or(BadValue::NotANumber)?;
            Some(threshold.round().clamp(1.0, 99.0) as u8)
        }
    }))
}

/// 0-100, or a fraction of full opacity between 0 and 1.
pub(super) fn read_opacity(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let value = number::signed(text).ok_or(BadValue::NotANumber)?;
    Ok(Setting::Opacity(if value > 0.0 && value < 1.0 {
        (value * 100.0 * PERCENT_DIGITS).round() / PERCENT_DIGITS
    } else {
        value.clamp(0.0, 100.0)
    }))
}
