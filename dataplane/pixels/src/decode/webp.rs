//! WebP to planes when it is lossy and opaque, to pixels otherwise.

use imgplane_codec_webp::{self as codec, Scale};

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
    let scale = match divisor {
        8 => Some(Scale::Eighth),
        4 => Some(Scale::Quarter),
        2 => Some(Scale::Half),
        _ => None,
    };
    let planes = match scale {
        None => codec::decode_yuv(bytes),
        Some(scale) => codec::decode_shrunk_yuv(bytes, scale),
    };
    let planes = planes.map_err(error)?;
    let (width, height) = (planes.width as usize, planes.height as usize);
    let chroma = |side: u32| side.div_ceil(2 * divisor) as usize;
    let (across, down) = (chroma(facts.width), chroma(facts.height));
    Ok(Planar {
        width: f64::from(facts.width) / f64::from(divisor),
        height: f64::from(facts.height) / f64::from(divisor),
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
