//! A picture in 256 colours, with dithering. What is translucent has entries of its own.

mod soft;

use std::borrow::Cow;

use palette::Srgb;
use png::{BitDepth, ColorType};
use quantette::{ImageRef, PaletteSize, Pipeline};

use self::soft::Soft;
use super::{COLORS, Palette, Raster};
use crate::{Format, PixelError, image::Packed};

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
    let solid = solid(packed, u16::try_from(COLORS - first_solid).unwrap_or(u16::MAX))?;
    let entries = std::iter::repeat_n([0; 4], clear).chain(soft.entries().iter().copied());
    let alphas = entries.clone().map(|entry| entry[3]).collect();
    let colors = solid.colors.iter().flat_map(|color| [color.red, color.green, color.blue]);
    let palette = Palette {
        colors: entries.flat_map(|[red, green, blue, _]| [red, green, blue]).chain(colors).collect(),
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

/// The opaque part in some colours.
struct Solid {
    colors: Vec<Srgb<u8>>,
    indices: Vec<u8>,
}

fn solid(packed: &Packed, colors: u16) -> Result<Solid, PixelError> {
    // Elsewhere goes on what stands beside it, so that nothing is spent on colours that are not seen.
    let mut last = Srgb::new(0, 0, 0);
    let mut seen: Vec<Srgb<u8>> = Vec::with_capacity(packed.width as usize * packed.height as usize);
    for pixel in packed.data.chunks_exact(packed.channels.count()) {
        if pixel.get(3).is_none_or(|alpha| *alpha == u8::MAX) {
            last = Srgb::new(pixel[0], pixel[1], pixel[2]);
        }
        seen.push(last);
    }
    let view = ImageRef::new(packed.width, packed.height, seen.as_slice())
        .map_err(|_| PixelError::encode(Format::Png, "the picture is not whole"))?;
    let pipeline = Pipeline::new().palette_size(PaletteSize::from_u16_clamped(colors));
    let (palette, indices) = pipeline.input_image(view).output_srgb8_indexed_image().into_parts();
    Ok(Solid { colors: palette.into_iter().collect(), indices })
}
