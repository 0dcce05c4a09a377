//! The coefficients of a progressive picture, until its last scan was read. Only those that the scale needs are kept.
//!
//! At an eighth that is one of 64. At a quarter and at a half it is those of rows and columns whose waves are not zero on
//! average: 25 and 49. Scans that make coefficients more exact tell a bit of each that is not zero, needed or not (T.81,
//! G.1.2.3). So of the others a block keeps one bit: whether it is zero.

use crate::{
    Scale,
    frame::{Component, Frame},
    quantisation::ZIGZAG,
};

/// Which coefficients are kept, and where.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// A bit for each place in the zigzag.
    pub(crate) places: u64,
    /// By place in the zigzag, where a block keeps it, but the mean. All others share a place that nobody looks at, the last.
    slots: [u8; 64],
    /// How many values a block keeps, with that one.
    count: usize,
}

impl Kept {
    pub(crate) fn new(scale: Scale) -> Self {
        let needed = |index: u8| match scale {
            Scale::Half => index != 4,
            Scale::Quarter => index == 0 || index % 2 == 1,
            Scale::Eighth => index == 0,
        };
        // Means are kept by themselves.
        let mut kept = Self { places: 1, slots: [0; 64], count: 0 };
        let place_needed = |place: usize| needed(ZIGZAG[place] / 8) && needed(ZIGZAG[place] % 8);
        for place in (1..64).filter(|place| place_needed(*place)) {
            kept.places |= 1 << place;
            kept.slots[place] = kept.count as u8;
            kept.count += 1;
        }
        if kept.count > 0 {
            for place in (1..64).filter(|place| !place_needed(*place)) {
                kept.slots[place] = kept.count as u8;
            }
            kept.count += 1;
        }
        kept
    }

    /// Where a block keeps the coefficient of a place in the zigzag.
    #[inline(always)]
    pub(crate) fn slot(&self, place: usize) -> usize {
        self.slots[place & 63].into()
    }

    /// Whether a scan of this band tells anything that is needed.
    pub(crate) fn any_of(&self, band: (u8, u8)) -> bool {
        self.places & places(band.0.into(), band.1.into()) != 0
    }
}

/// The bits of the places from `first` to `last`, which is 63 at most.
#[inline(always)]
pub(crate) fn places(first: usize, last: usize) -> u64 {
    (u64::MAX >> (63 - last as u32 % 64)).wrapping_shr(first as u32) << (first as u32 % 64)
}

/// The coefficients of one component.
#[derive(Debug)]
pub(crate) struct Coefficients {
    /// Blocks in a row, with those that only fill up.
    across: usize,
    /// By themselves, so that scans that tell nothing else touch no more memory.
    means: Vec<i16>,
    /// By block, those that are kept of the others.
    values: Vec<i16>,
    /// By block, a bit for each place whose coefficient is not zero. The mean has none.
    present: Vec<u64>,
    count: usize,
}

/// A block to read into.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) values: &'a mut [i16],
    pub(crate) present: &'a mut u64,
}

impl Coefficients {
    pub(crate) fn new(frame: &Frame, component: &Component, kept: &Kept) -> Self {
        let (across, down) = frame.written_blocks(component);
        let blocks = across * down;
        let means = vec![0; blocks];
        let values = vec![0; blocks * kept.count];
        let present = vec![0; if kept.count > 0 { blocks } else { 0 }];
        Self { across, means, values, present, count: kept.count }
    }

    /// The mean of the block at a place.
    #[inline(always)]
    pub(crate) fn mean(&mut self, across: usize, down: usize) -> Option<&mut i16> {
        self.means.get_mut(down * self.across + across)
    }

    /// The block at a place.
    #[inline(always)]
    pub(crate) fn block(&mut self, across: usize, down: usize) -> Option<Block<'_>> {
        let index = down * self.across + across;
        let start = index * self.count;
        let values = self.values.get_mut(start..start + self.count)?;
        Some(Block { values, present: self.present.get_mut(index)? })
    }
}
