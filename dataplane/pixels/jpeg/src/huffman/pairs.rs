//! Two symbols with their values in one look-up.
//!
//! Each look-up waits for the one before it, because only that tells where the next code begins. So two are made one where
//! both codes with their values fit into the bits that are looked up, as they mostly do: small values are the common ones,
//! and have the short codes.

use super::{
    Huffman,
    values::{Coefficient, END, Values},
};
use crate::{
    Error,
    bits::{Bits, Window},
};

/// How many bits are looked up.
const WIDTH: u32 = 10;

/// What bits stand for. Length 0 leaves it to the other table, which knows long codes and long values.
///
/// ```text
/// 63           48 47          32 31    24 23       16 15       8 7      0
/// +--------------+--------------+--------+-----------+----------+--------+
/// | second value | first value  |   0    | of both   | advance  | length |
/// +--------------+--------------+--------+-----------+----------+--------+
/// ```
///
/// Without a second symbol both advances are the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair(u64);

/// The table.
#[derive(Debug, Clone)]
pub(crate) struct Pairs {
    entries: [Pair; 1 << WIDTH],
    single: Values,
}

impl Pairs {
    /// The table for all coefficients but the means.
    pub(crate) fn new(table: &Huffman) -> Result<Self, Error> {
        let single = Values::of_bands(table)?;
        let mut entries = [Pair(0); 1 << WIDTH];
        for (index, entry) in entries.iter_mut().enumerate() {
            let known = |index: usize, count: u32| {
                let symbol = single.known(index << (super::values::WIDTH - WIDTH));
                symbol.filter(|&(_, length)| length <= count)
            };
            let Some((first, taken)) = known(index, WIDTH) else { continue };
            let second = known((index << taken) & ((1 << WIDTH) - 1), WIDTH - taken);
            let (second, more) = match second {
                Some((second, more)) if first.advance < END => (second, more),
                _ => (Coefficient { advance: 0, value: 0 }, 0),
            };
            let value = |coefficient: Coefficient| u64::from(coefficient.value as u16);
            let both = first.advance + second.advance;
            *entry = Pair(
                value(second) << 48
                    | value(first) << 32
                    | (both as u64) << 16
                    | (first.advance as u64) << 8
                    | u64::from(taken + more),
            );
        }
        Ok(Self { entries, single })
    }

    /// The next one or two symbols, without taking them.
    #[inline(always)]
    pub(crate) fn peek(&self, bits: &Bits) -> Pair {
        self.entries[bits.peek(WIDTH) & ((1 << WIDTH) - 1)]
    }

    /// Takes one symbol, of any length.
    #[inline(always)]
    pub(crate) fn single(&self, bits: &mut Bits, bytes: &Window) -> Coefficient {
        self.single.next(bits, bytes)
    }
}

impl Pair {
    /// How many bits both take, or 0.
    #[inline(always)]
    pub(crate) fn length(self) -> u32 {
        (self.0 & 0x3f) as u32
    }

    /// How far the first leads.
    #[inline(always)]
    pub(crate) fn first(self) -> usize {
        (self.0 >> 8 & 0xff) as usize
    }

    /// How far both lead.
    #[inline(always)]
    pub(crate) fn both(self) -> usize {
        (self.0 >> 16 & 0xff) as usize
    }

    /// The value of the first.
    #[inline(always)]
    pub(crate) fn first_value(self) -> i16 {
        (self.0 >> 32) as i16
    }

    /// The value of the second.
    #[inline(always)]
    pub(crate) fn second_value(self) -> i16 {
        (self.0 >> 48) as i16
    }
}
