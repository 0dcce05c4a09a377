//! Values of keys that stand only in layers: place, blending, style of text.

use super::{BadValue, Context};
use crate::decode::encode_resource;
use crate::expression::{Operand, is_expression};
use crate::setting::{BlendName, LayerSetting, Offset, Padding, Position, Setting};
use crate::target::check_resource;
use crate::{Align, Font, Typography, number};

/// Extensions of font files.
const FONT_FILES: [&str; 4] = ["ttf", "otf", "woff", "woff2"];

/// Families that need no file.
#[rustfmt::skip] // one name a line would be half a screen
const FAMILIES: [&str; 22] = [
    "AbrilFatFace", "Amaranth", "Arvo", "Audiowide", "Chivo", "Crimson Text", "exo", "Fredoka One", "Gravitas One",
    "Kanit", "Lato", "Lobster", "Lora", "Monoton", "Montserrat", "PT Mono", "PT_Serif", "Open Sans", "Roboto",
    "Old Standard", "Ubuntu", "Vollkorn",
];

fn layer(setting: LayerSetting) -> Setting {
    Setting::Layer(setting)
}

fn word<T: Copy>(words: &[(&str, T)], text: &str) -> Result<T, BadValue> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or(BadValue::UnknownWord)
}

/// Pixels or an expression, `N` in front for the opposite edge.
pub(super) fn offset(text: &str, context: &Context) -> Result<Setting, BadValue> {
    let unsigned = text.strip_prefix(['N', '-']);
    let value = unsigned.unwrap_or(text);
    if value.starts_with(['N', '-']) {
        return Err(BadValue::NotANumber);
    }
    let value = Operand::parse(value, context.variables)?;
    Ok(layer(LayerSetting::Offset(Offset { negated: unsigned.is_some(), value })))
}

/// One of nine places.
pub(super) fn place(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    Position::parse(text).map(|place| layer(LayerSetting::Place(place))).ok_or(BadValue::UnknownWord)
}

pub(super) fn mode(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    word(&BlendName::ALL, text).map(|mode| layer(LayerSetting::Blend(mode)))
}

/// Tenths from 1 to 9, or a fraction of full opacity between 0 and 1.
pub(super) fn opacity(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let value = number::signed(text).ok_or(BadValue::NotANumber)?;
    let part = if value > 0.0 && value < 1.0 { value } else { value.clamp(1.0, 9.0) / 10.0 };
    Ok(layer(LayerSetting::Opacity(part)))
}

/// A length greater than 0, or an expression.
pub(super) fn length(text: &str, context: &Context) -> Result<Setting, BadValue> {
    match Operand::parse(text, context.variables)? {
        Operand::Number(value) if value <= 0.0 => Err(BadValue::NotPositive),
        length @ (Operand::Number(_) | Operand::Expression(_)) => Ok(layer(LayerSetting::Length(length))),
    }
}

/// The name of a family, with case, spaces and `_` as one likes, or the path of a font file.
pub(super) fn font(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let extension = text.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !FONT_FILES.iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        let known = FAMILIES.iter().find(|family| plain(family).eq(plain(text)));
        return Ok(layer(LayerSetting::Font(known.map(|family| Font::BuiltIn(family)))));
    }
    let path = text.replace("@@", "/").trim_matches('/').to_owned();
    let resource = encode_resource(&path);
    if path.contains('"') || check_resource(&resource).is_err() {
        return Err(BadValue::Form("is not the path of a font file"));
    }
    Ok(layer(LayerSetting::Font(Some(Font::File { path, resource }))))
}

/// The letters of a family's name that tell it from others.
fn plain(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|letter| !matches!(letter, ' ' | '_')).flat_map(char::to_lowercase)
}

pub(super) fn color(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    Ok(layer(LayerSetting::Color(text.parse()?)))
}

pub(super) fn alignment(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    word(&Align::ALL, text).map(|align| layer(LayerSetting::Align(align)))
}

/// `b`, `i` and `strikethrough`, joined by `_` in any order.
pub(super) fn typography(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let mut typography = Typography::default();
    for style in text.split('_') {
        match style {
            "b" => typography.bold = true,
            "i" => typography.italic = true,
            "strikethrough" => typography.strikethrough = true,
            _ => return Err(BadValue::UnknownWord),
        }
    }
    Ok(layer(LayerSetting::Typography(typography)))
}

/// One to four whole numbers in the order of CSS, or one expression.
pub(super) fn padding(text: &str, context: &Context) -> Result<Setting, BadValue> {
    if is_expression(text) {
        let operand = Operand::parse(text, context.variables)?;
        return Ok(layer(LayerSetting::Padding(Padding::Expression(operand))));
    }
    let sides =
        text.split('_').map(number::unsigned).collect::<Option<Vec<_>>>().ok_or(BadValue::NotANumber)?;
    let whole = |side: f64| (side.fract() == 0.0).then_some(side as u32);
    let sides = sides.into_iter().map(whole).collect::<Option<Vec<_>>>().unwrap_or_default();
    let sides = match sides[..] {
        [all] => [all; 4],
        [ends, sides] => [ends, sides, ends, sides],
        [top, sides, bottom] => [top, sides, bottom, sides],
        [top, right, bottom, left] => [top, right, bottom, left],
        _ => return Err(BadValue::Form("is not one to four whole numbers")),
    };
    Ok(layer(LayerSetting::Padding(Padding::Each(sides))))
}
