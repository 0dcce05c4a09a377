//! Look-ups of sequential scans: several symbols with their values, over the ends of blocks.
//!
//! Each look-up waits for the one before it, because only that tells where the next code begins; and where a block ends
//! cannot be guessed, so that a branch there costs as much as two look-ups. So an entry tells as much as fits into its bits,
//! and the end of a block is a number in it: it chooses the table for the next bits by arithmetic. Each component has two
//! tables: one for the beginning of a block, where the mean comes first, and one for the bits within it.

mod pair;
mod skip;

pub(crate) use self::{pair::Pair, skip::Skip};
use super::symbols::{Symbol, Symbols, WIDTH};
use crate::{
    bits::{READY, extended},
    sequential::Coefficients,
};

/// Tables of a scan: two for each of at most three components, and two that tell nothing.
const TABLES: usize = 8;

/// Which table tells of the next bits, and to which lane what it tells goes: both are chosen at once.
///
/// ```text
/// 31            16 15 14  13     12        11        10       0
/// +---------------+-----+-----------+----------------+--------+
/// |     lane      |  0  | component | within a block |    0   |
/// +---------------+-----+-----------+----------------+--------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At(u32);

impl At {
    /// Nothing is told here.
    pub(crate) const STOP: Self = Self(((TABLES - 2) << WIDTH) as u32);

    /// A block begins, whose component has this table.
    pub(crate) fn new(table: usize, lane: usize) -> Self {
        Self((lane << 16 | table << WIDTH) as u32)
    }

    /// Behind the first look-up of the block.
    #[inline(always)]
    pub(crate) fn within<E: Entry>(self) -> Self {
        Self(self.0 | 1 << WIDTH | E::WITHIN << 16)
    }

    #[inline(always)]
    fn table(self) -> usize {
        self.0 as usize & 0xffff
    }

    #[inline(always)]
    fn lane(self) -> usize {
        (self.0 >> 16) as usize
    }
}

/// How far an entry leads that tells nothing, because what comes is too long for it: out of any block.
const NOWHERE: usize = 64;

/// An entry.
pub(crate) trait Entry: Copy + Default + 'static {
    /// Most bits that an entry takes.
    const LONGEST: u32;

    /// How many look-ups follow each other before the bit reader is filled up. What is left then suffices for the next, so
    /// that it need not wait for that.
    const PER_REFILL: u32 = (READY - WIDTH) / Self::LONGEST;

    /// Set in the number of a lane behind the first look-up of a block.
    const WITHIN: u32;

    /// What these bits stand for, in a table where `first` tells of the first symbol and `then` of those behind it.
    fn new(bits: usize, first: &Symbols, then: &Symbols) -> Self;

    /// How many bits are taken, in the lowest six.
    fn length(self) -> u32;

    /// How far all of it leads.
    fn leads(self) -> usize;

    /// Whether the block ends there.
    fn ends(self) -> bool;

    /// Sets the coefficients of the block of a lane, from a place in the zigzag on.
    fn set(self, place: usize, at: At, coefficients: &mut Coefficients);

    /// Sets the coefficient at a place, which no look-up told.
    fn set_one(place: usize, at: At, value: i16, coefficients: &mut Coefficients);
}

/// All entries.
pub(crate) struct Lookup<E> {
    entries: Box<[E; TABLES << WIDTH]>,
    symbols: Vec<Symbols>,
}

impl<E: Entry> Lookup<E> {
    /// No tables yet.
    pub(crate) fn new() -> Self {
        Self { entries: Box::new([E::default(); TABLES << WIDTH]), symbols: Vec::new() }
    }

    /// Adds the tables of a component. Gives the number of the first.
    pub(crate) fn add(&mut self, means: Symbols, bands: Symbols) -> usize {
        let table = self.symbols.len();
        let entries = self.entries.chunks_exact_mut(1 << WIDTH).skip(table);
        for (entries, first) in entries.zip([&means, &bands]) {
            for (bits, entry) in entries.iter_mut().enumerate() {
                *entry = E::new(bits, first, &bands);
            }
        }
        self.symbols.extend([means, bands]);
        table
    }

    /// The entry for bits.
    #[inline(always)]
    pub(crate) fn entry(&self, at: At, bits: usize) -> E {
        self.entries[(at.0 as usize + bits) % self.entries.len()]
    }

    /// Single symbols.
    #[inline(always)]
    pub(crate) fn symbols(&self, at: At) -> Option<&Symbols> {
        self.symbols.get(at.table() >> WIDTH)
    }
}

/// The symbol at the beginning of the bits, with its value, if all of it is in them.
fn whole(bits: usize, width: u32, symbols: &Symbols) -> Option<(Symbol, i32)> {
    let symbol = symbols.known(bits << (WIDTH - width));
    let length = u32::from(symbol.code + symbol.count);
    (symbol.code > 0 && length <= width).then(|| {
        let count = u32::from(symbol.count);
        let value = (bits & ((1 << width) - 1)) >> (width - length) & ((1 << count) - 1);
        (symbol, extended(value as u32, count))
    })
}
