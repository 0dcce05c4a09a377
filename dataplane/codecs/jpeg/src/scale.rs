//! The sizes at which libjpeg-turbo can leave out part of the inverse transform.

/// A fraction of the stored size. Decoding at a fraction skips work: an eighth is the mean of each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scale {
    /// As stored.
    Full,
    /// 1/2.
    Half,
    /// 1/4.
    Quarter,
    /// 1/8.
    Eighth,
}

impl Scale {
    /// All scales, largest first.
    pub const ALL: [Self; 4] = [Self::Full, Self::Half, Self::Quarter, Self::Eighth];

    /// What the stored size is divided by: 1, 2, 4 or 8.
    pub fn divisor(self) -> u32 {
        match self {
            Self::Full => 1,
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }

    /// The scaled length of a side whose samples are subsampled by `factor`, rounded up to whole samples.
    pub(crate) fn samples(self, side: u32, factor: u32) -> u32 {
        side.div_ceil(self.divisor() * factor)
    }

    /// The true scaled length, which is rarely whole: 1067 at an eighth is 133.375.
    pub fn exact(self, side: u32) -> f64 {
        f64::from(side) / f64::from(self.divisor())
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn scaled_lengths_round_up_and_exact_ones_do_not() {
        for (scale, side, factor, samples, exact) in [
            (Scale::Full, 1067, 1, 1067, 1067.0),
            (Scale::Half, 1067, 1, 534, 533.5),
            (Scale::Quarter, 1067, 1, 267, 266.75),
            (Scale::Eighth, 1067, 1, 134, 133.375),
            (Scale::Eighth, 1067, 2, 67, 133.375),
            (Scale::Eighth, 1, 4, 1, 0.125),
        ] {
            assert_eq!(scale.samples(side, factor), samples, "{scale:?} {side} {factor}");
            assert!((scale.exact(side) - exact).abs() < 1e-12, "{scale:?} {side}");
        }
    }
}
