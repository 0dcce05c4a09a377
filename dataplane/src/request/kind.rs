//! Is a file an image that is decoded, an SVG, something that only claims to be an image, or none of it?
//!
//! First bytes decide before the origin's content type, and that before the file name.

use imgplane_pixels::{Foreign, Format, sniff};

/// What a file is to this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its first bytes are those of a format that is decoded.
    Raster,
    /// Passed through, and never asked to be scripted; decoded only where a transformation asks for pixels.
    Svg,
    /// Called an image by its type or name, but in no format that is decoded.
    Claimed,
    /// No image at all.
    Other,
}

/// Pages in an image's clothes: they are documents, and transformed only as such.
const DOCUMENTS: [&str; 4] =
    ["image/vnd.adobe.photoshop", "image/x-photoshop", "image/vnd.djvu", "image/vnd.dwg"];

/// Extensions of raw files that begin as TIFFs do.
const RAW: [&str; 12] = ["3fr", "arw", "cr2", "dcr", "dng", "erf", "kdc", "mef", "nef", "nrw", "pef", "sr2"];

/// Judges a file by its first bytes (1 KiB suffices), its content type and its name.
pub(super) fn kind_of(first_bytes: &[u8], content_type: Option<&str>, name: &str) -> Kind {
    match sniff(first_bytes) {
        Some(Format::Svg) => return Kind::Svg,
        // Raw files of cameras begin as TIFFs do, and hold a small preview where its picture would be.
        Some(Format::Tiff) if is_called_raw(content_type, name) => return Kind::Claimed,
        Some(
            Format::Jpeg
            | Format::Png
            | Format::Webp
            | Format::Avif
            | Format::Gif
            | Format::Tiff
            | Format::Bmp
            | Format::Ico,
        ) => return Kind::Raster,
        None if Foreign::recognise(first_bytes) == Some(Foreign::Heic) => return Kind::Claimed,
        None => {}
    }
    match content_type.map_or(Kind::Other, kind_of_type) {
        Kind::Other => guess(name).map_or(Kind::Other, kind_of_type),
        by_type => by_type,
    }
}

/// What a file's name lets expect, before it is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A format that is decoded.
    Raster,
    /// Something that is passed through.
    PassThrough,
    /// The name says nothing.
    Unknown,
}

/// Judges by the name alone.
pub(super) fn expected(name: &str) -> Expected {
    match guess(name) {
        Some(content_type) if is_decoded(content_type) => Expected::Raster,
        Some(_) => Expected::PassThrough,
        None => Expected::Unknown,
    }
}

/// Whether a file is called an image of another format than those that are decoded.
fn is_called_raw(content_type: Option<&str>, name: &str) -> bool {
    let of_name = || guess(name).map(essence);
    let called = content_type.map(essence).filter(|essence| essence.starts_with("image/")).or_else(of_name);
    // Extensions that nobody has registered a type for.
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let raw = extension.is_some_and(|extension| RAW.contains(&extension.as_str()));
    raw || called.is_some_and(|essence| essence.starts_with("image/") && !is_decoded(&essence))
}

/// The media type of a file's name.
pub(super) fn guess(name: &str) -> Option<&'static str> {
    mime_guess::from_path(name).first_raw()
}

fn kind_of_type(content_type: &str) -> Kind {
    let essence = essence(content_type);
    if essence == "image/svg+xml" {
        Kind::Svg
    } else if essence.starts_with("image/") && !DOCUMENTS.contains(&essence.as_str()) {
        Kind::Claimed
    } else {
        Kind::Other
    }
}

/// Whether a name is that of an SVG.
pub(super) fn is_svg(name: &str) -> bool {
    guess(name).map(kind_of_type) == Some(Kind::Svg)
}

/// Whether a content type names a format that is decoded.
pub(super) fn is_decoded(content_type: &str) -> bool {
    const DECODED: [&str; 13] = [
        "image/jpeg",
        "image/jpg",
        "image/pjpeg",
        "image/png",
        "image/webp",
        "image/avif",
        "image/gif",
        "image/tiff",
        "image/bmp",
        "image/x-bmp",
        "image/x-ms-bmp",
        "image/x-icon",
        "image/vnd.microsoft.icon",
    ];
    DECODED.contains(&essence(content_type).as_str())
}

/// A media type without parameters, in lower case.
pub(super) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIFF: &[u8] = b"II*\0\x08\0\0\0";
    const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\0\x10JFIF";

    #[test]
    fn bytes_win_over_types_and_types_over_names() {
        type Row = (&'static str, &'static [u8], Option<&'static str>, &'static str, Kind);
        let table: [Row; 18] = [
            ("jpeg", JPEG, Some("image/jpeg"), "a.jpg", Kind::Raster),
            ("jpeg without a name", JPEG, None, "a", Kind::Raster),
            ("jpeg called text", JPEG, Some("text/plain"), "a.txt", Kind::Raster),
            ("svg", b"<svg xmlns='x'/>", Some("text/plain"), "a", Kind::Svg),
            ("svg by type", b"<!-- long -->", Some("image/svg+xml; charset=utf-8"), "a", Kind::Svg),
            ("svg by name", b"", None, "a.svg", Kind::Svg),
            ("page with an image's name", b"<html>", Some("text/html"), "a.jpg", Kind::Claimed),
            ("page with an image's type", b"<html>", Some("Image/PNG"), "a", Kind::Claimed),
            ("heic", b"\0\0\0\x18ftypheic", Some("image/heic"), "a.heic", Kind::Claimed),
            ("heic by any name", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", None, "a", Kind::Claimed),
            ("tiff", TIFF, Some("image/tiff"), "a.tif", Kind::Raster),
            ("tiff without a type", TIFF, Some("application/octet-stream"), "a", Kind::Raster),
            ("raw file by type", TIFF, Some("image/x-nikon-nef"), "a", Kind::Claimed),
            ("raw file by name", TIFF, None, "a.NEF", Kind::Claimed),
            ("psd", b"8BPS", Some("image/vnd.adobe.photoshop"), "a.psd", Kind::Other),
            ("pdf", b"%PDF-1.7", Some("application/pdf"), "a.pdf", Kind::Other),
            ("video", b"\0\0\0\x18ftypmp42", Some("video/mp4"), "a.mp4", Kind::Other),
            ("nothing known", b"hello", None, "a", Kind::Other),
        ];
        for (case, bytes, content_type, name, expected) in table {
            assert_eq!(kind_of(bytes, content_type, name), expected, "{case}");
        }
    }

    #[test]
    fn a_name_lets_expect_how_a_file_is_fetched() {
        for (name, expectation) in [
            ("a.jpg", Expected::Raster),
            ("A.JPEG", Expected::Raster),
            ("a.avif", Expected::Raster),
            ("a.mp4", Expected::PassThrough),
            ("a.svg", Expected::PassThrough),
            ("a.tiff", Expected::Raster),
            ("a.bmp", Expected::Raster),
            ("favicon.ico", Expected::Raster),
            ("a.heic", Expected::PassThrough),
            ("a", Expected::Unknown),
            ("a.unheard-of", Expected::Unknown),
        ] {
            assert_eq!(expected(name), expectation, "{name}");
        }
    }
}
