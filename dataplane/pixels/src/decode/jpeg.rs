//! JPEG to planes, scaled in the frequency domain. The header decides which decoder takes a file.

mod scaled;

use imgplane_codec_jpeg::{self as codec, Color, Error, Limits, Scale};

pub use self::scaled::{JPEG_DECODERS, ScaledDecoder};

use crate::{
    ChromaGrid, Facts, Format, PixelError, Shrink,
    image::{Channels, Image, Packed, Planar, Plane, Range},
    operation::view::View,
};

/// What [`Shrink::Margin`] leaves to the resampler: under 1.5 the decoder's box filter begins to show.
const MARGIN: f64 = 1.5;

/// By how much the decoder shrinks for this view: 1, 2, 4 or 8.
pub(crate) fn divisor(view: &View, shrink: Shrink) -> u32 {
    let least = match shrink {
        Shrink::Margin => MARGIN,
        Shrink::Fast => 1.0,
    };
    // A hair under the exact ratio still counts: 4000 px to 500 px is a step of 8.
    [8, 4, 2].into_iter().find(|divisor| view.least_step() + 1e-9 >= least * f64::from(*divisor)).unwrap_or(1)
}

pub(super) fn decode(bytes: &[u8], facts: &Facts, divisor: u32, max_scans: u32) -> Result<Image, PixelError> {
    let scale = match divisor {
        8 => Scale::Eighth,
        4 => Scale::Quarter,
        2 => Scale::Half,
        _ => Scale::Full,
    };
    let limits = Limits { max_scans };
    let header = codec::read_header(bytes).map_err(refused)?;
    if let Some(decoder) = scaled::decoder(&header) {
        return Ok(planar(decoder.planes(bytes, scale, &limits).map_err(refused)?).into());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operation, Rect, Size};

    #[test]
    fn the_decoder_shrinks_by_what_the_policy_leaves() {
        // Source 4000x3000 to a width; margin policy, fast policy.
        let table = [
            (4000, 1, 1),
            (2001, 1, 1),
            (2000, 1, 2),
            (1334, 1, 2),
            (1333, 2, 2),
            (1000, 2, 4),
            (667, 2, 4),
            (666, 4, 4),
            (500, 4, 8),
            (333, 8, 8),
            (1, 8, 8),
            (8000, 1, 1),
        ];
        for (width, margin, fast) in table {
            let height = (width * 3 / 4).max(1);
            let window = Rect { x: 0, y: 0, width, height };
            let mut view = View::whole(Size::new(4000, 3000));
            view.absorb(&[Operation::Resize { scaled: window.size(), window }]).unwrap();
            assert_eq!(divisor(&view, Shrink::Margin), margin, "{width} with a margin");
            assert_eq!(divisor(&view, Shrink::Fast), fast, "{width} fast");
        }
    }
}
