//! What the header of a JPEG says, decided before a single pixel is decoded.

use crate::decompressor::Decompressor;
use crate::{Error, markers};

/// How the chroma planes are subsampled. JPEG chroma samples sit in the middle of the luma samples they cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// 4:4:4, chroma at full size.
    S444,
    /// 4:2:2, chroma at half width.
    S422,
    /// 4:2:0, chroma at half width and half height.
    S420,
    /// 4:4:0, chroma at half height.
    S440,
    /// 4:1:1, chroma at a quarter of the width.
    S411,
    /// 4:4:1, chroma at a quarter of the height.
    S441,
    /// One luma plane.
    Gray,
    /// Any other combination of sampling factors: only [`decode_rgb`](crate::decode_rgb) and
    /// [`decode_cmyk`](crate::decode_cmyk) read it.
    Unknown,
}

impl Sampling {
    /// How many luma samples one chroma sample covers, across and down. `(1, 1)` for Gray and Unknown.
    pub fn factors(self) -> (u32, u32) {
        match self {
            Self::S444 | Self::Gray | Self::Unknown => (1, 1),
            Self::S422 => (2, 1),
            Self::S420 => (2, 2),
            Self::S440 => (1, 2),
            Self::S411 => (4, 1),
            Self::S441 => (1, 4),
        }
    }
}

/// The colour space the samples are stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Color {
    /// One luma component, full range.
    Gray,
    /// Full-range BT.601 (JFIF), the usual case.
    YCbCr,
    /// Red, green and blue stored as they are.
    Rgb,
    /// Cyan, magenta, yellow and black.
    Cmyk,
    /// CMYK whose first three components went through the YCbCr matrix.
    Ycck,
}

/// The facts of a JPEG's header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a bit of the file")]
pub struct Header {
    /// Width in pixels, as stored (before any EXIF orientation). 1 to 65500.
    pub width: u32,
    /// Height in pixels, as stored. 1 to 65500.
    pub height: u32,
    /// Chroma subsampling.
    pub sampling: Sampling,
    /// Stored colour space.
    pub color: Color,
    /// Progressive coding: decoding buffers all coefficients, see [`working_memory`](crate::working_memory).
    pub progressive: bool,
    /// Components come in more than one scan (always so when progressive): coefficients are buffered.
    pub multi_scan: bool,
    /// Bits per sample. Only 8 is decoded.
    pub precision: u8,
    /// Arithmetic instead of Huffman coding. Not decoded.
    pub arithmetic: bool,
    /// Lossless (predictive) JPEG. Not decoded.
    pub lossless: bool,
    /// An Adobe APP14 segment is present. CMYK samples are then stored inverted: 255 means no ink.
    pub adobe: bool,
}

/// Reads the header up to the first scan. Allocates nothing proportional to the picture.
///
/// The first bytes of a file suffice as long as they reach the first scan; less is [`Error::Truncated`].
pub fn read_header(data: &[u8]) -> Result<Header, Error> {
    Decompressor::new()?.read_header(data, &markers::Frame::read(data))
}

/// Bytes libjpeg-turbo may hold itself while decoding this file, at any scale, besides the planes it fills.
///
/// Multi-scan files keep every coefficient (two bytes each) until the last scan; single-scan files need a few rows.
/// Decoding gives libjpeg-turbo this much and not more, so the figure can be used for admission.
pub fn working_memory(header: &Header) -> u64 {
    /// Blocks come in groups of at most four: 32 samples. Rounding up to it covers every sampling.
    const GROUP: u64 = 32;
    /// Handles, tables and row buffers beside those that grow with the width.
    const FIXED: u64 = 256 << 10;
    let width = u64::from(header.width).next_multiple_of(GROUP);
    let height = u64::from(header.height).next_multiple_of(GROUP);
    let (across, down) = header.sampling.factors();
    let chroma = (width / u64::from(across)) * (height / u64::from(down));
    let samples = match header.color {
        Color::Gray => width * height,
        Color::YCbCr | Color::Rgb => width * height + 2 * chroma,
        Color::Cmyk | Color::Ycck => 2 * width * height + 2 * chroma,
    };
    // Up to 32 rows of up to 4 components, in samples and as pointers' targets.
    let rows = width * GROUP * 4;
    if header.multi_scan { FIXED + rows + samples * 2 } else { FIXED + rows }
}
