//! Windows icons to pixels: the largest picture.

use std::io::Cursor;

use image::{ImageDecoder as _, codecs::ico::IcoDecoder};

use super::png;
use crate::{
    Format, PixelError,
    facts::{
        bmp::refused,
        ico::{Picture, largest},
    },
    image::{Channels, Image, Packed},
};

pub(super) fn decode(bytes: &[u8]) -> Result<Image, PixelError> {
    match largest(bytes)? {
        // Of any colour type: browsers take them all, whatever the format's inventor says.
        Picture::Png(data) => png::decode(data, 1),
        Picture::Bitmap { data, width, height } => {
            let alone = icon_of(data, width, height);
            let reader = IcoDecoder::new(Cursor::new(alone)).map_err(|error| refused(Format::Ico, error))?;
            let mut data = vec![0; width as usize * height as usize * Channels::Rgba.count()];
            if reader.total_bytes() != data.len() as u64 {
                return Err(PixelError::undecodable(Format::Ico, "its picture is not as large as it says"));
            }
            reader.read_image(&mut data).map_err(|error| refused(Format::Ico, error))?;
            Ok(Packed::new(data, width, height, Channels::Rgba)?.without_idle_alpha().into())
        }
    }
}

/// An icon of this one picture, whose entry agrees with it: those of others often do not.
fn icon_of(bitmap: &[u8], width: u32, height: u32) -> Vec<u8> {
    // From 256 on it says 0.
    let side = |side: u32| u8::try_from(side).unwrap_or(0);
    let mut icon = vec![0, 0, 1, 0, 1, 0, side(width), side(height), 0, 0, 1, 0, 32, 0];
    icon.extend_from_slice(&(bitmap.len() as u32).to_le_bytes());
    icon.extend_from_slice(&22_u32.to_le_bytes());
    icon.extend_from_slice(bitmap);
    icon
}
