//! Rows that act on the encoding of the result, or on the request as a whole, wherever they stand.

use super::scopes::{BASE, MOVING};
use crate::FormatRequest;
use crate::geometry::round_side;
use crate::parameter::layer_value;
use crate::parameter::{Parameter, Scopes, Takes, default_image, density};
use crate::setting::Setting;

pub(super) const ROWS: &[Parameter] = &[
    Parameter::row(
        "q",
        MOVING,
        Takes::Number { from: 1.0, to: 100.0, set: |q| Setting::Quality(round_side(q) as u8) },
    )
    .sdk(&["quality"])
    .default("the endpoint's, 80")
    .examples(&["60"])
    .means("Quality of JPEG, WebP and AVIF."),
    Parameter::row("f", BASE.and(Scopes::VIDEO), Takes::Words(FORMAT))
        .sdk(&["format"])
        .default("the endpoint's, `auto`")
        .examples(&["webp"])
        .means(
            "Format. `gif` only from a GIF, `svg` only from an SVG, else ignored; `orig` (2025-08) is the \
             source's own; `mp4` and `webm` are for videos.",
        ),
    Parameter::row("pr", BASE, Takes::Flag(Setting::Progressive))
        .sdk(&["progressive"])
        .default("`false`")
        .examples(&["true"])
        .means("Progressive JPEG."),
    Parameter::row("lo", BASE, Takes::Flag(Setting::Lossless))
        .sdk(&["lossless"])
        .default("`false`")
        .examples(&["true"])
        .means("Lossless WebP or PNG."),
    Parameter::row("cp", BASE, Takes::Flag(Setting::ColorProfile))
        .sdk(&["colorProfile"])
        .default("the endpoint's")
        .examples(&["true"])
        .means("Keeps the colour profile; without it colours are converted to sRGB."),
    Parameter::row("md", BASE, Takes::Flag(Setting::Metadata))
        .sdk(&["metadata"])
        .default("the endpoint's")
        .examples(&["true"])
        .means("Keeps EXIF, XMP, IPTC and the profile."),
    Parameter::row("orig", BASE, Takes::Flag(Setting::Original))
        .sdk(&["original"])
        .default("`false`")
        .examples(&["true"])
        .means("The file's own bytes, whatever else is asked."),
    Parameter::row("dn", BASE, Takes::Read(density::read))
        .since("2026-08")
        .takes("dots per inch, an expression that may hold `idn`")
        .range("1 to 1200, clamped")
        .default("the source's")
        .examples(&["72", "idn_div_2"])
        .means("Density that the file states; of a vector source, the one it is drawn at."),
    Parameter::row("c2pa", BASE, Takes::Flag(Setting::ContentCredentials))
        .since("2026-08")
        .default("`false`")
        .examples(&["true"])
        .means("Signs the result with content credentials."),
    Parameter::row("di", BASE, Takes::Read(default_image::read))
        .sdk(&["defaultImage"])
        .takes("a path, its slashes written `@@`")
        .examples(&["no-photo.jpg"])
        .means("Served, transformed in the same way, when the file is missing."),
    Parameter::row("n", BASE, Takes::Read(layer_value::name))
        .sdk(&["named"])
        .takes("a name of letters, digits, `_`")
        .examples(&["thumb"])
        .means("A transformation that the endpoint stores under this name."),
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
