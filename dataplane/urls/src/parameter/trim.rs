//! `t` and `o`: values that mean nothing at one end of their range.

use super::{BadValue, Context, flag};
use crate::number;
use crate::setting::Setting;

/// `true`, `false`, or a threshold from 1 to 99; bare means `true`.
pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let on = match flag(text) {
        Some(on) => on,
        None if text.is_empty() => true,
        // Any number is clamped into the range, so it switches trimming on.
        None => number::signed(text).map(|_| true).ok_or(BadValue::NotANumber)?,
    };
    Ok(if on { Setting::Missing("t (trim)") } else { Setting::Nothing })
}

/// 0-100, or a fraction of full opacity between 0 and 1.
pub(super) fn read_opacity(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let value = number::signed(text).ok_or(BadValue::NotANumber)?;
    Ok(if value >= 100.0 { Setting::Nothing } else { Setting::Missing("o (opacity)") })
}
