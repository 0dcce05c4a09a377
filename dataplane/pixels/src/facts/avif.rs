//! The header of an AVIF. Its rotation and mirror are part of the picture, so the size is the one after them.

use imgplane_codec_av1_decode as codec;

use super::{ChromaGrid, Facts};
use crate::{Format, PixelError};

pub(crate) fn error(error: &codec::Error) -> PixelError {
    PixelError::undecodable(Format::Avif, error)
}

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let header = codec::read_header(bytes).map_err(|cause| error(&cause))?;
    let turned = header.rotation % 2 == 1;
    let (width, height) = if turned { (header.height, header.width) } else { (header.width, header.height) };
    Ok(Facts {
        alpha: header.alpha,
        bit_depth: header.bit_depth,
        has_profile: header.icc,
        chroma: ChromaGrid::HALF,
        ..Facts::plain(Format::Avif, width, height)
    })
}
