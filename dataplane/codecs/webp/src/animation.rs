//! Animations out: finished stills become frames of one file, in safe Rust.

use crate::container::{Writer, flag, image_chunks, push_chunk, three_bytes};
use crate::{Error, read_header};

/// The longest time a frame can stay, in milliseconds: 4.6 hours.
pub const MAX_DURATION: u32 = 0x00ff_ffff;

/// An animated WebP in the making.
///
/// Frames are stills from [`encode_rgba`](crate::encode_rgba) and its siblings. Each may cover a part of the canvas
/// only: what did not change since the frame before need not be stored.
#[derive(Debug, Clone)]
pub struct Animation {
    width: u32,
    height: u32,
    loop_count: u16,
    alpha: bool,
    /// Finished ANMF chunks.
    frames: Vec<u8>,
}

impl Animation {
    /// Begins an animation on a canvas of this size. A loop count of 0 is endless.
    pub fn new(width: u32, height: u32, loop_count: u16) -> Result<Self, Error> {
        crate::decode::check_size(width, height)?;
        Ok(Self { width, height, loop_count, alpha: false, frames: Vec::new() })
    }

    /// Appends a frame: a still WebP whose top left corner lies at (`x`, `y`), both even, shown for `duration`
    /// milliseconds (at most [`MAX_DURATION`], longer is cut).
    ///
    /// With `blend`, transparent pixels show what was on the canvas; without, they replace it. The frame stays on the
    /// canvas for the next one.
    pub fn push(&mut self, still: &[u8], x: u32, y: u32, duration: u32, blend: bool) -> Result<(), Error> {
        let invalid = |reason| Err(Error::InvalidInput { reason });
        let header = read_header(still)?;
        let fits =
            |start: u32, length: u32, canvas: u32| start.checked_add(length).is_some_and(|end| end <= canvas);
        if !fits(x, header.width, self.width) || !fits(y, header.height, self.height) {
            return invalid("a frame leaves the canvas");
        }
        if x % 2 == 1 || y % 2 == 1 {
            return invalid("frames begin at even coordinates");
        }
        let mut frame = Vec::with_capacity(still.len() + 32);
        for number in [x / 2, y / 2, header.width - 1, header.height - 1, duration.min(MAX_DURATION)] {
            frame.extend_from_slice(&three_bytes(number));
        }
        frame.push(if blend { 0 } else { 2 });
        for chunk in image_chunks(still)? {
            push_chunk(&mut frame, chunk.id, chunk.payload);
        }
        push_chunk(&mut self.frames, *b"ANMF", &frame);
        self.alpha |= header.alpha;
        Ok(())
    }

    /// Finishes the file, with metadata as in [`with_metadata`](crate::with_metadata).
    ///
    /// # Errors
    /// [`Error::InvalidInput`] without a frame, or beyond the 4 GB of a RIFF.
    pub fn finish(
        self,
        icc: Option<&[u8]>,
        exif: Option<&[u8]>,
        xmp: Option<&[u8]>,
    ) -> Result<Vec<u8>, Error> {
        if self.frames.is_empty() {
            return Err(Error::InvalidInput { reason: "an animation without frames" });
        }
        let flags = flag::ANIMATION | if self.alpha { flag::ALPHA } else { 0 };
        let mut writer = Writer::extended(flags, icc, exif, xmp, self.width, self.height)?;
        // Background colour (transparent; viewers ignore it), then the loop count.
        let [low, high] = self.loop_count.to_le_bytes();
        writer.chunk(*b"ANIM", &[0, 0, 0, 0, low, high]);
        writer.raw(&self.frames);
        writer.finish(exif, xmp)
    }
}
