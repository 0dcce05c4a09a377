//! What the header of a WebP says, decided before a single pixel is decoded.

use libwebp_sys::{VP8StatusCode, WebPBitstreamFeatures, WebPGetFeatures};

use crate::{Error, container};

/// The longest side of a WebP, in pixels.
pub const MAX_SIDE: u32 = libwebp_sys::WEBP_MAX_DIMENSION;

/// The facts of a WebP's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// Width in pixels; of the canvas when animated.
    pub width: u32,
    /// Height in pixels; of the canvas when animated.
    pub height: u32,
    /// The file announces alpha. All pixels may still be opaque.
    pub alpha: bool,
    /// The file is an animation: read it with [`frames`](crate::frames).
    pub animated: bool,
    /// The picture, or every frame of the animation, is coded losslessly.
    pub lossless: bool,
}

/// Reads the header. Allocates nothing.
///
/// The first bytes of a file suffice; that the rest is there is checked when decoding.
pub fn read_header(data: &[u8]) -> Result<Header, Error> {
    container::check_magic(data)?;
    let features = features(data)?;
    let animated = features.has_animation != 0;
    let lossless = if animated { container::all_frames_lossless(data) } else { features.format == 2 };
    Ok(Header {
        width: features.width.unsigned_abs(),
        height: features.height.unsigned_abs(),
        alpha: features.has_alpha != 0,
        animated,
        lossless,
    })
}

/// libwebp's reading of a file, or of the image chunks of one frame.
pub(crate) fn features(data: &[u8]) -> Result<WebPBitstreamFeatures, Error> {
    let mut features =
        WebPBitstreamFeatures { width: 0, height: 0, has_alpha: 0, has_animation: 0, format: 0, pad: [0; 5] };
    // SAFETY: `data` is a readable slice of that length and `features` a writable struct; neither is kept.
    let status = unsafe { WebPGetFeatures(data.as_ptr(), data.len(), &raw mut features) };
    check(status)?;
    if features.width < 1 || features.height < 1 {
        return Err(Error::Corrupt { reason: "a side of 0 pixels" });
    }
    Ok(features)
}

/// Turns libwebp's status into a result.
pub(crate) fn check(status: VP8StatusCode) -> Result<(), Error> {
    match status {
        VP8StatusCode::VP8_STATUS_OK => Ok(()),
        VP8StatusCode::VP8_STATUS_OUT_OF_MEMORY => Err(Error::OutOfMemory),
        VP8StatusCode::VP8_STATUS_SUSPENDED | VP8StatusCode::VP8_STATUS_NOT_ENOUGH_DATA => {
            Err(Error::Truncated)
        }
        VP8StatusCode::VP8_STATUS_BITSTREAM_ERROR => {
            Err(Error::Corrupt { reason: "the bitstream is invalid" })
        }
        VP8StatusCode::VP8_STATUS_UNSUPPORTED_FEATURE => Err(Error::Corrupt { reason: "an unknown feature" }),
        VP8StatusCode::VP8_STATUS_INVALID_PARAM => {
            Err(Error::Corrupt { reason: "the picture does not have the size its header announces" })
        }
        VP8StatusCode::VP8_STATUS_USER_ABORT => Err(Error::Corrupt { reason: "decoding was aborted" }),
    }
}
