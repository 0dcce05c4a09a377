//! The ways in: a whole file to planes or pixels.

use crate::{
    Error, Matrix, Planes,
    bmff::{Completeness, Container},
    canvas, color,
    image::Image,
    transform,
};

/// 8-bit pixels as they are to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgba {
    /// Red, green, blue, straight alpha; tightly packed.
    pub data: Vec<u8>,
    /// Pixels, after crop and rotation: [`Header::output_size`](crate::Header::output_size).
    pub width: u32,
    /// Pixels, as `width`.
    pub height: u32,
    /// Did the file have an alpha picture? If not, all alpha is 255.
    pub alpha: bool,
}

/// Decodes to pixels: matrix and range from `nclx` or else the stream, chroma interpolated, alpha made straight,
/// `clap`, `irot` and `imir` applied. Profiles are not: see [`icc`](crate::icc).
///
/// Peak memory is about 12 bytes per pixel at 8 bits, 15 above, with alpha 4 more.
///
/// # Errors
///
/// [`Error::TooLarge`] before anything is allocated when the picture has more than `max_pixels`; [`Error::Truncated`]
/// when the file ends early: half a picture never comes out.
pub fn decode_rgba(data: &[u8], max_pixels: u64) -> Result<Rgba, Error> {
    let planes = decode_planes(data, max_pixels)?;
    let alpha = planes.alpha.is_some();
    let pixels = color::to_rgba(&planes);
    let size = (planes.width, planes.height);
    let Planes { crop, rotation, mirror, .. } = planes;
    let (data, width, height) = transform::apply(pixels, size, crop, rotation, mirror);
    Ok(Rgba { data, width, height, alpha })
}

/// Decodes to planes as they were coded, for what can stay planar.
///
/// # Errors
///
/// As [`decode_rgba`].
pub fn decode_planes(data: &[u8], max_pixels: u64) -> Result<Planes, Error> {
    let container = Container::read(data, Completeness::Whole)?;
    let image = Image::find(&container)?;
    let pixels = u64::from(image.width) * u64::from(image.height);
    if pixels > max_pixels {
        return Err(Error::TooLarge { pixels, limit: max_pixels });
    }
    let size = (image.width, image.height);
    let declared = image.nclx.map(|nclx| nclx.full_range);
    let frame = canvas::decode(&container, &image.color, size, declared)?;
    let (matrix, primaries) = image
        .nclx
        .map_or((frame.signal.matrix, frame.signal.primaries), |nclx| (nclx.matrix, nclx.primaries));
    let matrix = Matrix::of(matrix, primaries, frame.sampling)?;
    let alpha = match &image.alpha {
        None => None,
        Some(source) => {
            let alpha = canvas::decode(&container, source, size, None)?;
            let full_range = alpha.signal.full_range;
            let [mut plane, _, _] = alpha.planes;
            if !full_range {
                color::stretch(&mut plane);
            }
            Some(plane)
        }
    };
    let [y, u, v] = frame.planes;
    Ok(Planes {
        y,
        u,
        v,
        premultiplied: image.premultiplied && alpha.is_some(),
        alpha,
        width: image.width,
        height: image.height,
        sampling: frame.sampling,
        position: frame.signal.position,
        full_range: declared.unwrap_or(frame.signal.full_range),
        matrix,
        rotation: image.rotation,
        mirror: image.mirror,
        crop: image.crop,
    })
}
