//! WebP to planes when it is lossy and opaque, to pixels otherwise.

use imgplane_codec_webp::{self as codec, Chroma, Scale};

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

/// Decodes a file. `divisor`: above 1 only where it [`shrinks`], and then `fine` keeps as much chroma as luma.
pub(super) fn decode(bytes: &[u8], facts: &Facts, divisor: u32, fine: bool) -> Result<Image, PixelError> {
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
        Some(scale) if fine => codec::decode_shrunk_yuv(bytes, scale, Chroma::Full),
        Some(scale) => codec::decode_shrunk_yuv(bytes, scale, Chroma::Half),
    };
    let planes = planes.map_err(error)?;
    let (width, height) = (planes.width as usize, planes.height as usize);
    let grid = if scale.is_some() && fine { ChromaGrid::FULL } else { ChromaGrid::HALF };
    let chroma = |side: u32, luma: u8| side.div_ceil(divisor * u32::from(luma)) as usize;
    let (across, down) = (chroma(facts.width, grid.x), chroma(facts.height, grid.y));
    Ok(Planar {
        width: f64::from(facts.width) / f64::from(divisor),
        height: f64::from(facts.height) / f64::from(divisor),
        grid,
        range: Range::Limited,
        planes: vec![
            Plane::tight(planes.y, width, height),
            Plane::tight(planes.u, across, down),
            Plane::tight(planes.v, across, down),
        ],
    }
    .into())
}
