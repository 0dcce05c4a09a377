//! Which source samples make one output sample along one axis, and with which weights.

use std::ops::Range;

/// Lobes of the Lanczos window.
const LOBES: f64 = 3.0;

/// Where a picture of means is as sharp as one of samples, as a part of the highest frequency of the result. Higher, and what
/// the means folded down from above is raised too much: 0.9 loses a point of SSIMULACRA2 where the decoder leaves one pixel
/// for one, and gains less than 0.1 where it leaves 1.4 (`make bench-shrink`).
const TRUE_AT: f64 = 0.6;

/// Standard deviations after which a Gaussian is cut: 0.03 % of its mass lies beyond.
pub(super) const GAUSSIAN_REACH: f64 = 3.6;

/// Weights are padded with zeros to a multiple of this, the number of lanes of an AVX2 register.
pub(crate) const LANES: usize = 8;

/// Where output samples lie in the source: the left edge of the first one, and the distance from one to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mapping {
    /// In source samples.
    pub origin: f64,
    /// In source samples; negative when the axis is mirrored.
    pub step: f64,
}

impl Mapping {
    /// The left edge of the source sample that the first output sample begins in.
    fn first(self) -> f64 {
        if self.step < 0.0 { self.origin - 1.0 } else { self.origin }
    }

    /// Whether every output sample is exactly one source sample.
    fn is_exact(self) -> bool {
        let first = self.first();
        (self.step.abs() - 1.0).abs() < 1e-9 && (first - first.round()).abs() < 1e-6
    }
}

/// The weights of one axis.
#[derive(Debug)]
pub(crate) struct Axis {
    /// First source sample of each output sample.
    pub starts: Vec<usize>,
    /// Weights of each output sample, `padded` apiece, the first `taps` of which may differ from zero.
    pub weights: Vec<f32>,
    pub taps: usize,
    pub padded: usize,
    /// Every output sample is exactly one source sample.
    pub exact: bool,
    /// Source samples that are looked at.
    pub reach: Range<usize>,
}

impl Axis {
    /// Lanczos-3, widened to cover the step when shrinking. Samples outside of `range` do not exist: the weights of the
    /// others are raised to make up for them.
    pub(crate) fn lanczos(length: usize, mapping: Mapping, range: Range<usize>) -> Self {
        if mapping.is_exact() {
            return Self::exact(length, mapping.first().round(), mapping.step < 0.0, range);
        }
        Self::of_lanczos(length, mapping, range, None)
    }

    /// The same for samples each of which is the mean of `count` others, because a decoder has shrunk the picture. Means
    /// are softer than samples, the more the closer to the finest detail they can hold; the weights make up for that.
    ///
    /// Means of `count` pass a wave of `f` periods per mean at `sin(pi f) / (count sin(pi f / count))` of its height, so
    /// that the kernel is sharpened by three taps, `-c, 1 + 2c, -c`, which pass it at `1 + 2c (1 - cos(2 pi f))`. Both
    /// together are 1 at [`TRUE_AT`] of the finest detail of the result.
    pub(crate) fn lanczos_of_means(length: usize, mapping: Mapping, range: Range<usize>, count: u32) -> Self {
        if count < 2 || mapping.is_exact() {
            return Self::lanczos(length, mapping, range);
        }
        let finest = 1.0 / (2.0 * mapping.step.abs().max(1.0));
        Self::of_lanczos(length, mapping, range, Some(sharpening(TRUE_AT * finest, count.into())))
    }

    fn of_lanczos(length: usize, mapping: Mapping, range: Range<usize>, sharpening: Option<f64>) -> Self {
        let scale = mapping.step.abs().max(1.0);
        let Some(sharpening) = sharpening else {
            return Self::build(length, mapping, range, LOBES * scale, |first, weights| {
                lanczos(first, scale, weights);
            });
        };
        let mut wider = Vec::new();
        Self::build(length, mapping, range, LOBES * scale + 1.0, |first, weights| {
            wider.resize(weights.len() + 2, 0.0);
            lanczos(first - 1.0, scale, &mut wider);
            for (weight, near) in weights.iter_mut().zip(wider.windows(3)) {
                *weight = near[1] + sharpening * (2.0 * near[1] - near[0] - near[2]);
            }
        })
    }

    /// A Gaussian of `sigma` source samples, evaluated at every step.
    pub(crate) fn gaussian(length: usize, mapping: Mapping, range: Range<usize>, sigma: f64) -> Self {
        // At least one sample on each side, so that a tiny sigma finds the sample it stands on.
        let radius = (GAUSSIAN_REACH * sigma).max(1.0);
        let exponent = -0.5 / (sigma * sigma);
        Self::build(length, mapping, range, radius, each(|distance| (distance * distance * exponent).exp()))
    }

    /// A Gaussian from sample to sample that is cut at `half` samples on either side.
    pub(crate) fn kernel(length: usize, half: usize, sigma: f64) -> Self {
        let exponent = -0.5 / (sigma * sigma);
        let mapping = Mapping { origin: 0.0, step: 1.0 };
        let weight = each(|distance| (distance * distance * exponent).exp());
        Self::build(length, mapping, 0..length, half as f64 + 0.5, weight)
    }

    fn exact(length: usize, first: f64, backwards: bool, range: Range<usize>) -> Self {
        let last = range.end.saturating_sub(1).max(range.start) as f64;
        let at = |index: usize| {
            let place = if backwards { first - index as f64 } else { first + index as f64 };
            place.clamp(range.start as f64, last) as usize
        };
        let starts: Vec<usize> = (0..length).map(at).collect();
        let low = starts.iter().copied().min().unwrap_or(range.start);
        let high = starts.iter().copied().max().map_or(range.start, |start| start + 1);
        Self {
            starts,
            weights: std::iter::repeat_n([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], length)
                .flatten()
                .collect(),
            taps: 1,
            padded: LANES,
            exact: true,
            reach: low..high,
        }
    }

    /// `weigh` is given the distance of the first of some neighbouring samples to the middle of an output sample.
    fn build(
        length: usize,
        at: Mapping,
        range: Range<usize>,
        radius: f64,
        mut weigh: impl FnMut(f64, &mut [f64]),
    ) -> Self {
        let taps = ((2.0 * radius).ceil() as usize).clamp(1, range.len().max(1));
        let padded = taps.next_multiple_of(LANES);
        let mut starts = Vec::with_capacity(length);
        let mut weights = Vec::with_capacity(length * padded);
        let mut raw = vec![0.0_f64; taps];
        for index in 0..length {
            let centre = at.origin + (index as f64 + 0.5) * at.step;
            // A sample's centre lies half a sample right of its number.
            let first =
                (centre - radius - 0.5).ceil().clamp(range.start as f64, (range.end - taps) as f64) as usize;
            let distance = first as f64 + 0.5 - centre;
            weigh(distance, &mut raw);
            let mut sum = 0.0;
            for (offset, weight) in raw.iter_mut().enumerate() {
                if (distance + offset as f64).abs() >= radius {
                    *weight = 0.0;
                }
                sum += *weight;
            }
            starts.push(first);
            if sum.abs() < 1e-9 {
                // The filter lies wholly outside of the picture: the nearest sample stands for it.
                let nearest = if centre < (range.start + range.end) as f64 / 2.0 { 0 } else { taps - 1 };
                weights.extend((0..padded).map(|tap| if tap == nearest { 1.0 } else { 0.0 }));
                continue;
            }
            weights.extend(raw.iter().map(|weight| (weight / sum) as f32));
            weights.extend(std::iter::repeat_n(0.0, padded - taps));
        }
        let low = starts.iter().copied().min().unwrap_or(range.start);
        let high = starts.iter().copied().max().map_or(range.start, |start| start + taps);
        Self { starts, weights, taps, padded, exact: false, reach: low..high }
    }
}

/// By how much three taps raise a wave of `frequency` periods per mean of `count` samples, so that it has its height again:
/// `c` of [`Axis::lanczos_of_means`].
fn sharpening(frequency: f64, count: f64) -> f64 {
    let angle = std::f64::consts::PI * frequency;
    let passed = angle.sin() / (count * (angle / count).sin());
    (1.0 / passed - 1.0) / (2.0 * (1.0 - (2.0 * angle).cos()))
}

/// Weighs each sample by itself.
fn each(weight: impl Fn(f64) -> f64) -> impl FnMut(f64, &mut [f64]) {
    move |first, weights| {
        for (offset, slot) in weights.iter_mut().enumerate() {
            *slot = weight(first + offset as f64);
        }
    }
}

/// sinc(x) sinc(x / 3) for x from `first / scale` on in steps of `1 / scale`. One sine serves both, sin 3a = 3 sin a - 4 sin^3 a,
/// and the next follows from it by turning it on: a sine takes as long as ten of these.
fn lanczos(first: f64, scale: f64, weights: &mut [f64]) {
    let step = std::f64::consts::PI / (LOBES * scale);
    let (turn_sine, turn_cosine) = step.sin_cos();
    let (mut sine, mut cosine) = (first * step).sin_cos();
    for (offset, weight) in weights.iter_mut().enumerate() {
        let angle = (first + offset as f64) * step;
        *weight = if angle.abs() >= std::f64::consts::PI {
            0.0
        } else if angle.abs() < 1e-5 {
            1.0
        } else {
            sine * (3.0 - 4.0 * sine * sine) * sine / (LOBES * angle * angle)
        };
        (sine, cosine) = (sine * turn_cosine + cosine * turn_sine, cosine * turn_cosine - sine * turn_sine);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_each_output_sample_add_up_to_one() {
        for (length, step) in [(1, 10.0), (3, 3.3), (10, 1.0001), (40, 0.25), (7, 1.5)] {
            let axis = Axis::lanczos(length, Mapping { origin: 0.1, step }, 0..10);
            for weights in axis.weights.chunks(axis.padded) {
                assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5, "length {length}, step {step}");
            }
            assert!(axis.starts.iter().all(|start| start + axis.taps <= 10), "length {length}, step {step}");
        }
    }

    #[test]
    fn a_wave_keeps_its_height_through_means() {
        // 640 samples, their means in eights, and 56 samples of those: 1.43 means for each.
        let (samples, count, length) = (640_u32, 8_u32, 56);
        let step = f64::from(samples / count) / length as f64;
        for (share, off) in [(0.2, 0.005), (0.4, 0.01), (TRUE_AT, 0.01), (0.8, 0.03)] {
            let frequency = share / (2.0 * step * f64::from(count));
            let wave = |at: f64| (std::f64::consts::TAU * frequency * at).cos();
            let sample = |at: usize| wave(at as f64 + 0.5);
            let mean = |at: usize| (0..8).map(|offset| sample(at * 8 + offset)).sum::<f64>() / 8.0;
            // How much of the wave is in the result, without its edges.
            let height = |axis: &Axis, of: &dyn Fn(usize) -> f64| {
                let (mut product, mut square) = (0.0, 0.0);
                for index in 8..length - 8 {
                    let taps =
                        axis.weights[index * axis.padded..][..axis.taps].iter().zip(axis.starts[index]..);
                    let seen: f64 = taps.map(|(weight, at)| f64::from(*weight) * of(at)).sum();
                    let expected = wave((index as f64 + 0.5) * step * f64::from(count));
                    product += seen * expected;
                    square += expected * expected;
                }
                product / square
            };
            let fine = Mapping { origin: 0.0, step: step * f64::from(count) };
            let coarse = Mapping { origin: 0.0, step };
            let direct = height(&Axis::lanczos(length, fine, 0..640), &sample);
            let sharp = height(&Axis::lanczos_of_means(length, coarse, 0..80, count), &mean) / direct;
            let soft = height(&Axis::lanczos(length, coarse, 0..80), &mean) / direct;
            assert!((sharp - 1.0).abs() < off, "at {share}: {sharp}");
            assert!(share < 0.5 || soft < 0.95, "at {share}: {soft} without");
        }
    }

    #[test]
    fn a_mirrored_axis_reads_the_same_samples_backwards() {
        let forth = Axis::lanczos(5, Mapping { origin: 0.0, step: 2.0 }, 0..10);
        let back = Axis::lanczos(5, Mapping { origin: 10.0, step: -2.0 }, 0..10);
        for index in 0..5 {
            let weight = |axis: &Axis, index: usize, sample: usize| {
                sample
                    .checked_sub(axis.starts[index])
                    .and_then(|tap| axis.weights[index * axis.padded..][..axis.padded].get(tap).copied())
                    .unwrap_or(0.0)
            };
            for sample in 0..10 {
                let difference = weight(&forth, index, sample) - weight(&back, 4 - index, sample);
                assert!(difference.abs() < 1e-6, "sample {sample} of {index}");
            }
        }
    }

    #[test]
    fn whole_steps_are_exact() {
        let axis = Axis::lanczos(3, Mapping { origin: 2.0, step: 1.0 }, 0..10);
        assert!(axis.exact);
        assert_eq!(axis.starts, [2, 3, 4]);
        let mirrored = Axis::lanczos(3, Mapping { origin: 5.0, step: -1.0 }, 0..10);
        assert_eq!(mirrored.starts, [4, 3, 2]);
    }

    #[test]
    fn the_lanczos_window_has_its_known_values() {
        let known = [(0.0, 1.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (0.5, 0.607_927_1), (1.5, -0.135_094_9)];
        for scale in [1.0, 2.0, 10.0] {
            let mut weights = vec![0.0; (7.0 * scale) as usize + 1];
            lanczos(-3.5 * scale, scale, &mut weights);
            for (x, expected) in known {
                for x in [x, -x] {
                    let place = (x + 3.5) * scale;
                    if place.fract() == 0.0 {
                        let seen = weights[place as usize];
                        assert!((seen - expected).abs() < 1e-6, "{x} at {scale}: {seen}");
                    }
                }
            }
        }
    }
}
