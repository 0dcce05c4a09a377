//! `bg`: a colour, or something made from the picture.

use super::{BadValue, Context};
use crate::decode::base64_decode;
use crate::number;
use crate::setting::{Background, Blend, Prompt, Setting};

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let background = match text {
        "dominant" => Background::Dominant,
        "gradient_dominant" | "gradient_dominant_2" => Background::GradientDominant(Blend::Two),
        "gradient_dominant_4" => Background::GradientDominant(Blend::Four),
        _ => {
            if let Some(arguments) = text.strip_prefix("blurred") {
                blurred(arguments)?
            } else if let Some(arguments) = text.strip_prefix("genfill") {
                Background::Generated(generated(arguments)?)
            } else {
                Background::Solid(text.parse()?)
            }
        }
    };
    Ok(Setting::Background(background))
}

/// `[_INTENSITY[_BRIGHTNESS]]`, the first `auto` or 0-100, the second N255-255.
fn blurred(arguments: &str) -> Result<Background, BadValue> {
    const FORM: BadValue = BadValue::Form("is not blurred_INTENSITY_BRIGHTNESS");
    let (intensity, brightness) = match arguments.strip_prefix('_') {
        None if arguments.is_empty() => ("auto", "0"),
        None => return Err(BadValue::UnknownWord),
        Some(arguments) => arguments.split_once('_').unwrap_or((arguments, "0")),
    };
    let intensity = match intensity {
        "auto" => None,
        number => Some(number::unsigned(number).ok_or(FORM)?.min(100.0)),
    };
    let brightness = number::signed(brightness).ok_or(FORM)?.clamp(-255.0, 255.0);
    Ok(Background::Blurred { intensity, brightness })
}

/// Nothing, `-prompt-TEXT` or `-prompte-BASE64`.
fn generated(arguments: &str) -> Result<Option<Prompt>, BadValue> {
    match arguments.strip_prefix('-') {
        None if arguments.is_empty() => Ok(None),
        None => Err(BadValue::UnknownWord),
        Some(prompt) => self::prompt(prompt).map(Some),
    }
}

/// `prompt-TEXT` or `prompte-BASE64`.
pub(super) fn prompt(text: &str) -> Result<Prompt, BadValue> {
    if let Some(encoded) = text.strip_prefix("prompte-") {
        let prompt = base64_decode(encoded).filter(|prompt| !prompt.trim().is_empty());
        return prompt.map(Prompt).ok_or(BadValue::NotBase64);
    }
    match text.strip_prefix("prompt-") {
        Some(prompt) if !prompt.trim().is_empty() => Ok(Prompt(prompt.to_owned())),
        Some(_) | None => Err(BadValue::Form("has no prompt-TEXT or prompte-BASE64")),
    }
}
