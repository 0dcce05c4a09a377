//! Takes the commands of a font down as straight lines.

use harfrust::font::glyph::outline::PathSink;

use super::{Outline, Point, length};
use crate::{TextError, limits::MAX_CORNERS};

/// How far a line may lie from its curve in pixels.
const TOLERANCE: f32 = 0.05;

/// Lines of one curve at most: enough for one as long as the longest box.
const MOST: f32 = 256.0;

/// What a sheared face leans to the right for one step up: 12 degrees.
const SLANT: f32 = 0.212_56;

/// Scales, shears, turns upside down (fonts have y upwards) and makes curves straight.
pub(crate) struct Pen {
    outline: Outline,
    scale: f32,
    slant: f32,
    at: Point,
}

impl Pen {
    pub(crate) fn new(scale: f32, slant: bool) -> Self {
        Self { outline: Outline::default(), scale, slant: if slant { SLANT } else { 0.0 }, at: (0.0, 0.0) }
    }

    pub(crate) fn finish(mut self) -> Result<Outline, TextError> {
        self.end();
        if self.outline.points.len() > MAX_CORNERS {
            return Err(TextError::Complex { what: "corners of a glyph" });
        }
        Ok(self.outline)
    }

    fn place(&self, x: f32, y: f32) -> Point {
        ((x + y * self.slant) * self.scale, -y * self.scale)
    }

    fn line(&mut self, to: Point) {
        // A little more is kept than allowed, so that the end sees it.
        if self.outline.points.len() <= MAX_CORNERS {
            self.outline.points.push(to);
        }
        self.at = to;
    }

    fn end(&mut self) {
        let end = self.outline.points.len();
        if end > self.outline.ends.last().copied().unwrap_or_default() {
            self.outline.ends.push(end);
        }
    }

    /// Lines along a curve that bends by no more than `bend`, after Wang.
    fn curve(&mut self, bend: f32, at: impl Fn(f32) -> Point, to: Point) {
        let lines = (bend / TOLERANCE).sqrt().ceil().clamp(1.0, MOST);
        for line in 1..lines as u16 {
            self.line(at(f32::from(line) / lines));
        }
        self.line(to);
    }
}

impl PathSink for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.end();
        self.line(self.place(x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.line(self.place(x, y));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (from, middle, to) = (self.at, self.place(x1, y1), self.place(x, y));
        let bend = second_difference(from, middle, to) / 4.0;
        let at = |t: f32| {
            let parts = [(1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t];
            weigh(parts, [from, middle, to])
        };
        self.curve(bend, at, to);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (from, to) = (self.at, self.place(x, y));
        let (first, second) = (self.place(x1, y1), self.place(x2, y2));
        let bend = second_difference(from, first, second).max(second_difference(first, second, to)) * 0.75;
        let at = |t: f32| {
            let rest = 1.0 - t;
            let parts = [rest * rest * rest, 3.0 * rest * rest * t, 3.0 * rest * t * t, t * t * t];
            weigh(parts, [from, first, second, to])
        };
        self.curve(bend, at, to);
    }

    fn close(&mut self) {
        self.end();
    }
}

/// The point that is these parts of others.
fn weigh<const COUNT: usize>(parts: [f32; COUNT], points: [Point; COUNT]) -> Point {
    let add = |sum: Point, (part, point): (f32, Point)| (sum.0 + part * point.0, sum.1 + part * point.1);
    parts.into_iter().zip(points).fold((0.0, 0.0), add)
}

/// How sharply three points turn.
fn second_difference(a: Point, b: Point, c: Point) -> f32 {
    length(a.0 - 2.0 * b.0 + c.0, a.1 - 2.0 * b.1 + c.1)
}
