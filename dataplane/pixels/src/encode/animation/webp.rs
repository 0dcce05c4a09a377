//! Animated WebP: stills of the changed rectangles, one behind the other.
//!
//! Where a good part of a rectangle did not change and the rest is opaque, that part is left transparent and shows what
//! was there: for a lossy frame in whole blocks of the encoder, which spends next to nothing on them.

use imgplane_codec_webp::{self as codec, Options, encode_rgb, encode_rgba};

use super::shown::{Pixel, Shown};
use crate::{
    Format, Output, PixelError, Rect, Size,
    encode::webp::{options, quality},
    metadata::Metadata,
};

/// Side of the blocks that VP8 transforms together, in chroma.
const BLOCK: usize = 8;

/// So many pixels that stay as they are pay for an alpha plane, roughly. In a lossy frame only those that are not smooth
/// count: what is smooth costs nothing anyway.
const WORTH: usize = 1024;

/// A frame behind the first that is shown for less than so many milliseconds is written with a quality that is lower by so
/// much: nobody looks at it for long, and bytes are what an animation has too many of.
const FLEETING: u32 = 200;
const FLEETING_QUALITY: f32 = 8.0;

/// Difference of neighbours from which on they are not smooth.
const ROUGH: u8 = 3;

#[derive(Debug)]
pub(crate) struct Webp {
    animation: codec::Animation,
    options: Options,
    quality: Option<u8>,
    shown: Shown,
    /// There is a frame.
    begun: bool,
}

impl Webp {
    pub(super) fn begin(size: Size, plays: u16, output: &Output, effective: u8) -> Result<Self, PixelError> {
        Ok(Self {
            animation: codec::Animation::new(size.width, size.height, plays).map_err(failed)?,
            options: options(output, effective),
            quality: quality(output, effective),
            shown: Shown::nothing(size, if output.lossless { 0 } else { tolerance(effective) }),
            begun: false,
        })
    }

    pub(super) const fn quality(&self) -> Option<u8> {
        self.quality
    }

    pub(super) fn push(&mut self, next: &[Pixel], duration: u32) -> Result<(), PixelError> {
        let Size { width, height } = self.shown.size();
        let whole = Rect { x: 0, y: 0, width, height };
        let changed = if self.begun { self.shown.changed(next) } else { Some(whole) };
        let Some(changed) = changed else {
            // The number of frames and their times stay as they are.
            let nothing = Options { lossless: true, ..self.options };
            let still = encode_rgba(&[0; 4], 1, 1, &nothing).map_err(failed)?;
            return self.animation.push(&still, 0, 0, duration, true).map_err(failed);
        };
        let rect = even(changed);
        let unit = if self.options.lossless { 1 } else { BLOCK };
        let over = self.begun.then(|| self.overlay(next, rect, unit)).flatten();
        let blend = over.is_some();
        let pixels = over
            .unwrap_or_else(|| self.shown.rows(next, rect).flat_map(|(_, after)| after).copied().collect());
        let fleeting = self.begun && duration < FLEETING;
        let still = self.encode(&pixels, rect.size(), fleeting)?;
        self.animation.push(&still, rect.x, rect.y, duration, blend).map_err(failed)?;
        // A hole shows what was there.
        self.shown.draw(rect, pixels.into_iter().map(|pixel| (!blend || pixel[3] != 0).then_some(pixel)));
        self.begun = true;
        Ok(())
    }

    /// The rectangle with holes where nothing changed; `None` where that cannot be done, or is not worth it.
    fn overlay(&self, next: &[Pixel], rect: Rect, unit: usize) -> Option<Vec<Pixel>> {
        let width = rect.width as usize;
        let rows: Vec<_> = self.shown.rows(next, rect).collect();
        let mut pixels = Vec::with_capacity(width * rows.len());
        let mut worth = 0;
        let mut stays = vec![true; width.div_ceil(unit)];
        for band in rows.chunks(unit) {
            stays.fill(true);
            for (before, after) in band {
                for (stays, (before, after)) in
                    stays.iter_mut().zip(before.chunks(unit).zip(after.chunks(unit)))
                {
                    *stays &=
                        before.iter().zip(after).all(|(before, after)| self.shown.stays(*before, *after));
                }
            }
            for (_, after) in band {
                for (stays, part) in stays.iter().zip(after.chunks(unit)) {
                    if *stays {
                        worth += if self.options.lossless {
                            part.len()
                        } else {
                            part.windows(2).filter(|pair| is_rough(pair)).count()
                        };
                        pixels.resize(pixels.len() + part.len(), [0; 4]);
                    } else if part.iter().all(|pixel| pixel[3] == u8::MAX) {
                        pixels.extend_from_slice(part);
                    } else {
                        // Laid over what is there, it would not be what it is.
                        return None;
                    }
                }
            }
        }
        (worth >= WORTH).then_some(pixels)
    }

    fn encode(&self, pixels: &[Pixel], size: Size, fleeting: bool) -> Result<Vec<u8>, PixelError> {
        let less = if fleeting && !self.options.lossless { FLEETING_QUALITY } else { 0.0 };
        let options = Options { quality: (self.options.quality - less).max(1.0), ..self.options };
        if pixels.iter().all(|pixel| pixel[3] == u8::MAX) {
            let rgb: Vec<u8> =
                pixels.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect();
            return encode_rgb(&rgb, size.width, size.height, &options).map_err(failed);
        }
        encode_rgba(pixels.as_flattened(), size.width, size.height, &options).map_err(failed)
    }

    pub(super) fn finish(self, metadata: &Metadata) -> Result<Vec<u8>, PixelError> {
        let Metadata { icc, exif, xmp } = metadata;
        self.animation.finish(icc.as_deref(), exif.as_deref(), xmp.as_deref()).map_err(failed)
    }
}

fn is_rough(pair: &[Pixel]) -> bool {
    match pair {
        [a, b] => a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) >= ROUGH),
        _ => false,
    }
}

/// By how much channels may differ before a lossy encoder of this quality is asked to show it: what libwebp's own writer of
/// animations takes, 1 at quality 100 and 4 at 80. Unlike there it is measured from what was drawn last, so that nothing
/// creeps away.
fn tolerance(quality: u8) -> u8 {
    let share = (f32::from(quality) / 100.0).sqrt();
    (31.0 * (1.0 - share) + share + 0.5) as u8
}

/// Frames begin at even places.
fn even(rect: Rect) -> Rect {
    let (x, y) = (rect.x & !1, rect.y & !1);
    Rect { x, y, width: rect.width + (rect.x - x), height: rect.height + (rect.y - y) }
}

fn failed(error: codec::Error) -> PixelError {
    PixelError::encode(Format::Webp, error)
}
