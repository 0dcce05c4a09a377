//! Frames of an APNG. A default image that is no part of the animation is left out.

use std::io::Cursor;

use png::{BlendOp, ColorType, DisposeOp, Reader, Transformations};

use super::{
    Frame,
    area::{Area, Leaving},
};
use crate::{Color, Facts, Format, PixelError, decode::png as stills, operation::background::pixel_over};

/// Hundredths of a second are meant where a file gives no denominator.
const HUNDREDTHS: u32 = 100;

pub(crate) struct Frames<'a> {
    reader: Reader<Cursor<&'a [u8]>>,
    size: (u32, u32),
    plays: u16,
    left: u32,
    canvas: Vec<u8>,
    frame: Vec<u8>,
    leaving: Option<Leaving>,
}

impl std::fmt::Debug for Frames<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<'a> Frames<'a> {
    pub(super) fn open(bytes: &'a [u8], facts: &Facts) -> Result<Self, PixelError> {
        let reader = stills::open(bytes, Transformations::STRIP_16)?;
        let length = stills::length(&reader)?;
        let plays = reader.info().animation_control().map_or(1, |control| control.num_plays);
        Ok(Self {
            size: (facts.width, facts.height),
            plays: plays.try_into().unwrap_or(u16::MAX),
            left: facts.frames,
            canvas: vec![0; facts.width as usize * facts.height as usize * 4],
            frame: vec![0; length],
            leaving: None,
            reader,
        })
    }

    pub(super) fn advance(&mut self) -> Result<Option<Frame<'_>>, PixelError> {
        if let Some(leaving) = self.leaving.take() {
            leaving.happen(&mut self.canvas);
        }
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let mut drawn = self.reader.next_frame(&mut self.frame).map_err(stills::refused)?;
        if self.reader.info().frame_control().is_none() {
            drawn = self.reader.next_frame(&mut self.frame).map_err(stills::refused)?;
        }
        let Some(control) = self.reader.info().frame_control().copied() else {
            return Err(PixelError::undecodable(Format::Png, "a frame has no place"));
        };
        let area = Area::on(self.size, (control.x_offset, control.y_offset), (control.width, control.height));
        self.leaving = match control.dispose_op {
            DisposeOp::None => None,
            DisposeOp::Background => Some(Leaving::Clear(area)),
            DisposeOp::Previous => Some(Leaving::Restore(area, area.save(&mut self.canvas))),
        };
        let over = control.blend_op == BlendOp::Over;
        for (index, line) in
            self.frame.chunks_exact(drawn.line_size.max(1)).take(drawn.height as usize).enumerate()
        {
            let to = area.row(&mut self.canvas, index).as_chunks_mut::<4>().0;
            for (below, above) in to.iter_mut().zip(line.chunks_exact(drawn.color_type.samples())) {
                let above = rgba(drawn.color_type, above);
                *below = if over { laid(above, *below) } else { above };
            }
        }
        let denominator = match u32::from(control.delay_den) {
            0 => HUNDREDTHS,
            some => some,
        };
        let duration = u32::from(control.delay_num) * 1000 / denominator;
        Ok(Some(Frame { canvas: &self.canvas, duration }))
    }

    pub(super) fn plays(&self) -> u16 {
        self.plays
    }
}

fn rgba(color: ColorType, samples: &[u8]) -> [u8; 4] {
    match (color, samples) {
        (ColorType::Rgba, &[red, green, blue, alpha]) => [red, green, blue, alpha],
        (ColorType::Rgb, &[red, green, blue]) => [red, green, blue, u8::MAX],
        (ColorType::GrayscaleAlpha, &[gray, alpha]) => [gray, gray, gray, alpha],
        (_, samples) => {
            let gray = samples.first().copied().unwrap_or(0);
            [gray, gray, gray, u8::MAX]
        }
    }
}

/// Straight alpha over straight alpha.
fn laid(above: [u8; 4], [red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    pixel_over(above, Color { red, green, blue, alpha })
}
