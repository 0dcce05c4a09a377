//! Blocks of a row that wait for their transform, eight at a time: see [`Coefficients`](crate::sequential::Coefficients).

use crate::{
    plane::Plane,
    quantisation::{Quantisation, ZIGZAG},
    transform::{LANES, Lanes, Transform},
};

/// Up to eight blocks of one component, side by side.
#[derive(Debug)]
pub(crate) struct Batch {
    /// In the order of rows.
    coefficients: [Lanes; 64],
    count: usize,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { coefficients: [[0; LANES]; 64], count: 0 }
    }

    /// Sets a coefficient of the next block, by its place in the zigzag.
    #[inline(always)]
    pub(crate) fn set(&mut self, place: usize, value: i16) {
        self.coefficients[usize::from(ZIGZAG[place % 64]) % 64][self.count % LANES] = value;
    }

    /// Ends a block, whose coefficients are set. Tells whether all eight are there.
    #[inline(always)]
    pub(crate) fn push(&mut self) -> bool {
        self.count += 1;
        self.count == LANES
    }

    /// Transforms the blocks that wait into their plane. The place behind the last of them is told.
    #[inline(never)]
    pub(crate) fn flush<const SIDE: usize>(
        &mut self,
        transform: Transform<SIDE>,
        quantisation: &Quantisation,
        plane: &mut Plane,
        (across, down): (usize, usize),
    ) {
        if self.count > 0 {
            let samples = transform(&self.coefficients, quantisation);
            plane.put(1, self.count, (across - self.count, down), &samples);
            // Of a sample there is only the mean, which is set anew.
            if SIDE > 1 {
                self.coefficients = [[0; LANES]; 64];
            }
            self.count = 0;
        }
    }
}
