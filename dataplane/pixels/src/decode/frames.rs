//! Animations in: every frame complete on its canvas, one after the other.
//!
//! The canvas begins transparent, and what a frame leaves behind "to background" becomes transparent, as browsers do it.
//! Where a file holds fewer frames than it announces, it ends early.

mod apng;
mod area;
mod gif;

use imgplane_codec_webp as webp;

use crate::{
    Facts, Format, Limits, PixelError,
    facts::webp::error,
    image::{Channels, Packed},
};

/// The frames of a file, also of one that has only one.
#[derive(Debug)]
pub(crate) enum Frames<'a> {
    Gif(Box<gif::Frames<'a>>),
    Webp(webp::Frames<'a>),
    Png(Box<apng::Frames<'a>>),
}

/// A frame on its canvas.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// Straight RGBA, as large as the facts say.
    pub canvas: &'a [u8],
    /// How long it stays, in milliseconds. Browsers show 10 and less as 100.
    pub duration: u32,
}

impl<'a> Frames<'a> {
    /// Opens a GIF, an animated WebP or an APNG. Holds one canvas, and up to two copies of it while it works.
    pub(crate) fn open(bytes: &'a [u8], facts: &Facts, limits: &Limits) -> Result<Self, PixelError> {
        match facts.format {
            Format::Gif => gif::Frames::open(bytes, limits).map(|frames| Self::Gif(Box::new(frames))),
            Format::Webp => webp::frames(bytes).map(Self::Webp).map_err(error),
            Format::Png => apng::Frames::open(bytes, facts).map(|frames| Self::Png(Box::new(frames))),
            format => Err(PixelError::internal(format!("a {format} has no frames"))),
        }
    }

    /// Puts the next frame on the canvas; `None` after the last one that the header announces.
    pub(crate) fn advance(&mut self) -> Result<Option<Frame<'_>>, PixelError> {
        match self {
            Self::Gif(frames) => frames.advance(),
            Self::Png(frames) => frames.advance(),
            Self::Webp(frames) => {
                let frame = frames.advance().map_err(error)?;
                Ok(frame.map(|frame| Frame { canvas: frame.canvas, duration: frame.duration }))
            }
        }
    }

    /// How often all of it is shown; 0 without an end. Right after the first frame, not before.
    pub(crate) fn plays(&self) -> u16 {
        match self {
            Self::Gif(frames) => frames.plays(),
            Self::Webp(frames) => frames.loop_count,
            Self::Png(frames) => frames.plays(),
        }
    }
}

/// The frame with this index, from 0, as a picture of its own. All before it are decoded too: it stands on them.
pub(crate) fn nth(
    bytes: &[u8],
    facts: &Facts,
    limits: &Limits,
    index: u32,
    cancelled: &dyn Fn() -> bool,
) -> Result<Packed, PixelError> {
    let mut frames = Frames::open(bytes, facts, limits)?;
    for _ in 0..index {
        if cancelled() {
            return Err(PixelError::Cancelled);
        }
        frames.advance()?;
    }
    let missing = || PixelError::Frame { number: index.saturating_add(1), frames: facts.frames };
    let frame = frames.advance()?.ok_or_else(missing)?;
    picture(frame.canvas.to_vec(), facts)
}

/// A canvas as a picture.
pub(crate) fn picture(canvas: Vec<u8>, facts: &Facts) -> Result<Packed, PixelError> {
    Ok(Packed::new(canvas, facts.width, facts.height, Channels::Rgba)?.without_idle_alpha())
}
