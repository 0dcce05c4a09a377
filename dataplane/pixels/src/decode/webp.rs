//! WebP to planes when it is lossy and opaque, to pixels otherwise.

use imgplane_codec_webp as codec;

use crate::{
    ChromaGrid, Facts, PixelError,
    facts::webp::error,
    image::{Channels, Image, Packed, Planar, Plane, Range},
};

pub(super) fn decode(bytes: &[u8], facts: &Facts) -> Result<Image, PixelError> {
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
    let planes = codec::decode_yuv(bytes).map_err(error)?;
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
