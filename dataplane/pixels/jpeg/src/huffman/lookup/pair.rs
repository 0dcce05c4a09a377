//! Two symbols in one look-up, where both codes with their values fit into the bits, as they mostly do: small values are the
//! common ones, and have the short codes.

use super::{At, Entry, NOWHERE, whole};
use crate::{
    huffman::{
        END,
        symbols::{Symbols, WIDTH},
    },
    quantisation::ZIGZAG,
    sequential::Coefficients,
    transform::LANES,
};

/// Where coefficients go in their lane, by their place in the zigzag.
const ORDER: [u16; 64] = {
    let mut order = [0; 64];
    let mut place = 0;
    while place < 64 {
        order[place] = ZIGZAG[place] as u16 * LANES as u16;
        place += 1;
    }
    order
};

/// Sets a coefficient.
#[inline(always)]
fn set(place: usize, lane: usize, value: i16, coefficients: &mut Coefficients) {
    coefficients[(lane + usize::from(ORDER[place % 64])) % coefficients.len()] = value;
}

/// Up to two symbols with their values.
///
/// ```text
/// 31            24 23           16 15     9 8       5   4   3      0
/// +---------------+---------------+--------+---------+-----+--------+
/// | second value  | first value   | leads  | first   | end | length |
/// +---------------+---------------+--------+---------+-----+--------+
/// ```
///
/// Without a second, both are the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair(u32);

impl Default for Pair {
    fn default() -> Self {
        Self((NOWHERE as u32) << 9)
    }
}

impl Pair {
    fn build(length: u32, end: bool, values: [i8; 2], first: usize, leads: usize) -> Self {
        let value = |index: usize| u32::from(values[index].cast_unsigned());
        Self(
            value(1) << 24
                | value(0) << 16
                | (leads as u32) << 9
                | (first as u32) << 5
                | u32::from(end) << 4
                | length,
        )
    }
}

impl Entry for Pair {
    const LONGEST: u32 = WIDTH;
    const WITHIN: u32 = 0;

    fn new(bits: usize, first: &Symbols, then: &Symbols) -> Self {
        let Some((symbol, value)) = whole(bits, WIDTH, first) else { return Self::default() };
        let (length, leads) = (u32::from(symbol.code + symbol.count), usize::from(symbol.leads));
        if leads >= END {
            // Zero is set to zero.
            return Self::build(length, true, [0; 2], 0, 1);
        }
        let Ok(value) = i8::try_from(value) else { return Self::default() };
        if let Some((second, more)) = whole(bits, WIDTH - length, then) {
            let both = length + u32::from(second.code + second.count);
            if usize::from(second.leads) >= END {
                return Self::build(both, true, [value; 2], leads - 1, leads);
            }
            if let Ok(more) = i8::try_from(more) {
                return Self::build(both, false, [value, more], leads - 1, leads + usize::from(second.leads));
            }
        }
        Self::build(length, false, [value; 2], leads - 1, leads)
    }

    #[inline(always)]
    fn length(self) -> u32 {
        self.0 & 15
    }

    #[inline(always)]
    fn leads(self) -> usize {
        (self.0 >> 9 & 127) as usize
    }

    #[inline(always)]
    fn ends(self) -> bool {
        self.0 & 16 != 0
    }

    #[inline(always)]
    fn set(self, place: usize, at: At, coefficients: &mut Coefficients) {
        let lane = at.lane();
        // The first comes last: without a second both have one place.
        set(place + self.leads() - 1, lane, (self.0.cast_signed() >> 24) as i16, coefficients);
        set(place + (self.0 >> 5 & 15) as usize, lane, i16::from((self.0 >> 16) as i8), coefficients);
    }

    #[inline(always)]
    fn set_one(place: usize, at: At, value: i16, coefficients: &mut Coefficients) {
        set(place, at.lane(), value, coefficients);
    }
}
