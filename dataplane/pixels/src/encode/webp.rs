//! WebP: opaque lossy pictures from planes, everything else from pixels.

use std::borrow::Cow;

use imgplane_codec_webp::{self as codec, Options, YuvRef};

use super::{Settings, pixels, planes, target};
use crate::{
    ChromaGrid, Format, Output, PixelError,
    image::{Channels, Image},
};

/// Effort of lossless coding, 0-100; libwebp's own default.
const LOSSLESS_EFFORT: f32 = 75.0;

/// What the encoder is asked for.
pub(super) fn options(output: &Output, quality: u8) -> Options {
    Options {
        quality: if output.lossless { LOSSLESS_EFFORT } else { f32::from(quality) },
        method: output.webp_method.min(6),
        lossless: output.lossless,
        // Colour under full transparency is nobody's to see.
        exact: false,
    }
}

/// The quality that a result has; `None` where it has no meaning.
pub(super) fn quality(output: &Output, quality: u8) -> Option<u8> {
    (!output.lossless).then_some(quality)
}

pub(super) fn write(image: &Image, settings: &Settings<'_>) -> Result<Vec<u8>, PixelError> {
    let failed = |error: codec::Error| PixelError::encode(Format::Webp, error);
    let lossless = settings.output.lossless;
    let options = options(settings.output, settings.quality);
    let size = image.size();
    let mut alpha = false;
    let bytes = match image {
        Image::Planar(_) if !lossless => {
            let planar = planes(image, target(Format::Webp, settings.output, settings.quality))?;
            let planar = if planar.is_gray() {
                Cow::Owned(planar.into_owned().into_ycbcr(ChromaGrid::HALF))
            } else {
                planar
            };
            let Some((y, u, v)) = planar.ycbcr() else {
                return Err(PixelError::internal("WebP needs three planes"));
            };
            let planes = YuvRef {
                width: size.width,
                height: size.height,
                y: &y.data,
                u: &u.data,
                v: &v.data,
                a: None,
                y_stride: y.stride,
                uv_stride: u.stride,
                a_stride: 0,
            };
            codec::encode_yuv(&planes, &options).map_err(failed)?
        }
        image => {
            let packed = pixels(image)?;
            alpha = packed.channels == Channels::Rgba;
            let encode = if alpha { codec::encode_rgba } else { codec::encode_rgb };
            encode(&packed.data, size.width, size.height, &options).map_err(failed)?
        }
    };
    let metadata = &settings.metadata;
    match (metadata.icc.as_deref(), metadata.exif.as_deref(), metadata.xmp.as_deref()) {
        (None, None, None) => Ok(bytes),
        (icc, exif, xmp) => {
            codec::with_metadata(bytes, icc, exif, xmp, size.width, size.height, alpha).map_err(failed)
        }
    }
}
