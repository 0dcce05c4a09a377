//! Exact scale factors: halves must round the same way everywhere, which floating point does not promise.

use std::cmp::Ordering;

/// A positive fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ratio {
    numerator: u32,
    denominator: u32,
}

impl Ratio {
    /// Leaves sizes as they are.
    pub(super) const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// What takes a side from `from` to `to`; sides are at least 1.
    pub(super) fn new(to: u32, from: u32) -> Self {
        Self { numerator: to.max(1), denominator: from.max(1) }
    }

    /// The smaller of two.
    pub(super) fn min(self, other: Self) -> Self {
        if self.compare(other).is_le() { self } else { other }
    }

    /// The larger of two.
    pub(super) fn max(self, other: Self) -> Self {
        if self.compare(other).is_ge() { self } else { other }
    }

    /// Makes things larger.
    pub(super) fn enlarges(self) -> bool {
        self.numerator > self.denominator
    }

    /// Its inverse.
    pub(super) fn inverse(self) -> Self {
        Self { numerator: self.denominator, denominator: self.numerator }
    }

    /// `floor(side * self + 0.5)`, at least 1, saturating.
    pub(super) fn scale(self, side: u32) -> u32 {
        let (side, numerator, denominator) =
            (u128::from(side), u128::from(self.numerator), u128::from(self.denominator));
        let rounded = (2 * side * numerator + denominator) / (2 * denominator);
        u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
    }

    fn compare(self, other: Self) -> Ordering {
        let left = u64::from(self.numerator) * u64::from(other.denominator);
        let right = u64::from(other.numerator) * u64::from(self.denominator);
        left.cmp(&right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_rounds_halves_up_exactly() {
        for (to, from, side, expected) in [
            (800, 1600, 1067, 534),
            (400, 1600, 1067, 267),
            (534, 1067, 1600, 801),
            (100, 4000, 1000, 25),
            (1, 65_535, 1, 1),
            (u32::MAX, 1, u32::MAX, u32::MAX),
        ] {
            assert_eq!(Ratio::new(to, from).scale(side), expected, "{side} * {to}/{from}");
        }
        assert!(Ratio::new(3, 2).enlarges() && !Ratio::ONE.enlarges());
        assert_eq!(Ratio::new(3, 2).min(Ratio::ONE), Ratio::ONE);
        assert_eq!(Ratio::new(3, 2).max(Ratio::ONE).inverse(), Ratio::new(2, 3));
    }
}
