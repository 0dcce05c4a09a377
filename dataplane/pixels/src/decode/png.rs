//! PNG to pixels: every colour type and depth becomes grey, RGB or RGBA of 8 bits. An APNG is read by its frames.

use std::io::{Cursor, ErrorKind};

use png::{ColorType, Decoder, DecodingError, Limits, Reader, Transformations};

use crate::{
    Format, PixelError,
    facts::png::chunks,
    image::{Channels, Image, Packed, Planar, Plane},
};

/// What the decoder may hold besides the picture: chunks such as palettes, and two rows.
const WORKING_BYTES: usize = 16 << 20;

/// Reads the header.
pub(super) fn open(bytes: &[u8]) -> Result<Reader<Cursor<&[u8]>>, PixelError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: WORKING_BYTES });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.read_info().map_err(refused)
}

/// Bytes of the whole picture.
pub(super) fn length(reader: &Reader<Cursor<&[u8]>>) -> Result<usize, PixelError> {
    reader.output_buffer_size().ok_or_else(|| PixelError::undecodable(Format::Png, "it is too large"))
}

pub(super) fn decode(bytes: &[u8]) -> Result<Image, PixelError> {
    let mut reader = open(bytes)?;
    let mut data = vec![0; length(&reader)?];
    let frame = reader.next_frame(&mut data).map_err(refused)?;
    if !chunks(bytes).any(|chunk| chunk.name == b"IEND") {
        return Err(PixelError::Truncated { format: Format::Png });
    }
    let (width, height) = (frame.width, frame.height);
    Ok(match frame.color_type {
        ColorType::Grayscale => Planar::gray(Plane::tight(data, width as usize, height as usize)).into(),
        ColorType::GrayscaleAlpha => gray_alpha(&data, width, height)?,
        ColorType::Rgb => Packed::new(data, width, height, Channels::Rgb)?.into(),
        ColorType::Rgba => Packed::new(data, width, height, Channels::Rgba)?.without_idle_alpha().into(),
        ColorType::Indexed => return Err(PixelError::internal("a palette was not expanded")),
    })
}

fn gray_alpha(data: &[u8], width: u32, height: u32) -> Result<Image, PixelError> {
    let pixels = data.as_chunks::<2>().0;
    if pixels.iter().all(|[_, alpha]| *alpha == u8::MAX) {
        let gray = pixels.iter().map(|[gray, _]| *gray).collect();
        return Ok(Planar::gray(Plane::tight(gray, width as usize, height as usize)).into());
    }
    let rgba = pixels.iter().flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]).collect();
    Packed::new(rgba, width, height, Channels::Rgba).map(Image::Packed)
}

pub(super) fn refused(error: DecodingError) -> PixelError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            PixelError::Truncated { format: Format::Png }
        }
        error => PixelError::undecodable(Format::Png, error),
    }
}
