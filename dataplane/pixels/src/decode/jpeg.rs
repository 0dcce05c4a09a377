//! JPEG to planes, scaled in the frequency domain. The header decides which decoder takes a file.

mod scaled;

use imgplane_codec_jpeg::{self as codec, Color, Error, Limits, Scale};

pub use self::scaled::{JPEG_DECODERS, ScaledDecoder};

use crate::{
    ChromaGrid, Format, Job, PixelError,
    image::{Channels, Image, Packed, Planar, Plane, Range},
};

/// Decodes the source of a job, shrunk by a divisor, and tells which decoder did.
pub(super) fn decode(job: &Job, divisor: u32) -> Result<(Image, &'static str), PixelError> {
    let (bytes, facts) = (&job.source, &job.facts);
    let scale = match divisor {
        8 => Scale::Eighth,
        4 => Scale::Quarter,
        2 => Scale::Half,
        _ => Scale::Full,
    };
    let limits = Limits { max_scans: job.limits.max_scans };
    let header = codec::read_header(bytes).map_err(refused)?;
    for decoder in scaled::decoders(job.output.jpeg_decoder, &header, scale) {
        if let Some(planes) = decoder.planes(bytes, &header, scale, &limits).map_err(refused)? {
            return Ok((planar(planes).into(), decoder.name()));
        }
    }
    let extent = (scale.exact(facts.width), scale.exact(facts.height));
    let image = match header.color {
        Color::Gray | Color::YCbCr | Color::Rgb => {
            let pixels = codec::decode_rgb(bytes, scale, &limits).map_err(refused)?;
            let packed = Packed::new(pixels.data, pixels.width, pixels.height, Channels::Rgb)?;
            Packed { extent, ..packed }.into()
        }
        Color::Cmyk | Color::Ycck => {
            let mut pixels = codec::decode_cmyk(bytes, scale, &limits).map_err(refused)?;
            if header.adobe {
                // Adobe stores the light that is left; we count ink.
                pixels.data.iter_mut().for_each(|sample| *sample ^= u8::MAX);
            }
            let packed = Packed::new(pixels.data, pixels.width, pixels.height, Channels::Cmyk)?;
            Packed { extent, ..packed }.into()
        }
    };
    Ok((image, scaled::TURBO))
}

fn planar(decoded: codec::Planes) -> Planar {
    let (x, y) = decoded.sampling.factors();
    let plane = |plane: codec::Plane| Plane {
        data: plane.data,
        width: plane.width as usize,
        height: plane.height as usize,
        stride: plane.stride,
    };
    Planar {
        width: decoded.width,
        height: decoded.height,
        grid: ChromaGrid { x: x as u8, y: y as u8 },
        range: Range::Full,
        planes: decoded.planes.into_iter().map(plane).collect(),
    }
}

fn refused(error: Error) -> PixelError {
    match error {
        Error::Truncated => PixelError::Truncated { format: Format::Jpeg },
        Error::TooManyScans { limit } => PixelError::Limit {
            what: "The number of scans of the JPEG".to_owned(),
            value: u64::from(limit) + 1,
            limit: limit.into(),
        },
        error => PixelError::undecodable(Format::Jpeg, error),
    }
}
