//! The header of a Windows bitmap.

use std::io::{Cursor, ErrorKind};

use image::{ColorType, ImageDecoder as _, ImageError, codecs::bmp::BmpDecoder};

use super::Facts;
use crate::{Format, PixelError};

pub(crate) type Reader<'a> = BmpDecoder<Cursor<&'a [u8]>>;

pub(crate) fn open(bytes: &[u8]) -> Result<Reader<'_>, PixelError> {
    BmpDecoder::new(Cursor::new(bytes)).map_err(|error| refused(Format::Bmp, error))
}

/// What the library says, as our error.
pub(crate) fn refused(format: Format, error: ImageError) -> PixelError {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            PixelError::Truncated { format }
        }
        error => PixelError::undecodable(format, error),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let reader = open(bytes)?;
    let (width, height) = reader.dimensions();
    Ok(Facts {
        alpha: reader.color_type() == ColorType::Rgba8,
        lossless: true,
        ..Facts::plain(Format::Bmp, width, height)
    })
}
