//! Thicker strokes for families without a bold face.

use super::{Outline, Point, length};

/// What each side of a stroke gains, as a share of the font size; a stroke becomes thicker by twice that.
pub(super) const STRENGTH: f32 = 1.0 / 48.0;

/// Corners sharper than this are cut off, or they would become long spikes.
const SHARPEST: f32 = 0.35;

/// Contours up to which each is looked at alone. More have only characters that nobody reads, and hostile ones.
const MOST_CONTOURS: usize = 64;

impl Outline {
    /// Moves every edge away from the ink by so many pixels.
    ///
    /// Widths of letters stay, so that joined scripts stay joined.
    pub(super) fn embolden(&mut self, by: f32) {
        let area: f32 = self.edges().map(|(from, to)| from.0 * to.1 - to.0 * from.1).sum();
        let mut thick = Self::default();
        for contour in self.contours() {
            let corners = distinct(contour);
            // Outer and inner contours turn opposite ways, but fonts differ in which is which, and a few in themselves.
            let outwards = if self.ends.len() > MOST_CONTOURS {
                area >= 0.0
            } else {
                self.points_outwards(&corners, by)
            };
            let by = if outwards { by } else { -by };
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

    /// Tells whether the normals of a contour point away from the ink: fewer contours wind around what lies there than
    /// around what lies on its other side. (Not whether there is none: contours of one letter may overlap.)
    fn points_outwards(&self, corners: &[Point], by: f32) -> bool {
        let next = corners.iter().skip(1).chain(corners.first());
        let long = |(from, to): &(&Point, &Point)| length(to.0 - from.0, to.1 - from.1);
        let Some((from, to)) = corners.iter().zip(next).max_by(|a, b| long(a).total_cmp(&long(b))) else {
            return true;
        };
        let (x, y) = normal(*from, *to);
        let beside = |step: f32| (from.0.midpoint(to.0) + x * step, from.1.midpoint(to.1) + y * step);
        let step = by * 0.1;
        self.winding(beside(step)).abs() <= self.winding(beside(-step)).abs()
    }

    /// How often the contours wind around a point; 0: there is no ink.
    fn winding(&self, (x, y): Point) -> i32 {
        let mut winding = 0;
        for (from, to) in self.edges() {
            let upwards = from.1 <= y && to.1 > y;
            let downwards = to.1 <= y && from.1 > y;
            if upwards || downwards {
                let crossing = from.0 + (y - from.1) / (to.1 - from.1) * (to.0 - from.0);
                if crossing > x {
                    winding += if upwards { 1 } else { -1 };
                }
            }
        }
        winding
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
    let length = length(x, y).max(1e-6);
    (y / length, -x / length)
}

/// How a corner moves when both of its edges move by 1.
fn shift(a: Point, b: Point) -> Point {
    let turn = 1.0 + a.0 * b.0 + a.1 * b.1;
    let by = 1.0 / turn.max(SHARPEST);
    ((a.0 + b.0) * by, (a.1 + b.1) * by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(at: f32, side: f32, clockwise: bool) -> Vec<Point> {
        let mut corners = vec![(at, at), (at + side, at), (at + side, at + side), (at, at + side)];
        if !clockwise {
            corners.reverse();
        }
        corners
    }

    #[test]
    fn outer_contours_grow_and_holes_shrink_whichever_way_they_turn() {
        for clockwise in [true, false] {
            // A ring, and beside it a square that turns the other way.
            let contours =
                [square(0.0, 10.0, clockwise), square(3.0, 4.0, !clockwise), square(20.0, 5.0, !clockwise)];
            let mut outline = Outline { points: contours.concat(), ends: vec![4, 8, 12] };
            outline.embolden(1.0);
            let boxes: Vec<_> = outline
                .contours()
                .map(|contour| Outline { points: contour.to_vec(), ends: vec![4] }.bounds().unwrap())
                .map(|bounds| (bounds.left, bounds.right))
                .collect();
            assert_eq!(boxes, [(-1.0, 11.0), (4.0, 6.0), (19.0, 26.0)], "{clockwise}");
        }
    }

    #[test]
    fn contours_that_overlap_grow_both() {
        for clockwise in [true, false] {
            let contours = [square(0.0, 10.0, clockwise), square(2.0, 10.0, clockwise)];
            let mut outline = Outline { points: contours.concat(), ends: vec![4, 8] };
            outline.embolden(1.0);
            let bounds = outline.bounds().unwrap();
            assert_eq!((bounds.left, bounds.right), (-1.0, 13.0), "{clockwise}");
        }
    }
}
