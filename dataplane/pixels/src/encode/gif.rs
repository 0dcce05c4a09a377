//! A still GIF of at most 256 colours. Transparency is all or nothing: what is less than half there is not there.

use gif::{Encoder, Frame};

use super::pixels;
use crate::{Format, PixelError, image::Image};

/// Opacity from which a pixel is shown.
const SHOWN_FROM: u8 = 128;

/// Sampling step of the palette search, 1 (all pixels) to 30. The crate's own advice between quality and speed.
const SPEED: i32 = 10;

pub(super) fn write(image: &Image) -> Result<Vec<u8>, PixelError> {
    let size = image.size();
    let (Ok(width), Ok(height)) = (u16::try_from(size.width), u16::try_from(size.height)) else {
        return Err(PixelError::encode(Format::Gif, "a side is longer than 65535 pixels"));
    };
    let mut packed = pixels(image)?.into_owned().into_rgba();
    for pixel in packed.data.as_chunks_mut::<4>().0 {
        *pixel = if pixel[3] < SHOWN_FROM { [0; 4] } else { [pixel[0], pixel[1], pixel[2], u8::MAX] };
    }
    let frame = Frame::from_rgba_speed(width, height, &mut packed.data, SPEED);
    let failed = |error: gif::EncodingError| PixelError::encode(Format::Gif, error);
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height, &[]).map_err(failed)?;
    encoder.write_frame(&frame).map_err(failed)?;
    drop(encoder);
    Ok(out)
}
