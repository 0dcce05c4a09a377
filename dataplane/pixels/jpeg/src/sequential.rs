//! Sequential scans (T.81, annex F): every block comes once, with all of its coefficients, and goes straight into its
//! plane.

use crate::{
    Error,
    batch::{Batch, NOWHERE},
    bits::{Bits, Window},
    entropy::Entropy,
    error::damaged,
    frame::Frame,
    huffman::{
        Huffman, Tables,
        pairs::Pairs,
        skips::Skips,
        values::{Coefficient, END, NO_CODE, Values},
    },
    plane::Plane,
    quantisation::Quantisation,
    scan::Scan,
    transform::{self, Transform},
    units::{self, Reader},
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

/// What the bits of one component are read with.
struct Member<'a, Ac> {
    means: &'a Values,
    bands: &'a Ac,
    quantisation: &'a Quantisation,
    /// The mean of the block before: means are told by their differences (F.1.1.5.1).
    mean: i32,
    plane: &'a mut Plane,
}

/// Decodes a scan into means: an eighth.
pub(crate) fn means(input: Input<'_>, entropy: &mut Entropy<'_>, planes: &mut [Plane]) -> Result<(), Error> {
    let built = Built::new(&input, Skips::new)?;
    let mut members = built.members(&input, planes)?;
    units::walk(input.frame, input.scan, input.interval, entropy, &mut members)
}

impl Reader for Member<'_, Skips> {
    fn restart(&mut self) {
        self.mean = 0;
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits, bytes: &Window, across: usize, down: usize) -> Result<(), Error> {
        difference(self, bits, bytes)?;
        self.bands.block(bits, bytes)?;
        let sample = transform::one(self.mean as i16, self.quantisation[0]);
        self.plane.put(across, down, &[[sample]]);
        Ok(())
    }
}

/// Decodes a scan into two by two or four by four samples of each block: a quarter or a half.
pub(crate) fn blocks<const SIDE: usize>(
    input: Input<'_>,
    entropy: &mut Entropy<'_>,
    planes: &mut [Plane],
    transform: Transform<SIDE>,
) -> Result<(), Error> {
    let built = Built::new(&input, Pairs::new)?;
    let members = built.members(&input, planes)?;
    let mut blocks: Vec<Blocks<'_, SIDE>> =
        members.into_iter().map(|member| Blocks { member, batch: Batch::new(), transform }).collect();
    units::walk(input.frame, input.scan, input.interval, entropy, &mut blocks)?;
    blocks.iter_mut().for_each(Blocks::flush);
    Ok(())
}

/// The blocks of one component.
struct Blocks<'a, const SIDE: usize> {
    member: Member<'a, Pairs>,
    batch: Batch,
    transform: Transform<SIDE>,
}

impl<const SIDE: usize> Blocks<'_, SIDE> {
    fn flush(&mut self) {
        self.batch.flush(self.transform, self.member.quantisation, self.member.plane);
    }
}

impl<const SIDE: usize> Reader for Blocks<'_, SIDE> {
    fn restart(&mut self) {
        self.member.mean = 0;
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits, bytes: &Window, across: usize, down: usize) -> Result<(), Error> {
        let member = &mut self.member;
        difference(member, bits, bytes)?;
        let mean = member.mean as i16;
        let behind = bands(member.bands, &mut self.batch, bits, bytes)?;
        // At a quarter the transform is cheaper than to ask.
        if SIDE == 4
            && behind == 1
            && let Some(sample) = transform::plain(mean, member.quantisation[0])
        {
            member.plane.put(across, down, &[[sample; SIDE]; SIDE]);
        } else if self.batch.push(mean, across, down) {
            self.flush();
        }
        Ok(())
    }
}

/// Reads the difference of a block's mean to that of the block before (F.2.2.1).
#[inline(always)]
fn difference<Ac>(member: &mut Member<'_, Ac>, bits: &mut Bits, bytes: &Window) -> Result<(), Error> {
    bits.refill(bytes);
    let difference = member.means.next(bits, bytes);
    if difference.advance != 1 {
        return damaged("bits that are no code");
    }
    member.mean = member.mean.wrapping_add(difference.value);
    Ok(())
}

/// Reads all coefficients of a block but its mean (F.2.2.2). Gives the place behind the last of them.
#[inline(always)]
fn bands(table: &Pairs, batch: &mut Batch, bits: &mut Bits, bytes: &Window) -> Result<usize, Error> {
    let mut place = 1;
    loop {
        // As often as 46 bits last, which are left when the mean was read.
        for _ in 0..4 {
            let pair = table.peek(bits);
            let next = place + pair.both();
            if pair.length() == 0 || next > 63 {
                // The end of the block mostly, behind a coefficient or at once: which of both is not asked, because it
                // cannot be guessed. Else one symbol is taken by itself: it is a long one, or it fills the block, and what
                // follows belongs to the next.
                let first = place + pair.first();
                if next >= END && pair.length() != 0 && !(64..END).contains(&first) {
                    let behind = if first < 64 { first } else { place };
                    let at = if first < 64 { first - 1 } else { NOWHERE };
                    batch.set(at, pair.first_value());
                    bits.skip(pair.length());
                    return Ok(behind);
                }
                bits.refill(bytes);
                let coefficient = table.single(bits, bytes);
                let next = place + coefficient.advance;
                if next > 63 {
                    return end(place, next, coefficient, batch);
                }
                batch.set(next - 1, coefficient.value as i16);
                place = next;
                break;
            }
            bits.skip(pair.length());
            // The first comes last: without a second both have one place.
            batch.set(next - 1, pair.second_value());
            batch.set(place + pair.first() - 1, pair.first_value());
            place = next;
        }
        bits.refill(bytes);
    }
}

/// The end of a block, or its last coefficient, or one behind it.
#[inline(always)]
fn end(place: usize, next: usize, coefficient: Coefficient, batch: &mut Batch) -> Result<usize, Error> {
    match next {
        64 => {
            batch.set(63, coefficient.value as i16);
            Ok(64)
        }
        END..NO_CODE => Ok(place),
        _ => damaged("bits that are no code, or no coefficient"),
    }
}

/// The look-up tables of a scan. Components that share a table share what is built of it.
struct Built<Ac> {
    dc: [Option<Box<Values>>; 4],
    ac: [Option<Box<Ac>>; 4],
}

impl<Ac> Built<Ac> {
    fn new(input: &Input<'_>, bands: impl Fn(&Huffman) -> Result<Ac, Error>) -> Result<Self, Error> {
        let mut built = Self { dc: [const { None }; 4], ac: [const { None }; 4] };
        for member in &input.scan.members {
            let (dc, ac) = (input.tables.dc.get(member.dc), input.tables.ac.get(member.ac));
            let (Some(Some(dc)), Some(Some(ac))) = (dc, ac) else {
                return damaged("a scan without its Huffman tables");
            };
            if built.dc[member.dc].is_none() {
                built.dc[member.dc] = Some(Box::new(Values::of_means(dc)?));
            }
            if built.ac[member.ac].is_none() {
                built.ac[member.ac] = Some(Box::new(bands(ac)?));
            }
        }
        Ok(built)
    }

    fn members<'a>(
        &'a self,
        input: &Input<'a>,
        planes: &'a mut [Plane],
    ) -> Result<Vec<Member<'a, Ac>>, Error> {
        let mut members = Vec::with_capacity(input.scan.members.len());
        let mut planes = planes.iter_mut().enumerate();
        for member in &input.scan.members {
            let plane = planes.find(|(component, _)| *component == member.component);
            let (Some(means), Some(bands), Some((_, plane))) =
                (self.dc[member.dc].as_deref(), self.ac[member.ac].as_deref(), plane)
            else {
                return damaged("a scan without its Huffman tables");
            };
            let quantisation = &input.quantisation[member.component];
            members.push(Member { means, bands, quantisation, mean: 0, plane });
        }
        Ok(members)
    }
}
