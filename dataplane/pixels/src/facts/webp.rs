//! The header of a WebP, and its metadata chunks.

use imgplane_codec_jpeg::markers;
use imgplane_codec_webp as codec;

use super::{ChromaGrid, Facts};
use crate::{Format, PixelError};

pub(crate) use codec::chunk;

pub(crate) fn error(error: codec::Error) -> PixelError {
    match error {
        codec::Error::Truncated => PixelError::Truncated { format: Format::Webp },
        error => PixelError::undecodable(Format::Webp, error),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let header = codec::read_header(bytes).map_err(error)?;
    let frames = if header.animated { codec::frame_count(bytes).map_err(error)? } else { 1 };
    Ok(Facts {
        orientation: chunk(bytes, b"EXIF").and_then(markers::orientation).unwrap_or(1),
        alpha: header.alpha,
        frames: frames.max(1),
        has_profile: chunk(bytes, b"ICCP").is_some(),
        chroma: if header.lossless { ChromaGrid::FULL } else { ChromaGrid::HALF },
        lossless: header.lossless,
        ..Facts::plain(Format::Webp, header.width, header.height)
    })
}
