//! Blocks that wait for their transform, eight at a time.
//!
//! The same coefficient of eight blocks lies side by side. So each step of the transform is one for all eight, in the
//! registers of any processor, and neither passes over rows nor those over columns have to be turned around. It also
//! comes well after the coefficients were written one by one, which processors do not like to read many at a time before.

use crate::{
    plane::Plane,
    quantisation::{Quantisation, ZIGZAG},
    transform::Transform,
};

/// How many blocks wait.
pub(crate) const LANES: usize = 8;

/// A place in the zigzag that no coefficient has: what is set there goes nowhere.
pub(crate) const NOWHERE: usize = 64;

/// The order of rows, with a place for what goes nowhere.
const ORDER: [u8; 128] = {
    let mut order = [NOWHERE as u8; 128];
    let mut place = 0;
    while place < 64 {
        order[place] = ZIGZAG[place];
        place += 1;
    }
    order
};

/// One coefficient of each block.
pub(crate) type Lanes = [i16; LANES];

/// Up to eight blocks of one component.
#[derive(Debug)]
pub(crate) struct Batch {
    /// In the order of rows.
    coefficients: [Lanes; 128],
    /// Where the blocks belong.
    places: [(usize, usize); LANES],
    count: usize,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { coefficients: [[0; LANES]; 128], places: [(0, 0); LANES], count: 0 }
    }

    /// Sets a coefficient of the next block, by its place in the zigzag.
    #[inline(always)]
    pub(crate) fn set(&mut self, place: usize, value: i16) {
        self.coefficients[usize::from(ORDER[place & 127] & 127)][self.count % LANES] = value;
    }

    /// Ends a block, whose other coefficients are set. Tells whether all eight are there.
    #[inline(always)]
    pub(crate) fn push(&mut self, mean: i16, across: usize, down: usize) -> bool {
        let lane = self.count % LANES;
        self.coefficients[0][lane] = mean;
        self.places[lane] = (across, down);
        self.count += 1;
        self.count == LANES
    }

    /// Transforms the blocks that wait into their plane.
    #[inline(never)]
    pub(crate) fn flush<const SIDE: usize>(
        &mut self,
        transform: Transform<SIDE>,
        quantisation: &Quantisation,
        plane: &mut Plane,
    ) {
        let Some(coefficients) = self.coefficients.first_chunk_mut() else { return };
        let samples = transform(coefficients, quantisation);
        for (lane, &(across, down)) in self.places[..self.count.min(LANES)].iter().enumerate() {
            let block = std::array::from_fn(|row| std::array::from_fn(|column| samples[row][column][lane]));
            plane.put::<SIDE>(across, down, &block);
        }
        *coefficients = [[0; LANES]; 64];
        self.count = 0;
    }
}
