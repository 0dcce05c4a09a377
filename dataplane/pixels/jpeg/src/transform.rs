//! Scaled inverse transforms: from the coefficients of blocks to one, two by two or four by four samples of each.
//!
//! The mean of the samples that a scaled one stands for follows from the coefficients directly, with less work than all
//! samples take. The steps are those of libjpeg's reduced transforms (`jidctred.c`, after Loeffler, Ligtenberg and
//! Moschytz), in the 16 and 32 bits that libjpeg-turbo computes them in with SIMD, so that also what leaves the range
//! leaves it in the same way. Values have 13 fractional bits within a pass, and 2 between the passes.
//!
//! Waves of some frequencies are zero on average over what a sample covers. For two by two samples those are 2, 4 and 6,
//! for four by four it is 4.

use crate::quantisation::Quantisation;

/// How many blocks are transformed at a time.
pub(crate) const LANES: usize = 8;

/// One coefficient of each block.
pub(crate) type Lanes = [i16; LANES];

/// Rows of samples, of eight blocks each.
pub(crate) type Samples<const SIDE: usize> = [[[u8; LANES]; SIDE]; SIDE];

/// From the coefficients of eight blocks to their samples.
pub(crate) type Transform<const SIDE: usize> = fn(&[Lanes; 64], &Quantisation) -> Samples<SIDE>;

/// Fractional bits of the constants.
const CONST_BITS: u32 = 13;
/// Fractional bits between the passes.
const PASS1_BITS: u32 = 2;

/// The sample that stands for a block, from the mean alone.
#[inline(always)]
fn sample(mean: i16, quantisation: i16) -> u8 {
    // The mean is eight times as large as its sample. What leaves the range by far comes back on the other side: libjpeg
    // looks only at ten bits.
    let value = (i32::from(mean) * i32::from(quantisation) + 4) >> 3;
    clamped(value << 22 >> 22)
}

/// One sample of each block.
#[inline(never)]
pub(crate) fn one(coefficients: &[Lanes; 64], quantisation: &Quantisation) -> Samples<1> {
    [[coefficients[0].map(|mean| sample(mean, quantisation[0]))]]
}

/// The samples of blocks that have means and nothing else, within the range: all of a block are the same then.
#[inline(always)]
pub(crate) fn plain<const SIDE: usize>(
    coefficients: &[Lanes; 64],
    quantisation: &Quantisation,
) -> Option<Samples<SIDE>> {
    // The slowest wave is there mostly, and then the others are not looked at.
    if coefficients[1] != [0; LANES] || coefficients[2..] != [[0; LANES]; 62] {
        return None;
    }
    let means = coefficients[0].map(|mean| mean.wrapping_mul(quantisation[0]));
    let within = means.iter().all(|mean| (-8192..8192).contains(mean));
    within.then(|| [[means.map(|mean| clamped((i32::from(mean) + 4) >> 3)); SIDE]; SIDE])
}

/// Four samples of each block.
#[inline(never)]
pub(crate) fn two(coefficients: &[Lanes; 64], quantisation: &Quantisation) -> Samples<2> {
    let mut samples = [[[0; LANES]; 2]; 2];
    for lane in 0..LANES {
        let of = |place: usize| i32::from(coefficients[place][lane].wrapping_mul(quantisation[place]));
        let column = |column: usize| {
            let even = of(column) << (CONST_BITS + 2);
            let odd = [of(8 + column), of(24 + column), of(40 + column), of(56 + column)];
            twos(even, odd, CONST_BITS - PASS1_BITS + 2)
        };
        let (c0, c1, c3, c5, c7) = (column(0), column(1), column(3), column(5), column(7));
        let row = |row: usize| {
            // Column 0 keeps its full range.
            let even = c0[row].wrapping_shl(CONST_BITS + 2);
            let odd = [saturated(c1[row]), saturated(c3[row]), saturated(c5[row]), saturated(c7[row])];
            twos(even, odd, CONST_BITS + PASS1_BITS + 5)
        };
        let (upper, lower) = (row(0), row(1));
        samples[0][0][lane] = clamped(upper[0]);
        samples[0][1][lane] = clamped(upper[1]);
        samples[1][0][lane] = clamped(lower[0]);
        samples[1][1][lane] = clamped(lower[1]);
    }
    samples
}

/// Two sums of five values, rounded.
#[inline(always)]
fn twos(even: i32, [c1, c3, c5, c7]: [i32; 4], bits: u32) -> [i32; 2] {
    let even = even.wrapping_add(1 << (bits - 1));
    // 3.624509785, -1.272758580, 0.850430095, -0.720959822
    let odd = (c1 * 29692 + c3 * -10426).wrapping_add(c5 * 6967 + c7 * -5906);
    [even.wrapping_add(odd) >> bits, even.wrapping_sub(odd) >> bits]
}

/// Sixteen samples of each block.
#[inline(never)]
pub(crate) fn four(coefficients: &[Lanes; 64], quantisation: &Quantisation) -> Samples<4> {
    if let Some(flat) = flat(coefficients, quantisation) {
        return four_wrapped(coefficients, quantisation, flat);
    }
    let mut rows = [[[0; LANES]; 8]; 4];
    for column in [0, 1, 2, 3, 5, 6, 7] {
        for lane in 0..LANES {
            let of = |row: usize| {
                i32::from(coefficients[row * 8 + column][lane].wrapping_mul(quantisation[row * 8 + column]))
            };
            let sums = fours([of(0), of(1), of(2), of(3), of(5), of(6), of(7)], CONST_BITS - PASS1_BITS + 1);
            rows[0][column][lane] = saturated(sums[0]) as i16;
            rows[1][column][lane] = saturated(sums[1]) as i16;
            rows[2][column][lane] = saturated(sums[2]) as i16;
            rows[3][column][lane] = saturated(sums[3]) as i16;
        }
    }
    let mut samples = [[[0; LANES]; 4]; 4];
    for (samples, row) in samples.iter_mut().zip(&rows) {
        for lane in 0..LANES {
            let of = |column: usize| i32::from(row[column][lane]);
            let sums = fours([of(0), of(1), of(2), of(3), of(5), of(6), of(7)], CONST_BITS + PASS1_BITS + 4);
            samples[0][lane] = clamped(sums[0]);
            samples[1][lane] = clamped(sums[1]);
            samples[2][lane] = clamped(sums[2]);
            samples[3][lane] = clamped(sums[3]);
        }
    }
    samples
}

/// Four sums of seven values, rounded.
#[inline(always)]
fn fours([c0, c1, c2, c3, c5, c6, c7]: [i32; 7], bits: u32) -> [i32; 4] {
    let even = (c0 << (CONST_BITS + 1)).wrapping_add(1 << (bits - 1));
    // 1.847759065, -0.765366865
    let second = c2 * 15137 + c6 * -6270;
    let (outer, inner) = (even.wrapping_add(second), even.wrapping_sub(second));
    // 1.061594337, -2.172734803, 1.451774981, -0.211164243
    let odd_inner = (c1 * 8697 + c3 * -17799).wrapping_add(c5 * 11893 + c7 * -1730);
    // 2.562915447, 0.899976223, -0.601344887, -0.509795579
    let odd_outer = (c1 * 20995 + c3 * 7373).wrapping_add(c5 * -4926 + c7 * -4176);
    [
        outer.wrapping_add(odd_outer) >> bits,
        inner.wrapping_add(odd_inner) >> bits,
        inner.wrapping_sub(odd_inner) >> bits,
        outer.wrapping_sub(odd_outer) >> bits,
    ]
}

/// The same where values leave the range of 16 bits, of which some blocks are flat.
#[cold]
fn four_wrapped(coefficients: &[Lanes; 64], quantisation: &Quantisation, flat: [bool; LANES]) -> Samples<4> {
    let mut samples = [[[0; LANES]; 4]; 4];
    for lane in 0..LANES {
        let of = |place: usize| i32::from(coefficients[place][lane].wrapping_mul(quantisation[place]));
        let column = |at: usize| {
            if flat[lane] {
                return [i32::from((of(at) as i16).wrapping_shl(PASS1_BITS)); 4];
            }
            let of = |row: usize| of(row * 8 + at);
            fours([of(0), of(1), of(2), of(3), of(5), of(6), of(7)], CONST_BITS - PASS1_BITS + 1)
                .map(saturated)
        };
        let columns = [column(0), column(1), column(2), column(3), column(5), column(6), column(7)];
        for row in 0..4 {
            let sums = fours(columns.map(|column| column[row]), CONST_BITS + PASS1_BITS + 4);
            for (sample, sum) in samples[row].iter_mut().zip(sums) {
                sample[lane] = clamped(sum);
            }
        }
    }
    samples
}

/// Which blocks have no waves down, where that makes a difference: libjpeg-turbo takes a short cut for them, in which what
/// leaves the range of 16 bits comes back on the other side. `None` if nothing leaves it, which is nearly always.
#[inline(always)]
fn flat(coefficients: &[Lanes; 64], quantisation: &Quantisation) -> Option<[bool; LANES]> {
    let mut beyond = [0; LANES];
    for column in 0..8 {
        for (beyond, value) in beyond.iter_mut().zip(&coefficients[column]) {
            *beyond |= value.wrapping_mul(quantisation[column]).wrapping_add(8192);
        }
    }
    let beyond = beyond.iter().fold(0, |all, value| all | value & !0x3fff);
    (beyond != 0).then(|| {
        let waves = |lane: usize| {
            [1, 2, 3, 5, 6, 7]
                .iter()
                .any(|row| (0..8).any(|column| coefficients[row * 8 + column][lane] != 0))
        };
        std::array::from_fn(|lane| !waves(lane))
    })
}

#[inline(always)]
fn saturated(value: i32) -> i32 {
    i32::from(value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
}

/// Samples are stored around zero (T.81, A.3.1).
#[inline(always)]
fn clamped(value: i32) -> u8 {
    (value.clamp(i32::from(i8::MIN), i32::from(i8::MAX)) as u8) ^ 0x80
}
