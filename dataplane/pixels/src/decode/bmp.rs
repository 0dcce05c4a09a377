//! Windows bitmaps to pixels.

use image::{ColorType, ImageDecoder as _};

use crate::{
    Format, PixelError,
    facts::bmp::{open, refused},
    image::{Channels, Image, Packed},
};

pub(super) fn decode(bytes: &[u8]) -> Result<Image, PixelError> {
    let reader = open(bytes)?;
    let (width, height) = reader.dimensions();
    let channels = if reader.color_type() == ColorType::Rgba8 { Channels::Rgba } else { Channels::Rgb };
    let mut data = vec![0; width as usize * height as usize * channels.count()];
    reader.read_image(&mut data).map_err(|error| refused(Format::Bmp, error))?;
    Ok(Packed::new(data, width, height, channels)?.without_idle_alpha().into())
}
