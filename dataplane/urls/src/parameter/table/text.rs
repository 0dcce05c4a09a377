//! Rows of text and subtitles.

use super::scopes::WRITTEN;
use crate::parameter::{Parameter, Scopes, Takes, layer_value, overlay};

pub(super) const ROWS: &[Parameter] = &[
    Parameter::row("fs", WRITTEN, Takes::Read(overlay::length))
        .sdk(&["fontSize"])
        .takes("pixels, an expression")
        .default("45")
        .examples(&["40", "bh_div_20"])
        .means("Size of the font."),
    Parameter::row("ff", WRITTEN, Takes::Read(overlay::font))
        .sdk(&["fontFamily"])
        .takes("the name of a built-in family, or the path of a font with `@@` for slashes")
        .default("Open Sans")
        .examples(&["Roboto"])
        .means("Font."),
    Parameter::row("co", WRITTEN, Takes::Read(overlay::color))
        .sdk(&["fontColor", "color"])
        .takes("a colour")
        .default("`000000`")
        .examples(&["FF0000"])
        .means("Colour of the text."),
    Parameter::row("ia", Scopes::TEXT, Takes::Read(overlay::alignment))
        .sdk(&["innerAlignment"])
        .takes("`left`, `center`, `right`")
        .default("`center`")
        .examples(&["left"])
        .means("Where lines stand in the width of the text."),
    Parameter::row("pa", Scopes::TEXT, Takes::Read(overlay::padding))
        .sdk(&["padding"])
        .takes("one to four whole numbers in the order of CSS, an expression")
        .default("0")
        .examples(&["10", "10_20"])
        .means("Space around the text, outside of `w`."),
    Parameter::row("lh", Scopes::TEXT, Takes::Read(overlay::length))
        .sdk(&["lineHeight"])
        .since("2025-03")
        .takes("pixels, an expression")
        .default("the font's")
        .examples(&["60"])
        .means("From line to line."),
    Parameter::row("tg", WRITTEN, Takes::Read(overlay::typography))
        .sdk(&["typography"])
        .takes("`b`, `i`, `strikethrough` (2025-08), joined by `_`")
        .examples(&["b_i"])
        .means("Bold, italic, struck through."),
    Parameter::row("fol", Scopes::SUBTITLES, Takes::Read(layer_value::outline))
        .sdk(&["fontOutline"])
        .since("2025-03")
        .takes("`PIXELS_COLOUR`")
        .examples(&["2_red"])
        .means("Outline of subtitles."),
    Parameter::row("fsh", Scopes::SUBTITLES, Takes::Read(layer_value::text_shadow))
        .sdk(&["fontShadow"])
        .since("2025-03")
        .takes("`COLOUR_PIXELS`")
        .examples(&["red_2"])
        .means("Shadow of subtitles."),
];
