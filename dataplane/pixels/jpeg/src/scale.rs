//! How many samples remain of a block of eight by eight.

/// A fraction of the stored size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// 1/2: four by four samples of each block.
    Half,
    /// 1/4: two by two.
    Quarter,
    /// 1/8: one, the mean of the block.
    Eighth,
}

impl Scale {
    /// All scales, largest first.
    pub const ALL: [Self; 3] = [Self::Half, Self::Quarter, Self::Eighth];

    /// What the stored size is divided by: 2, 4 or 8.
    pub fn divisor(self) -> u32 {
        match self {
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }

    /// Samples across and down that remain of a block.
    pub(crate) fn side(self) -> usize {
        match self {
            Self::Half => 4,
            Self::Quarter => 2,
            Self::Eighth => 1,
        }
    }
}
