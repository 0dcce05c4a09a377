//! WebP to planes when it is lossy and opaque, to pixels otherwise.

use imgplane_codec_webp as codec;

use crate::{
    ChromaGrid, Facts, PixelError,
    facts::webp::error,
    image::{Channels, Image, Packed, Planar, Plane, Range},
};

/// Whether a file can be made smaller while it is decoded: it has planes, and nothing is transparent. libwebp does not weight
/// colours by alpha.
pub(super) fn shrinks(bytes: &[u8], facts: &Facts) -> bool {
    !facts.alpha && !facts.lossless && codec::read_header(bytes).is_ok_and(|header| !header.animated)
}

/// Decodes a file. `divisor`: above 1 only where it [`shrinks`].
pub(super) fn decode(bytes: &[u8], facts: &Facts, divisor: u32) -> Result<Image, PixelError> {
    // An animation of one frame.
    if codec::read_header(bytes).is_ok_and(|header| header.animated) {
        let frame = codec::decode_first_frame(bytes).map_err(error)?;
        let packed = Packed::new(frame.data, frame.width, frame.height, Channels::Rgba)?;
        return Ok(packed.without_idle_alpha().into());
    }
    if facts.alpha {
        let pixels = codec::decode_rgba(bytes).map_err(error)?;
        let packed = Packed::new(pixels.data, pixels.width, pixels.height, Channels::Rgba)?;
        return Ok(packed.without_idle_alpha().into());
    }
    if facts.lossless {
        let pixels = codec::decode_rgb(bytes).map_err(error)?;
        return Packed::new(pixels.data, pixels.width, pixels.height, Channels::Rgb).map(Image::Packed);
    }
    let planes = if divisor == 1 {
        codec::decode_yuv(bytes)
    } else {
        // Even sides, so that chroma samples lie in the middle of four others as before.
        let side = |side: u32| side.div_ceil(divisor).next_multiple_of(2);
        codec::decode_scaled_yuv(bytes, side(facts.width), side(facts.height))
    };
    let planes = planes.map_err(error)?;
    let (width, height) = (planes.width as usize, planes.height as usize);
    let (across, down) = (width.div_ceil(2), height.div_ceil(2));
    Ok(Planar {
        width: f64::from(planes.width),
        height: f64::from(planes.height),
        grid: ChromaGrid::HALF,
        range: Range::Limited,
        planes: vec![
            Plane::tight(planes.y, width, height),
            Plane::tight(planes.u, across, down),
            Plane::tight(planes.v, across, down),
        ],
    }
    .into())
}
