//! Rows of colour, outline, blur.

use super::scopes::{ANYWHERE, BOXED, FRAMED, PICTURE};
use crate::parameter::{Parameter, Scopes, Takes, background, border, radius, recolour, trim};
use crate::setting::Setting;

pub(super) const ROWS: &[Parameter] = &[
    Parameter::row("bg", ANYWHERE, Takes::Read(background::read))
        .sdk(&["background"])
        .takes(
            "a colour, `blurred[_INTENSITY[_BRIGHTNESS]]`, `dominant` and `gradient_dominant[_2|_4]` \
             (2026-01), `genfill[-prompt-TEXT]` (2025-03)",
        )
        .range("intensity `auto` or 0 to 100, brightness N255 to 255, clamped")
        .default("black under padding, else transparent")
        .examples(&[
            "F3F3F3",
            "FF000050",
            "red",
            "blurred_25_N30",
            "dominant",
            "gradient_dominant_4",
            "genfill",
        ])
        .means(
            "Fills padding and what is transparent. `blurred` needs `w`, `h` and `cm-pad_resize`; `genfill` \
             needs `w`, `h` and a padding `cm`, and stands in no layer.",
        ),
    Parameter::row("b", FRAMED, Takes::Read(border::read))
        .sdk(&["border"])
        .takes("`WIDTH_COLOUR`, the width in pixels or an expression")
        .examples(&["5_FFF000", "iw_div_100_red"])
        .means("Border outside the picture, which grows by it on every side."),
    Parameter::row("r", BOXED, Takes::Read(radius::read))
        .sdk(&["radius"])
        .takes("pixels, `max`; four of them from the top left clockwise (2026-01)")
        .range("up to half the shorter side")
        .examples(&["20", "max", "10_20_max_40"])
        .means("Rounds the corners; `max` alone is an ellipse."),
    Parameter::row("o", PICTURE.and(Scopes::BLOCK), Takes::Read(trim::read_opacity))
        .sdk(&["opacity"])
        .takes("percent; between 0 and 1 a fraction of it")
        .range("0 to 100, clamped")
        .default("100")
        .examples(&["50", "0.8"])
        .means("Opacity; with a solid `bg`, a mix with that colour."),
    Parameter::row("bl", PICTURE, Takes::Number { from: 1.0, to: 100.0, set: Setting::Blur })
        .sdk(&["blur"])
        .examples(&["10"])
        .means("Gaussian blur of 1 + N/2 pixels standard deviation."),
    Parameter::row("cr", PICTURE, Takes::Read(recolour::read))
        .sdk(&["colorReplace"])
        .since("2026-01")
        .takes("`TO[_TOLERANCE[_FROM]]`")
        .range("tolerance 0 to 100 percent, clamped")
        .default("tolerance 35, from the dominant colour")
        .examples(&["red_40_blue"])
        .means("Puts one colour in the place of another and keeps light and shade."),
];
