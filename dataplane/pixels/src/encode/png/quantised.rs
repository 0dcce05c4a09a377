//! A picture in 256 colours, with dithering. What is translucent has entries of its own.

mod soft;

use std::borrow::Cow;

use png::{BitDepth, ColorType};

use self::soft::Soft;
use super::{super::indexed::Indexed, COLORS, Palette, Raster};
use crate::{PixelError, image::Packed};

/// Reduces a picture to a palette.
pub(super) fn quantised(packed: &Packed) -> Result<Raster<'static>, PixelError> {
    let step = packed.channels.count();
    let alpha = |pixel: &[u8]| pixel.get(3).copied().unwrap_or(u8::MAX);
    let pixels = || packed.data.chunks_exact(step);
    let clear = usize::from(pixels().any(|pixel| alpha(pixel) == 0));
    let opaque = pixels().filter(|pixel| alpha(pixel) == u8::MAX).count();
    let translucent = pixels().filter(|pixel| (1..u8::MAX).contains(&alpha(pixel)));
    let soft = Soft::of(translucent.filter_map(|pixel| pixel.first_chunk::<4>()).copied(), opaque);

    let first_solid = clear + soft.entries().len();
    let seen = |pixel: &[u8]| match *pixel {
        [red, green, blue] | [red, green, blue, u8::MAX] => Some([red, green, blue]),
        _ => None,
    };
    let colors = u16::try_from(COLORS - first_solid).unwrap_or(u16::MAX);
    let solid = Indexed::of(pixels().map(seen), packed.size(), colors)?;
    let entries = std::iter::repeat_n([0; 4], clear).chain(soft.entries().iter().copied());
    let alphas = entries.clone().map(|entry| entry[3]).collect();
    let palette = Palette {
        colors: entries.flat_map(|[red, green, blue, _]| [red, green, blue]).chain(solid.palette()).collect(),
        alpha: alphas,
    };
    let mut lacking = [0.0; 4];
    let indices = pixels().zip(&solid.indices).map(|(pixel, solid)| match (alpha(pixel), pixel) {
        (1..=254, &[red, green, blue, alpha]) => {
            (clear + soft.index([red, green, blue, alpha], &mut lacking)) as u8
        }
        (alpha, _) => {
            lacking = [0.0; 4];
            if alpha == 0 { 0 } else { (first_solid + usize::from(*solid)) as u8 }
        }
    });
    Ok(Raster {
        color: ColorType::Indexed,
        depth: BitDepth::Eight,
        palette: Some(palette),
        data: Cow::Owned(indices.collect()),
    })
}
