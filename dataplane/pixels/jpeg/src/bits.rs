//! The bit reader: the next bits of a scan, at the top of a register.
//!
//! Codes of a scan begin anywhere in a byte. 56 to 63 bits are kept ready, which is more than any code takes with its
//! value (31), so that most steps look, shift and count and do not branch. Eight bytes are loaded in one go, most of
//! which may be there already: those are laid over themselves.
//!
//! ```text
//!  63                    63 - ready                        0
//!  +----------------------------+--------------------------+
//!  |  the next bits of the scan | loaded, and loaded again |   buffer
//!  +----------------------------+--------------------------+
//!   \__ looked up __/                  ^ bytes[at] begins here
//! ```

/// Bytes that the reader is given at a time, without those that it loads ahead of the last.
pub(crate) const WINDOW: usize = 8 << 10;

/// Bits that are ready at least when the reader was filled up.
pub(crate) const READY: u32 = 56;

/// What the reader is given.
pub(crate) type Window = [u8; WINDOW + 8];

/// Where reading stands. The bytes are handed in, because their owner moves them along.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bits {
    /// The next bit is the highest. Below the `ready` ones lie bits that will be loaded again.
    buffer: u64,
    /// How many bits are in the buffer, in the lowest six.
    ready: u32,
    /// The byte that is loaded next.
    pub(crate) at: usize,
}

impl Bits {
    /// Makes at least [`READY`] bits ready.
    #[inline(always)]
    pub(crate) fn refill(&mut self, bytes: &Window) {
        // Whoever reads a block makes sure that the longest is there, so that nothing is cut off: this spares a branch.
        let at = self.at % WINDOW;
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[at..at + 8]);
        let ready = self.ready % 64;
        self.buffer |= u64::from_be_bytes(word).wrapping_shr(ready);
        self.at += ((63 - ready) >> 3) as usize;
        self.ready = ready | READY;
    }

    /// The next `count` bits (1 to 32), without taking them.
    #[inline(always)]
    pub(crate) fn peek(&self, count: u32) -> usize {
        (self.buffer >> (64 - count)) as usize
    }

    /// All ones if the next bit is one, without taking it.
    #[inline(always)]
    pub(crate) fn next_as_mask(&self) -> u64 {
        (self.buffer.cast_signed() >> 63).cast_unsigned()
    }

    /// Takes as many bits as the lowest six of `count` say, which must be ready.
    #[inline(always)]
    pub(crate) fn skip(&mut self, count: u32) {
        self.buffer = self.buffer.wrapping_shl(count);
        self.ready = self.ready.wrapping_sub(count);
    }

    /// Takes the next `count` bits (0 to 16) as a number.
    #[inline(always)]
    pub(crate) fn number(&mut self, count: u32) -> u32 {
        let number = (self.buffer >> 1 >> (63 - count)) as u32;
        self.skip(count);
        number
    }

    /// Takes a code of `code` bits and the value behind it, `length` bits together (1 to 31).
    ///
    /// A value that does not begin with a one is below zero: figure F.12. Its bits turned over are how far.
    #[inline(always)]
    pub(crate) fn value(&mut self, code: u32, length: u32) -> i32 {
        let rest = self.buffer.wrapping_shl(code);
        let below = !(rest.cast_signed() >> 63);
        let far = ((rest ^ below.cast_unsigned()) >> 1)
            .wrapping_shr(63_u32.wrapping_add(code).wrapping_sub(length));
        self.skip(length);
        ((far.cast_signed() ^ below) - below) as i32
    }

    /// How many of the bits that were loaded are not taken yet.
    pub(crate) fn ahead(&self) -> usize {
        (self.ready % 64) as usize
    }
}

/// Figure F.12: a number of `count` bits that does not begin with a one is below zero.
pub(crate) fn extended(number: u32, count: u32) -> i32 {
    let number = number.cast_signed();
    if count == 0 || number >> (count - 1) != 0 { number } else { number - (1 << count) + 1 }
}
