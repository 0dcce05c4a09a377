//! The outline of a glyph in pixels, its curves made straight.
//!
//! What is measured is what is drawn: the ink of a text is that of these corners, not of control points outside the
//! curve.

mod embolden;
mod pen;

use harfrust::{
    GlyphId,
    font::{
        Error,
        glyph::outline::{DrawMemory, DrawOptions},
    },
};

use crate::{TextError, faces::Face};

pub(crate) use pen::Pen;

/// A point; y grows downwards.
pub(crate) type Point = (f32, f32);

/// Closed contours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    /// Corners of all contours.
    pub points: Vec<Point>,
    /// Where each contour ends among them.
    pub ends: Vec<usize>,
}

/// A rectangle that has an inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

/// How long a step is. Not `hypot`: that is the C library's, and need not be the same everywhere.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

// === impl Bounds ===

impl Bounds {
    /// The smallest rectangle around both.
    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(crate) fn shifted(self, (x, y): Point) -> Self {
        Self { left: self.left + x, top: self.top + y, right: self.right + x, bottom: self.bottom + y }
    }
}

// === impl Outline ===

impl Outline {
    /// Draws a glyph of a face at this font size. A damaged glyph is empty, as a space is.
    pub(crate) fn new(face: &Face, glyph: GlyphId, size: f32) -> Result<Self, TextError> {
        let scale = size / f32::from(face.font.units_per_em());
        let mut pen = Pen::new(scale, face.slant);
        if let Some(glyph) = face.font.outline_glyphs().get(glyph) {
            // In the font's own units: a size would be rounded to 64ths of a pixel.
            match glyph.draw(&DrawOptions::new(), DrawMemory::Scratch, &mut pen) {
                Ok(_) => {}
                // It took long to find that out, and there may be many such glyphs.
                Err(Error::LimitExceeded) => return Err(TextError::Complex { what: "steps of a glyph" }),
                Err(_) => return Ok(Self::default()),
            }
        }
        let mut outline = pen.finish()?;
        if face.embolden {
            outline.embolden(size * embolden::STRENGTH);
        }
        Ok(outline)
    }

    /// The rectangle of the ink.
    pub(crate) fn bounds(&self) -> Option<Bounds> {
        self.points
            .iter()
            .map(|(x, y)| Bounds { left: *x, top: *y, right: *x, bottom: *y })
            .reduce(Bounds::union)
            .filter(|bounds| bounds.left < bounds.right && bounds.top < bounds.bottom)
    }

    pub(crate) fn contours(&self) -> impl Iterator<Item = &[Point]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.points.get(start..*end))
    }

    /// The edges of all contours.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (Point, Point)> {
        self.contours().flat_map(|contour| {
            let next = contour.iter().skip(1).chain(contour.first());
            contour.iter().copied().zip(next.copied())
        })
    }
}
