//! The image formats and how to tell them apart by their first bytes. Names and media types are never trusted.

use std::fmt;

/// An image format that this crate reads, writes or passes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG: baseline, progressive, grey, YCbCr, RGB, CMYK.
    Jpeg,
    /// PNG and APNG (first frame).
    Png,
    /// WebP; of an animation the first frame.
    Webp,
    /// AVIF stills.
    Avif,
    /// GIF; of an animation the first frame.
    Gif,
    /// SVG: recognised and measured, never rasterised.
    Svg,
}

impl Format {
    /// Gives the media type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Gif => "image/gif",
            Self::Svg => "image/svg+xml",
        }
    }

    /// Gives the usual file name extension, without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Gif => "gif",
            Self::Svg => "svg",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
            Self::Avif => "AVIF",
            Self::Gif => "GIF",
            Self::Svg => "SVG",
        })
    }
}

/// How far into a text file the `<svg` tag is looked for: room for an XML declaration and a licence comment.
const SVG_WINDOW: usize = 1024;

/// Tells the format by magic numbers. 32 bytes suffice, but for SVG up to 1 KiB.
pub fn sniff(first_bytes: &[u8]) -> Option<Format> {
    if first_bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Some(Format::Jpeg);
    }
    if first_bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Format::Png);
    }
    if first_bytes.starts_with(b"GIF87a") || first_bytes.starts_with(b"GIF89a") {
        return Some(Format::Gif);
    }
    if first_bytes.starts_with(b"RIFF") && first_bytes.get(8..12) == Some(b"WEBP") {
        return Some(Format::Webp);
    }
    if is_avif(first_bytes) {
        return Some(Format::Avif);
    }
    is_svg(first_bytes).then_some(Format::Svg)
}

/// Looks for an AVIF brand in the leading `ftyp` box: as the major brand or among the compatible ones.
fn is_avif(bytes: &[u8]) -> bool {
    if bytes.get(4..8) != Some(b"ftyp") {
        return false;
    }
    let length = bytes.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size) as usize);
    let brands = bytes.get(8..bytes.len().min(length)).unwrap_or_default();
    // The minor version stands between the major and the compatible brands; it never spells a brand.
    brands.chunks_exact(4).any(|brand| brand == b"avif" || brand == b"avis")
}

fn is_svg(bytes: &[u8]) -> bool {
    let window = bytes.get(..SVG_WINDOW).unwrap_or(bytes);
    let text = window.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(window).trim_ascii_start();
    if !text.starts_with(b"<") {
        return false;
    }
    let prologue =
        [&b"<?xml"[..], b"<!--", b"<!DOCTYPE svg", b"<svg"].iter().any(|start| text.starts_with(start));
    prologue && text.windows(4).any(|tag| tag == b"<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart_by_their_first_bytes() {
        let table: [(&str, &[u8], Option<Format>); 14] = [
            ("jpeg", b"\xFF\xD8\xFF\xE0\0\x10JFIF", Some(Format::Jpeg)),
            ("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(Format::Png)),
            ("gif 87", b"GIF87a\x01\0", Some(Format::Gif)),
            ("gif 89", b"GIF89a\x01\0", Some(Format::Gif)),
            ("webp", b"RIFF\x10\0\0\0WEBPVP8 ", Some(Format::Webp)),
            ("riff of another kind", b"RIFF\x10\0\0\0WAVEfmt ", None),
            ("avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", Some(Format::Avif)),
            ("avif behind mif1", b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", Some(Format::Avif)),
            ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", None),
            ("brand outside the box", b"\0\0\0\x10ftypheic\0\0\0\0avif", None),
            ("svg", b"  <svg xmlns='http://www.w3.org/2000/svg'/>", Some(Format::Svg)),
            (
                "svg behind a declaration",
                b"\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- x -->\n<svg/>",
                Some(Format::Svg),
            ),
            ("html", b"<!DOCTYPE html><html><svg/></html>", None),
            ("nothing", b"", None),
        ];
        for (name, bytes, expected) in table {
            assert_eq!(sniff(bytes), expected, "{name}");
        }
    }
}
