//! AVIF to pixels. Rotation and mirror of the container are applied by the codec.

use imgplane_codec_av1_decode as codec;

use crate::{
    PixelError,
    facts::avif::error,
    image::{Channels, Image, Packed},
};

pub(super) fn decode(bytes: &[u8], max_pixels: u64) -> Result<Image, PixelError> {
    let pixels = codec::decode_rgba(bytes, max_pixels).map_err(error)?;
    let packed = Packed::new(pixels.data, pixels.width, pixels.height, Channels::Rgba)?;
    Ok(packed.without_idle_alpha().into())
}
