//! Values of subtitles and of `n`: checked but not executed.
//!
//! A reader here says only whether a value is right; what it means comes with the feature.

use super::{BadValue, Context};
use crate::Color;
use crate::named::is_name;
use crate::number;
use crate::setting::Setting;

/// `PIXELS_COLOR`.
pub(super) fn outline(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    pixels_and_color(text.split_once('_'))
}

/// `COLOR_PIXELS`.
pub(super) fn text_shadow(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    pixels_and_color(text.split_once('_').map(|(color, pixels)| (pixels, color)))
}

fn pixels_and_color(parts: Option<(&str, &str)>) -> Result<Setting, BadValue> {
    let (pixels, color) = parts.ok_or(BadValue::Form("is not a width and a colour"))?;
    number::unsigned(pixels).ok_or(BadValue::NotANumber)?;
    Ok(color.parse::<Color>().map(|_| Setting::Nothing)?)
}

/// `n`: the name of a stored transformation. Names were replaced before values are read, so only what is no name
/// comes here.
pub(super) fn name(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    is_name(text)
        .then_some(Setting::Nothing)
        .ok_or(BadValue::Form("is not a name of letters, digits and underscores"))
}
