//! A still GIF of at most 256 colours. Transparency is all or nothing: what is less than half there is not there.

use std::borrow::Cow;

use gif::{Encoder, Frame};

use super::{indexed::Indexed, pixels};
use crate::{Format, PixelError, Size, image::Image};

/// Opacity from which a pixel is shown.
pub(super) const SHOWN_FROM: u8 = 128;

pub(super) fn write(image: &Image) -> Result<Vec<u8>, PixelError> {
    let size = image.size();
    let (width, height) = sides(size)?;
    let packed = pixels(image)?.into_owned().into_rgba();
    let pixels = packed.data.as_chunks::<4>().0;
    let seen = |[red, green, blue, alpha]: &[u8; 4]| (*alpha >= SHOWN_FROM).then_some([*red, *green, *blue]);
    let hidden = pixels.iter().any(|pixel| pixel[3] < SHOWN_FROM);
    // The last entry is the transparent one, where there is one.
    let colors = if hidden { MOST_COLORS - 1 } else { MOST_COLORS };
    let indexed = Indexed::of(pixels.iter().map(seen), size, colors)?;
    let (palette, transparent) = if hidden { indexed.with_transparent() } else { (indexed.palette(), None) };
    let indices = indexed.hiding(pixels.iter().map(|pixel| pixel[3] < SHOWN_FROM), transparent);

    let failed = |error: gif::EncodingError| PixelError::encode(Format::Gif, error);
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height, &palette).map_err(failed)?;
    let frame = Frame { width, height, transparent, buffer: Cow::Owned(indices), ..Frame::default() };
    encoder.write_frame(&frame).map_err(failed)?;
    drop(encoder);
    Ok(out)
}

/// Colours of a GIF's palette.
pub(super) const MOST_COLORS: u16 = 256;

/// The sides as a GIF holds them.
pub(super) fn sides(size: Size) -> Result<(u16, u16), PixelError> {
    match (u16::try_from(size.width), u16::try_from(size.height)) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err(PixelError::encode(Format::Gif, "a side is longer than 65535 pixels")),
    }
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
