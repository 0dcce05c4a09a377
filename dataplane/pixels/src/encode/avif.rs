//! AVIF: opaque planar pictures from planes, everything else from pixels.

use std::borrow::Cow;

use imgplane_codec_av1_encode::{self as codec, Options, PlaneRef, Planes, Sampling};

use super::{Settings, pixels, planes, target};
use crate::{
    ChromaGrid, Format, PixelError, Size,
    image::{Channels, Image, Plane},
};

pub(super) fn write(image: &Image, settings: &Settings<'_>) -> Result<Vec<u8>, PixelError> {
    let options = Options {
        quality: settings.quality,
        speed: settings.output.avif_speed,
        icc: settings.metadata.icc.clone(),
        exif: settings.metadata.exif.clone(),
    };
    let size = image.size();
    let target = target(Format::Avif, settings.output, settings.quality);
    let sampling = if target.grid == ChromaGrid::FULL { Sampling::S444 } else { Sampling::S420 };
    let written = match image {
        Image::Planar(_) => {
            let mut planar = planes(image, target)?;
            if settings.wants_color() && planar.is_gray() {
                planar = Cow::Owned(planar.into_owned().into_ycbcr(target.grid));
            }
            let (sampling, [y, cb, cr]) = match planar.planes.as_slice() {
                [y, cb, cr] => (sampling, [y, cb, cr].map(borrowed)),
                [y, ..] => (Sampling::Gray, [y, y, y].map(borrowed)),
                [] => return Err(PixelError::internal("a picture has no planes")),
            };
            let Size { width, height } = size;
            codec::encode_planes(&Planes { y, cb, cr, alpha: None, width, height, sampling }, &options)
        }
        Image::Packed(_) => {
            let packed = pixels(image)?;
            let encode =
                if packed.channels == Channels::Rgba { codec::encode_rgba } else { codec::encode_rgb };
            encode(&packed.data, size.width, size.height, &options)
        }
    };
    written.map_err(|error| PixelError::encode(Format::Avif, error))
}

fn borrowed(plane: &Plane) -> PlaneRef<'_> {
    PlaneRef { data: &plane.data, stride: plane.stride }
}
