//! The effects: `e-NAME` or `e-NAME-ARGUMENTS`.

use super::distort;
use super::sub_list::pairs;
use super::{BadValue, Context, Parameter, Scopes, Takes, is_off};
use crate::expression::Operand;
use crate::number;
use crate::setting::{Colorize, Direction, Effect, Gradient, Setting, Shadow, Unsharp};

const PICTURE: Scopes = Scopes::BASE.and(Scopes::IMAGE);

pub(super) const ROWS: &[Parameter] = &[
    Parameter::row("e-grayscale", PICTURE, Takes::Switch(|_| Setting::Effect(Effect::Grayscale)))
        .sdk(&["grayscale"])
        .examples(&[""])
        .means("Grey: luma of Rec. 709."),
    Parameter::row("e-contrast", PICTURE, Takes::Switch(|_| Setting::Effect(Effect::Contrast)))
        .sdk(&["contrastStretch"])
        .examples(&[""])
        .means("Stretches the luminance over its whole range."),
    Parameter::row("e-sharpen", PICTURE, Takes::Switch(sharpen))
        .sdk(&["sharpen"])
        .takes("a number")
        .range("1 to 99, clamped")
        .default("50")
        .examples(&["", "10"])
        .means("Sharpens."),
    Parameter::row("e-usm", PICTURE, Takes::Switch(unsharp))
        .sdk(&["unsharpMask"])
        .takes("`RADIUS-SIGMA-AMOUNT-THRESHOLD`")
        .default("`2-2-0.8-0.024`")
        .examples(&["", "2-2-0.8-0.024"])
        .means("Unsharp mask: two sizes in pixels, a factor, a part of the full scale."),
    Parameter::row("e-shadow", PICTURE, Takes::ReadOrBare(shadow))
        .sdk(&["shadow"])
        .takes("bare; `bl-PIXELS`, `st-PERCENT`, `x-PERCENT`, `y-PERCENT`, joined by `_`")
        .range("bl 0 to 15, st 0 to 100, x and y N100 to 100, clamped; images up to 2 megapixels")
        .default("`bl-10_st-30_x-2_y-2`")
        .examples(&["", "bl-15_st-40_x-10_y-N5"])
        .means("Shadow of the picture's shape, on the same canvas."),
    Parameter::row("e-gradient", PICTURE.and(Scopes::BLOCK), Takes::ReadOrBare(gradient))
        .sdk(&["gradient"])
        .takes("bare; `ld-DIRECTION`, `from-COLOUR`, `to-COLOUR`, `sp-STOP`, joined by `_`")
        .range("degrees 0 to 359, clamped")
        .default("`ld-bottom_from-FFFFFF_to-00000000_sp-1`")
        .examples(&["", "ld-top_from-green_to-00FF0010_sp-1"])
        .means(
            "Gradient over the whole picture. The direction, an edge, a corner or degrees, is where it goes \
             to; the stop is a fraction up to 1, pixels above, or an expression.",
        ),
    Parameter::row("e-colorize", PICTURE, Takes::ReadOrBare(colorize))
        .sdk(&["colorize"])
        .since("2026-05")
        .takes("bare; `co-COLOUR`, `in-PERCENT`, joined by `_`")
        .range("in 0 to 100, clamped")
        .default("`co-gray_in-100`")
        .examples(&["co-red_in-100"])
        .means("Tints with a colour."),
    Parameter::row("e-distort", PICTURE, Takes::ReadOrBare(distort::read))
        .sdk(&["distort"])
        .since("2026-01")
        .takes("`p-X1_Y1_X2_Y2_X3_Y3_X4_Y4`, `a-DEGREES`")
        .examples(&["p-10_10_290_0_300_200_0_190", "a-30"])
        .means(
            "Moves the corners (top left, top right, bottom right, bottom left) on the same canvas, or \
             bends the picture upward, with `N` downward.",
        ),
];

/// What is no number means the default, as for every effect that is a flag.
fn sharpen(text: &str) -> Setting {
    let strength = number::signed(text).map_or(Effect::SHARPEN, |strength| strength.clamp(1.0, 99.0));
    Setting::Effect(Effect::Sharpen(strength))
}

/// `RADIUS-SIGMA-AMOUNT-THRESHOLD`; anything else means the defaults.
fn unsharp(text: &str) -> Setting {
    let mut parts = text.split('-').map(number::unsigned);
    let unsharp = match [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some(Some(radius)), Some(Some(sigma)), Some(Some(amount)), Some(Some(threshold)), None] => {
            Unsharp { radius, sigma, amount, threshold }
        }
        _ => Unsharp::default(),
    };
    Setting::Effect(Effect::Unsharp(unsharp))
}

/// A number, clamped to a range.
pub(super) fn clamped(text: &str, from: f64, to: f64) -> Result<f64, BadValue> {
    number::signed(text).map(|value| value.clamp(from, to)).ok_or(BadValue::NotANumber)
}

fn shadow(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if is_off(text) {
        return Ok(Setting::Nothing);
    }
    let mut shadow = Shadow::default();
    for (key, value) in pairs(text, &["bl", "st", "x", "y"]) {
        match key {
            "bl" => shadow.blur = clamped(value, 0.0, 15.0)?,
            "st" => shadow.strength = clamped(value, 0.0, 100.0)?,
            "x" => shadow.x = clamped(value, -100.0, 100.0)?,
            _ => shadow.y = clamped(value, -100.0, 100.0)?,
        }
    }
    Ok(Setting::Effect(Effect::Shadow(shadow)))
}

fn colorize(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if is_off(text) {
        return Ok(Setting::Nothing);
    }
    let mut colorize = Colorize::default();
    for (key, value) in pairs(text, &["co", "in"]) {
        match key {
            "co" => colorize.color = value.parse()?,
            _ => colorize.intensity = clamped(value, 0.0, 100.0)?,
        }
    }
    Ok(Setting::Effect(Effect::Colorize(colorize)))
}

fn gradient(text: &str, context: &Context) -> Result<Setting, BadValue> {
    if is_off(text) {
        return Ok(Setting::Nothing);
    }
    let mut gradient = Gradient::default();
    for (key, value) in pairs(text, &["ld", "from", "to", "sp"]) {
        match key {
            "ld" => gradient.direction = Direction::parse(value).ok_or(BadValue::UnknownWord)?,
            "from" => gradient.from = value.parse()?,
            "to" => gradient.to = value.parse()?,
            _ => {
                gradient.stop = match Operand::parse(value, context.variables)? {
                    Operand::Number(stop) if stop < 0.0 => return Err(BadValue::Negative),
                    stop @ (Operand::Number(_) | Operand::Expression(_)) => stop,
                }
            }
        }
    }
    Ok(Setting::Effect(Effect::Gradient(Box::new(gradient))))
}
