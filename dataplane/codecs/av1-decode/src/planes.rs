//! The planar output: what was coded, reduced to 8 bits, before any colour conversion.

use crate::{Crop, Matrix, Mirror};

/// How chroma is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// No chroma.
    S400,
    /// Half in both directions.
    S420,
    /// Half across.
    S422,
    /// Full.
    S444,
}

impl Sampling {
    /// Width and height of a chroma plane (halves rounded up); zero for grey.
    pub fn chroma_size(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::S400 => (0, 0),
            Self::S420 => (width.div_ceil(2), height.div_ceil(2)),
            Self::S422 => (width.div_ceil(2), height),
            Self::S444 => (width, height),
        }
    }
}

/// Where a chroma sample sits among the pixels it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChromaPosition {
    /// In the middle in both directions. Files that do not say are read so: encoders of stills average blocks.
    Center,
    /// On the left pixel, between the rows (AV1's "vertical").
    Left,
    /// On the top left pixel (AV1's "colocated").
    TopLeft,
}

/// A picture as 8-bit planes without row padding.
///
/// `rotation`, `mirror` and `crop` are *not* applied, and colour may be premultiplied: what cannot be used as it is
/// should go through [`decode_rgba`](crate::decode_rgba), which does all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    /// Luma (green for [`Matrix::Identity`]), width x height.
    pub y: Vec<u8>,
    /// Cb (blue; Cg for [`Matrix::YCgCo`]); empty for grey.
    pub u: Vec<u8>,
    /// Cr (red; Co for [`Matrix::YCgCo`]); empty for grey.
    pub v: Vec<u8>,
    /// Opacity, width x height, 0 to 255 whatever the range of the colour planes.
    pub alpha: Option<Vec<u8>>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Sampling of `u` and `v`.
    pub sampling: Sampling,
    /// Position of the chroma samples.
    pub position: ChromaPosition,
    /// 0 to 255, or 16 to 235 (chroma 240).
    pub full_range: bool,
    /// How to get to RGB.
    pub matrix: Matrix,
    /// Is colour multiplied with alpha?
    pub premultiplied: bool,
    /// Quarter turns anticlockwise that are to be made (after `crop`).
    pub rotation: u8,
    /// Exchange of sides that is to be made (after `rotation`).
    pub mirror: Option<Mirror>,
    /// The part that is to be shown.
    pub crop: Option<Crop>,
}
