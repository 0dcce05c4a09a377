//! Minimum coded units (T.81, A.2): in which order a scan tells the blocks of its components.

use crate::{
    Error,
    bits::{Bits, Window},
    entropy::Entropy,
    frame::Frame,
    scan::Scan,
};

/// What reads the blocks of a component in a scan.
pub(crate) trait Reader {
    /// A restart interval begins: nothing is known of the blocks before (E.2.4).
    fn restart(&mut self);

    /// Reads the block at a place among those of the component. The bytes hold all of it.
    fn block(&mut self, bits: &mut Bits, bytes: &Window, across: usize, down: usize) -> Result<(), Error>;

    /// Passes blocks of which the scan tells nothing more, at most so many. Gives how many.
    #[inline(always)]
    fn pass(&mut self, _most: u64) -> u64 {
        0
    }
}

/// Reads one block after the other, to the end of the scan. The readers are in the order of its components.
///
/// One function for each kind of reader, with nothing else in it, so that the registers are for the bit reader.
#[inline(never)]
pub(crate) fn walk(
    frame: &Frame,
    scan: &Scan,
    interval: u32,
    entropy: &mut Entropy<'_>,
    readers: &mut [impl Reader],
) -> Result<(), Error> {
    let mut bits = Bits::default();
    // Units that are left of the restart interval; with none, more than there can be.
    let interval = if interval == 0 { u64::MAX } else { u64::from(interval) };
    let mut left = interval;
    if let ([member], [reader]) = (&scan.members[..], &mut *readers) {
        // A single component comes block by block, row by row, without those that fill up (A.2.2).
        let (columns, rows) = frame.components[member.component].blocks;
        let (mut across, mut down) = (0, 0);
        while down < rows {
            if left == 0 {
                bits = entropy.restart(bits)?;
                reader.restart();
                left = interval;
            }
            let blocks = (rows - down) * columns - across;
            let passed = reader.pass(left.min(blocks as u64));
            if passed > 0 {
                left -= passed;
                across += passed as usize;
                (across, down) = (across % columns, down + across / columns);
                continue;
            }
            left -= 1;
            if !entropy.holds_block(&bits) {
                bits = entropy.advance(bits)?;
            }
            reader.block(&mut bits, entropy.bytes(), across, down)?;
            across += 1;
            if across == columns {
                (across, down) = (0, down + 1);
            }
        }
        return entropy.end(bits);
    }
    // Several come a rectangle of each at a time (A.2.3).
    let mut rectangle = Vec::new();
    for (index, member) in scan.members.iter().enumerate() {
        let factors = frame.components[member.component].factors;
        let offsets = (0..factors.0 * factors.1).map(|block| (block % factors.0, block / factors.0));
        rectangle.extend(offsets.map(|offset| (index, factors, offset)));
    }
    for row in 0..frame.units.1 {
        for column in 0..frame.units.0 {
            if left == 0 {
                bits = entropy.restart(bits)?;
                readers.iter_mut().for_each(Reader::restart);
                left = interval;
            }
            left -= 1;
            for &(index, factors, offset) in &rectangle {
                if !entropy.holds_block(&bits) {
                    bits = entropy.advance(bits)?;
                }
                let (across, down) = (column * factors.0 + offset.0, row * factors.1 + offset.1);
                readers[index].block(&mut bits, entropy.bytes(), across, down)?;
            }
        }
    }
    entropy.end(bits)
}
