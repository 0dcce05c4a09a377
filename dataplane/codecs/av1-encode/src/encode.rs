//! The ways in: pixels or planes to a whole AVIF file.

use crate::{
    Error, Options, PlaneRef, Planes, Sampling,
    aom::{self, Settings},
    container::{self, File},
    convert,
    payload::Payload,
    planes::Picture,
};

/// Encodes tightly packed RGBA (straight alpha) in 4:2:0. The file has an alpha item only when some alpha is below
/// 255.
pub fn encode_rgba(data: &[u8], width: u32, height: u32, options: &Options) -> Result<Vec<u8>, Error> {
    encode_rgba_sampled(data, width, height, Sampling::S420, options)
}

/// Encodes tightly packed RGB in 4:2:0.
pub fn encode_rgb(data: &[u8], width: u32, height: u32, options: &Options) -> Result<Vec<u8>, Error> {
    encode_rgb_sampled(data, width, height, Sampling::S420, options)
}

/// [`encode_rgba`] with a choice of chroma sampling.
pub fn encode_rgba_sampled(
    data: &[u8],
    width: u32,
    height: u32,
    sampling: Sampling,
    options: &Options,
) -> Result<Vec<u8>, Error> {
    encode_planes(&convert::from_pixels::<4>(data, width, height, sampling)?.as_planes(), options)
}

/// [`encode_rgb`] with a choice of chroma sampling.
pub fn encode_rgb_sampled(
    data: &[u8],
    width: u32,
    height: u32,
    sampling: Sampling,
    options: &Options,
) -> Result<Vec<u8>, Error> {
    encode_planes(&convert::from_pixels::<3>(data, width, height, sampling)?.as_planes(), options)
}

/// Encodes full-range BT.601 planes in 4:2:0 without row padding; chroma sides are half of luma's, rounded up.
pub fn encode_yuv420(
    y: &[u8],
    cb: &[u8],
    cr: &[u8],
    width: u32,
    height: u32,
    options: &Options,
) -> Result<Vec<u8>, Error> {
    let (stride, chroma_stride) = (width as usize, width.div_ceil(2) as usize);
    let planes = Planes {
        y: PlaneRef { data: y, stride },
        cb: PlaneRef { data: cb, stride: chroma_stride },
        cr: PlaneRef { data: cr, stride: chroma_stride },
        alpha: None,
        width,
        height,
        sampling: Sampling::S420,
    };
    encode_planes(&planes, options)
}

/// Encodes full-range BT.601 planes with any stride and sampling, and perhaps alpha.
pub fn encode_planes(planes: &Planes<'_>, options: &Options) -> Result<Vec<u8>, Error> {
    let picture = Picture::check(*planes)?;
    let speed = options.clamped_speed();
    let color = aom::encode(&picture, Settings { quantizer: options.color_quantizer(), speed })?;
    let color = Payload::new(&color)?;
    let alpha = match picture.transparency() {
        Some(alpha) => {
            let stream = aom::encode(&alpha, Settings { quantizer: options.alpha_quantizer(), speed })?;
            Some(Payload::new(&stream)?)
        }
        None => None,
    };
    container::write(&File {
        width: planes.width,
        height: planes.height,
        sampling: planes.sampling,
        color: &color,
        alpha: alpha.as_ref(),
        icc: options.icc.as_deref().filter(|icc| !icc.is_empty()),
        exif: options.exif.as_deref().map(tiff).filter(|tiff| !tiff.is_empty()),
    })
}

/// EXIF without the prefix that JPEG puts before it.
fn tiff(exif: &[u8]) -> &[u8] {
    exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)
}
