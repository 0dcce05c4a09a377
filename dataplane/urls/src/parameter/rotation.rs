//! `rt`: degrees clockwise, `N` for anticlockwise, `auto` for the EXIF orientation.

use super::{BadValue, Context};
use crate::number;
use crate::setting::{Rotation, Setting};

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if text == "auto" {
        return Ok(Setting::Rotation(Rotation::Auto));
    }
    let degrees = number::signed(text).filter(|value| value.is_finite()).ok_or(BadValue::NotANumber)?;
    let degrees = degrees.rem_euclid(360.0);
    // A tiny negative angle is 360 after `rem_euclid`.
    Ok(Setting::Rotation(Rotation::Degrees(if degrees < 360.0 { degrees } else { 0.0 })))
}
