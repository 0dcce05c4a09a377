//! Entropy-coded segments (T.81, B.1.1.5): the bytes between two markers, without what was stuffed into them.
//!
//! A byte of 0xff in the data is followed by a 0 that means nothing, so that it is no marker. Those zeros are taken out
//! a window at a time, by a search for 0xff that looks at 32 bytes at once, and the bit reader never has to ask. A window
//! fits into the first cache, so that the copy costs next to nothing, and no file is held twice.

use crate::{
    Error,
    bits::{Bits, WINDOW, Window},
    error::damaged,
    segment::{RST0, marker, scan_end},
};

/// More bytes than any block takes (one code and value of 31 bits for each of its coefficients), with those that the bit
/// reader loads ahead.
const BLOCK: usize = 248 + 16;
/// Zeros behind the end of the data: a block, and what the bit reader had loaded ahead when it came to the end.
const TAIL: usize = BLOCK + 8;
/// How far a window is filled: there is room for the tail behind it.
const FULL: usize = WINDOW - TAIL;

/// The data of one scan, from restart marker to restart marker.
#[derive(Debug)]
pub(crate) struct Entropy<'a> {
    data: &'a [u8],
    /// The first byte of the file that is not in the window yet.
    next: usize,
    window: Box<Window>,
    /// Bytes of the window that the file holds.
    filled: usize,
    /// Where the bit reader must not begin a block. Behind the end of the data come zeros, for one block.
    limit: usize,
    /// A marker follows what is in the window.
    ended: bool,
    /// The number of the restart marker that comes next, modulo 8.
    restart: u8,
    /// There were bytes behind the end of the scan.
    pub(crate) stray: bool,
}

impl<'a> Entropy<'a> {
    /// Begins behind a scan header.
    pub(crate) fn new(data: &'a [u8], at: usize) -> Self {
        let window = Box::new([0; WINDOW + 8]);
        Self { data, next: at, window, filled: 0, limit: 0, ended: false, restart: 0, stray: false }
    }

    /// Whether the window holds a whole block from where the bit reader stands.
    #[inline(always)]
    pub(crate) fn holds_block(&self, bits: &Bits) -> bool {
        bits.at + BLOCK <= self.limit
    }

    /// The bytes that the bit reader reads.
    #[inline(always)]
    pub(crate) fn bytes(&self) -> &Window {
        &self.window
    }

    /// Moves the window on, so that it holds one.
    #[cold]
    #[inline(never)]
    pub(crate) fn advance(&mut self, mut bits: Bits) -> Result<Bits, Error> {
        if self.ended {
            return damaged("a scan ends before its last block");
        }
        let at = bits.at.min(self.filled);
        self.window.copy_within(at..self.filled, 0);
        self.filled -= at;
        bits.at -= at;
        self.fill()?;
        Ok(bits)
    }

    /// Copies from the file up to a marker, or as much as there is room for.
    fn fill(&mut self) -> Result<(), Error> {
        while self.filled < FULL {
            let rest = self.data.get(self.next..).unwrap_or_default();
            let span = &rest[..rest.len().min(FULL - self.filled)];
            let plain = memchr::memchr(0xff, span).unwrap_or(span.len());
            self.window[self.filled..self.filled + plain].copy_from_slice(&span[..plain]);
            self.filled += plain;
            self.next += plain;
            if plain < span.len() {
                if rest.get(plain + 1) == Some(&0) {
                    self.window[self.filled] = 0xff;
                    self.filled += 1;
                    self.next += 2;
                } else {
                    self.ended = true;
                    self.window[self.filled..self.filled + TAIL].fill(0);
                    self.limit = self.filled + TAIL;
                    return Ok(());
                }
            } else if span.is_empty() {
                return damaged("the data ends before the picture does");
            }
        }
        self.limit = self.filled;
        Ok(())
    }

    /// Bits of the segment that were not read, as far as they are known. Those that are left of the last byte have no
    /// meaning.
    fn unread(&mut self, mut bits: Bits) -> Result<usize, Error> {
        if !self.ended {
            bits = self.advance(bits)?;
        }
        match (self.filled * 8 + bits.ahead()).checked_sub(bits.at * 8) {
            Some(unread) => Ok(unread),
            None => damaged("a scan ends before its last block"),
        }
    }

    /// Ends the scan. More bytes before the next marker do no harm: some cameras write them.
    #[cold]
    #[inline(never)]
    pub(crate) fn end(&mut self, bits: Bits) -> Result<(), Error> {
        self.stray = self.unread(bits)? >= 8;
        if self.stray {
            self.next = scan_end(self.data, self.next)?;
        }
        Ok(())
    }

    /// Passes the restart marker that comes next (E.2.4), which must be the one whose turn it is.
    #[cold]
    #[inline(never)]
    pub(crate) fn restart(&mut self, bits: Bits) -> Result<Bits, Error> {
        if self.unread(bits)? >= 8 {
            return damaged("bytes between a scan and a restart marker");
        }
        let (marker, body) = marker(self.data, self.next)?;
        if marker != RST0 + self.restart {
            return damaged("a restart marker is missing");
        }
        self.restart = (self.restart + 1) % 8;
        self.next = body;
        (self.filled, self.limit, self.ended) = (0, 0, false);
        Ok(Bits::default())
    }

    /// Where the marker behind the scan stands, once that has ended.
    pub(crate) fn position(&self) -> usize {
        self.next
    }
}
