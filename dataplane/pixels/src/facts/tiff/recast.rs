//! The library does not know palettes. Where a file says that its samples are numbers of colours, it is told that they
//! are grey.

use std::io::{Cursor, Read, Result, Seek, SeekFrom};

/// Tag of what samples mean.
const MEANING: u16 = 262;
const NUMBERS: u16 = 3;
const GREY: u16 = 1;

/// The bytes of a file, but for that one value.
#[derive(Debug)]
pub(crate) struct Recast<'a> {
    bytes: Cursor<&'a [u8]>,
    /// Where the value stands, and what stands there instead.
    change: Option<(u64, [u8; 2])>,
}

impl<'a> Recast<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { change: find(bytes), bytes: Cursor::new(bytes) }
    }

    /// Samples are numbers of colours.
    pub(super) const fn is_recast(&self) -> bool {
        self.change.is_some()
    }
}

/// Looks through the first directory of a classic TIFF.
fn find(bytes: &[u8]) -> Option<(u64, [u8; 2])> {
    let is_little = match bytes.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let two = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let first = *bytes.get(4..)?.first_chunk::<4>()?;
    let first = if is_little { u32::from_le_bytes(first) } else { u32::from_be_bytes(first) } as usize;
    let count = usize::from(short(first)?);
    let entry =
        (0..count).map(|index| first + 2 + index * 12).find(|entry| short(*entry) == Some(MEANING))?;
    // A long number ends where a short one stands in files that begin with the highest byte.
    let value = if short(entry + 2)? == 4 && !is_little { entry + 10 } else { entry + 8 };
    let grey = if is_little { GREY.to_le_bytes() } else { GREY.to_be_bytes() };
    (short(value)? == NUMBERS).then_some((value as u64, grey))
}

impl Read for Recast<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let start = self.bytes.position();
        let count = self.bytes.read(buffer)?;
        if let Some((at, instead)) = self.change {
            for (offset, byte) in (at..).zip(instead) {
                let inside = offset.checked_sub(start).and_then(|index| usize::try_from(index).ok());
                if let Some(place) = inside.and_then(|index| buffer[..count].get_mut(index)) {
                    *place = byte;
                }
            }
        }
        Ok(count)
    }
}

impl Seek for Recast<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.bytes.seek(to)
    }
}
