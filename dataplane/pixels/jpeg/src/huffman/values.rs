//! Symbol and value in one look-up.
//!
//! A symbol tells how many zeros come before a coefficient and how many bits its value takes, and the value follows
//! (T.81, F.1.2.2). Mostly both fit into the bits that are looked up, and then the entry holds the finished value.

use super::Codes;
use crate::bits::{Bits, Window, extended};

/// How many bits are looked up.
const WIDTH: u32 = 10;

/// Added to the place of a coefficient where there is no code.
pub(crate) const NO_CODE: usize = 192;

/// What bits stand for.
///
/// ```text
/// 31      16 15      8  7  6      0
/// +---------+---------+---+--------+
/// |  value  | advance | 0 | length |  a code with its value
/// +---------+---------+---+--------+
/// |  code   | advance | 1 | length |  a code whose value is longer: the length of the code alone, and of both
/// +---------+---------+---+--------+
/// |    0    |    0    | 1 |   0    |  a code that is longer
/// +---------+---------+---+--------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry(u32);

/// In an entry: the value is not in it.
const LONG: u32 = 0x80;

/// The table.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    entries: [Entry; 1 << WIDTH],
    codes: Codes,
}

/// A coefficient, or the end of the block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coefficient {
    /// By how much the place in the zigzag goes on: the zeros before it, and one. [`END`](super::END) at the end of the
    /// block, and one more for each bit that tells of a run of such blocks in progressive scans.
    pub(crate) advance: usize,
    /// The value.
    pub(crate) value: i32,
}

impl Values {
    /// The table of these codes.
    pub(crate) fn new(codes: Codes) -> Self {
        let mut entries = [Entry(LONG); 1 << WIDTH];
        for code in codes.iter().filter(|code| code.length <= WIDTH) {
            let first = (code.bits >> (16 - WIDTH)) as usize;
            let free = WIDTH - code.length;
            let (advance, count) = (code.leads, code.count);
            for (rest, entry) in (0..).zip(&mut entries[first..first + (1 << free)]) {
                *entry = if count <= free {
                    Entry::new(extended(rest >> (free - count), count), advance, code.length + count)
                } else {
                    Entry::long(code.length, advance, count)
                };
            }
        }
        Self { entries, codes }
    }

    /// Takes the next symbol with its value: at most [`WIDTH`] bits. More are ready for it, and again afterwards, where it
    /// takes more.
    #[inline(always)]
    pub(crate) fn next(&self, bits: &mut Bits, bytes: &Window) -> Coefficient {
        let mut entry = self.entries[bits.peek(WIDTH) & ((1 << WIDTH) - 1)];
        if entry.0 & LONG == 0 {
            bits.skip(entry.0 & 0x3f);
            return Coefficient { advance: entry.advance(), value: entry.0.cast_signed() >> 16 };
        }
        bits.refill(bytes);
        if entry == Entry(LONG) {
            entry = self.find(bits.peek(16));
        }
        let value = bits.value(entry.0 >> 16, entry.0 & 0x3f);
        bits.refill(bytes);
        Coefficient { advance: entry.advance(), value }
    }

    #[cold]
    #[inline(never)]
    fn find(&self, bits: usize) -> Entry {
        let Some(code) = self.codes.find(bits) else { return Entry::long(0, NO_CODE, 0) };
        Entry::long(code.length, code.leads, code.count)
    }
}

impl Entry {
    fn new(value: i32, advance: usize, length: u32) -> Self {
        Self((value << 16).cast_unsigned() | (advance as u32) << 8 | length)
    }

    fn long(code: u32, advance: usize, count: u32) -> Self {
        Self(code << 16 | (advance as u32) << 8 | LONG | (code + count))
    }

    #[inline(always)]
    fn advance(self) -> usize {
        (self.0 >> 8 & 0xff) as usize
    }
}
