//! JPEG to planes or pixels: which files may be decoded, how large the buffers are, and when the result counts.

use crate::decompressor::{Decompressor, PixelFormat};
use crate::{Color, Error, Header, Sampling, Scale, markers};

/// What a file may cost beyond its size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most scans of a multi-scan file, at least 1. Honest progressive files have about 10; each costs a full pass.
    pub max_scans: u32,
}

impl Default for Limits {
    /// 100 scans: ten times what encoders write.
    fn default() -> Self {
        Self { max_scans: 100 }
    }
}

/// One component of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane {
    /// `stride * height` samples. Those right of `width` in a row are padding without meaning.
    pub data: Vec<u8>,
    /// Samples across that belong to the picture: its scaled width over the subsampling, rounded up.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Distance from one row to the next, in samples.
    pub stride: usize,
}

/// A decoded picture in the planes it was stored in.
///
/// Full range BT.601, centred chroma. The last column and row cover only part of a sample when `width` or `height`
/// is not whole: a resampler that takes the whole plane for the whole picture stretches it.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// True scaled width of the picture in luma samples, for example 1067 / 8 = 133.375.
    pub width: f64,
    /// True scaled height of the picture in luma samples.
    pub height: f64,
    /// Subsampling of the second and third plane. Never [`Sampling::Unknown`].
    pub sampling: Sampling,
    /// Y, or Y, Cb and Cr.
    pub planes: Vec<Plane>,
    /// Set when the picture is whole but the file is not clean, for example `extraneous bytes before marker`.
    pub warning: Option<String>,
}

/// Interleaved pixels without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Rows from the top, three or four bytes per pixel as the function says.
    pub data: Vec<u8>,
    /// Width in pixels, rounded up.
    pub width: u32,
    /// Height in pixels, rounded up.
    pub height: u32,
    /// Set when the picture is whole but the file is not clean.
    pub warning: Option<String>,
}

/// Decodes Gray and YCbCr files straight into planes.
///
/// # Errors
/// [`Error::Unsupported`] for other colours and for [`Sampling::Unknown`], which [`decode_rgb`] reads;
/// [`Error::Truncated`] when the end is missing; [`Error::TooManyScans`] beyond `limits`.
pub fn decode_planes(data: &[u8], scale: Scale, limits: &Limits) -> Result<Planes, Error> {
    let (mut decompressor, header) = open(data)?;
    match header.color {
        Color::Gray | Color::YCbCr => {}
        Color::Rgb => return Err(Error::Unsupported { feature: "RGB in planes" }),
        Color::Cmyk | Color::Ycck => return Err(Error::Unsupported { feature: "CMYK in planes" }),
    }
    if header.sampling == Sampling::Unknown {
        return Err(Error::Unsupported { feature: "an unusual chroma sampling in planes" });
    }
    let tiny = header.sampling == Sampling::S411 && scale == Scale::Eighth && header.width <= 8;
    let (planes, warning) = if tiny {
        // At an eighth, a 4:1:1 picture of one block across is one sample wide, and libjpeg-turbo would copy four
        // samples from a scratch buffer that holds three. A quarter has room; its halves are the eighth.
        let (planes, warning) = decompressor.planes(data, &header, Scale::Quarter, limits)?;
        (planes.iter().map(halve).collect(), warning)
    } else {
        decompressor.planes(data, &header, scale, limits)?
    };
    Ok(Planes {
        width: scale.exact(header.width),
        height: scale.exact(header.height),
        sampling: header.sampling,
        planes,
        warning,
    })
}

/// Decodes a file of any colour into three bytes per pixel: red, green, blue.
///
/// For files that [`decode_planes`] refuses. CMYK is converted without a profile, as inks multiply; use
/// [`decode_cmyk`] and the file's profile where colour matters.
pub fn decode_rgb(data: &[u8], scale: Scale, limits: &Limits) -> Result<Pixels, Error> {
    let (mut decompressor, header) = open(data)?;
    match header.color {
        Color::Gray | Color::YCbCr | Color::Rgb => {
            decompressor.pixels(data, &header, scale, limits, PixelFormat::Rgb)
        }
        Color::Cmyk | Color::Ycck => {
            let mut pixels = decompressor.pixels(data, &header, scale, limits, PixelFormat::Cmyk)?;
            pixels.data = cmyk_to_rgb(&pixels.data, header.adobe);
            Ok(pixels)
        }
    }
}

/// Decodes CMYK and YCCK files into four bytes per pixel: cyan, magenta, yellow, black, as the file stores them.
///
/// The values are not inverted here. Files with an Adobe segment ([`Header::adobe`]), which is nearly all of them,
/// store the light that is left: 255 means no ink. Files without one store ink: 0 means no ink.
///
/// # Errors
/// [`Error::Unsupported`] when the file is not CMYK or YCCK.
pub fn decode_cmyk(data: &[u8], scale: Scale, limits: &Limits) -> Result<Pixels, Error> {
    let (mut decompressor, header) = open(data)?;
    match header.color {
        Color::Cmyk | Color::Ycck => decompressor.pixels(data, &header, scale, limits, PixelFormat::Cmyk),
        Color::Gray | Color::YCbCr | Color::Rgb => {
            Err(Error::Unsupported { feature: "a picture without inks as CMYK" })
        }
    }
}

/// Decides from the header, and from the presence of an end, whether to decode at all.
fn open(data: &[u8]) -> Result<(Decompressor, Header), Error> {
    let mut decompressor = Decompressor::new()?;
    let header = decompressor.read_header(data, &markers::Frame::read(data))?;
    let refused = if header.arithmetic {
        Some("arithmetic coding")
    } else if header.lossless {
        Some("lossless JPEG")
    } else if header.precision != 8 {
        Some("a JPEG with other than 8 bits per sample")
    } else {
        None
    };
    if let Some(feature) = refused {
        return Err(Error::Unsupported { feature });
    }
    // Looked for before decoding: libjpeg would spend the time of the whole picture on what is not there. Finding the
    // end costs less than a hundredth of decoding.
    if !markers::is_complete(data) {
        return Err(Error::Truncated);
    }
    Ok((decompressor, header))
}

/// Averages 2x2 samples; an odd last column or row is averaged with itself.
fn halve(plane: &Plane) -> Plane {
    let (width, height) = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let at = |x: u32, y: u32| {
        let (x, y) = (x.min(plane.width - 1) as usize, y.min(plane.height - 1) as usize);
        u32::from(plane.data[y * plane.stride + x])
    };
    let mut data = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        for x in 0..width {
            let (x, y) = (x * 2, y * 2);
            data.push(((at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1) + 2) / 4) as u8);
        }
    }
    Plane { data, width, height, stride: width as usize }
}

fn cmyk_to_rgb(cmyk: &[u8], light: bool) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(cmyk.len() / 4 * 3);
    for pixel in cmyk.chunks_exact(4) {
        let flip = if light { 0 } else { 255 };
        let black = u32::from(pixel[3] ^ flip);
        // light = 255 - ink = ink ^ 255; two inks over each other let the product of their light through
        rgb.extend(pixel[..3].iter().map(|&ink| ((u32::from(ink ^ flip) * black + 127) / 255) as u8));
    }
    rgb
}
