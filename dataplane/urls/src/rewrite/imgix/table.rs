//! The parameters of imgix.

use super::super::row::{Reads, Row};
use super::{Facts, values};

/// Every parameter that is translated.
pub(in super::super) const ROWS: &[Row<Facts>] = &[
    Row::new("w", Reads::Side("w", "cw"), &["w=100", "w=0.5", "w=1.0"]),
    Row::new("h", Reads::Side("h", "ch"), &["h=100"]),
    Row::new("ar", Reads::Read(values::aspect), &["ar=2:3&w=100&fit=crop"]),
    Row::new(
        "crop",
        Reads::Read(values::crop),
        &[
            "crop=top",
            "crop=left",
            "crop=right",
            "crop=bottom",
            "crop=left,top",
            "crop=top,right",
            "crop=bottom,left",
            "crop=bottom,right",
            "crop=faces",
        ],
    ),
    Row::new("fit", Reads::Words(FIT), &[]),
    // Both fill with one colour here; which one, other parameters say.
    Row::new("fill", Reads::Words(&[("solid", ""), ("blur", "")]), &[]),
    Row::new("fm", Reads::Words(FORMATS), &[]),
    Row::new("q", Reads::Read(values::quality), &["q=60"]),
    Row::new("auto", Reads::Read(values::auto), &["auto=format", "auto=compress,format"]),
    Row::new("orient", Reads::Words(TURNS), &[]),
    // Another name of it.
    Row::new("or", Reads::Read(values::orientation), &["or=6"]),
    Row::new("bg", Reads::Color("bg"), &["bg=Blue", "bg=B4F", "bg=9B4F", "bg=AAAA54", "bg=A9AAAA54"]),
    Row::new("fill-color", Reads::Color("bg"), &["fill-color=red"]),
    Row::new("dpr", Reads::Number("dpr"), &["dpr=3.0"]),
    Row::new("sharp", Reads::Read(values::sharpness), &["sharp=10", "sharp=100"]),
    Row::new("con", Reads::Read(values::contrast), &["con=30", "con=-50"]),
    Row::new("usm", Reads::Read(values::unsharp_mask), &["usm=40", "usm=-50"]),
    Row::new("usmrad", Reads::Read(values::radius), &["usm=-50&usmrad=2"]),
    Row::new("blur", Reads::Read(values::blur), &["blur=100", "blur=90"]),
    Row::new("trim", Reads::Words(&[("auto", "t-true"), ("color", "t-true")]), &[]),
];

const FIT: &[(&str, &str)] = &[
    ("clip", "c-at_max_enlarge"),
    ("crop", ""),
    ("fill", "cm-pad_resize"),
    ("fillmax", "cm-pad_resize"),
    ("max", "c-at_max"),
    ("scale", "c-force"),
    ("facearea", "fo-face"),
];

const FORMATS: &[(&str, &str)] = &[
    ("jpeg", "f-jpeg"),
    ("jpg", "f-jpg"),
    ("jp2", "f-jpg"),
    ("png", "f-png"),
    ("png8", "f-png"),
    ("png32", "f-png"),
    ("webp", "f-webp"),
    ("gif", "f-gif"),
    ("avif", "f-avif"),
];

/// Numbers of EXIF orientations, and degrees.
pub(super) const TURNS: &[(&str, &str)] = &[
    ("1", "rt-0"),
    ("6", "rt-90"),
    ("3", "rt-180"),
    ("8", "rt-270"),
    ("0", "rt-0"),
    ("90", "rt-90"),
    ("180", "rt-180"),
    ("270", "rt-270"),
];

/// Published parameters without an equivalent, and other names of them, from the vendor's reference.
#[rustfmt::skip] // one key a line would be three screens
pub(in super::super) const PUBLISHED: &[&str] = &[
    "blend", "blendalign", "border", "border-bottom", "border-left", "border-radius", "border-radius-inner",
    "border-right", "border-top", "bri", "ch", "chromasub", "colorquant", "colors", "corner-radius", "cs", "dl", "dpi",
    "duotone", "duotone-alpha", "exp", "expires", "faceindex", "facepad", "faces", "flip", "fp-debug", "fp-x", "fp-y",
    "fp-z", "fps", "frame", "gam", "gif-q", "grid-colors", "grid-size", "high", "htn", "hue", "interval", "invert",
    "iptc", "ixid", "ixlib", "jpg-progressive", "loop", "lossless", "m", "mask", "mask-bg", "maskbg", "max-h",
    "max-height", "max-w", "max-width", "min-h", "min-height", "min-w", "min-width", "mono", "monochrome", "nr", "nrs",
    "pad", "pad-bottom", "pad-left", "pad-right", "pad-top", "page", "palette", "pdf-annotation", "prefix", "px",
    "rect", "reverse", "rot", "s", "sat", "sepia", "shad", "skip", "svg-sanitize", "transparency", "trim-color",
    "trim-md", "trim-pad", "trim-sd", "trim-tol", "upscale", "vib", "~text",
];

/// Families of them.
pub(in super::super) const PUBLISHED_PREFIXES: &[&str] =
    &["bg-remove", "bg-replace", "blend-", "fill-gen-", "fill-gradient-", "mark", "object-removal-", "txt"];
