//! Where a gradient goes to.

use std::fmt;

use crate::number;

/// Clockwise degrees, 0-359: 0 is the top, 90 the right. Corners stand for the odd multiples of 45.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Direction(f64);

/// Names with their degrees. The first of equal ones is the normal spelling.
const NAMES: [(&str, f64); 12] = [
    ("top", 0.0),
    ("top_right", 45.0),
    ("right", 90.0),
    ("bottom_right", 135.0),
    ("bottom", 180.0),
    ("bottom_left", 225.0),
    ("left", 270.0),
    ("top_left", 315.0),
    ("topright", 45.0),
    ("bottomright", 135.0),
    ("bottomleft", 225.0),
    ("topleft", 315.0),
];

/// Less than 0 and more than this is clamped.
const MOST: f64 = 359.0;

// === impl Direction ===

impl Direction {
    /// The default.
    pub(crate) const BOTTOM: Self = Self(180.0);

    /// Clockwise from the top.
    pub(crate) fn degrees(self) -> f64 {
        self.0
    }

    /// Reads an edge, a corner (also without its underscore) or degrees.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match NAMES.iter().find(|(name, _)| *name == text) {
            Some((_, degrees)) => Some(Self(*degrees)),
            None => number::signed(text).map(|degrees| Self(degrees.clamp(0.0, MOST))),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Degrees are compared by size, since that is how they were read.
        match NAMES.iter().find(|(_, degrees)| degrees.total_cmp(&self.0).is_eq()) {
            Some((name, _)) => f.write_str(name),
            None => f.write_str(&number::show(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_have_one_normal_spelling() {
        let rows = [
            ("top", Some("top")),
            ("0", Some("top")),
            ("topleft", Some("top_left")),
            ("315", Some("top_left")),
            ("30", Some("30")),
            ("400", Some("359")),
            ("N30", Some("top")),
            ("-1", Some("top")),
            ("upwards", None),
        ];
        for (text, shown) in rows {
            assert_eq!(Direction::parse(text).map(|found| found.to_string()).as_deref(), shown, "{text}");
        }
    }
}
