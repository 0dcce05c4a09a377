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

/// `floor(value + 0.5)`, at least 1: how every dimension is rounded. Saturates at `u32::MAX`.
pub(crate) fn round_side(value: f64) -> u32 {
    ((value + 0.5).floor() as u32).max(1)
}

/// `floor(value + 0.5)`: how every coordinate is rounded. Saturates.
pub(crate) fn round_coordinate(value: f64) -> i64 {
    (value + 0.5).floor() as i64
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
}
