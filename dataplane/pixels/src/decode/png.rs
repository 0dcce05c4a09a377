//! PNG to pixels: every colour type and depth becomes grey, RGB or RGBA of 8 bits. An APNG is read by its frames.

mod squares;

use std::io::{Cursor, ErrorKind};

use png::{ColorType, Decoder, DecodingError, Limits, Reader, Transformations};

use self::squares::Squares;
use crate::{
    Facts, Format, PixelError,
    facts::png::chunks,
    image::{Channels, Image, Packed, Planar, Plane, rounded},
};

/// What the decoder may hold besides the picture and its rows: chunks, which may say that they are longer than they are.
const CHUNK_BYTES: usize = 2 << 20;

/// Reads the header. `shorten`: what is done to samples of 16 bits.
pub(super) fn open(bytes: &[u8], shorten: Transformations) -> Result<Reader<Cursor<&[u8]>>, PixelError> {
    let width = bytes.get(16..20).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes);
    // As much as the estimate counts.
    let limits = Limits { bytes: CHUNK_BYTES + width as usize * 16 };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | shorten);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.read_info().map_err(refused)
}

/// Bytes of the whole picture.
pub(super) fn length(reader: &Reader<Cursor<&[u8]>>) -> Result<usize, PixelError> {
    reader.output_buffer_size().ok_or_else(|| PixelError::undecodable(Format::Png, "it is too large"))
}

/// Whether a file can be made smaller while it is decoded: its rows come from the top, and have colours of their own.
pub(super) fn shrinks(bytes: &[u8], facts: &Facts) -> bool {
    bytes.get(INTERLACING) == Some(&0) && !(facts.gray && facts.alpha) && facts.frames <= 1
}

/// Decodes a file. `divisor`: above 1 only where it [`shrinks`].
pub(super) fn decode(bytes: &[u8], divisor: u32) -> Result<Image, PixelError> {
    let is_deep = is_deep(bytes);
    let shorten = if is_deep { Transformations::IDENTITY } else { Transformations::STRIP_16 };
    let mut reader = open(bytes, shorten)?;
    let size = length(&reader)?;
    let (width, height) = reader.info().size();
    let color = reader.output_color_type().0;
    let channels = color.samples();
    let data = if divisor > 1 {
        let mut squares = Squares::new(divisor as usize, width as usize, height as usize, channels);
        let mut short = Vec::new();
        while let Some(row) = reader.next_row().map_err(refused)? {
            if is_deep {
                short.clear();
                short.extend(shortened(row.data()));
                squares.push(&short);
            } else {
                squares.push(row.data());
            }
        }
        squares.finish()
    } else if is_deep {
        let mut data = Vec::with_capacity(size / 2);
        while let Some(row) = reader.next_row().map_err(refused)? {
            data.extend(shortened(row.data()));
        }
        data
    } else {
        let mut data = vec![0; size];
        reader.next_frame(&mut data).map_err(refused)?;
        data
    };
    if !chunks(bytes).any(|chunk| chunk.name == b"IEND") {
        return Err(PixelError::Truncated { format: Format::Png });
    }
    let extent = (f64::from(width) / f64::from(divisor), f64::from(height) / f64::from(divisor));
    let (width, height) = (width.div_ceil(divisor), height.div_ceil(divisor));
    Ok(match color {
        ColorType::Grayscale => {
            let gray = Planar::gray(Plane::tight(data, width as usize, height as usize));
            Planar { width: extent.0, height: extent.1, ..gray }.into()
        }
        ColorType::GrayscaleAlpha => gray_alpha(&data, width, height)?,
        ColorType::Rgb => Packed { extent, ..Packed::new(data, width, height, Channels::Rgb)? }.into(),
        ColorType::Rgba => {
            let packed = Packed::new(data, width, height, Channels::Rgba)?;
            Packed { extent, ..packed }.without_idle_alpha().into()
        }
        ColorType::Indexed => return Err(PixelError::internal("a palette was not expanded")),
    })
}

/// Where the header says how many bits a sample has, and in which order rows come.
const DEPTH: usize = 24;
const INTERLACING: usize = 28;

/// Samples of 16 bits as such of 8.
fn shortened(row: &[u8]) -> impl Iterator<Item = u8> {
    row.as_chunks::<2>().0.iter().map(|sample| rounded(u16::from_be_bytes(*sample)))
}

/// Samples of 16 bits in rows from the top, which are rounded row by row. Of interlaced ones the upper 8 bits are taken.
fn is_deep(bytes: &[u8]) -> bool {
    bytes.get(DEPTH) == Some(&16) && bytes.get(INTERLACING) == Some(&0)
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
