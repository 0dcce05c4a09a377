//! Thicker strokes for families without a bold face.

use super::{Outline, Point};

/// What each side of a stroke gains, as a share of the font size; a stroke becomes thicker by twice that.
pub(super) const STRENGTH: f32 = 1.0 / 48.0;

/// Corners sharper than this are cut off, or they would become long spikes.
const SHARPEST: f32 = 0.35;

impl Outline {
    /// Moves every edge outwards by so many pixels.
    ///
    /// Outer and inner contours turn opposite ways, and fonts differ in which is which: the sum of their areas has the
    /// sign of the outer ones. Widths of letters stay, so that joined scripts stay joined.
    pub(super) fn embolden(&mut self, by: f32) {
        let area: f32 = self.edges().map(|(from, to)| from.0 * to.1 - to.0 * from.1).sum();
        let by = if area < 0.0 { -by } else { by };
        let mut thick = Self::default();
        for contour in self.contours() {
            let corners = distinct(contour);
            let count = corners.len();
            for (index, corner) in corners.iter().enumerate() {
                let before = corners.get((index + count - 1) % count).copied().unwrap_or(*corner);
                let after = corners.get((index + 1) % count).copied().unwrap_or(*corner);
                let (x, y) = shift(normal(before, *corner), normal(*corner, after));
                thick.points.push((corner.0 + x * by, corner.1 + y * by));
            }
            thick.ends.push(thick.points.len());
        }
        *self = thick;
    }
}

/// A contour without corners that repeat the one before.
fn distinct(contour: &[Point]) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::with_capacity(contour.len());
    for corner in contour {
        if corners.last().is_none_or(|last| apart(*last, *corner)) {
            corners.push(*corner);
        }
    }
    while corners.len() > 1
        && matches!((corners.first(), corners.last()), (Some(a), Some(b)) if !apart(*a, *b))
    {
        corners.pop();
    }
    corners
}

fn apart(a: Point, b: Point) -> bool {
    (a.0 - b.0).abs() + (a.1 - b.1).abs() > 1e-3
}

/// The direction to the right of an edge, of length 1.
fn normal(from: Point, to: Point) -> Point {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x.hypot(y).max(1e-6);
    (y / length, -x / length)
}

/// How a corner moves when both of its edges move by 1.
fn shift(a: Point, b: Point) -> Point {
    let turn = 1.0 + a.0 * b.0 + a.1 * b.1;
    let by = 1.0 / turn.max(SHARPEST);
    ((a.0 + b.0) * by, (a.1 + b.1) * by)
}
