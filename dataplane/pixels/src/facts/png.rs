//! The header of a PNG: IHDR, and which chunks are there.

use super::Facts;
use crate::{Format, PixelError};

/// One chunk of a PNG; its checksum is not looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub name: &'a [u8; 4],
    pub data: &'a [u8],
}

/// Iterates over the chunks until the data or the sense of it ends.
pub(crate) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (name, after) = after.split_first_chunk::<4>()?;
        let (data, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        // A chunk whose checksum is cut off is not there.
        rest = after.get(4..)?;
        Some(Chunk { name, data })
    })
}

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let truncated = PixelError::Truncated { format: Format::Png };
    let header = bytes.get(8..8 + 8 + 13).ok_or(truncated)?;
    let (Some(b"IHDR"), Some(width), Some(height), [depth, color, ..]) =
        (header.get(4..8), word(header, 8), word(header, 12), &header[16..])
    else {
        return Err(PixelError::undecodable(Format::Png, "it does not begin with IHDR"));
    };
    let mut facts = Facts {
        bit_depth: *depth,
        alpha: matches!(color, 4 | 6),
        gray: matches!(color, 0 | 4),
        lossless: true,
        ..Facts::plain(Format::Png, width, height)
    };
    for chunk in chunks(bytes) {
        match chunk.name {
            b"tRNS" => facts.alpha = true,
            b"iCCP" => facts.has_profile = true,
            b"acTL" => facts.frames = word(chunk.data, 0).unwrap_or(1).max(1),
            b"eXIf" => {
                facts.orientation = imgplane_codec_jpeg::markers::orientation(chunk.data).unwrap_or(1);
            }
            _ => {}
        }
    }
    Ok(facts)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|word| u32::from_be_bytes(*word))
}
