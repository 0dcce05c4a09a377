//! One symbol at a time: what the tables of several are made of, and what is asked where they tell nothing.

use super::{Code, Codes};

/// How many bits are looked up, by all tables of sequential scans.
pub(crate) const WIDTH: u32 = 11;

/// What a code stands for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Symbol {
    /// Bits of the code, or 0 where there is none.
    pub(crate) code: u8,
    /// Bits of the value behind it.
    pub(crate) count: u8,
    /// The zeros before it, and one. At least [`END`](super::END) at the end of the block.
    pub(crate) leads: u8,
}

/// A table of single symbols.
#[derive(Debug, Clone)]
pub(crate) struct Symbols {
    /// By the next bits: symbols whose code is not longer.
    single: Box<[Symbol; 1 << WIDTH]>,
    codes: Codes,
}

impl From<Code> for Symbol {
    fn from(code: Code) -> Self {
        Self { code: code.length as u8, count: code.count as u8, leads: code.leads as u8 }
    }
}

impl Symbols {
    /// Those of a table.
    pub(crate) fn new(codes: Codes) -> Self {
        let mut single = Box::new([Symbol::default(); 1 << WIDTH]);
        for code in codes.iter().filter(|code| code.length <= WIDTH) {
            let first = (code.bits >> (16 - WIDTH)) as usize;
            single[first..first + (1 << (WIDTH - code.length))].fill(code.into());
        }
        Self { single, codes }
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
        self.codes.find(bits).map_or_else(Symbol::default, Symbol::from)
    }
}
