//! Sequential scans (T.81, annex F): every block comes once, with all of its coefficients. A few units are read at a time,
//! and then made samples of together.

mod blocks;

use std::{hint::select_unpredictable, ops::Range};

pub(crate) use self::blocks::Coefficients;
use self::blocks::{Blocks, Steps};
use crate::{
    Error,
    bits::Bits,
    entropy::Entropy,
    error::damaged,
    frame::Frame,
    huffman::{
        END, Tables,
        lookup::{Entry, Lookup},
        symbols::{Symbols, WIDTH},
    },
    plane::Plane,
    quantisation::Quantisation,
    scan::Scan,
    transform::Transform,
};

/// What a scan is read from, and with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) scan: &'a Scan,
    pub(crate) tables: &'a Tables,
    /// By component.
    pub(crate) quantisation: &'a [Quantisation],
    /// Units between restart markers, or 0.
    pub(crate) interval: u32,
}

/// Decodes a scan into its planes.
pub(crate) fn read<E: Entry, const SIDE: usize>(
    input: Input<'_>,
    entropy: &mut Entropy<'_>,
    planes: &mut [Plane],
    transform: Transform<SIDE>,
) -> Result<(), Error> {
    let (lookup, tables) = lookup::<E>(&input)?;
    let mut blocks = Blocks::new(&input, &tables);
    let mut bits = Bits::default();
    // Units that are left of the restart interval; with none, more than there can be.
    let interval = if input.interval == 0 { usize::MAX } else { input.interval as usize };
    let mut left = interval;
    while blocks.begin() {
        while blocks.left() > 0 {
            if left == 0 {
                bits = entropy.restart(bits)?;
                blocks.restart();
                left = interval;
            }
            let units = left.min(blocks.left());
            let (steps, range, coefficients) = blocks.next(units);
            bits = walk(&lookup, steps, range, coefficients, &bits, entropy)?;
            blocks.add(units);
            left -= units;
        }
        blocks.finish(transform, planes);
    }
    entropy.end(bits)
}

/// The look-up tables of a scan, and by member the first of its. Members that use the same share them.
fn lookup<E: Entry>(input: &Input<'_>) -> Result<(Lookup<E>, Vec<usize>), Error> {
    let members = &input.scan.members;
    let (mut lookup, mut tables) = (Lookup::new(), Vec::<usize>::with_capacity(members.len()));
    for member in members {
        let shared =
            members.iter().zip(&tables).find(|(other, _)| (other.dc, other.ac) == (member.dc, member.ac));
        let table = match (shared, input.tables.dc.get(member.dc), input.tables.ac.get(member.ac)) {
            (Some((_, &table)), ..) => table,
            (None, Some(Some(dc)), Some(Some(ac))) => {
                lookup.add(Symbols::new(dc.of_means()?), Symbols::new(ac.of_bands()?))
            }
            _ => return damaged("a scan without its Huffman tables"),
        };
        tables.push(table);
    }
    Ok((lookup, tables))
}

/// Reads the blocks of some steps, one behind the other.
///
/// One function with nothing else in it, so that the registers are for the bit reader. What depends on the end of a block is
/// chosen without a branch, because nobody can guess where that is.
#[inline(never)]
fn walk<E: Entry>(
    lookup: &Lookup<E>,
    steps: &Steps,
    range: Range<usize>,
    coefficients: &mut Coefficients,
    bits: &Bits,
    entropy: &mut Entropy<'_>,
) -> Result<Bits, Error> {
    // A copy, and not handed in as one: that would be in memory.
    let mut bits = *bits;
    let step = |index: usize| steps[index % steps.len()];
    let (mut index, mut at, mut place) = (range.start, step(range.start), 0);
    if !entropy.holds_block(&bits) {
        bits = entropy.advance(bits)?;
    }
    bits.refill(entropy.bytes());
    let mut ahead = bits.peek(WIDTH);
    loop {
        if !entropy.holds_block(&bits) {
            bits = entropy.advance(bits)?;
        }
        let bytes = entropy.bytes();
        bits.refill(bytes);
        for _ in 0..E::PER_REFILL {
            let next = step(index + 1);
            let entry = lookup.entry(at, ahead);
            let behind = place + entry.leads();
            if behind < 64 {
                bits.skip(entry.length());
                ahead = bits.peek(WIDTH);
                entry.set(place, at, coefficients);
                let ends = entry.ends();
                index = select_unpredictable(ends, index + 1, index);
                place = select_unpredictable(ends, 0, behind);
                at = select_unpredictable(ends, next, at.within::<E>());
                continue;
            }
            if index == range.end {
                return Ok(bits);
            }
            // One symbol by itself: it is a long one, or it fills the block, and what follows belongs to the next.
            bits.refill(bytes);
            let Some(symbols) = lookup.symbols(at) else {
                return damaged("a scan without its Huffman tables");
            };
            let symbol = symbols.next(bits.peek(16));
            let behind = place + usize::from(symbol.leads);
            if symbol.code == 0 || (65..END).contains(&behind) {
                return damaged("bits that are no code, or no coefficient");
            }
            let code = u32::from(symbol.code);
            let value = bits.value(code, code + u32::from(symbol.count));
            if behind <= 64 {
                E::set_one(behind - 1, at, value as i16, coefficients);
            }
            if behind < 64 {
                (place, at) = (behind, at.within::<E>());
            } else {
                (place, at, index) = (0, next, index + 1);
            }
            bits.refill(bytes);
            ahead = bits.peek(WIDTH);
            break;
        }
    }
}
