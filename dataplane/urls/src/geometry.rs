//! Sizes, rectangles and corner radii. Whole pixels, origin top-left, x to the right, y down.

use std::fmt;

/// Width and height in pixels, each at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// A part of an image in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// How round one corner is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Radius {
    /// Radius of the circle in pixels, never more than half the shorter side of the outline.
    Pixels(f64),
    /// As round as it gets; stands only on all four corners at once and means the ellipse inside the outline.
    Max,
}

// === impl Size ===

impl Size {
    /// Number of pixels.
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The size with its sides exchanged.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { width: self.height, height: self.width }
    }

    /// The rectangle that covers an image of this size.
    pub fn whole(self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

// === impl Rect ===

impl Rect {
    /// Whether it holds something, all of it inside an image of this size.
    pub(crate) fn fits(self, size: Size) -> bool {
        let inside = |start: u32, side: u32, full: u32| {
            side > 0 && u64::from(start) + u64::from(side) <= u64::from(full)
        };
        inside(self.x, self.width, size.width) && inside(self.y, self.height, size.height)
    }

    /// Its size.
    pub fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }
}

impl fmt::Display for Rect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{},{},{})", self.x, self.y, self.width, self.height)
    }
}

/// Longest side that can be asked for; larger ones are ignored.
pub(crate) const MAX_SIDE: u32 = 65_535;

/// Decimal fractions are inexact as doubles: 170 * 1.15 is a little less than 195.5. This is far more than arithmetic
/// with sides loses that way, and far less than what makes one size differ from another.
const LOST: f64 = 1e-9;

/// `floor(value + 0.5)`, where what nearly reaches a half counts as the half.
fn round(value: f64) -> f64 {
    (value + 0.5 + LOST).floor()
}

/// How every dimension is rounded: halves up, at least 1. Saturates at `u32::MAX`.
pub(crate) fn round_side(value: f64) -> u32 {
    (round(value) as u32).max(1)
}

/// How every coordinate is rounded: halves up. Saturates.
pub(crate) fn round_coordinate(value: f64) -> i64 {
    round(value) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_up_and_no_dimension_is_below_one() {
        for (value, side) in
            [(533.5, 534), (266.75, 267), (533.33, 533), (0.2, 1), (0.0, 1), (-7.0, 1), (1e12, u32::MAX)]
        {
            assert_eq!(round_side(value), side, "{value}");
        }
        for (value, coordinate) in [(0.4, 0), (0.5, 1), (-0.5, 0), (-0.6, -1), (213.4, 213)] {
            assert_eq!(round_coordinate(value), coordinate, "{value}");
        }
    }

    #[test]
    fn halves_survive_decimal_fractions() {
        for (side, factor, rounded) in [
            (170, 1.15, 196),
            (50, 1.15, 58),
            (700, 0.175, 123),
            (65_530, 0.35, 22_936),
            (170, 1.149, 195),
            (3, 0.499_999, 1),
        ] {
            assert_eq!(round_side(f64::from(side) * factor), rounded, "{side} * {factor}");
        }
        assert_eq!(round_coordinate(170.0 * -1.15), -195, "upwards on either side of zero");
    }
}
