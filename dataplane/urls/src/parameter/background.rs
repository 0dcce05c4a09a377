//! `bg`: a colour, or something made from the picture.

use super::{BadValue, Context};
use crate::decode::base64_decode;
use crate::number;
use crate::setting::Setting;

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if text == "dominant" {
        return Ok(Setting::Missing("bg-dominant"));
    }
    if matches!(text, "gradient_dominant" | "gradient_dominant_2" | "gradient_dominant_4") {
        return Ok(Setting::Missing("bg-gradient_dominant"));
    }
    if let Some(arguments) = text.strip_prefix("blurred") {
        return blurred(arguments).map(|()| Setting::BlurredBackground);
    }
    if let Some(arguments) = text.strip_prefix("genfill") {
        return generated(arguments).map(|()| Setting::GeneratedBackground);
    }
    Ok(Setting::Background(text.parse()?))
}

/// `[_INTENSITY[_BRIGHTNESS]]`, the first `auto` or 0-100, the second N255-255.
fn blurred(arguments: &str) -> Result<(), BadValue> {
    if arguments.is_empty() {
        return Ok(());
    }
    let arguments = arguments.strip_prefix('_').ok_or(BadValue::UnknownWord)?;
    let (intensity, brightness) = arguments.split_once('_').unwrap_or((arguments, "0"));
    let understood = (intensity == "auto" || number::unsigned(intensity).is_some())
        && number::signed(brightness).is_some();
    understood.then_some(()).ok_or(BadValue::Form("is not blurred_INTENSITY_BRIGHTNESS"))
}

/// Nothing, `-prompt-TEXT` or `-prompte-BASE64`.
fn generated(arguments: &str) -> Result<(), BadValue> {
    match arguments.strip_prefix('-') {
        None if arguments.is_empty() => Ok(()),
        None => Err(BadValue::UnknownWord),
        Some(prompt) => self::prompt(prompt),
    }
}

/// `prompt-TEXT` or `prompte-BASE64`.
pub(super) fn prompt(text: &str) -> Result<(), BadValue> {
    if let Some(encoded) = text.strip_prefix("prompte-") {
        return match base64_decode(encoded) {
            Some(prompt) if !prompt.trim().is_empty() => Ok(()),
            Some(_) | None => Err(BadValue::NotBase64),
        };
    }
    match text.strip_prefix("prompt-") {
        Some(prompt) if !prompt.trim().is_empty() => Ok(()),
        Some(_) | None => Err(BadValue::Form("has no prompt-TEXT or prompte-BASE64")),
    }
}
