//! Rows of size, crop, focus, rotation.

use super::scopes::{BOXED, FRAMED, MOVING, PICTURE};
use crate::expression::Operand;
use crate::parameter::{
    BadValue, Context, Parameter, Scopes, Takes, aspect, density, focus, page, rotation, trim,
};
use crate::setting::{Dpr, Mode, Setting};

pub(super) const ROWS: &[Parameter] = &[
    Parameter::row("w", BOXED, Takes::Length { auto: true, set: Setting::Width })
        .sdk(&["width"])
        .examples(&["300", "0.5", "iw_div_2", "auto"])
        .means(
            "Width. With one side the other follows. `auto` is the client's `Sec-CH-Width`, rounded up to a \
             hundred. In a text layer: where lines break.",
        ),
    Parameter::row("h", FRAMED, Takes::Length { auto: false, set: Setting::Height })
        .sdk(&["height"])
        .examples(&["200", "0.5", "ih_div_2"])
        .means("Height."),
    Parameter::row("ar", MOVING, Takes::Read(aspect::read))
        .sdk(&["aspectRatio"])
        .takes("`W-H`, `W_H`, `W:H`, a number, an expression")
        .examples(&["4-3", "4_3", "4:3", "1.5", "iar_div_2"])
        .means("Width over height: gives the side that is missing beside exactly one of `w` and `h`."),
    Parameter::row("c", MOVING, Takes::Words(CROP))
        .sdk(&["crop"])
        .default("`maintain_ratio`")
        .examples(&["at_max"])
        .means("How a size of another ratio is reached. `maintain_ratio_no_enlarge` is of 2026-05."),
    Parameter::row("cm", MOVING, Takes::Words(CROP_MODE)).sdk(&["cropMode"]).examples(&["pad_resize"]).means(
        "Padding, and cutting without scaling; wins over `c`. `pad_resize_no_enlarge` and \
             `pad_extract_no_shrink` are of 2026-05.",
    ),
    Parameter::row("fo", MOVING, Takes::Read(focus::read))
        .sdk(&["focus"])
        .takes(
            "nine places (`center`, `top`, `bottom_right`, ...), `auto`, `custom`, `auto-custom_override` \
             (2026-08), `face`, names of objects; several joined by `_` (2026-08)",
        )
        .default("`center`")
        .examples(&["top_left", "auto", "custom", "face", "car", "cat_dog"])
        .means("What stays in a cut, or where a padded picture sits."),
    Parameter::row("x", PICTURE, Takes::Operand(Setting::X))
        .sdk(&["x"])
        .examples(&["100", "iw_mul_0.2"])
        .means("Left edge of a region, with `cm-extract` and `cm-pad_extract`."),
    Parameter::row("y", PICTURE, Takes::Operand(Setting::Y))
        .sdk(&["y"])
        .examples(&["300"])
        .means("Top edge of a region."),
    Parameter::row("xc", PICTURE, Takes::Operand(Setting::CenterX))
        .sdk(&["xCenter"])
        .examples(&["800"])
        .means("Middle of a region from left to right; `x` wins."),
    Parameter::row("yc", PICTURE, Takes::Operand(Setting::CenterY))
        .sdk(&["yCenter"])
        .examples(&["500"])
        .means("Middle of a region from top to bottom; `y` wins."),
    Parameter::row("z", PICTURE, Takes::Read(density::read_zoom))
        .sdk(&["zoom"])
        .takes("a number")
        .range("above 0")
        .default("1")
        .examples(&["0.5"])
        .means("With `fo-face` or an object (2025-03): below 1 shows more around it, above 1 less."),
    Parameter::row("dpr", PICTURE, Takes::Read(dpr))
        .sdk(&["dpr"])
        .takes("a number, `auto`, an expression (2026-03)")
        .range("0.1 to 5, and sides of 1 to 5000: outside, it is ignored")
        .default("1")
        .examples(&["2", "auto"])
        .means(
            "Multiplies `w` and `h`. `auto` is the client's `Sec-CH-DPR`, to two decimals, and 5 at most.",
        ),
    Parameter::row("t", PICTURE, Takes::ReadOrBare(trim::read))
        .sdk(&["trim"])
        .takes("`true` (10), `false`, a number")
        .range("1 to 99, clamped")
        .default("`false`; in an image layer `true`")
        .examples(&["true", "5"])
        .means("Cuts margins that differ from the top-left pixel by no more than this in any channel."),
    Parameter::row("rt", BOXED, Takes::Read(rotation::read))
        .sdk(&["rotation", "rotate"])
        .takes("degrees, `N` for anticlockwise; `auto`")
        .examples(&["90", "N90", "auto", "30"])
        .means("Turns clockwise. `auto` applies the EXIF orientation where the endpoint does not."),
    Parameter::row("fl", MOVING.and(Scopes::TEXT), Takes::Words(FLIP))
        .sdk(&["flip"])
        .since("2025-03")
        .examples(&["h_v"])
        .means("Mirrors left to right, top to bottom, or both."),
    Parameter::row("pg", PICTURE, Takes::Read(page::read))
        .sdk(&["page"])
        .takes("a page, a list `1_3`, ranges `2-4` and `4-`, `name-\"a\"_\"b\"`")
        .range("from 1")
        .default("the first")
        .examples(&["2"])
        .means(
            "Page, frame or layer of a source with many; on the image itself only with the suffix \
             `ik-thumbnail.jpg`, and never in an `if` block.",
        ),
];

const CROP: &[(&str, Setting)] = &[
    ("maintain_ratio", Setting::Crop(Mode::MaintainRatio)),
    ("maintain_ratio_no_enlarge", Setting::Crop(Mode::MaintainRatioNoEnlarge)),
    ("force", Setting::Crop(Mode::Force)),
    ("at_max", Setting::Crop(Mode::AtMax)),
    ("at_max_enlarge", Setting::Crop(Mode::AtMaxEnlarge)),
    ("at_least", Setting::Crop(Mode::AtLeast)),
];

const CROP_MODE: &[(&str, Setting)] = &[
    ("pad_resize", Setting::CropMode(Mode::PadResize)),
    ("pad_resize_no_enlarge", Setting::CropMode(Mode::PadResizeNoEnlarge)),
    ("extract", Setting::CropMode(Mode::Extract)),
    ("pad_extract", Setting::CropMode(Mode::PadExtract)),
    ("pad_extract_no_shrink", Setting::CropMode(Mode::PadExtractNoShrink)),
];

const FLIP: &[(&str, Setting)] = &[
    ("h", Setting::Flip { horizontal: true, vertical: false }),
    ("v", Setting::Flip { horizontal: false, vertical: true }),
    ("h_v", Setting::Flip { horizontal: true, vertical: true }),
    ("v_h", Setting::Flip { horizontal: true, vertical: true }),
];

fn dpr(text: &str, context: &Context) -> Result<Setting, BadValue> {
    if text == "auto" {
        return Ok(Setting::Dpr(Dpr::Auto));
    }
    Ok(Setting::Dpr(Dpr::Value(Operand::parse(text, context.variables)?)))
}
