//! The header of a GIF: the logical screen, and the number of frames by hopping over their data.

use super::Facts;
use crate::{Format, PixelError};

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2C;
const CONTROL: u8 = 0xF9;

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let Count { size: (width, height), frames, alpha, .. } =
        Count::of(bytes).ok_or(PixelError::Truncated { format: Format::Gif })?;
    Ok(Facts {
        alpha,
        frames: frames.max(1),
        lossless: true,
        ..Facts::plain(Format::Gif, width.into(), height.into())
    })
}

/// What hopping over the data tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    size: (u16, u16),
    /// Frames that are there as a whole.
    pub frames: u32,
    /// The first frame leaves something transparent.
    alpha: bool,
    /// The data ends within a block. A missing trailer is no harm.
    pub cut: bool,
}

impl Count {
    /// `None`: there is not even a header.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let screen = bytes.get(6..13)?;
        let width = u16::from_le_bytes([screen[0], screen[1]]);
        let height = u16::from_le_bytes([screen[2], screen[3]]);
        let mut walk = Walk { rest: bytes.get(13 + table_size(screen[4])..).unwrap_or_default(), cut: false };
        let (mut frames, mut alpha) = (0_u32, false);
        while let Some(block) = walk.block() {
            match block {
                Block::Control { transparent } => alpha |= transparent && frames == 0,
                Block::Frame { left, top, across, down } => {
                    // Canvas that the first frame leaves free is transparent.
                    let covers = left == 0 && top == 0 && across >= width && down >= height;
                    alpha |= frames == 0 && !covers;
                    frames += 1;
                }
                Block::Other => {}
            }
        }
        Some(Self { size: (width, height), frames, alpha, cut: walk.cut })
    }
}

/// Bytes of the colour table that these flags announce.
fn table_size(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

enum Block {
    Control { transparent: bool },
    Frame { left: u16, top: u16, across: u16, down: u16 },
    Other,
}

struct Walk<'a> {
    rest: &'a [u8],
    /// A block began and did not end.
    cut: bool,
}

impl<'a> Walk<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    /// Gives the first sub-block and hops over the others.
    fn blocks(&mut self) -> Option<&'a [u8]> {
        let length = self.byte()?;
        let first = self.take(length.into())?;
        let mut length = length;
        while length != 0 {
            length = self.byte()?;
            self.take(length.into())?;
        }
        Some(first)
    }

    /// Gives the next block; `None` at the trailer, at the end, and at anything that is not a block.
    fn block(&mut self) -> Option<Block> {
        let kind = self.byte()?;
        self.cut = matches!(kind, EXTENSION | FRAME);
        let block = self.body(kind)?;
        self.cut = false;
        Some(block)
    }

    fn body(&mut self, kind: u8) -> Option<Block> {
        match kind {
            EXTENSION => {
                let label = self.byte()?;
                let first = self.blocks()?;
                let flags = first.first().copied().unwrap_or(0);
                Some(if label == CONTROL {
                    Block::Control { transparent: flags & 1 != 0 }
                } else {
                    Block::Other
                })
            }
            FRAME => {
                let place = self.take(9)?;
                let word = |at: usize| u16::from_le_bytes([place[at], place[at + 1]]);
                let block = Block::Frame { left: word(0), top: word(2), across: word(4), down: word(6) };
                self.take(table_size(place[8]) + 1)?;
                self.blocks()?;
                Some(block)
            }
            _ => None,
        }
    }
}
