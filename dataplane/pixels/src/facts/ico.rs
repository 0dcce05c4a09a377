//! The directory of a Windows icon, and the header of the largest picture in it: a PNG, or a bitmap without its file
//! header that is twice as high as it looks, because a mask lies behind it.

use super::{Facts, png};
use crate::{Format, PixelError};

/// Bytes of the header, and of an entry.
const HEADER: usize = 6;
const ENTRY: usize = 16;
/// What a PNG begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// One picture of an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture<'a> {
    /// A whole PNG.
    Png(&'a [u8]),
    /// A bitmap without its file header.
    Bitmap {
        data: &'a [u8],
        /// As it looks, without the mask.
        width: u32,
        height: u32,
    },
}

/// Finds the largest picture, of equally large ones the one with the most colours.
pub(crate) fn largest(bytes: &[u8]) -> Result<Picture<'_>, PixelError> {
    let truncated = PixelError::Truncated { format: Format::Ico };
    let header = bytes.get(..HEADER).ok_or_else(|| truncated.clone())?;
    let count = usize::from(u16::from_le_bytes([header[4], header[5]]));
    let directory = bytes.get(HEADER..HEADER + count * ENTRY).ok_or_else(|| truncated.clone())?;
    let side = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
    let rank =
        |entry: &&[u8; ENTRY]| (side(entry[0]) * side(entry[1]), u16::from_le_bytes([entry[6], entry[7]]));
    // The first one of the best.
    let best = directory.as_chunks::<ENTRY>().0.iter().rev().max_by_key(rank);
    let best = best.ok_or_else(|| PixelError::undecodable(Format::Ico, "it has no pictures"))?;
    let word = |at: usize| u32::from_le_bytes([best[at], best[at + 1], best[at + 2], best[at + 3]]) as usize;
    let (length, offset) = (word(8), word(12));
    let data = bytes.get(offset..).and_then(|rest| rest.get(..length)).ok_or(truncated)?;
    if data.starts_with(PNG) {
        return Ok(Picture::Png(data));
    }
    let number = |at: usize| data.get(at..)?.first_chunk::<4>().map(|word| i32::from_le_bytes(*word));
    match (number(0), number(4), number(8)) {
        (Some(40), Some(width), Some(height)) if width > 0 && height > 1 => {
            Ok(Picture::Bitmap { data, width: width.unsigned_abs(), height: height.unsigned_abs() / 2 })
        }
        (None, ..) | (_, None, _) | (.., None) => Err(PixelError::Truncated { format: Format::Ico }),
        _ => Err(PixelError::undecodable(Format::Ico, "its picture is neither a PNG nor a bitmap")),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    match largest(bytes)? {
        Picture::Png(data) => Ok(Facts {
            format: Format::Ico,
            frames: 1,
            orientation: 1,
            has_profile: false,
            ..png::read(data)?
        }),
        Picture::Bitmap { width, height, .. } => {
            Ok(Facts { alpha: true, lossless: true, ..Facts::plain(Format::Ico, width, height) })
        }
    }
}
