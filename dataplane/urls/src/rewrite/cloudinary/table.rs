//! The parameters of Cloudinary.

use super::super::row::{Reads, Row};
use super::values;

/// What a reader may know of the whole URL.
#[derive(Debug, Default)]
pub(in super::super) struct Facts {
    /// The file is a video.
    pub(super) video: bool,
}

/// Every parameter, with the published ones that have no equivalent: they make a segment a step all the same.
pub(in super::super) const ROWS: &[Row<Facts>] = &[
    Row::new("w", Reads::Side("w", "cw"), &["w_100", "w_0.5", "w_1.0"]),
    Row::new("h", Reads::Side("h", "ch"), &["h_100"]),
    Row::new("ar", Reads::Read(values::aspect), &["ar_2.5", "ar_3", "ar_4:3"]),
    Row::new("c", Reads::Words(CROP), &[]),
    Row::new("g", Reads::Words(GRAVITY), &[]),
    Row::new("x", Reads::Offset("x", "cw"), &["x_100", "x_0.5"]),
    Row::new("y", Reads::Offset("y", "ch"), &["y_-20"]),
    Row::new("z", Reads::Number("z"), &["z_2.0"]),
    Row::new("dpr", Reads::Number("dpr"), &["dpr_3.0"]),
    Row::new("f", Reads::Words(FORMATS), &[]),
    Row::new(
        "q",
        Reads::Read(values::quality),
        &[
            "q_60",
            "q_auto",
            "q_auto:low",
            "q_auto:eco",
            "q_auto:good",
            "q_auto:best",
            "video/upload/q_auto",
            "video/upload/q_auto:low",
            "video/upload/q_auto:eco",
            "video/upload/q_auto:good",
            "video/upload/q_auto:best",
        ],
    ),
    Row::new("a", Reads::Number("rt"), &["a_90", "a_-67"]),
    Row::new("r", Reads::Read(values::radius), &["r_20", "r_max", "r_20:30:40:50"]),
    Row::new("e", Reads::Read(values::effect), EFFECTS),
    Row::new("bo", Reads::Read(values::border), &["bo_5px_solid_red", "bo_5px_solid_rgb:B4F9"]),
    Row::new(
        "b",
        Reads::Read(values::background),
        &["b_red", "b_rgb:AAAA54A9", "b_blurred", "b_blurred:100", "b_blurred:100:10"],
    ),
    Row::new("l", Reads::Read(values::second_overlay), OVERLAYS),
    Row::new("co", Reads::Color("co"), &["l_text:Roboto_50:Hi,co_rgb:B4F"]),
    Row::new("t", Reads::Read(values::named), &["t_thumb"]),
    Row::new(
        "fl",
        Reads::Read(values::flags),
        &["fl_progressive", "fl_progressive:steep", "fl_progressive:semi", "fl_progressive:none"],
    ),
    Row::new("so", Reads::Read(values::start), &["so_10.5599"]),
    Row::new("eo", Reads::Read(values::end), &["eo_10.5522"]),
    Row::new("du", Reads::Read(values::duration), &["du_10.5500"]),
    nothing("ac"),
    nothing("af"),
    nothing("br"),
    nothing("cs"),
    nothing("d"),
    nothing("dl"),
    nothing("dn"),
    nothing("fn"),
    nothing("fps"),
    nothing("ki"),
    nothing("o"),
    nothing("pg"),
    nothing("sp"),
    nothing("vc"),
    nothing("vs"),
    Row::new("u", Reads::Nothing("underlays have no equivalent"), &[]),
    Row::new("if", Reads::Nothing("conditions are not translated"), &[]),
];

const fn nothing(key: &'static str) -> Row<Facts> {
    Row::new(key, Reads::Nothing("no equivalent"), &[])
}

const CROP: &[(&str, &str)] = &[
    ("crop", "cm-extract"),
    ("fill", "c-maintain_ratio"),
    ("fit", "c-at_max"),
    ("pad", "cm-pad_resize"),
    ("scale", "c-force"),
    ("limit", "c-at_max"),
    ("lfill", "c-maintain_ratio"),
    ("thumb", "c-maintain_ratio"),
    ("mfit", "c-at_least"),
];

const GRAVITY: &[(&str, &str)] = &[
    ("north", "fo-top"),
    ("south", "fo-bottom"),
    ("east", "fo-right"),
    ("west", "fo-left"),
    ("north_west", "fo-top_left"),
    ("north_east", "fo-top_right"),
    ("south_west", "fo-bottom_left"),
    ("south_east", "fo-bottom_right"),
    ("center", "fo-center"),
    ("auto", "fo-auto"),
    ("face", "fo-face"),
    ("custom", "fo-custom"),
];

const FORMATS: &[(&str, &str)] = &[
    ("auto", "f-auto"),
    ("jpg", "f-jpg"),
    ("jpeg", "f-jpeg"),
    ("png", "f-png"),
    ("webp", "f-webp"),
    ("gif", "f-gif"),
    ("avif", "f-avif"),
];

const EFFECTS: &[&str] = &[
    "e_blur",
    "e_blur:500",
    "e_grayscale",
    "e_contrast",
    "e_contrast:30",
    "e_sharpen",
    "e_sharpen:500",
    "e_unsharp_mask:500",
    "e_trim",
    "e_trim:20",
    "e_trim:20:red",
];

const OVERLAYS: &[&str] = &[
    "l_text:Roboto_50_bold_left:Hi",
    "l_text:fonts:Brand.ttf_50_bold_italic_end:30%25 off",
    "l_folder:logo.png,w_100,x_10,y_20",
    "l_folder:logo.png/w_100/a_90/fl_layer_apply,g_south_east",
    "l_folder:logo.png/fl_layer_apply,g_south_east,x_10",
    "l_folder:logo.png/fl_layer_apply,g_south_east,x_-10,y_-5",
    "l_folder:logo.png,x_-10,y_0.5",
];
