//! Many symbols in one look-up, where their values are not needed.
//!
//! At an eighth only the means count. The rest of a block has to be read all the same, to find its end: there are no
//! marks in it. But all that matters of a symbol is how many bits it takes with its value and how far it leads, and those
//! of symbols in a row add up. So the entry for the next bits tells the sums for as many symbols as have their codes in
//! those bits; the value of the last may lie behind them.

use super::{At, Entry, NOWHERE, whole};
use crate::{
    huffman::{
        END,
        symbols::{Symbols, WIDTH},
    },
    sequential::Coefficients,
    transform::LANES,
};

/// The mean, and as many symbols as have their codes in the bits.
///
/// ```text
/// 31            16 15 14     8 7      0
/// +---------------+---+-------+--------+
/// |     mean      |end| leads | length |
/// +---------------+---+-------+--------+
/// ```
#[derive(Debug, Clone, Copy)]
pub(crate) struct Skip(u32);

impl Default for Skip {
    fn default() -> Self {
        Self((NOWHERE as u32) << 8)
    }
}

impl Entry for Skip {
    /// The value of the last symbol may lie behind what is looked up: as many bits more.
    const LONGEST: u32 = 2 * WIDTH;
    /// What comes behind the mean goes to where nobody looks.
    const WITHIN: u32 = LANES as u32;

    fn new(bits: usize, first: &Symbols, then: &Symbols) -> Self {
        let (mut taken, mut leads, mut mean, mut symbols) = (0, 0, 0, first);
        while taken < WIDTH {
            let symbol = symbols.known(bits << taken);
            let (code, length) = (u32::from(symbol.code), u32::from(symbol.code + symbol.count));
            let next = leads + usize::from(symbol.leads);
            if code == 0
                || taken + code > WIDTH
                || taken + length > Self::LONGEST
                || (next >= NOWHERE && usize::from(symbol.leads) < END)
            {
                break;
            }
            if !std::ptr::eq(first, then) && taken == 0 {
                let Some((_, value)) = whole(bits, WIDTH, first) else { break };
                mean = value;
            }
            symbols = then;
            taken += length;
            if usize::from(symbol.leads) >= END {
                let leads = leads.max(1);
                return Self((mean << 16).cast_unsigned() | 0x8000 | (leads as u32) << 8 | taken);
            }
            leads = next;
        }
        if taken == 0 {
            return Self::default();
        }
        Self((mean << 16).cast_unsigned() | (leads as u32) << 8 | taken)
    }

    #[inline(always)]
    fn length(self) -> u32 {
        self.0
    }

    #[inline(always)]
    fn leads(self) -> usize {
        (self.0 >> 8 & 127) as usize
    }

    #[inline(always)]
    fn ends(self) -> bool {
        self.0 & 0x8000 != 0
    }

    #[inline(always)]
    fn set(self, place: usize, at: At, coefficients: &mut Coefficients) {
        Self::set_one(place, at, (self.0.cast_signed() >> 16) as i16, coefficients);
    }

    #[inline(always)]
    fn set_one(_: usize, at: At, value: i16, coefficients: &mut Coefficients) {
        coefficients[at.lane() % coefficients.len()] = value;
    }
}
