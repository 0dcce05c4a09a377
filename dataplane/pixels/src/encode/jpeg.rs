//! JPEG from planes. What is transparent becomes black.

use std::borrow::Cow;

use imgplane_codec_jpeg::{Options, PlaneRef, Sampling, encode_planes, markers};

use super::{Settings, planes, target};
use crate::{ChromaGrid, Format, PixelError, image::Image};

pub(super) fn write(image: &Image, settings: &Settings<'_>) -> Result<Vec<u8>, PixelError> {
    let target = target(Format::Jpeg, settings.output, settings.quality);
    let mut planar = planes(image, target)?;
    if settings.wants_color() && planar.is_gray() {
        planar = Cow::Owned(planar.into_owned().into_ycbcr(target.grid));
    }
    let size = planar.size();
    let sampling = match (planar.is_gray(), planar.grid) {
        (true, _) => Sampling::Gray,
        (false, ChromaGrid::HALF) => Sampling::S420,
        (false, _) => Sampling::S444,
    };
    let views: Vec<PlaneRef<'_>> =
        planar.planes.iter().map(|plane| PlaneRef { data: &plane.data, stride: plane.stride }).collect();
    let options = Options { quality: settings.quality, progressive: settings.output.progressive };
    let bytes = encode_planes(&views, size.width, size.height, sampling, &options)
        .map_err(|error| PixelError::encode(Format::Jpeg, error))?;
    let metadata = &settings.metadata;
    let blocks = (metadata.icc.as_deref(), metadata.exif.as_deref(), metadata.xmp.as_deref());
    Ok(match blocks {
        (None, None, None) => bytes,
        (icc, exif, xmp) => markers::insert_segments(&bytes, icc, exif, xmp),
    })
}
