//! One symbol at a time: what the tables of several are made of, and what is asked where they tell nothing.
//!
//! A symbol tells how many zeros come before a coefficient and how many bits its value takes, and the value follows
//! (T.81, F.1.2).

use super::{Codes, Huffman, values::meaning};
use crate::{Error, error::damaged};

/// How many bits are looked up, by all tables of sequential scans.
pub(crate) const WIDTH: u32 = 11;

/// What a code stands for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Symbol {
    /// Bits of the code, or 0 where there is none.
    pub(crate) code: u8,
    /// Bits of the value behind it.
    pub(crate) count: u8,
    /// The zeros before it, and one. At least [`END`](super::values::END) at the end of the block.
    pub(crate) leads: u8,
}

/// A table of single symbols.
#[derive(Debug, Clone)]
pub(crate) struct Symbols {
    /// By the next bits: symbols whose code is not longer.
    single: Box<[Symbol; 1 << WIDTH]>,
    codes: Codes,
    meaning: fn(u8) -> (usize, u32),
}

impl Symbols {
    /// Those of means.
    pub(crate) fn of_means(table: &Huffman) -> Result<Self, Error> {
        if table.symbols.iter().any(|&symbol| symbol > 15) {
            return damaged("a mean of more than 15 bits");
        }
        Self::new(table, |symbol| (1, u32::from(symbol)))
    }

    /// Those of all other coefficients.
    pub(crate) fn of_bands(table: &Huffman) -> Result<Self, Error> {
        Self::new(table, meaning)
    }

    fn new(table: &Huffman, meaning: fn(u8) -> (usize, u32)) -> Result<Self, Error> {
        let codes = table.codes()?;
        let mut single = Box::new([Symbol::default(); 1 << WIDTH]);
        for code in codes.iter().filter(|code| code.length <= WIDTH) {
            let first = (code.bits >> (16 - WIDTH)) as usize;
            let (leads, count) = meaning(code.symbol);
            single[first..first + (1 << (WIDTH - code.length))].fill(Symbol {
                code: code.length as u8,
                count: count as u8,
                leads: leads as u8,
            });
        }
        Ok(Self { single, codes, meaning })
    }

    /// The symbol at the beginning of [`WIDTH`] bits, if its code ends within them.
    #[inline(always)]
    pub(crate) fn known(&self, bits: usize) -> Symbol {
        self.single[bits & ((1 << WIDTH) - 1)]
    }

    /// The symbol at the beginning of sixteen bits.
    #[inline(always)]
    pub(crate) fn next(&self, bits: usize) -> Symbol {
        let symbol = self.known(bits >> (16 - WIDTH));
        if symbol.code == 0 { self.long(bits) } else { symbol }
    }

    #[cold]
    #[inline(never)]
    fn long(&self, bits: usize) -> Symbol {
        let Some(code) = self.codes.find(bits) else { return Symbol::default() };
        let (leads, count) = (self.meaning)(code.symbol);
        Symbol { code: code.length as u8, count: count as u8, leads: leads as u8 }
    }
}
