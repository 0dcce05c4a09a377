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
    /// SVG, drawn where pixels are asked for.
    Svg,
    /// TIFF, first page. Never written.
    Tiff,
    /// Windows bitmap. Never written.
    Bmp,
    /// Windows icon, the largest of its pictures. Never written.
    Ico,
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
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Ico => "image/vnd.microsoft.icon",
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
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Ico => "ico",
        }
    }
}

impl Format {
    /// Whether results can have this format. Of SVG too only originals do, as they are.
    pub const fn is_written(self) -> bool {
        match self {
            Self::Jpeg | Self::Png | Self::Webp | Self::Avif | Self::Gif => true,
            Self::Svg | Self::Tiff | Self::Bmp | Self::Ico => false,
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
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Ico => "ICO",
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
    if is_tiff(first_bytes) {
        return Some(Format::Tiff);
    }
    if is_bmp(first_bytes) {
        return Some(Format::Bmp);
    }
    if is_ico(first_bytes) {
        return Some(Format::Ico);
    }
    is_svg(first_bytes).then_some(Format::Svg)
}

/// Either byte order, classic or `BigTIFF`. Some cameras begin their raw files alike; those have a mark of their own.
fn is_tiff(bytes: &[u8]) -> bool {
    let begins = [&b"II*\0"[..], b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"]
        .iter()
        .any(|magic| bytes.starts_with(magic));
    begins && bytes.get(8..10) != Some(b"CR")
}

/// Two letters are too little to go by: the size of the header behind them has to be one that exists.
fn is_bmp(bytes: &[u8]) -> bool {
    let header =
        bytes.get(14..18).and_then(|size| size.first_chunk::<4>()).map(|size| u32::from_le_bytes(*size));
    bytes.starts_with(b"BM") && matches!(header, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// The header is nearly empty: the first entry has to make sense too.
fn is_ico(bytes: &[u8]) -> bool {
    let (Some(header), Some(entry)) = (bytes.get(..6), bytes.get(6..22)) else { return false };
    let pictures = u16::from_le_bytes([header[4], header[5]]);
    let offset = u32::from_le_bytes([entry[12], entry[13], entry[14], entry[15]]);
    header.starts_with(b"\0\0\x01\0")
        && pictures > 0
        && matches!(entry[3], 0 | 255)
        && offset >= 6 + 16 * u32::from(pictures)
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
        let table: [(&str, &[u8], Option<Format>); 25] = [
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
            ("little-endian tiff", b"II*\0\x08\0\0\0\x0b\0", Some(Format::Tiff)),
            ("big-endian tiff", b"MM\0*\0\0\0\x08\0\x0b", Some(Format::Tiff)),
            ("big tiff", b"II+\0\x08\0\0\0\x10\0\0\0", Some(Format::Tiff)),
            ("raw file of a camera", b"II*\0\x10\0\0\0CR\x02\0", None),
            ("two letters", b"II", None),
            ("bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Some(Format::Bmp)),
            ("a text that begins with BM", b"BM is short for bitmap", None),
            ("ico", b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0\x16\0\0\0", Some(Format::Ico)),
            (
                "ico whose picture lies in its header",
                b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0\x06\0\0\0",
                None,
            ),
            ("ico without pictures", b"\0\0\x01\0\0\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0\x16\0\0\0", None),
            ("mpeg", b"\0\0\x01\xBA\x44\0\x04\0", None),
            ("html", b"<!DOCTYPE html><html><svg/></html>", None),
            ("nothing", b"", None),
        ];
        for (name, bytes, expected) in table {
            assert_eq!(sniff(bytes), expected, "{name}");
        }
    }
}
