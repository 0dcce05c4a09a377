//! Values of keys that stand in layers, and of others that are checked but not executed yet.
//!
//! A reader here says only whether a value is right; what it means comes with the feature.

use super::{BadValue, Context};
use crate::Color;
use crate::decode::base64_decode;
use crate::expression::{Operand, Variable, is_expression};
use crate::number;
use crate::setting::{Position, Setting};

/// Base64 longer than this is cut before decoding.
const MAX_BASE64: usize = 2500;

const ALIGNMENTS: [&str; 3] = ["left", "center", "right"];
const STYLES: [&str; 3] = ["b", "i", "strikethrough"];
const MODES: [&str; 4] = ["multiply", "displace", "cutout", "cutter"];

fn understood(right: bool) -> Result<Setting, BadValue> {
    right.then_some(Setting::Nothing).ok_or(BadValue::UnknownWord)
}

/// Text or a path in base64. A long one is cut to whole groups of four.
pub(super) fn base64(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let kept = if text.len() > MAX_BASE64 { text.get(..MAX_BASE64).unwrap_or(text) } else { text };
    base64_decode(kept).map(|_| Setting::Nothing).ok_or(BadValue::NotBase64)
}

/// One of nine places.
pub(super) fn position(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    understood(Position::parse(text).is_some())
}

pub(super) fn mode(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    understood(MODES.contains(&text))
}

pub(super) fn alignment(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    understood(ALIGNMENTS.contains(&text))
}

pub(super) fn typography(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    understood(text.split('_').all(|style| STYLES.contains(&style)))
}

pub(super) fn color(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    Ok(text.parse::<Color>().map(|_| Setting::Nothing)?)
}

/// A length greater than 0, or an expression.
pub(super) fn length(text: &str, context: &Context) -> Result<Setting, BadValue> {
    super::length::read(text, false, context).map(|_| Setting::Nothing)
}

/// One to four whole numbers in the order of CSS, or one expression.
pub(super) fn padding(text: &str, context: &Context) -> Result<Setting, BadValue> {
    if is_expression(text) {
        return Ok(Operand::parse(text, context.variables).map(|_| Setting::Nothing)?);
    }
    let sides =
        text.split('_').map(number::unsigned).collect::<Option<Vec<_>>>().ok_or(BadValue::NotANumber)?;
    let right = sides.len() <= 4 && sides.iter().all(|side| side.fract() == 0.0);
    right.then_some(Setting::Nothing).ok_or(BadValue::Form("is not one to four whole numbers"))
}

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

/// `cr`: `TO[_TOLERANCE[_FROM]]`.
pub(super) fn recolour(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let mut parts = text.split('_');
    parts.next().unwrap_or_default().parse::<Color>()?;
    if let Some(tolerance) = parts.next() {
        number::signed(tolerance).ok_or(BadValue::NotANumber)?;
    }
    if let Some(from) = parts.next() {
        from.parse::<Color>()?;
    }
    match parts.next() {
        None => Ok(Setting::Missing("cr (colour replacement)")),
        Some(_) => Err(BadValue::Form("is not TO_TOLERANCE_FROM")),
    }
}

/// `n`: the name of a stored transformation.
pub(super) fn name(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let right = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    right
        .then_some(Setting::Missing("n (named transformation)"))
        .ok_or(BadValue::Form("is not a name of letters, digits and underscores"))
}

/// `dn`: dots per inch; its expressions know the source's density.
pub(super) fn density(text: &str, context: &Context) -> Result<Setting, BadValue> {
    let variables: Vec<Variable> = context.variables.iter().copied().chain([Variable::Idn]).collect();
    Operand::parse(text, &variables)?;
    Ok(Setting::Missing("dn (density)"))
}

/// `z`: how close.
pub(super) fn zoom(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    match number::signed(text).ok_or(BadValue::NotANumber)? {
        value if value > 0.0 => Ok(Setting::Zoom(value)),
        _ => Err(BadValue::NotPositive),
    }
}
