//! A still GIF of at most 256 colours. Transparency is all or nothing: what is less than half there is not there.

use std::borrow::Cow;

use gif::{Encoder, Frame};
use palette::Srgb;
use quantette::{ImageRef, PaletteSize, Pipeline};

use super::pixels;
use crate::{Format, PixelError, image::Image};

/// Opacity from which a pixel is shown.
const SHOWN_FROM: u8 = 128;

pub(super) fn write(image: &Image) -> Result<Vec<u8>, PixelError> {
    let size = image.size();
    let (Ok(width), Ok(height)) = (u16::try_from(size.width), u16::try_from(size.height)) else {
        return Err(PixelError::encode(Format::Gif, "a side is longer than 65535 pixels"));
    };
    let packed = pixels(image)?.into_owned().into_rgba();
    let pixels = packed.data.as_chunks::<4>().0;
    let hidden = pixels.iter().any(|pixel| pixel[3] < SHOWN_FROM);
    // The last entry is the transparent one, where there is one.
    let colours = if hidden { PaletteSize::from_u16_clamped(255) } else { PaletteSize::MAX };
    let seen: Vec<Srgb<u8>> =
        pixels.iter().map(|[red, green, blue, _]| Srgb::new(*red, *green, *blue)).collect();
    let view = ImageRef::new(size.width, size.height, seen.as_slice())
        .map_err(|_| PixelError::encode(Format::Gif, "the picture is not whole"))?;
    let indexed = Pipeline::new().palette_size(colours).input_image(view).output_srgb8_indexed_image();
    let (palette, mut indices) = indexed.into_parts();
    let mut palette: Vec<u8> =
        palette.into_iter().flat_map(|colour| [colour.red, colour.green, colour.blue]).collect();
    let transparent = hidden.then(|| {
        let index = (palette.len() / 3).min(usize::from(u8::MAX)) as u8;
        palette.extend_from_slice(&[0; 3]);
        for (entry, pixel) in indices.iter_mut().zip(pixels) {
            if pixel[3] < SHOWN_FROM {
                *entry = index;
            }
        }
        index
    });

    let failed = |error: gif::EncodingError| PixelError::encode(Format::Gif, error);
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height, &palette).map_err(failed)?;
    let frame = Frame { width, height, transparent, buffer: Cow::Owned(indices), ..Frame::default() };
    encoder.write_frame(&frame).map_err(failed)?;
    drop(encoder);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Channels, Packed};

    #[test]
    fn small_spots_of_colour_survive_beside_a_large_dark_ground() {
        const SPOTS: [[u8; 3]; 6] =
            [[34, 110, 230], [20, 184, 166], [250, 204, 21], [244, 63, 94], [168, 85, 247], [251, 146, 60]];
        let spot = |x: u32, y: u32| (4..10).contains(&y) && x % 40 < 6;
        let data = (0..120_u32)
            .flat_map(|y| (0..240_u32).map(move |x| (x, y)))
            .flat_map(|(x, y)| {
                let [red, green, blue] = if spot(x, y) { SPOTS[(x / 40) as usize] } else { [15, 23, 42] };
                [red, green, blue]
            })
            .collect();
        let packed =
            Packed { data, width: 240, height: 120, channels: Channels::Rgb, extent: (240.0, 120.0) };
        let gif = write(&Image::Packed(packed)).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(gif.as_slice()).unwrap();
        let frame = decoder.read_next_frame().unwrap().unwrap();
        for (index, expected) in SPOTS.iter().enumerate() {
            let at = (7 * 240 + index * 40 + 3) * 4;
            let seen = &frame.buffer[at..at + 3];
            let off = seen.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(off <= 4, "spot {index} is {seen:?}, expected {expected:?}");
        }
    }
}
