//! The first page of a TIFF to pixels of 8 bits. Inks stay inks, and YCbCr stays in planes.

use imgplane_codec_jpeg::markers;
use tiff::{
    ColorType,
    decoder::DecodingResult,
    tags::{CompressionMethod, Tag},
};

use crate::{
    ChromaGrid, Facts, Format, PixelError,
    facts::tiff::{Layout, Reader, error, layout, open, unsupported},
    image::{Channels, Image, Packed, Planar, Plane, Range, rounded},
};

/// Beside the picture: rows of strips or tiles that are larger than what is seen of them.
const SPARE: usize = 16 << 20;

pub(super) fn decode(bytes: &[u8], facts: &Facts) -> Result<Image, PixelError> {
    let (width, height) = (facts.width as usize, facts.height as usize);
    let pixels = width * height;
    let mut reader = open(bytes, 0)?;
    let layout = layout(&mut reader)?;
    let whole = pixels * usize::from(layout.samples) * usize::from(layout.depth).div_ceil(8);
    let mut reader = open(bytes, whole.saturating_add(SPARE))?;
    if layout.compression == Some(CompressionMethod::ModernJPEG) {
        check_pieces(&mut reader, bytes)?;
    }
    let mut result = DecodingResult::U8(Vec::new());
    let order = reader.read_image_to_buffer(&mut result).map_err(error)?;
    let planes = order.planes.max(1);
    let samples = bytes_of(result, layout.depth, width)?;
    let samples = if planes > 1 { interleaved(&samples, pixels, planes)? } else { samples };
    match &layout.palette {
        Some(palette) => colored(&samples, palette, facts, layout.depth),
        None => picture(samples, facts, &layout),
    }
}

/// Puts colours where their numbers are. Numbers of less than a byte were spread over all of it.
fn colored(samples: &[u8], palette: &[[u8; 3]], facts: &Facts, depth: u8) -> Result<Image, PixelError> {
    let unit = usize::from(u8::MAX) / ((1 << depth.min(8)) - 1);
    let color = |sample: &u8| palette.get(usize::from(*sample) / unit).copied().unwrap_or_default();
    let data = samples.iter().flat_map(color).collect();
    Packed::new(data, facts.width, facts.height, Channels::Rgb).map(Image::Packed)
}

/// Rounds samples to 8 bits; of fractions those from 0 to 1.
fn bytes_of(result: DecodingResult, depth: u8, width: usize) -> Result<Vec<u8>, PixelError> {
    Ok(match result {
        DecodingResult::U8(data) if depth < 8 => unpacked(&data, depth.into(), width),
        DecodingResult::U8(data) => data,
        DecodingResult::U16(data) => data.into_iter().map(rounded).collect(),
        DecodingResult::U32(data) => data.into_iter().map(|sample| rounded((sample >> 16) as u16)).collect(),
        DecodingResult::F32(data) => {
            data.into_iter().map(|sample| (sample.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect()
        }
        _ => return Err(unsupported("its kind of samples")),
    })
}

/// Spreads samples of 1, 2 or 4 bits, the first one on top; every row begins with a new byte.
fn unpacked(data: &[u8], depth: usize, width: usize) -> Vec<u8> {
    let (each, most) = (8 / depth, (1_u32 << depth) - 1);
    let row = width.div_ceil(each).max(1);
    let sample = |byte: u8, place: usize| {
        let value = (u32::from(byte) >> (8 - depth * (place + 1))) & most;
        (value * 255 / most) as u8
    };
    data.chunks(row)
        .flat_map(|row| (0..width).map(move |x| row.get(x / each).map_or(0, |byte| sample(*byte, x % each))))
        .collect()
}

/// Puts samples that lie in planes beside each other.
fn interleaved(samples: &[u8], pixels: usize, planes: usize) -> Result<Vec<u8>, PixelError> {
    if samples.len() != pixels * planes {
        return Err(PixelError::undecodable(Format::Tiff, "its planes are not as large as it says"));
    }
    Ok((0..pixels).flat_map(|pixel| (0..planes).map(move |plane| samples[plane * pixels + pixel])).collect())
}

fn picture(samples: Vec<u8>, facts: &Facts, layout: &Layout) -> Result<Image, PixelError> {
    let (width, height) = (facts.width, facts.height);
    let pixels = width as usize * height as usize;
    if pixels == 0 || !samples.len().is_multiple_of(pixels) {
        return Err(PixelError::undecodable(Format::Tiff, "it has not as many samples as it says"));
    }
    let each = samples.len() / pixels;
    let packed =
        |samples, channels| Packed::new(samples, width, height, channels).map(Packed::without_idle_alpha);
    let plane = |data| Plane::tight(data, width as usize, height as usize);
    let first = |count: usize| -> Vec<u8> {
        samples.chunks_exact(each).flat_map(|pixel| pixel[..count].to_vec()).collect()
    };
    let is_premultiplied = layout.extra == Some(1);
    Ok(match (layout.color, each) {
        (ColorType::Gray(_), 1) => Planar::gray(plane(samples)).into(),
        (ColorType::GrayA(_) | ColorType::Multiband { .. }, 2..) if facts.alpha => {
            let rgba = samples
                .chunks_exact(each)
                .flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]])
                .collect();
            packed(straight(rgba, is_premultiplied), Channels::Rgba)?.into()
        }
        (ColorType::Gray(_) | ColorType::GrayA(_) | ColorType::Multiband { .. }, _) => {
            Planar::gray(plane(first(1))).into()
        }
        (ColorType::RGB(_), 3) => packed(samples, Channels::Rgb)?.into(),
        (ColorType::RGB(_), 4..) => packed(first(3), Channels::Rgb)?.into(),
        (ColorType::RGBA(_), 4) => packed(straight(samples, is_premultiplied), Channels::Rgba)?.into(),
        (ColorType::RGBA(_), 5..) => packed(straight(first(4), is_premultiplied), Channels::Rgba)?.into(),
        (ColorType::CMYK(_) | ColorType::CMYKA(_), 4) => packed(samples, Channels::Cmyk)?.into(),
        (ColorType::CMYK(_) | ColorType::CMYKA(_), 5..) => packed(first(4), Channels::Cmyk)?.into(),
        (ColorType::YCbCr(_), 3) => {
            let one = |at: usize| plane(samples.chunks_exact(3).map(|pixel| pixel[at]).collect());
            Planar {
                width: width.into(),
                height: height.into(),
                grid: ChromaGrid::FULL,
                range: Range::Full,
                planes: vec![one(0), one(1), one(2)],
            }
            .into()
        }
        (color, each) => {
            return Err(unsupported(format!("its colour model is {color:?} with {each} samples")));
        }
    })
}

/// Takes colour back to what it was before it was multiplied by its opacity.
fn straight(mut rgba: Vec<u8>, is_premultiplied: bool) -> Vec<u8> {
    if is_premultiplied {
        for [color @ .., alpha] in rgba.as_chunks_mut::<4>().0 {
            let alpha = u32::from(*alpha);
            if alpha != 0 && alpha != 255 {
                for channel in color {
                    *channel = ((u32::from(*channel) * 255 + alpha / 2) / alpha).min(255) as u8;
                }
            }
        }
    }
    rgba
}

/// Pieces that are JPEGs say their size again, and are decoded as large as that: they must not be larger than the piece.
fn check_pieces(reader: &mut Reader<'_>, bytes: &[u8]) -> Result<(), PixelError> {
    let tag = |reader: &mut Reader<'_>, strips, tiles| -> Result<Vec<u64>, PixelError> {
        let found = reader.find_tag_unsigned_vec(strips).map_err(error)?;
        Ok(match found {
            Some(found) => found,
            None => reader.find_tag_unsigned_vec(tiles).map_err(error)?.unwrap_or_default(),
        })
    };
    let offsets = tag(reader, Tag::StripOffsets, Tag::TileOffsets)?;
    let lengths = tag(reader, Tag::StripByteCounts, Tag::TileByteCounts)?;
    let (width, height) = reader.chunk_dimensions();
    // Whole blocks of chroma.
    let most = (width.next_multiple_of(32), height.next_multiple_of(32));
    for (offset, length) in offsets.iter().zip(&lengths) {
        let piece = usize::try_from(*offset).ok().and_then(|offset| bytes.get(offset..));
        let piece = piece.and_then(|rest| rest.get(..usize::try_from(*length).ok()?));
        let piece = piece.ok_or(PixelError::Truncated { format: Format::Tiff })?;
        let frame = markers::segments(piece).find(|segment| {
            matches!(segment.marker, 0xC0..=0xCF) && !matches!(segment.marker, 0xC4 | 0xC8 | 0xCC)
        });
        let size = frame.and_then(|frame| frame.payload.get(1..5));
        let size =
            size.map(|size| (u16::from_be_bytes([size[2], size[3]]), u16::from_be_bytes([size[0], size[1]])));
        match size {
            Some((across, down)) if u32::from(across) <= most.0 && u32::from(down) <= most.1 => {}
            Some(_) => {
                return Err(PixelError::undecodable(Format::Tiff, "a piece of it is larger than it says"));
            }
            None => return Err(PixelError::undecodable(Format::Tiff, "a piece of it is no JPEG")),
        }
    }
    Ok(())
}
