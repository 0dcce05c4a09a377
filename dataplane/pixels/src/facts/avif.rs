//! The header of an AVIF. Its crop, rotation and mirror are part of the picture, so the size is the one after them.
//! Of a sequence the first picture is read, so it is no animation here.

use imgplane_codec_av1_decode::{Error, read_header};

use super::{ChromaGrid, Facts};
use crate::{Format, PixelError};

pub(crate) fn error(error: Error) -> PixelError {
    match error {
        Error::Truncated => PixelError::Truncated { format: Format::Avif },
        Error::TooLarge { pixels, limit } => {
            PixelError::Limit { what: "The source's resolution in pixels".to_owned(), value: pixels, limit }
        }
        error => PixelError::undecodable(Format::Avif, error),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let header = read_header(bytes).map_err(error)?;
    let (width, height) = header.output_size();
    Ok(Facts {
        alpha: header.alpha,
        bit_depth: header.bit_depth,
        has_profile: header.icc,
        chroma: ChromaGrid::HALF,
        ..Facts::plain(Format::Avif, width, height)
    })
}
