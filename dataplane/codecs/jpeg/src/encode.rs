//! Planes to JPEG: what the caller's planes must hold, and how odd sizes are filled up.

use std::borrow::Cow;

use crate::compressor::Compressor;
use crate::{Error, Sampling};

/// The longest side of a JPEG that libjpeg-turbo writes, in pixels.
pub const MAX_SIDE: u32 = 65_500;

/// How to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// 1 to 100 on libjpeg's scale; values outside are taken as the nearest. ImageKit's default is 80.
    pub quality: u8,
    /// Progressive instead of baseline coding: a few percent smaller, about three times slower to write.
    pub progressive: bool,
}

/// One component to encode: rows of samples, `stride` apart. The last row may end at its last sample.
#[derive(Debug, Clone, Copy)]
pub struct PlaneRef<'a> {
    /// The samples.
    pub data: &'a [u8],
    /// Distance from one row to the next, in samples; at least the plane's width.
    pub stride: usize,
}

/// Encodes full-range BT.601 planes with centred chroma, always with optimised Huffman tables.
///
/// `planes` are Y, Cb and Cr, or Y alone for [`Sampling::Gray`]. Luma holds `width` x `height` samples, chroma its
/// size over the sampling factors, rounded up. [`Sampling::Unknown`] cannot be encoded.
pub fn encode_planes(
    planes: &[PlaneRef<'_>],
    width: u32,
    height: u32,
    sampling: Sampling,
    options: &Options,
) -> Result<Vec<u8>, Error> {
    let invalid = |reason| Err(Error::InvalidInput { reason });
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
        return invalid("each side must be 1 to 65500 pixels");
    }
    let count = match sampling {
        Sampling::Gray => 1,
        Sampling::S444
        | Sampling::S422
        | Sampling::S420
        | Sampling::S440
        | Sampling::S411
        | Sampling::S441 => 3,
        Sampling::Unknown => return invalid("an unknown sampling"),
    };
    if planes.len() != count {
        return invalid("the number of planes does not match the sampling");
    }
    let (across, down) = sampling.factors();
    let mut filled: Vec<Filled<'_>> = Vec::with_capacity(count);
    for (index, plane) in planes.iter().enumerate() {
        let chroma = (width.div_ceil(across) as usize, height.div_ceil(down) as usize);
        let (size, full) = if index == 0 {
            let full = (width.next_multiple_of(across) as usize, height.next_multiple_of(down) as usize);
            ((width as usize, height as usize), full)
        } else {
            (chroma, chroma)
        };
        let Some(plane) = Filled::new(plane, size, full) else {
            return invalid("a plane is shorter than its size and stride");
        };
        filled.push(plane);
    }
    Compressor::new()?.planes(&filled, width, height, sampling, options)
}

/// A plane that holds every sample libjpeg-turbo reads: the size rounded up to whole groups.
#[derive(Debug)]
pub(crate) struct Filled<'a> {
    pub(crate) data: Cow<'a, [u8]>,
    pub(crate) stride: usize,
}

impl<'a> Filled<'a> {
    /// Borrows a plane that is large enough; else copies it, repeating its last column and row up to `full`.
    fn new(plane: &PlaneRef<'a>, size: (usize, usize), full: (usize, usize)) -> Option<Self> {
        let (width, height) = size;
        let needed = plane.stride.checked_mul(height - 1)?.checked_add(width)?;
        // A stride that does not fit C's int would wrap there.
        if plane.stride < width || plane.data.len() < needed || i32::try_from(plane.stride).is_err() {
            return None;
        }
        if size == full {
            return Some(Self { data: Cow::Borrowed(&plane.data[..needed]), stride: plane.stride });
        }
        let mut data = Vec::with_capacity(full.0 * full.1);
        for row in plane.data.chunks(plane.stride).take(height) {
            data.extend_from_slice(&row[..width]);
            data.resize(data.len() + full.0 - width, row[width - 1]);
        }
        for _ in height..full.1 {
            data.extend_from_within(data.len() - full.0..);
        }
        Some(Self { data: Cow::Owned(data), stride: full.0 })
    }
}
