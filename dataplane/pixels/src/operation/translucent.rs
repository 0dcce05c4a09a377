//! The resampler of pictures with alpha: colours weigh as much as they are opaque, and nothing is rounded or cut to a
//! range before the colour is divided by its opacity again. Cut earlier, edges against nothing would grow a bright hem.
//!
//! Row by row: a source row is multiplied out to floats and drawn to the new width once; the rows that the current
//! output row needs stay in a ring. Memory does not grow with the picture.
//!
//! Indexing is checked once: every window of an `Axis` lies inside its reach, and the reach inside the picture.

#![expect(
    clippy::inline_always,
    reason = "a body must be part of its dispatcher to be compiled for its instructions"
)]

use pulp::{Arch, Simd, WithSimd};

use super::{axis::Axis, resample::to_byte};

/// Samples of a pixel.
const CHANNELS: usize = 4;

/// Pixels whose samples fill one register of the widest level.
const PAIR: usize = 2;

/// Resamples straight RGBA; `width` is that of the source. Both axes must run forwards.
pub(super) fn resample(source: &[u8], width: usize, x: &Axis, y: &Axis) -> Vec<u8> {
    let mut out = vec![0; x.starts.len() * y.starts.len() * CHANNELS];
    if !out.is_empty() {
        Arch::new().dispatch(Passes { source, width, x, y, out: &mut out });
    }
    out
}

struct Passes<'a> {
    source: &'a [u8],
    width: usize,
    x: &'a Axis,
    y: &'a Axis,
    out: &'a mut [u8],
}

impl WithSimd for Passes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { source, width, x, y, out } = self;
        let spread = Spread::new(x);
        let line = x.starts.len() * CHANNELS;
        let mut floats = vec![0.0; (x.reach.len() + PAIR) * CHANNELS];
        let mut ring = vec![0.0; y.taps * line];
        let mut sums = vec![0.0; line];
        let mut next = y.starts[0];
        for (index, target) in out.chunks_exact_mut(line).enumerate() {
            let first = y.starts[index];
            next = next.max(first);
            while next < first + y.taps {
                let row = &source[(next * width + x.reach.start) * CHANNELS..][..x.reach.len() * CHANNELS];
                multiplied(row, &mut floats);
                horizontal(&floats, x, &spread, &mut ring[(next % y.taps) * line..][..line]);
                next += 1;
            }
            sums.fill(0.0);
            for (tap, weight) in y.weights[index * y.padded..][..y.taps].iter().enumerate() {
                let row = &ring[((first + tap) % y.taps) * line..][..line];
                for (sum, sample) in sums.iter_mut().zip(row) {
                    *sum += weight * sample;
                }
            }
            divided(&sums, target);
        }
    }
}

/// Weights of an axis, each repeated for the samples of a pixel, an even number of pixels per window.
struct Spread {
    weights: Vec<f32>,
    window: usize,
}

impl Spread {
    fn new(axis: &Axis) -> Self {
        let taps = axis.taps.next_multiple_of(PAIR);
        // `padded` is a multiple of the pair, so the weight behind the last tap is there, and zero.
        let weights = axis.weights.chunks_exact(axis.padded).flat_map(|weights| &weights[..taps]);
        let weights = weights.flat_map(|weight| [*weight; CHANNELS]).collect();
        Self { weights, window: taps * CHANNELS }
    }
}

#[inline(always)]
fn multiplied(row: &[u8], out: &mut [f32]) {
    for (to, from) in out.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(row.as_chunks::<CHANNELS>().0) {
        let alpha = f32::from(from[3]);
        *to = [f32::from(from[0]) * alpha, f32::from(from[1]) * alpha, f32::from(from[2]) * alpha, alpha];
    }
}

#[inline(always)]
fn horizontal(row: &[f32], axis: &Axis, spread: &Spread, out: &mut [f32]) {
    let windows = axis.starts.iter().zip(spread.weights.chunks_exact(spread.window));
    for (target, (start, weights)) in out.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(windows) {
        let window = &row[(start - axis.reach.start) * CHANNELS..][..spread.window];
        let mut sums = [0.0_f32; PAIR * CHANNELS];
        for (samples, weights) in window.as_chunks::<8>().0.iter().zip(weights.as_chunks::<8>().0) {
            for lane in 0..PAIR * CHANNELS {
                sums[lane] += samples[lane] * weights[lane];
            }
        }
        for channel in 0..CHANNELS {
            target[channel] = sums[channel] + sums[channel + CHANNELS];
        }
    }
}

#[inline(always)]
fn divided(sums: &[f32], out: &mut [u8]) {
    for (to, from) in out.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(sums.as_chunks::<CHANNELS>().0) {
        let alpha = from[3];
        // Half a step of opacity rounds to nothing, and with it the colour.
        if alpha < 0.5 {
            *to = [0; CHANNELS];
            continue;
        }
        let share = 1.0 / alpha;
        *to = [to_byte(from[0] * share), to_byte(from[1] * share), to_byte(from[2] * share), to_byte(alpha)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::axis::Mapping;

    fn axis(from: usize, to: usize) -> Axis {
        Axis::lanczos(to, Mapping { origin: 0.0, step: from as f64 / to as f64 }, 0..from)
    }

    #[test]
    fn colour_stays_true_up_to_the_edge_of_what_is_there() {
        let color = [250_u8, 120, 30];
        for (from, to) in [(8, 3), (8, 19), (37, 11), (8, 8)] {
            let pixel = |index: usize| {
                if index % from < from / 2 { [0, 0, 0, 0] } else { [color[0], color[1], color[2], 255] }
            };
            let source: Vec<u8> = (0..from * from).flat_map(pixel).collect();
            let out = resample(&source, from, &axis(from, to), &axis(from, to));
            assert_eq!(out.len(), to * to * 4);
            assert!(out.chunks(4).any(|pixel| pixel[3] == 255) && out.chunks(4).any(|pixel| pixel[3] == 0));
            for pixel in out.chunks(4).filter(|pixel| pixel[3] > 0) {
                for (got, expected) in pixel.iter().zip(color) {
                    assert!(got.abs_diff(expected) <= 1, "{from} to {to}: {pixel:?}");
                }
            }
        }
    }

    #[test]
    fn opaque_pixels_are_resampled_as_planes_are() {
        let (width, height) = (41, 29);
        let gray: Vec<u8> = (0..width * height).map(|index| (index * 37 % 256) as u8).collect();
        let rgba: Vec<u8> = gray.iter().flat_map(|gray| [*gray, *gray, *gray, 255]).collect();
        let (x, y) = (axis(width, 13), axis(height, 50));
        let out = resample(&rgba, width, &x, &y);
        let plane = crate::image::Plane::tight(gray, width, height);
        let expected = super::super::resample::plane(&plane, &x, &y, super::super::resample::Tone::SAME);
        for (pixel, expected) in out.chunks(4).zip(expected.data) {
            assert!(pixel[0].abs_diff(expected) <= 1 && pixel[3] == 255, "{pixel:?} {expected}");
        }
    }
}
