//! Huffman tables (T.81, B.2.4.2 and annex C): which bits stand for which symbol.
//!
//! A file tells how many codes there are of each length, and their symbols in order; the codes follow from that, because
//! they are numbered: 00, 01, 100, 101, 110, 1110. Walking them bit by bit is too slow, so that each use gets a look-up
//! table of its own, by the bits that come next: [`lookup`] those of sequential scans, which tell several symbols at once,
//! [`values`] those of progressive ones, and [`symbols`] one symbol without its value.

pub(crate) mod lookup;
pub(crate) mod symbols;
pub(crate) mod values;

use crate::{Error, error::damaged};

/// A table as the file tells it.
#[derive(Debug, Clone)]
pub(crate) struct Huffman {
    /// How many codes have 1, 2, … 16 bits.
    counts: [u8; 16],
    symbols: Vec<u8>,
}

/// The tables that a file can hold at a time, for means and for the other coefficients.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    pub(crate) dc: [Option<Huffman>; 4],
    pub(crate) ac: [Option<Huffman>; 4],
}

impl Tables {
    /// Reads all tables of a segment.
    pub(crate) fn read(&mut self, mut payload: &[u8]) -> Result<(), Error> {
        while let Some((&name, rest)) = payload.split_first() {
            let class = if name & 0x10 == 0 { &mut self.dc } else { &mut self.ac };
            let Some((counts, rest)) = rest.split_first_chunk::<16>() else {
                return damaged("a short Huffman table");
            };
            let count = counts.iter().map(|&count| usize::from(count)).sum();
            let (Some(table), Some(symbols)) = (class.get_mut(usize::from(name & !0x10)), rest.get(..count))
            else {
                return damaged("a bad Huffman table");
            };
            if count > 256 {
                return damaged("a Huffman table of too many symbols");
            }
            *table = Some(Huffman { counts: *counts, symbols: symbols.to_vec() });
            payload = &rest[count..];
        }
        Ok(())
    }
}

/// A symbol with its code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code {
    /// The bits, at the top of sixteen.
    pub(crate) bits: u32,
    pub(crate) length: u32,
    pub(crate) symbol: u8,
}

impl Huffman {
    /// All codes, from the shortest to the longest (C.2), which is from the lowest to the highest as well.
    pub(crate) fn codes(&self) -> Result<Codes, Error> {
        let mut codes =
            Codes { ends: [0; 16], firsts: [0; 16], list: Vec::with_capacity(self.symbols.len()) };
        let mut next = 0_u32;
        let mut symbols = self.symbols.iter();
        for (index, &count) in self.counts.iter().enumerate() {
            let length = index as u32 + 1;
            codes.firsts[index] = codes.list.len();
            for &symbol in symbols.by_ref().take(usize::from(count)) {
                codes.list.push(Code { bits: next, length, symbol });
                next += 0x10000 >> length;
            }
            // No code consists of ones only.
            if count > 0 && next + (0x10000 >> length) > 0x10000 {
                return damaged("a Huffman table of too many codes");
            }
            codes.ends[index] = next;
        }
        Ok(codes)
    }
}

/// The codes of a table, to look for one of any length.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    /// By length, the first sixteen bits that are no code of this length or a shorter one.
    ends: [u32; 16],
    /// By length, where its codes begin in the list.
    firsts: [usize; 16],
    list: Vec<Code>,
}

impl Codes {
    /// The code that the next sixteen bits begin with (F.2.2.3), unless they begin with none.
    #[inline(never)]
    pub(crate) fn find(&self, bits: usize) -> Option<Code> {
        let bits = bits as u32;
        // Counted, not searched: nothing to guess for the processor.
        let index: usize = self.ends.iter().map(|&end| usize::from(bits >= end)).sum();
        if index == 16 {
            return None;
        }
        let first = self.firsts[index];
        let number = (bits - self.list.get(first)?.bits) >> (15 - index);
        self.list.get(first + number as usize).copied()
    }

    /// Every code of the table.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Code> + '_ {
        self.list.iter().copied()
    }
}
