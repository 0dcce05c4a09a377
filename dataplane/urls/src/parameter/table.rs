//! The keys, in one table.

use super::layer_value as layer;
use super::{
    BadValue, Context, Parameter, Scopes, Takes, aspect, background, border, focus, page, radius, rotation,
    trim,
};
use crate::FormatRequest;
use crate::expression::Operand;
use crate::geometry::round_side;
use crate::setting::{Dpr, Mode, Setting};

const BASE: Scopes = Scopes::BASE;
const PICTURE: Scopes = BASE.and(Scopes::IMAGE);
const MOVING: Scopes = PICTURE.and(Scopes::VIDEO);
const FRAMED: Scopes = MOVING.and(Scopes::BLOCK);
const BOXED: Scopes = FRAMED.and(Scopes::TEXT);
const LAYER: Scopes = Scopes::IMAGE.and(Scopes::BLOCK).and(Scopes::TEXT).and(Scopes::VIDEO);
const WRITTEN: Scopes = Scopes::TEXT.and(Scopes::SUBTITLES);
const ANYWHERE: Scopes = BOXED.and(Scopes::SUBTITLES);

/// One row per key.
pub(super) const PARAMETERS: &[Parameter] = &[
    // Geometry
    row("w", BOXED, Takes::Length { auto: true, set: Setting::Width }),
    row("h", FRAMED, Takes::Length { auto: false, set: Setting::Height }),
    row("ar", MOVING, Takes::Read(aspect::read)),
    row("c", MOVING, Takes::Words(CROP)),
    row("cm", MOVING, Takes::Words(CROP_MODE)),
    row("fo", MOVING, Takes::Read(focus::read)),
    row("x", PICTURE, Takes::Operand(Setting::X)),
    row("y", PICTURE, Takes::Operand(Setting::Y)),
    row("xc", PICTURE, Takes::Operand(Setting::CenterX)),
    row("yc", PICTURE, Takes::Operand(Setting::CenterY)),
    row("z", PICTURE, Takes::Read(layer::zoom)),
    row("dpr", PICTURE, Takes::Read(dpr)),
    row("t", PICTURE, Takes::ReadOrBare(trim::read)),
    row("rt", BOXED, Takes::Read(rotation::read)),
    row("fl", MOVING.and(Scopes::TEXT), Takes::Words(FLIP)),
    row("pg", PICTURE, Takes::Read(page::read)),
    // Pixels
    row("bg", ANYWHERE, Takes::Read(background::read)),
    row("b", FRAMED, Takes::Read(border::read)),
    row("r", BOXED, Takes::Read(radius::read)),
    row("o", PICTURE.and(Scopes::BLOCK), Takes::Read(trim::read_opacity)),
    row("bl", PICTURE, Takes::Number { from: 1.0, to: 100.0, set: Setting::Blur }),
    row("cr", PICTURE, Takes::Read(layer::recolour)),
    // Output: act on the final encoding, wherever they stand
    row("q", MOVING, Takes::Number { from: 1.0, to: 100.0, set: |q| Setting::Quality(round_side(q) as u8) }),
    row("f", BASE.and(Scopes::VIDEO), Takes::Words(FORMAT)),
    row("pr", BASE, Takes::Flag(Setting::Progressive)),
    row("lo", BASE, Takes::Flag(Setting::Lossless)),
    row("cp", BASE, Takes::Flag(Setting::ColorProfile)),
    row("md", BASE, Takes::Flag(Setting::Metadata)),
    row("orig", BASE, Takes::Flag(Setting::Original)),
    row("dn", BASE, Takes::Read(layer::density)),
    row("c2pa", BASE, Takes::Flag(content_credentials)),
    row("di", BASE, Takes::Read(|_, _| Ok(Setting::Missing("di (default image)")))),
    row("n", BASE, Takes::Read(layer::name)),
    // Layers
    row("i", LAYER.and(Scopes::SUBTITLES), ANY_TEXT),
    row("ie", LAYER.and(Scopes::SUBTITLES), Takes::Read(layer::base64)),
    row("lx", LAYER, Takes::Operand(|_| Setting::Nothing)),
    row("ly", LAYER, Takes::Operand(|_| Setting::Nothing)),
    row("lxc", LAYER, Takes::Operand(|_| Setting::Nothing)),
    row("lyc", LAYER, Takes::Operand(|_| Setting::Nothing)),
    row("lfo", LAYER, Takes::Read(layer::position)),
    row("lap", LAYER, Takes::Read(layer::position)),
    row("lm", LAYER, Takes::Read(layer::mode)),
    row(
        "al",
        Scopes::TEXT.and(Scopes::BLOCK),
        Takes::Number { from: 1.0, to: 9.0, set: |_| Setting::Nothing },
    ),
    // Text
    row("fs", WRITTEN, Takes::Read(layer::length)),
    row("ff", WRITTEN, ANY_TEXT),
    row("co", WRITTEN, Takes::Read(layer::color)),
    row("ia", Scopes::TEXT, Takes::Read(layer::alignment)),
    row("pa", Scopes::TEXT, Takes::Read(layer::padding)),
    row("lh", Scopes::TEXT, Takes::Read(layer::length)),
    row("tg", WRITTEN, Takes::Read(layer::typography)),
    row("fol", Scopes::SUBTITLES, Takes::Read(layer::outline)),
    row("fsh", Scopes::SUBTITLES, Takes::Read(layer::text_shadow)),
    // Videos: known, so that they never break the URL of an image
    row("so", ANYWHERE, Takes::VideoOnly),
    row("eo", ANYWHERE, Takes::VideoOnly),
    row("du", ANYWHERE, Takes::VideoOnly),
    row("sr", ANYWHERE, Takes::VideoOnly),
    row("vc", ANYWHERE, Takes::VideoOnly),
    row("ac", ANYWHERE, Takes::VideoOnly),
    row("lso", ANYWHERE, Takes::VideoOnly),
    row("leo", ANYWHERE, Takes::VideoOnly),
    row("ldu", ANYWHERE, Takes::VideoOnly),
];

/// Overlay parameters of before layers: refused, because ignoring them would drop a watermark in silence.
#[rustfmt::skip] // one key a line would be a screen
const LEGACY: [&str; 32] = [
    "oi", "ot", "ote", "obg", "ox", "oy", "ofo", "ow", "oh", "oiar", "oib", "oibg", "oidpr", "oiq", "oit", "oic",
    "oicm", "oifo", "oix", "oiy", "oixc", "oiyc", "otw", "ots", "otf", "otc", "otia", "otp", "otbg", "ott", "oa",
    "or",
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

const FORMAT: &[(&str, Setting)] = &[
    ("auto", Setting::Format(FormatRequest::Auto)),
    ("jpg", Setting::Format(FormatRequest::Jpeg)),
    ("jpeg", Setting::Format(FormatRequest::Jpeg)),
    ("png", Setting::Format(FormatRequest::Png)),
    ("webp", Setting::Format(FormatRequest::Webp)),
    ("avif", Setting::Format(FormatRequest::Avif)),
    ("gif", Setting::Format(FormatRequest::Gif)),
    ("orig", Setting::Format(FormatRequest::Source)),
    ("svg", Setting::Format(FormatRequest::Svg)),
    // Containers of videos, which an image cannot be.
    ("mp4", Setting::Nothing),
    ("webm", Setting::Nothing),
];

const ANY_TEXT: Takes = Takes::Read(|_, _| Ok(Setting::Nothing));

const fn row(key: &'static str, scopes: Scopes, takes: Takes) -> Parameter {
    Parameter { key, scopes, takes }
}

fn dpr(text: &str, context: &Context) -> Result<Setting, BadValue> {
    if text == "auto" {
        return Ok(Setting::Dpr(Dpr::Auto));
    }
    Ok(Setting::Dpr(Dpr::Value(Operand::parse(text, context.variables)?)))
}

fn content_credentials(on: bool) -> Setting {
    if on { Setting::Missing("c2pa (content credentials)") } else { Setting::Nothing }
}

/// The key belongs to the overlay syntax of before layers.
pub(crate) fn is_legacy(key: &str) -> bool {
    LEGACY.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::BASE_VARIABLES;

    fn read(key: &str, value: &str) -> String {
        let context = Context { variables: BASE_VARIABLES };
        let row = match key.strip_prefix("e-") {
            Some(name) => Parameter::find_effect(name).unwrap(),
            None => Parameter::find(key).unwrap(),
        };
        match row.takes.read(value, &context) {
            Ok(None) => "dropped".to_owned(),
            Ok(Some(Setting::Nothing)) => "nothing".to_owned(),
            Ok(Some(Setting::Missing(what) | Setting::Ai(what))) => format!("missing: {what}"),
            Ok(Some(setting)) => setting.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn no_key_has_two_rows() {
        let mut keys: Vec<_> = PARAMETERS.iter().map(|row| row.key).collect();
        keys.extend(LEGACY);
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn values_are_read_and_shown_in_their_normal_spelling() {
        let rows = [
            ("w", "400", "400"),
            ("w", "0.5", "0.5"),
            ("w", "auto", "auto"),
            ("w", "iw_div_2", "iw_div_2"),
            ("ar", "4-3", "4-3"),
            ("ar", "4_3", "4-3"),
            ("ar", "4:3", "4-3"),
            ("ar", "1.5", "1.5"),
            ("ar", "iar_div_2", "iar_div_2"),
            ("c", "at_max_enlarge", "at_max_enlarge"),
            ("cm", "pad_extract_no_shrink", "pad_extract_no_shrink"),
            ("fo", "bottom_right", "bottom_right"),
            ("fo", "auto-custom_override", "auto-custom_override"),
            ("fo", "car_trafficLight", "car_trafficLight"),
            ("x", "N10", "N10"),
            ("xc", "-iw_div_2", "Niw_div_2"),
            ("dpr", "auto", "auto"),
            ("dpr", "2", "2"),
            ("rt", "-90", "270"),
            ("rt", "N90", "270"),
            ("rt", "450", "90"),
            ("rt", "360", "0"),
            ("rt", "auto", "auto"),
            ("rt", "30", "missing: rt by an angle that is no multiple of 90"),
            ("fl", "v_h", "h_v"),
            ("b", "10_000000", "10_000000"),
            ("b", "10-000000", "10_000000"),
            ("b", "ih_div_20_red", "ih_div_20_FF0000"),
            ("b", "iw_div_100-yellow", "iw_div_100_FFFF00"),
            ("r", "20", "20"),
            ("r", "max", "max"),
            ("r", "10_20_max_40", "10_20_max_40"),
            ("r", "5_5_5_5", "5"),
            ("r", "max_max_max_max", "max_max_max_max"),
            ("bg", "f00", "FF0000"),
            ("bg", "FF000050", "FF000050"),
            ("bg", "blurred_auto_N30", "blurred"),
            ("bg", "genfill-prompt-a beach", "genfill"),
            ("bg", "gradient_dominant_4", "missing: bg-gradient_dominant"),
            ("bl", "500", "100"),
            ("bl", "N3", "1"),
            ("q", "150", "100"),
            ("q", "0", "1"),
            ("q", "79.5", "80"),
            ("f", "jpeg", "jpg"),
            ("f", "mp4", "nothing"),
            ("pr", "1", "true"),
            ("lo", "false", "false"),
            ("o", "100", "nothing"),
            ("o", "0.8", "missing: o (opacity)"),
            ("t", "", "missing: t (trim)"),
            ("t", "15", "missing: t (trim)"),
            ("t", "false", "nothing"),
            ("t", "0", "nothing"),
            ("z", "0.5", "0.5"),
            ("pg", "2_3-4_7-", "true"),
            ("pg", r#"name-"a, b"_"c""#, "true"),
            ("cr", "red_40_blue", "missing: cr (colour replacement)"),
            ("dn", "idn_div_2", "missing: dn (density)"),
            ("n", "Case_1", "missing: n (named transformation)"),
            ("c2pa", "false", "nothing"),
            ("w", "", "dropped"),
            ("di", "", "dropped"),
            ("so", "not even a number", "dropped"),
            ("ie", "SGVsbG8", "nothing"),
            ("pa", "10_20", "nothing"),
            ("pa", "iw_div_20", "nothing"),
            ("tg", "b_i_strikethrough", "nothing"),
            ("fsh", "red_2", "nothing"),
            ("fol", "2_red", "nothing"),
            ("e-grayscale", "", "true"),
            ("e-grayscale", "true", "true"),
            ("e-grayscale", "false", "nothing"),
            ("e-contrast", "1", "missing: e-contrast"),
            ("e-sharpen", "0", "nothing"),
            ("e-usm", "2-2-0.8-0.024", "missing: e-usm"),
            ("e-shadow", "bl-15_st-40_x-10_y-N10", "missing: e-shadow"),
            ("e-shadow", "true", "missing: e-shadow"),
            ("e-gradient", "ld-top_right_from-red_sp-ih_div_2", "missing: e-gradient"),
            ("e-colorize", "co-red_in-100", "missing: e-colorize"),
            ("e-distort", "p-10_10_290_0_300_200_0_190", "missing: e-distort"),
            ("e-distort", "a-N30", "missing: e-distort"),
            ("e-edit", "prompt-add a hat", "missing: e-edit"),
            ("e-changebg", "prompte-YSBiZWFjaA%3D%3D", "missing: e-changebg"),
            ("e-dropshadow", "az-45_el-30_st-60", "missing: e-dropshadow"),
        ];
        for (key, value, expected) in rows {
            assert_eq!(read(key, value), expected, "{key}-{value}");
        }
    }

    #[test]
    fn bad_values_say_what_is_wrong() {
        let rows = [
            ("w", "abc", "is not a number"),
            ("w", "0", "is not greater than 0"),
            ("w", "-5", "is not greater than 0"),
            ("w", "bw_div_2", "uses bw, which has no value here"),
            ("w", "iw_div", "ends with an operator"),
            ("h", "auto", "is not a number"),
            ("ar", "4-0", "is not greater than 0"),
            ("ar", "4-x", "is not a ratio"),
            ("ar", "0", "is not greater than 0"),
            ("ar", "wide", "is not a number"),
            ("c", "bogus", "is not a known value"),
            ("c", "pad_resize", "is not a known value"),
            ("cm", "force", "is not a known value"),
            ("fo", "unicorn", "is not a known value"),
            ("fo", "car_unicorn", "is not a known value"),
            ("fo", "Top", "is not a known value"),
            ("rt", "east", "is not a number"),
            ("fl", "d", "is not a known value"),
            ("b", "10", "is not WIDTH_COLOR"),
            ("b", "N5_red", "is negative"),
            (
                "b",
                "5_reddish",
                "is not a colour: give RRGGBB, RRGGBBAA with AA from 00 to 99, or a CSS colour name",
            ),
            ("r", "1_2", "is neither one radius nor four"),
            ("r", "N1", "is negative"),
            ("r", "round", "is not a number"),
            ("bg", "blurred_x", "is not blurred_INTENSITY_BRIGHTNESS"),
            ("bg", "genfill-make it", "has no prompt-TEXT or prompte-BASE64"),
            ("q", "abc", "is not a number"),
            ("f", "bogus", "is not a known value"),
            ("pr", "yes", "is not true or false"),
            ("z", "0", "is not greater than 0"),
            ("pg", "0", "is not a page, a list, a range or quoted names"),
            ("pg", "name-a", "is not a page, a list, a range or quoted names"),
            ("n", "a-b", "is not a name of letters, digits and underscores"),
            ("ie", "%%", "is not base64 text"),
            ("pa", "1_2_3_4_5", "is not one to four whole numbers"),
            (
                "e-distort",
                "p-100_0_0_0_100_100_0_100",
                "does not name the corners in the order top left, top right, bottom right, bottom left",
            ),
            ("e-distort", "p-1_2_3", "does not have eight coordinates"),
            ("e-distort", "", "is neither p-CORNERS nor a-DEGREES"),
            ("e-gradient", "ld-upwards", "is not a known value"),
            (
                "e-gradient",
                "from-reddish",
                "is not a colour: give RRGGBB, RRGGBBAA with AA from 00 to 99, or a CSS colour name",
            ),
            ("e-edit", "", "has no prompt-TEXT or prompte-BASE64"),
        ];
        for (key, value, expected) in rows {
            assert_eq!(read(key, value), format!("error: {expected}"), "{key}-{value}");
        }
    }
}
