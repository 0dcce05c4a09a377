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

/// Added to how far a symbol leads where the block ends instead, and one more for each bit that tells of a run of such blocks
/// in progressive scans.
pub(crate) const END: usize = 128;

/// A code with what its symbol says: how many zeros come before a coefficient, and how many bits its value takes, which
/// follows (F.1.2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code {
    /// The bits, at the top of sixteen.
    pub(crate) bits: u32,
    pub(crate) length: u32,
    /// The zeros, and one. [`END`] or more at the end of the block.
    pub(crate) leads: usize,
    /// Bits of the value.
    pub(crate) count: u32,
}

impl Huffman {
    /// The codes of a table for means.
    pub(crate) fn of_means(&self) -> Result<Codes, Error> {
        if self.symbols.iter().any(|&symbol| symbol > 15) {
            return damaged("a mean of more than 15 bits");
        }
        self.codes(|symbol| (1, u32::from(symbol)))
    }

    /// The codes of a table for all other coefficients.
    pub(crate) fn of_bands(&self) -> Result<Codes, Error> {
        self.codes(|symbol| {
            let (zeros, count) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            // Fifteen zeros and no value: sixteen zeros. Fewer: nothing more in this block.
            if count == 0 && zeros < 15 { (END + zeros, 0) } else { (zeros + 1, count) }
        })
    }

    /// All codes, from the shortest to the longest (C.2), which is from the lowest to the highest as well.
    fn codes(&self, meaning: impl Fn(u8) -> (usize, u32)) -> Result<Codes, Error> {
        let mut codes =
            Codes { ends: [0; 16], firsts: [0; 16], list: Vec::with_capacity(self.symbols.len()) };
        let mut next = 0_u32;
        let mut symbols = self.symbols.iter();
        for (index, &count) in self.counts.iter().enumerate() {
            let length = index as u32 + 1;
            codes.firsts[index] = codes.list.len();
            for &symbol in symbols.by_ref().take(usize::from(count)) {
                let (leads, count) = meaning(symbol);
                codes.list.push(Code { bits: next, length, leads, count });
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
