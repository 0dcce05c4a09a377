//! Animated GIF: of every frame the changed rectangle, in which what did not change is transparent.
//!
//! A pixel is compared as it was before it lost colours, so that what stands still does not flicker. Pixels can only
//! vanish where the frame before is taken away, so a frame is written when the next one is known.

use std::borrow::Cow;

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use super::shown::{Pixel, Shown, around};
use crate::{
    Format, PixelError, Rect, Size,
    encode::{
        gif::{MOST_COLORS, SHOWN_FROM, sides},
        indexed::Indexed,
    },
};

/// One hundredth of a second, in milliseconds.
const TICK: u32 = 10;

pub(crate) struct Gif {
    encoder: Encoder<Vec<u8>>,
    shown: Shown,
    /// What is to be written when the next frame is known.
    pending: Option<Pending>,
}

impl std::fmt::Debug for Gif {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gif").field("shown", &self.shown.size()).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Pending {
    rect: Rect,
    palette: Vec<u8>,
    transparent: u8,
    indices: Vec<u8>,
    delay: u16,
    dispose: DisposalMethod,
}

impl Gif {
    pub(super) fn begin(size: Size, plays: u16) -> Result<Self, PixelError> {
        let (width, height) = sides(size)?;
        let mut encoder = Encoder::new(Vec::new(), width, height, &[]).map_err(failed)?;
        // A file that does not say is shown once.
        match plays {
            0 => encoder.set_repeat(Repeat::Infinite).map_err(failed)?,
            1 => {}
            more => encoder.set_repeat(Repeat::Finite(more - 1)).map_err(failed)?,
        }
        Ok(Self { encoder, shown: Shown::nothing(size, 0), pending: None })
    }

    pub(super) fn push(&mut self, next: &[Pixel], duration: u32) -> Result<(), PixelError> {
        let next: Vec<Pixel> = next.iter().copied().map(all_or_nothing).collect();
        let delay = u16::try_from((duration + TICK / 2) / TICK).unwrap_or(u16::MAX);
        let Size { width, height } = self.shown.size();
        let whole = Rect { x: 0, y: 0, width, height };
        let mut changed = Some(whole);
        if let Some(mut before) = self.pending.take() {
            if let Some(vanished) = self.shown.vanished(&next) {
                before.widen(around(before.rect, vanished));
                before.dispose = DisposalMethod::Background;
                self.shown.clear(before.rect);
            }
            self.write(before)?;
            changed = self.shown.changed(&next);
        }
        let pending = match changed {
            None => Pending::nothing(delay),
            Some(rect) => Pending::of(&self.shown, &next, rect, delay)?,
        };
        self.pending = Some(pending);
        self.shown.draw(whole, next.into_iter().map(Some));
        Ok(())
    }

    fn write(&mut self, pending: Pending) -> Result<(), PixelError> {
        let Pending { rect, palette, transparent, indices, delay, dispose } = pending;
        // The canvas is no longer than this, and the rectangle lies on it.
        let [left, top, width, height] =
            [rect.x, rect.y, rect.width, rect.height].map(|number| u16::try_from(number).unwrap_or(u16::MAX));
        let frame = Frame {
            left,
            top,
            width,
            height,
            delay,
            dispose,
            transparent: Some(transparent),
            palette: Some(palette),
            buffer: Cow::Owned(indices),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(failed)
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>, PixelError> {
        if let Some(last) = self.pending.take() {
            self.write(last)?;
        }
        self.encoder.into_inner().map_err(failed)
    }
}

impl Pending {
    /// A frame that changes nothing: its time counts.
    fn nothing(delay: u16) -> Self {
        let rect = Rect { x: 0, y: 0, width: 1, height: 1 };
        let dispose = DisposalMethod::Keep;
        Self { rect, palette: vec![0; 6], transparent: 0, indices: vec![0], delay, dispose }
    }

    fn of(shown: &Shown, next: &[Pixel], rect: Rect, delay: u16) -> Result<Self, PixelError> {
        let pixels = || {
            let rows = shown.rows(next, rect);
            rows.flat_map(|(before, after)| before.iter().zip(after))
        };
        let seen = |(before, after): (&Pixel, &Pixel)| {
            let [red, green, blue, alpha] = *after;
            (alpha != 0 && before != after).then_some([red, green, blue])
        };
        let drawn: Vec<_> = pixels().map(seen).collect();
        let indexed = Indexed::of(drawn.iter().copied(), rect.size(), MOST_COLORS - 1)?;
        let (palette, transparent) = indexed.with_transparent();
        let indices = indexed.hiding(drawn.iter().map(Option::is_none), transparent);
        let transparent = transparent.unwrap_or_default();
        Ok(Self { rect, palette, transparent, indices, delay, dispose: DisposalMethod::Keep })
    }

    /// Covers more, without showing more.
    fn widen(&mut self, rect: Rect) {
        let mut indices = vec![self.transparent; rect.size().pixels() as usize];
        let (left, top) = ((self.rect.x - rect.x) as usize, (self.rect.y - rect.y) as usize);
        let rows = indices.chunks_exact_mut(rect.width as usize).skip(top);
        let width = self.rect.width as usize;
        for (to, from) in rows.zip(self.indices.chunks_exact(width)) {
            if let Some(to) = to.get_mut(left..left + width) {
                to.copy_from_slice(from);
            }
        }
        (self.rect, self.indices) = (rect, indices);
    }
}

fn all_or_nothing([red, green, blue, alpha]: Pixel) -> Pixel {
    if alpha < SHOWN_FROM { [0; 4] } else { [red, green, blue, u8::MAX] }
}

fn failed(error: EncodingError) -> PixelError {
    PixelError::encode(Format::Gif, error)
}
