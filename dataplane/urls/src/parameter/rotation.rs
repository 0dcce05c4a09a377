//! `rt`: degrees clockwise, `N` for anticlockwise, `auto` for the EXIF orientation.

use super::{BadValue, Context};
use crate::number;
use crate::setting::{Rotation, Setting};

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if text == "auto" {
        return Ok(Setting::Rotation(Rotation::Auto));
    }
    let degrees = number::signed(text).filter(|value| value.is_finite()).ok_or(BadValue::NotANumber)?;
    let turns = degrees.rem_euclid(360.0) / 90.0;
    if turns.fract() > 0.0 {
        return Ok(Setting::Missing("rt by an angle that is no multiple of 90"));
    }
    // A tiny negative angle is 360 after `rem_euclid`.
    Ok(Setting::Rotation(Rotation::Turns(turns as u8 % 4)))
}
