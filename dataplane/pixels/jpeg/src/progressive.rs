//! Progressive scans (T.81, annex G): first a coarse picture, then a band of coefficients or a bit of them at a time.

use std::hint::select_unpredictable;

use crate::{
    Error,
    batch::Batch,
    bits::{Bits, READY, Window},
    coefficients::{Block, Coefficients, Kept, places},
    entropy::Entropy,
    error::damaged,
    frame::Frame,
    huffman::{
        END, Tables,
        values::{Coefficient, NO_CODE, Values},
    },
    plane::Plane,
    quantisation::Quantisation,
    scan::Scan,
    transform::Transform,
    units::{self, Reader},
};

/// Reads a scan into the coefficients, which are in the order of the frame.
pub(crate) fn read(
    frame: &Frame,
    scan: &Scan,
    tables: &Tables,
    interval: u32,
    kept: &Kept,
    entropy: &mut Entropy<'_>,
    coefficients: &mut [Coefficients],
) -> Result<(), Error> {
    let mut members = Vec::with_capacity(scan.members.len());
    let mut all = coefficients.iter_mut().enumerate();
    for member in &scan.members {
        let Some((_, coefficients)) = all.find(|(component, _)| *component == member.component) else {
            return damaged("a scan of an unknown component");
        };
        members.push(coefficients);
    }
    let missing = || damaged("a scan without its Huffman tables");
    if scan.band.0 == 0 {
        if scan.high > 0 {
            let low = scan.low;
            let mut bits: Vec<_> =
                members.into_iter().map(|coefficients| MeanBits { coefficients, low }).collect();
            return units::walk(frame, scan, interval, entropy, &mut bits);
        }
        let mut means = Vec::with_capacity(members.len());
        for (member, coefficients) in scan.members.iter().zip(members) {
            let Some(Some(table)) = tables.dc.get(member.dc) else { return missing() };
            means.push(Means {
                table: Box::new(Values::new(table.of_means()?)),
                coefficients,
                mean: 0,
                low: scan.low,
            });
        }
        return units::walk(frame, scan, interval, entropy, &mut means);
    }
    let (Some(coefficients), Some(member)) = (members.pop(), scan.members.first()) else { return missing() };
    let Some(Some(table)) = tables.ac.get(member.ac) else { return missing() };
    let band = Band {
        table: Values::new(table.of_bands()?),
        coefficients,
        kept,
        first: scan.band.0.into(),
        last: scan.band.1.into(),
        low: scan.low,
        run: 0,
    };
    if scan.high == 0 {
        units::walk(frame, scan, interval, entropy, &mut [FirstBits(band)])
    } else {
        units::walk(frame, scan, interval, entropy, &mut [MoreBits(band)])
    }
}

/// The means, without their lowest bits (G.1.2.1).
struct Means<'a> {
    table: Box<Values>,
    coefficients: &'a mut Coefficients,
    /// That of the block before.
    mean: i32,
    low: u8,
}

impl Reader for Means<'_> {
    fn restart(&mut self) {
        self.mean = 0;
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits, bytes: &Window, across: usize, down: usize) -> Result<(), Error> {
        bits.refill(bytes);
        let difference = self.table.next(bits, bytes);
        let (1, Some(mean)) = (difference.advance, self.mean.checked_add(difference.value)) else {
            return damaged("bits that are no code, or no mean");
        };
        self.mean = mean;
        if let Some(place) = self.coefficients.mean(across, down) {
            *place = (mean << self.low) as i16;
        }
        Ok(())
    }
}

/// One bit more of each mean.
struct MeanBits<'a> {
    coefficients: &'a mut Coefficients,
    low: u8,
}

impl Reader for MeanBits<'_> {
    fn restart(&mut self) {}

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits, bytes: &Window, across: usize, down: usize) -> Result<(), Error> {
        bits.refill(bytes);
        // Shifted, not asked for: half of the bits are ones.
        let bit = (bits.number(1) << self.low) as i16;
        if let Some(mean) = self.coefficients.mean(across, down) {
            *mean |= bit;
        }
        Ok(())
    }
}

/// A band of the coefficients of one component.
struct Band<'a> {
    table: Values,
    coefficients: &'a mut Coefficients,
    kept: &'a Kept,
    first: usize,
    last: usize,
    low: u8,
    /// Blocks that come yet and have nothing more in this band (G.1.2.2).
    run: u32,
}

impl Band<'_> {
    /// How many blocks end here, with this one: a symbol tells how many bits tell the rest of the number.
    #[inline(always)]
    fn run(end: Coefficient, bits: &mut Bits, bytes: &Window) -> Result<u32, Error> {
        if end.advance >= NO_CODE {
            return damaged("bits that are no code");
        }
        bits.refill(bytes);
        let count = (end.advance - END) as u32;
        Ok((1 << count) + bits.number(count))
    }
}

/// A band for the first time, without the lowest bits.
struct FirstBits<'a>(Band<'a>);

impl Reader for FirstBits<'_> {
    fn restart(&mut self) {
        self.0.run = 0;
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits, bytes: &Window, across: usize, down: usize) -> Result<(), Error> {
        let band = &mut self.0;
        let Some(block) = band.coefficients.block(across, down) else {
            return damaged("a block outside of the picture");
        };
        let mut present = *block.present;
        let mut at = band.first;
        while at <= band.last {
            bits.refill(bytes);
            let coefficient = band.table.next(bits, bytes);
            if coefficient.advance >= END {
                band.run = Band::run(coefficient, bits, bytes)? - 1;
                break;
            }
            at += coefficient.advance;
            if at - 1 > band.last {
                return damaged("a coefficient outside of its band");
            }
            let value = (coefficient.value << band.low) as i16;
            block.values[band.kept.slot(at - 1)] = value;
            present |= u64::from(value != 0) << ((at - 1) & 63);
        }
        *block.present = present;
        Ok(())
    }

    /// The blocks of a run, so that what a few bytes tell of all blocks is done in no time.
    #[inline(always)]
    fn pass(&mut self, most: u64) -> u64 {
        let passed = most.min(self.0.run.into());
        self.0.run -= passed as u32;
        passed
    }
}

/// One bit more of a band.
struct MoreBits<'a>(Band<'a>);

impl Reader for MoreBits<'_> {
    fn restart(&mut self) {
        self.0.run = 0;
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits, bytes: &Window, across: usize, down: usize) -> Result<(), Error> {
        let band = &mut self.0;
        let Some(block) = band.coefficients.block(across, down) else {
            return damaged("a block outside of the picture");
        };
        let known = *block.present;
        let (mut at, last) = (band.first, band.last);
        let (mut new, mut told) = (0, 0);
        while band.run == 0 && at <= last {
            bits.refill(bytes);
            let coefficient = band.table.next(bits, bytes);
            if coefficient.advance >= END {
                band.run = Band::run(coefficient, bits, bytes)?;
                break;
            }
            // What was zero until now is one of the bit that comes now. Sixteen zeros have no value.
            if coefficient.value.abs() > 1 || (coefficient.value == 0 && coefficient.advance != 16) {
                return damaged("a new coefficient of more than a bit");
            }
            // It is the last of so many that were zero.
            let zeros = without_lowest(!known & places(at, last), coefficient.advance - 1);
            if zeros == 0 {
                return damaged("a coefficient outside of its band");
            }
            let target = zeros.trailing_zeros() as usize;
            told |= ones(known & places(at, target), bits, bytes);
            if coefficient.value != 0 {
                block.values[band.kept.slot(target)] = (coefficient.value << band.low) as i16;
                new |= 1 << target;
            }
            at = target + 1;
        }
        if band.run > 0 {
            band.run -= 1;
            if at <= last {
                told |= ones(known & places(at, last), bits, bytes);
            }
        }
        *block.present = known | new;
        // All at once, because how many there are cannot be guessed, and that costs the less the rarer it is asked.
        let mut farther = told & band.kept.places;
        while farther != 0 {
            let value = &mut block.values[band.kept.slot(farther.trailing_zeros() as usize)];
            let step = (i16::from(*value >= 0) * 2 - 1) << band.low;
            *value = value.wrapping_add(step);
            farther &= farther - 1;
        }
        Ok(())
    }
}

/// The same without its `count` lowest ones: 15 at most.
#[inline(always)]
fn without_lowest(mut ones: u64, count: usize) -> u64 {
    // Four are looked at in any case: that is cheaper than a wrong guess of how many there are.
    for index in 0..4 {
        ones = select_unpredictable(index < count, ones & ones.wrapping_sub(1), ones);
    }
    for _ in 4..count {
        ones &= ones.wrapping_sub(1);
    }
    ones
}

/// Reads a bit for each of these coefficients: whether it is farther from zero by one of the bit that comes now (G.1.2.3).
/// Gives those that are.
#[inline(always)]
fn ones(mut which: u64, bits: &mut Bits, bytes: &Window) -> u64 {
    let mut told = 0;
    while which != 0 {
        bits.refill(bytes);
        for _ in 0..READY / 4 {
            // Four in any case, as above.
            for _ in 0..4 {
                let lowest = which & which.wrapping_neg();
                told |= lowest & bits.next_as_mask();
                bits.skip(u32::from(lowest != 0));
                which ^= lowest;
            }
            if which == 0 {
                break;
            }
        }
    }
    told
}

/// Makes the samples of a component from its coefficients.
pub(crate) fn samples<const SIDE: usize>(
    blocks: (usize, usize),
    coefficients: &mut Coefficients,
    kept: &Kept,
    transform: Transform<SIDE>,
    quantisation: &Quantisation,
    plane: &mut Plane,
) {
    let mut batch = Batch::new();
    for down in 0..blocks.1 {
        for across in 0..blocks.0 {
            let Some(mean) = coefficients.mean(across, down) else { return };
            batch.set(0, *mean);
            if SIDE > 1 {
                let Some(block) = coefficients.block(across, down) else { return };
                fill(&block, kept, SIDE == 2, &mut batch);
            }
            if batch.push() {
                batch.flush(transform, quantisation, plane, (across + 1, down));
            }
        }
        batch.flush(transform, quantisation, plane, (blocks.0, down));
    }
}

/// Sets all coefficients of a block but its mean.
#[inline(always)]
fn fill(block: &Block<'_>, kept: &Kept, only_kept: bool, batch: &mut Batch) {
    let mut present = *block.present;
    if only_kept {
        present &= kept.places;
    }
    while present != 0 {
        let place = present.trailing_zeros() as usize;
        // Of those that are not kept the transform to a half wants to know that they are there.
        let value = if kept.places >> place & 1 == 1 { block.values[kept.slot(place)] } else { 1 };
        batch.set(place, value);
        present &= present - 1;
    }
}
