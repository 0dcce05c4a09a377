//! Several symbols at once, where their values are not needed.
//!
//! At an eighth only the means count. The rest of a block has to be read all the same, to find its end: there are no
//! marks in it. But all that matters of a symbol is how many bits it takes with its value and how far it leads, and those
//! of symbols in a row add up. So the entry for the next bits tells the sums for as many symbols as have their codes in
//! those bits; the value of the last may lie behind them.

use super::{
    Codes, Huffman,
    values::{END, meaning},
};
use crate::{
    Error,
    bits::{Bits, Window},
    error::damaged,
};

/// How many bits are looked up.
const WIDTH: u32 = 12;

/// Advance of entries that tell nothing, because a code is longer: it leads out of the block, and that is looked into.
const UNKNOWN: usize = 64;

/// Advance of bits that are no code.
const UNKNOWN_CODE: usize = 2 * END;

/// What bits stand for: in the low byte how many to skip, in the high one how far they lead.
#[derive(Debug, Clone)]
pub(crate) struct Skips {
    entries: [u16; 1 << WIDTH],
    codes: Codes,
}

impl Skips {
    /// The table for all coefficients but the means.
    pub(crate) fn new(table: &Huffman) -> Result<Self, Error> {
        let codes = table.codes()?;
        // One symbol at a time first; then, from what they say, all that fit.
        let mut single = vec![(0, 0, 0); 1 << WIDTH];
        for code in codes.iter().filter(|code| code.length <= WIDTH) {
            let first = (code.bits >> (16 - WIDTH)) as usize;
            let (advance, count) = meaning(code.symbol);
            single[first..first + (1 << (WIDTH - code.length))].fill((code.length, count, advance));
        }
        let mut entries = [0; 1 << WIDTH];
        for (index, entry) in entries.iter_mut().enumerate() {
            let (mut taken, mut led) = (0, 0);
            while taken < WIDTH && led < END {
                let (length, count, advance) = single[(index << taken) & ((1 << WIDTH) - 1)];
                // The bits behind those that are known are no code.
                if length == 0 || taken + length > WIDTH || (led + advance.min(END)) % END >= UNKNOWN {
                    break;
                }
                taken += length + count;
                led += advance.min(END);
            }
            *entry = if taken == 0 { (UNKNOWN as u16) << 8 } else { (led as u16) << 8 | taken as u16 };
        }
        Ok(Self { entries, codes })
    }

    /// Skips all coefficients of a block but its mean.
    #[inline(always)]
    pub(crate) fn block(&self, bits: &mut Bits, bytes: &Window) -> Result<(), Error> {
        let mut place = 1;
        loop {
            // A look-up takes at most 12 and 15 bits: so many are left when the mean was read, and after every second.
            for first in [true, false] {
                let before = *bits;
                let entry = self.entries[bits.peek(WIDTH) & ((1 << WIDTH) - 1)];
                bits.skip(u32::from(entry & 63));
                let next = place + usize::from(entry >> 8);
                if next > 63 {
                    // The end came where a symbol may stand, and what came before it was inside of the block.
                    if (END..END + 64).contains(&next) {
                        return Ok(());
                    }
                    *bits = before;
                    bits.refill(bytes);
                    let (advance, taken) = self.single(bits.peek(16));
                    bits.skip(taken);
                    bits.refill(bytes);
                    place += advance;
                    if place >= 64 {
                        let ends = place == 64 || (END..UNKNOWN_CODE).contains(&place);
                        return if ends {
                            Ok(())
                        } else {
                            damaged("bits that are no code, or no coefficient")
                        };
                    }
                } else {
                    place = next;
                }
                if first {
                    bits.refill(bytes);
                }
            }
        }
    }

    /// A single symbol: how far it leads, and how many bits it takes. Needed where a code is long, and near the end of a
    /// block that is full.
    #[inline(never)]
    fn single(&self, bits: usize) -> (usize, u32) {
        let Some(code) = self.codes.find(bits) else { return (UNKNOWN_CODE, 0) };
        let (advance, count) = meaning(code.symbol);
        (advance.min(END), code.length + count)
    }
}
