//! Animations out. Of every frame only the rectangle is stored in which something changed.

mod gif;
mod shown;
mod webp;

use super::Encoded;
use crate::{Format, Output, PixelError, Size, image::Packed, metadata::Metadata};

/// An animation in the making.
#[derive(Debug)]
pub(crate) enum Animation {
    Gif(gif::Gif),
    Webp(webp::Webp),
}

impl Animation {
    /// Begins one of this size, shown `plays` times, 0 for ever.
    pub(crate) fn begin(
        format: Format,
        size: Size,
        plays: u16,
        output: &Output,
        quality: u8,
    ) -> Result<Self, PixelError> {
        match format {
            Format::Gif => gif::Gif::begin(size, plays).map(Self::Gif),
            Format::Webp => webp::Webp::begin(size, plays, output, quality).map(Self::Webp),
            format => Err(PixelError::internal(format!("a {format} is no animation"))),
        }
    }

    /// Appends a frame: RGBA of the size that was announced, shown for so many milliseconds.
    pub(crate) fn push(&mut self, picture: &Packed, duration: u32) -> Result<(), PixelError> {
        let pixels = picture.data.as_chunks::<4>().0;
        match self {
            Self::Gif(gif) => gif.push(pixels, duration),
            Self::Webp(webp) => webp.push(pixels, duration),
        }
    }

    /// Ends the file. GIF has no place for metadata.
    pub(crate) fn finish(self, metadata: &Metadata) -> Result<Encoded, PixelError> {
        match self {
            Self::Gif(gif) => Ok(Encoded { bytes: gif.finish()?, format: Format::Gif, quality: None }),
            Self::Webp(webp) => {
                let quality = webp.quality();
                Ok(Encoded { bytes: webp.finish(metadata)?, format: Format::Webp, quality })
            }
        }
    }
}
