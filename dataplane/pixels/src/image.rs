//! Pixels in memory: planes as a JPEG or WebP stores them, or interleaved samples.
//!
//! Planes are kept from decoder to encoder wherever nothing needs RGB; see the `job` module for when that is. A grey
//! picture is a [`Planar`] with one plane.

use crate::{ChromaGrid, PixelError, Size};

/// A decoded picture.
#[derive(Debug)]
pub(crate) enum Image {
    /// Opaque, YCbCr of BT.601 or grey.
    Planar(Planar),
    /// Interleaved samples.
    Packed(Packed),
}

/// One plane of samples.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    /// Rows of `stride` bytes, of which the first `width` count.
    pub data: Vec<u8>,
    pub width: usize,
    pub height: usize,
    pub stride: usize,
}

impl Plane {
    /// A plane without padding between its rows.
    pub(crate) fn tight(data: Vec<u8>, width: usize, height: usize) -> Self {
        Self { data, width, height, stride: width }
    }

    /// Every sample the same.
    pub(crate) fn filled(value: u8, width: usize, height: usize) -> Self {
        Self::tight(vec![value; width * height], width, height)
    }

    /// Iterates over the rows, without padding.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.data.chunks(self.stride.max(1)).take(self.height).filter_map(|row| row.get(..self.width))
    }
}

/// Meaning of the numbers 0-255 in a plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// 0-255, as JPEG has it.
    Full,
    /// Luma 16-235, chroma 16-240, as WebP has it.
    Limited,
}

/// A grey or YCbCr picture in one or three planes.
#[derive(Debug, Clone)]
pub(crate) struct Planar {
    /// True width in luma samples. A fraction when the decoder has scaled: 1067 / 8 = 133.375; the plane then holds 134
    /// columns, the last one only in part.
    pub width: f64,
    /// True height in luma samples.
    pub height: f64,
    /// Luma samples per chroma sample.
    pub grid: ChromaGrid,
    pub range: Range,
    /// Y, or Y, Cb, Cr.
    pub planes: Vec<Plane>,
}

impl Planar {
    /// One grey plane.
    pub(crate) fn gray(plane: Plane) -> Self {
        Self {
            width: plane.width as f64,
            height: plane.height as f64,
            grid: ChromaGrid::FULL,
            range: Range::Full,
            planes: vec![plane],
        }
    }

    pub(crate) fn is_gray(&self) -> bool {
        self.planes.len() == 1
    }

    /// Size in whole pixels. Only a decoder's output has a fraction, and that is always resampled before it is used.
    pub(crate) fn size(&self) -> Size {
        Size::new(self.width.ceil() as u32, self.height.ceil() as u32)
    }

    /// Gives the three planes of a colour picture.
    pub(crate) fn ycbcr(&self) -> Option<(&Plane, &Plane, &Plane)> {
        match self.planes.as_slice() {
            [y, cb, cr] => Some((y, cb, cr)),
            _ => None,
        }
    }

    /// Adds chroma planes without colour to a grey picture, for encoders that want three planes.
    pub(crate) fn into_ycbcr(mut self, grid: ChromaGrid) -> Self {
        if self.is_gray() {
            let size = self.size();
            let width = size.width.div_ceil(u32::from(grid.x)) as usize;
            let height = size.height.div_ceil(u32::from(grid.y)) as usize;
            self.planes.push(Plane::filled(128, width, height));
            self.planes.push(Plane::filled(128, width, height));
            self.grid = grid;
        }
        self
    }
}

/// What the bytes of one pixel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    Rgb,
    /// Straight alpha.
    Rgba,
    /// 255 is full ink.
    Cmyk,
}

impl Channels {
    pub(crate) const fn count(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// Interleaved samples without padding.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    pub data: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub channels: Channels,
    /// True width and height. Fractions when the decoder has scaled, as in [`Planar`].
    pub extent: (f64, f64),
}

impl Packed {
    /// Checks that the buffer has exactly the samples of the picture.
    pub(crate) fn new(
        data: Vec<u8>,
        width: u32,
        height: u32,
        channels: Channels,
    ) -> Result<Self, PixelError> {
        if data.len() != width as usize * height as usize * channels.count() {
            return Err(PixelError::internal(format!(
                "{} bytes are not {width}x{height} pixels of {} samples",
                data.len(),
                channels.count()
            )));
        }
        Ok(Self { data, width, height, channels, extent: (f64::from(width), f64::from(height)) })
    }

    pub(crate) const fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }

    pub(crate) fn stride(&self) -> usize {
        self.width as usize * self.channels.count()
    }

    /// Tells whether some pixel lets the background through.
    pub(crate) fn is_translucent(&self) -> bool {
        // `fold` over a block, not `any` over pixels: the block is vectorised, the search still ends early.
        self.channels == Channels::Rgba
            && self
                .data
                .chunks(4096)
                .any(|block| block.chunks_exact(4).fold(255, |all, pixel| all & pixel[3]) != 255)
    }

    /// Drops an alpha channel that is 255 everywhere: all later work is then a quarter less, without premultiplication.
    pub(crate) fn without_idle_alpha(self) -> Self {
        if self.channels != Channels::Rgba || self.is_translucent() {
            return self;
        }
        let Self { mut data, width, height, extent, .. } = self;
        let pixels = width as usize * height as usize;
        for index in 1..pixels {
            data.copy_within(index * 4..index * 4 + 3, index * 3);
        }
        data.truncate(pixels * 3);
        Self { data, width, height, channels: Channels::Rgb, extent }
    }

    /// Adds an opaque alpha channel where there is none.
    pub(crate) fn into_rgba(self) -> Self {
        match self.channels {
            Channels::Rgba | Channels::Cmyk => self,
            Channels::Rgb => {
                let pixels = self.data.as_chunks::<3>().0;
                let data =
                    pixels.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, u8::MAX]).collect();
                Self { data, channels: Channels::Rgba, ..self }
            }
        }
    }
}

impl Image {
    pub(crate) fn size(&self) -> Size {
        match self {
            Self::Planar(planar) => planar.size(),
            Self::Packed(packed) => packed.size(),
        }
    }
}

impl From<Planar> for Image {
    fn from(planar: Planar) -> Self {
        Self::Planar(planar)
    }
}

impl From<Packed> for Image {
    fn from(packed: Packed) -> Self {
        Self::Packed(packed)
    }
}

/// Rounds a sample of 16 bits to 8.
pub(crate) fn rounded(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_that_is_never_used_is_dropped_and_used_alpha_stays() {
        let opaque = Packed::new(vec![1, 2, 3, 255, 4, 5, 6, 255], 2, 1, Channels::Rgba).unwrap();
        let rgb = opaque.without_idle_alpha();
        assert_eq!((rgb.channels, rgb.data.as_slice()), (Channels::Rgb, &[1, 2, 3, 4, 5, 6][..]));

        let clear = Packed::new(vec![1, 2, 3, 255, 4, 5, 6, 254], 2, 1, Channels::Rgba).unwrap();
        assert_eq!(clear.without_idle_alpha().channels, Channels::Rgba);
    }

    #[test]
    fn a_buffer_of_the_wrong_length_is_refused() {
        assert!(Packed::new(vec![0; 11], 2, 2, Channels::Rgb).is_err());
    }
}
