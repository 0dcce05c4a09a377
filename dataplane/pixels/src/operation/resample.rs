//! The resampler of single planes: vertical pass into a row of floats, horizontal pass into bytes, one rounding.
//!
//! Indexing is checked once: `Axis` keeps every window inside its range, and `plane` cuts that range to the plane.

#![expect(
    clippy::inline_always,
    reason = "a body must be part of its dispatcher to be compiled for its instructions"
)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::axis::Axis;
use crate::image::Plane;

/// What is done to each sample before its one rounding: `gain * sample + bias`. Folds a change of range into the
/// resampler, where a table behind it would round twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tone {
    pub gain: f32,
    pub bias: f32,
}

impl Tone {
    /// Samples keep their value.
    pub(crate) const SAME: Self = Self { gain: 1.0, bias: 0.0 };

    /// Applies the tone to one sample.
    fn map(self, sample: u8) -> u8 {
        to_byte(f32::from(sample) * self.gain + self.bias)
    }
}

/// Columns of the vertical pass that are summed in registers at a time.
const BLOCK: usize = 64;

/// Resamples one plane. The result has no padding.
pub(crate) fn plane(source: &Plane, x: &Axis, y: &Axis, tone: Tone) -> Plane {
    let (width, height) = (x.starts.len(), y.starts.len());
    let mut out = vec![0_u8; width * height];
    if width > 0 && height > 0 {
        if x.exact && y.exact {
            copy(source, x, y, tone, &mut out);
        } else {
            Arch::new().dispatch(Convolve { source, x, y, tone, out: &mut out });
        }
    }
    Plane::tight(out, width, height)
}

/// Both axes pick single samples.
fn copy(source: &Plane, x: &Axis, y: &Axis, tone: Tone, out: &mut [u8]) {
    let table: [u8; 256] = std::array::from_fn(|sample| tone.map(sample as u8));
    let straight = x.starts.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    for (line, start) in out.chunks_exact_mut(x.starts.len()).zip(&y.starts) {
        let row = &source.data[start * source.stride..][..source.width];
        if straight {
            line.copy_from_slice(&row[x.starts[0]..][..line.len()]);
        } else {
            for (target, place) in line.iter_mut().zip(&x.starts) {
                *target = row[*place];
            }
        }
        if tone != Tone::SAME {
            for sample in line {
                *sample = table[usize::from(*sample)];
            }
        }
    }
}

/// The two passes as one value, so that the body is compiled once for each level of instructions. A closure would not
/// do: it is compiled on its own, for the lowest level.
struct Convolve<'a> {
    source: &'a Plane,
    x: &'a Axis,
    y: &'a Axis,
    tone: Tone,
    out: &'a mut [u8],
}

impl WithSimd for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        convolve(simd, self.source, self.x, self.y, self.tone, self.out);
    }
}

#[inline(always)]
fn convolve<S: Simd>(simd: S, source: &Plane, x: &Axis, y: &Axis, tone: Tone, out: &mut [u8]) {
    let width = x.starts.len();
    let reach = x.reach.clone();
    // Padded weights of the last window look this far past the end; they are zero, so the samples need only be finite.
    let mut row = vec![0.0_f32; reach.len() + x.padded];
    let mut sums = vec![0.0_f32; width];
    for (index, line) in out.chunks_exact_mut(width).enumerate() {
        let weights = &y.weights[index * y.padded..][..y.taps];
        vertical(source, y.starts[index], weights, &reach, &mut row[..reach.len()]);
        if x.exact {
            for (sum, start) in sums.iter_mut().zip(&x.starts) {
                *sum = row[start - reach.start];
            }
        } else {
            horizontal(simd, &row, x, &mut sums);
        }
        for (sample, sum) in line.iter_mut().zip(&sums) {
            *sample = to_byte(sum * tone.gain + tone.bias);
        }
    }
}

#[inline(always)]
fn vertical(source: &Plane, first: usize, weights: &[f32], reach: &Range<usize>, out: &mut [f32]) {
    for (block, target) in out.chunks_mut(BLOCK).enumerate() {
        let left = reach.start + block * BLOCK;
        if let Ok(target) = <&mut [f32; BLOCK]>::try_from(&mut *target) {
            let mut sums = [0.0_f32; BLOCK];
            for (tap, weight) in weights.iter().enumerate() {
                let row: &[u8; BLOCK] =
                    match source.data[(first + tap) * source.stride + left..].first_chunk() {
                        Some(row) => row,
                        None => return,
                    };
                for (sum, sample) in sums.iter_mut().zip(row) {
                    *sum += weight * f32::from(*sample);
                }
            }
            *target = sums;
        } else {
            target.fill(0.0);
            for (tap, weight) in weights.iter().enumerate() {
                let row = &source.data[(first + tap) * source.stride + left..][..target.len()];
                for (sum, sample) in target.iter_mut().zip(row) {
                    *sum += weight * f32::from(*sample);
                }
            }
        }
    }
}

#[inline(always)]
fn horizontal<S: Simd>(simd: S, row: &[f32], axis: &Axis, out: &mut [f32]) {
    for ((target, start), weights) in
        out.iter_mut().zip(&axis.starts).zip(axis.weights.chunks_exact(axis.padded))
    {
        let window = &row[start - axis.reach.start..][..axis.padded];
        // Both are a whole number of registers, because LANES is one on the widest level that is compiled.
        let (samples, weights) = (S::as_simd_f32s(window).0, S::as_simd_f32s(weights).0);
        let mut sum = simd.splat_f32s(0.0);
        for (sample, weight) in samples.iter().zip(weights) {
            sum = simd.mul_add_e_f32s(*sample, *weight, sum);
        }
        *target = simd.reduce_sum_f32s(sum);
    }
}

#[inline(always)]
pub(super) fn to_byte(value: f32) -> u8 {
    // In a float of 2^23 the last bit is worth one: the addition rounds, and the low byte is the sample. A cast would ask
    // for NaN and range again, sample by sample.
    const ONES: f32 = 8_388_608.0;
    (value.clamp(0.0, 255.0) + ONES).to_bits() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::axis::Mapping;

    fn noise(width: usize, height: usize) -> Plane {
        let mut state = 7_u32;
        let data = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        Plane::tight(data.take(width * height).collect(), width, height)
    }

    fn reference(source: &Plane, x: &Axis, y: &Axis, column: usize, line: usize) -> f64 {
        let mut sum = 0.0;
        for (dy, wy) in y.weights[line * y.padded..][..y.taps].iter().enumerate() {
            for (dx, wx) in x.weights[column * x.padded..][..x.taps].iter().enumerate() {
                let sample = source.data[(y.starts[line] + dy) * source.stride + x.starts[column] + dx];
                sum += f64::from(*wy) * f64::from(*wx) * f64::from(sample);
            }
        }
        sum
    }

    #[test]
    fn the_fast_kernel_equals_the_sum_of_weighted_samples() {
        for (width, height, out_width, out_height) in
            [(97, 61, 31, 17), (200, 3, 51, 7), (1, 50, 1, 9), (13, 13, 40, 41)]
        {
            let source = noise(width, height);
            let step = |from: usize, to: usize| Mapping { origin: 0.0, step: from as f64 / to as f64 };
            let x = Axis::lanczos(out_width, step(width, out_width), 0..width);
            let y = Axis::lanczos(out_height, step(height, out_height), 0..height);
            let out = plane(&source, &x, &y, Tone::SAME);
            for line in 0..out_height {
                for column in 0..out_width {
                    let expected = reference(&source, &x, &y, column, line).clamp(0.0, 255.0);
                    let got = f64::from(out.data[line * out_width + column]);
                    assert!(
                        (expected - got).abs() < 0.51,
                        "{width}x{height} at {column},{line}: {expected} {got}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_tone_is_applied_with_one_rounding() {
        let source = Plane::filled(255, 8, 8);
        let x = Axis::lanczos(3, Mapping { origin: 0.0, step: 8.0 / 3.0 }, 0..8);
        let limited = Tone { gain: 219.0 / 255.0, bias: 16.0 };
        assert!(plane(&source, &x, &x, limited).data.iter().all(|sample| *sample == 235));
        let same = Axis::lanczos(8, Mapping { origin: 0.0, step: 1.0 }, 0..8);
        assert!(plane(&source, &same, &same, limited).data.iter().all(|sample| *sample == 235));
    }

    #[test]
    fn exact_axes_copy_and_mirror() {
        let source = Plane::tight(vec![1, 2, 3, 4, 5, 6], 3, 2);
        let forth = |length: usize| Axis::lanczos(length, Mapping { origin: 0.0, step: 1.0 }, 0..length);
        let back = Axis::lanczos(3, Mapping { origin: 3.0, step: -1.0 }, 0..3);
        assert_eq!(plane(&source, &forth(3), &forth(2), Tone::SAME).data, [1, 2, 3, 4, 5, 6]);
        assert_eq!(plane(&source, &back, &forth(2), Tone::SAME).data, [3, 2, 1, 6, 5, 4]);
    }
}
