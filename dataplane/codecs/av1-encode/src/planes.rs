//! Planar input, checked once: behind [`Picture`] every row of every plane is known to be there.

use crate::{Error, MAX_DIMENSION};

/// How chroma is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// One chroma sample for 2x2 pixels, centred among them.
    S420,
    /// One chroma sample per pixel.
    S444,
    /// No chroma: Cb and Cr are not read.
    Gray,
}

impl Sampling {
    /// Width and height of a chroma plane; zero for grey.
    pub(crate) fn chroma_size(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::S420 => (width.div_ceil(2), height.div_ceil(2)),
            Self::S444 => (width, height),
            Self::Gray => (0, 0),
        }
    }
}

/// A borrowed plane of 8-bit samples, row after row.
#[derive(Debug, Clone, Copy)]
pub struct PlaneRef<'a> {
    /// At least `stride * (rows - 1) + columns` bytes.
    pub data: &'a [u8],
    /// Bytes from one row to the next, at least the number of columns.
    pub stride: usize,
}

/// A picture as full-range BT.601 planes, as JPEG has them.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    /// Luma, width x height.
    pub y: PlaneRef<'a>,
    /// Blue difference, sized as `sampling` says (halves rounded up).
    pub cb: PlaneRef<'a>,
    /// Red difference, sized and strided as Cb.
    pub cr: PlaneRef<'a>,
    /// Opacity, width x height, 255 opaque. A plane without a value below 255 is left out of the file.
    pub alpha: Option<PlaneRef<'a>>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Chroma sampling.
    pub sampling: Sampling,
}

/// [`Planes`] whose buffers were measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Picture<'a>(Planes<'a>);

impl<'a> Picture<'a> {
    /// Checks every size and buffer.
    pub(crate) fn check(planes: Planes<'a>) -> Result<Self, Error> {
        let (width, height) = (planes.width, planes.height);
        check_size(width, height)?;
        measure("Y", planes.y, width, height)?;
        let (chroma_width, chroma_height) = planes.sampling.chroma_size(width, height);
        measure("Cb", planes.cb, chroma_width, chroma_height)?;
        measure("Cr", planes.cr, chroma_width, chroma_height)?;
        // libaom steps through both with the stride of the first.
        if planes.sampling != Sampling::Gray && planes.cb.stride != planes.cr.stride {
            return Err(Error::ChromaStrides { cb: planes.cb.stride, cr: planes.cr.stride });
        }
        if let Some(alpha) = planes.alpha {
            measure("alpha", alpha, width, height)?;
        }
        Ok(Self(planes))
    }

    /// The measured planes.
    pub(crate) fn planes(&self) -> &Planes<'a> {
        &self.0
    }

    /// The alpha plane as a grey picture, when some of it is not opaque.
    pub(crate) fn transparency(&self) -> Option<Picture<'a>> {
        let alpha = self.0.alpha?;
        let width = self.0.width as usize;
        let opaque = alpha
            .data
            .chunks(alpha.stride)
            .take(self.0.height as usize)
            .all(|row| row.iter().take(width).all(|value| *value == 255));
        if opaque {
            return None;
        }
        let sampling = Sampling::Gray;
        Some(Self(Planes { y: alpha, cb: alpha, cr: alpha, alpha: None, sampling, ..self.0 }))
    }
}

/// Both sides 1 to [`MAX_DIMENSION`].
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), Error> {
    let side = 1..=MAX_DIMENSION;
    if side.contains(&width) && side.contains(&height) { Ok(()) } else { Err(Error::Size { width, height }) }
}

/// Are all rows in the buffer, and do they fit what libaom counts in (`int` strides)?
fn measure(plane: &'static str, given: PlaneRef<'_>, width: u32, height: u32) -> Result<(), Error> {
    if width == 0 || height == 0 {
        return Ok(());
    }
    let (columns, rows) = (width as usize, height as usize);
    let found = given.data.len();
    let usable = given.stride >= columns && i32::try_from(given.stride).is_ok();
    let needed = given.stride.checked_mul(rows - 1).and_then(|bytes| bytes.checked_add(columns));
    match needed {
        Some(needed) if usable && needed <= found => Ok(()),
        Some(needed) if usable => Err(Error::Buffer { plane, found, needed }),
        _ => Err(Error::Buffer { plane, found, needed: columns.saturating_mul(rows) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(data: &[u8], stride: usize, width: u32, height: u32) -> Result<(), Error> {
        let plane = PlaneRef { data, stride };
        let sampling = Sampling::Gray;
        Picture::check(Planes { y: plane, cb: plane, cr: plane, alpha: None, width, height, sampling })
            .map(drop)
    }

    #[test]
    fn last_row_may_lack_its_padding_but_nothing_else() {
        let data = [0_u8; 2 * 8 + 5];
        assert_eq!(gray(&data, 8, 5, 3), Ok(()));
        assert!(matches!(gray(&data, 8, 6, 3), Err(Error::Buffer { needed: 22, .. })));
        assert!(matches!(gray(&data, 8, 5, 4), Err(Error::Buffer { .. })));
    }

    #[test]
    fn strides_shorter_than_a_row_or_beyond_an_int_are_refused() {
        let data = [0_u8; 64];
        assert!(matches!(gray(&data, 4, 5, 3), Err(Error::Buffer { .. })));
        assert!(matches!(gray(&data, usize::MAX, 5, 1), Err(Error::Buffer { .. })));
        assert!(matches!(gray(&data, usize::MAX / 2, 5, 3), Err(Error::Buffer { .. })));
    }

    #[test]
    fn chroma_planes_of_different_strides_are_refused() {
        let data = [0_u8; 64];
        let plane = |stride| PlaneRef { data: &data, stride };
        let (y, cb, cr) = (plane(4), plane(8), plane(2));
        let planes = Planes { y, cb, cr, alpha: None, width: 4, height: 4, sampling: Sampling::S420 };
        assert_eq!(Picture::check(planes).unwrap_err(), Error::ChromaStrides { cb: 8, cr: 2 });
    }

    #[test]
    fn sides_outside_av1_are_refused_before_anything_is_read() {
        for (width, height) in [(0, 1), (1, 0), (65_537, 1), (1, u32::MAX)] {
            assert_eq!(gray(&[], 1, width, height), Err(Error::Size { width, height }));
        }
    }
}
