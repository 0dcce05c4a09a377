//! The effects: `e-NAME` or `e-NAME-ARGUMENTS`.

use super::background::prompt;
use super::distort;
use super::sub_list::pairs;
use super::{BadValue, Context, Parameter, Scopes, Takes, is_off};
use crate::Color;
use crate::expression::Operand;
use crate::number;
use crate::setting::Setting;

const PICTURE: Scopes = Scopes::BASE.and(Scopes::IMAGE);

/// One row per effect. Those that need a model are `Ai`: at most one of them may stand in a step.
pub(super) const EFFECTS: &[Parameter] = &[
    row("e-grayscale", PICTURE, Takes::Switch(|on| if on { Setting::Grayscale } else { Setting::Nothing })),
    row("e-contrast", PICTURE, Takes::Switch(|on| missing(on, "e-contrast"))),
    row("e-sharpen", PICTURE, Takes::Switch(|on| missing(on, "e-sharpen"))),
    row("e-usm", PICTURE, Takes::Switch(|on| missing(on, "e-usm"))),
    row("e-shadow", PICTURE, Takes::ReadOrBare(shadow)),
    row("e-gradient", PICTURE.and(Scopes::BLOCK), Takes::ReadOrBare(gradient)),
    row("e-colorize", PICTURE, Takes::ReadOrBare(colorize)),
    row("e-distort", PICTURE, Takes::ReadOrBare(distort::read)),
    row("e-bgremove", PICTURE, Takes::Switch(|on| ai(on, "e-bgremove"))),
    row("e-removedotbg", PICTURE, Takes::Switch(|on| ai(on, "e-removedotbg"))),
    row("e-dropshadow", PICTURE, Takes::ReadOrBare(drop_shadow)),
    row("e-retouch", Scopes::BASE, Takes::Switch(|on| ai(on, "e-retouch"))),
    row("e-upscale", Scopes::BASE, Takes::Switch(|on| ai(on, "e-upscale"))),
    row("e-genvar", Scopes::BASE, Takes::Switch(|on| ai(on, "e-genvar"))),
    row(
        "e-changebg",
        Scopes::BASE,
        Takes::ReadOrBare(|text, _| prompt(text).map(|()| Setting::Ai("e-changebg"))),
    ),
    row("e-edit", Scopes::BASE, Takes::ReadOrBare(|text, _| prompt(text).map(|()| Setting::Ai("e-edit")))),
];

const fn row(key: &'static str, scopes: Scopes, takes: Takes) -> Parameter {
    Parameter { key, scopes, takes }
}

fn missing(on: bool, name: &'static str) -> Setting {
    if on { Setting::Missing(name) } else { Setting::Nothing }
}

fn ai(on: bool, name: &'static str) -> Setting {
    if on { Setting::Ai(name) } else { Setting::Nothing }
}

/// Reads a list of pairs, each by its own rule; bare and flag spellings mean the defaults.
fn list(
    text: &str,
    keys: &[&str],
    check: impl Fn(&str, &str) -> Result<(), BadValue>,
    on: Setting,
) -> Result<Setting, BadValue> {
    if is_off(text) {
        return Ok(Setting::Nothing);
    }
    pairs(text, keys).into_iter().try_for_each(|(key, value)| check(key, value))?;
    Ok(on)
}

fn a_number(text: &str) -> Result<(), BadValue> {
    number::signed(text).map(|_| ()).ok_or(BadValue::NotANumber)
}

fn a_color(text: &str) -> Result<(), BadValue> {
    text.parse::<Color>().map(|_| ()).map_err(BadValue::from)
}

fn shadow(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    list(text, &["bl", "st", "x", "y"], |_, value| a_number(value), Setting::Missing("e-shadow"))
}

fn drop_shadow(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    list(text, &["az", "el", "st"], |_, value| a_number(value), Setting::Ai("e-dropshadow"))
}

fn colorize(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let check = |key: &str, value: &str| if key == "co" { a_color(value) } else { a_number(value) };
    list(text, &["co", "in"], check, Setting::Missing("e-colorize"))
}

fn gradient(text: &str, context: &Context) -> Result<Setting, BadValue> {
    let check = |key: &str, value: &str| match key {
        "ld" => direction(value),
        "sp" => match Operand::parse(value, context.variables)? {
            Operand::Number(stop) if stop < 0.0 => Err(BadValue::Negative),
            Operand::Number(_) | Operand::Expression(_) => Ok(()),
        },
        _ => a_color(value),
    };
    list(text, &["ld", "from", "to", "sp"], check, Setting::Missing("e-gradient"))
}

/// An edge, a corner (also without its underscore), or degrees.
fn direction(text: &str) -> Result<(), BadValue> {
    const WORDS: [&str; 12] = [
        "top",
        "top_right",
        "right",
        "bottom_right",
        "bottom",
        "bottom_left",
        "left",
        "top_left",
        "topright",
        "bottomright",
        "bottomleft",
        "topleft",
    ];
    if WORDS.contains(&text) {
        Ok(())
    } else {
        number::unsigned(text).map(|_| ()).ok_or(BadValue::UnknownWord)
    }
}
