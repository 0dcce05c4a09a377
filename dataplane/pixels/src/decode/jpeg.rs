//! JPEG to planes, scaled in the frequency domain. The header decides which decoder takes a file.

mod scaled;

use imgplane_codec_jpeg::{self as codec, Color, Error, Limits, Scale};

pub use self::scaled::{JPEG_DECODERS, ScaledDecoder};

use crate::{
    ChromaGrid, Facts, Format, PixelError,
    image::{Channels, Image, Packed, Planar, Plane, Range},
};

pub(super) fn decode(bytes: &[u8], facts: &Facts, divisor: u32, max_scans: u32) -> Result<Image, PixelError> {
    let scale = match divisor {
        8 => Scale::Eighth,
        4 => Scale::Quarter,
        2 => Scale::Half,
        _ => Scale::Full,
    };
    let limits = Limits { max_scans };
    let header = codec::read_header(bytes).map_err(refused)?;
    for decoder in scaled::decoders(&header, scale) {
        if let Some(planes) = decoder.planes(bytes, &header, scale, &limits).map_err(refused)? {
            return Ok(planar(planes).into());
        }
    }
    let extent = (scale.exact(facts.width), scale.exact(facts.height));
    match header.color {
        Color::Gray | Color::YCbCr | Color::Rgb => {
            let pixels = codec::decode_rgb(bytes, scale, &limits).map_err(refused)?;
            let packed = Packed::new(pixels.data, pixels.width, pixels.height, Channels::Rgb)?;
            Ok(Packed { extent, ..packed }.into())
        }
        Color::Cmyk | Color::Ycck => {
            let mut pixels = codec::decode_cmyk(bytes, scale, &limits).map_err(refused)?;
            if header.adobe {
                // Adobe stores the light that is left; we count ink.
                pixels.data.iter_mut().for_each(|sample| *sample ^= u8::MAX);
            }
            let packed = Packed::new(pixels.data, pixels.width, pixels.height, Channels::Cmyk)?;
            Ok(Packed { extent, ..packed }.into())
        }
    }
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
