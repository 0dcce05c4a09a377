//! What a picture's header says, read without allocating anything proportional to the picture.

pub(crate) mod avif;
pub(crate) mod bmp;
pub(crate) mod gif;
pub(crate) mod ico;
mod jpeg;
pub(crate) mod png;
mod svg;
pub(crate) mod tiff;
pub(crate) mod webp;

use crate::{Foreign, Format, PixelError, sniff};

/// What the header says.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, named as they are asked for")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The format, by magic number.
    pub format: Format,
    /// Pixels across, as stored (before the EXIF orientation is applied).
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// EXIF orientation, 1-8. 1 when there is none, and always for AVIF, whose own rotation is part of decoding.
    pub orientation: u8,
    /// Some pixels may be transparent.
    pub alpha: bool,
    /// Frames of an animation; 1 for stills. Pages of a TIFF and sizes of an icon are not frames.
    pub frames: u32,
    /// Bits of one sample.
    pub bit_depth: u8,
    /// Progressive JPEG: its coefficients are held in memory at full size.
    pub progressive: bool,
    /// Quality that the quantisation tables of a JPEG come from, 1-100.
    pub jpeg_quality: Option<u8>,
    /// A colour profile is embedded.
    pub has_profile: bool,
    /// Grey: no chroma at all.
    pub gray: bool,
    /// How many pixels share one chroma sample. (1, 1) where that does not apply.
    pub chroma: ChromaGrid,
    /// Four inks instead of three lights.
    pub cmyk: bool,
    /// Stored without loss (PNG, GIF, lossless WebP).
    pub lossless: bool,
}

/// Pixels that share one chroma sample: (2, 2) is 4:2:0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChromaGrid {
    /// Across.
    pub x: u8,
    /// Down.
    pub y: u8,
}

impl ChromaGrid {
    /// Every pixel has its own chroma.
    pub const FULL: Self = Self { x: 1, y: 1 };
    /// Four pixels, two by two, share one chroma sample.
    pub const HALF: Self = Self { x: 2, y: 2 };
}

/// Reads the header of a picture.
///
/// Work and memory do not depend on the size of the picture, but for PNG, WebP and GIF on the number of parts in the
/// file. Of a TIFF the first page is read, of an icon its largest picture. For an SVG the size is that of `width` and `height`, else of `viewBox`, else 300 x 150.
pub fn inspect(bytes: &[u8]) -> Result<Facts, PixelError> {
    let Some(format) = sniff(bytes) else {
        return Err(Foreign::recognise(bytes).map_or_else(
            || PixelError::Undecodable {
                format: None,
                reason: "no known image format begins like this".to_owned(),
            },
            |kind| PixelError::Foreign { kind },
        ));
    };
    let facts = match format {
        Format::Jpeg => jpeg::read(bytes),
        Format::Png => png::read(bytes),
        Format::Webp => webp::read(bytes),
        Format::Avif => avif::read(bytes),
        Format::Gif => gif::read(bytes),
        Format::Svg => svg::read(bytes),
        Format::Tiff => tiff::read(bytes),
        Format::Bmp => bmp::read(bytes),
        Format::Ico => ico::read(bytes),
    }?;
    if facts.width == 0 || facts.height == 0 {
        return Err(PixelError::undecodable(format, "it has no pixels"));
    }
    Ok(facts)
}

impl Facts {
    /// What most pictures are; the reader of each format changes what differs.
    const fn plain(format: Format, width: u32, height: u32) -> Self {
        Self {
            format,
            width,
            height,
            orientation: 1,
            alpha: false,
            frames: 1,
            bit_depth: 8,
            progressive: false,
            jpeg_quality: None,
            has_profile: false,
            gray: false,
            chroma: ChromaGrid::FULL,
            cmyk: false,
            lossless: false,
        }
    }
}
