//! A hash of what a picture looks like: pictures that look alike have hashes that differ in few bits.
//!
//! It is the DCT hash of phash.org (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010):
//! the brightness of 32x32 pixels, its cosine transform, of which the 8x8 lowest frequencies without the constant ones
//! are each compared with the median of all.

use std::{f64::consts::PI, fmt, num::ParseIntError, str::FromStr};

/// Pixels across and down that are looked at.
pub(super) const SIDE: u32 = 32;
const PIXELS: usize = SIDE as usize;
/// Frequencies across and down that count.
const LOW: usize = 8;

/// 64 bits, written as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PerceptualHash(u64);

impl PerceptualHash {
    /// Of 32x32 levels of brightness, row by row.
    pub(super) fn of(luma: &[f64]) -> Self {
        let cosines: [[f64; PIXELS]; LOW] = std::array::from_fn(|frequency| {
            std::array::from_fn(|at| {
                let (frequency, at) = ((frequency + 1) as f64, at as f64);
                (PI * (2.0 * at + 1.0) * frequency / (2.0 * PIXELS as f64)).cos()
            })
        });
        let along = |samples: &[f64], wave: &[f64; PIXELS]| -> f64 {
            samples.iter().zip(wave).map(|(sample, wave)| sample * wave).sum()
        };
        let across: Vec<[f64; LOW]> = luma
            .chunks(PIXELS)
            .map(|row| std::array::from_fn(|frequency| along(row, &cosines[frequency])))
            .collect();
        let frequencies: [f64; LOW * LOW] = std::array::from_fn(|index| {
            let column: Vec<f64> = across.iter().map(|row| row[index % LOW]).collect();
            along(&column, &cosines[index / LOW])
        });
        let mut sorted = frequencies;
        sorted.sort_by(f64::total_cmp);
        let median = f64::midpoint(sorted[LOW * LOW / 2 - 1], sorted[LOW * LOW / 2]);
        let bits = frequencies.iter().fold(0, |bits, level| bits << 1 | u64::from(*level > median));
        Self(bits)
    }

    /// In how many of their 64 bits two hashes differ.
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// How alike two pictures look, from 0 to 1.
    pub fn similarity(self, other: Self) -> f64 {
        1.0 - f64::from(self.distance(other)) / 64.0
    }
}

impl fmt::Display for PerceptualHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl FromStr for PerceptualHash {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_that_the_hosted_service_documents() {
        let hash = |text: &str| text.parse::<PerceptualHash>().unwrap();
        let one = hash("63433b3ccf8e1ebe");
        for (other, distance) in [("f5d2226cd9d32b16", 27), ("61433b3fcf8f9faf", 8), ("63433b3ccf8e1ebe", 0)]
        {
            assert_eq!(one.distance(hash(other)), distance, "{other}");
            assert_eq!(hash(other).distance(one), distance, "{other}");
        }
        assert!((one.similarity(hash("61433b3fcf8f9faf")) - 0.875).abs() < 1e-9);
        assert_eq!(one.to_string(), "63433b3ccf8e1ebe");
        assert_eq!(hash("000000000000001f").to_string(), "000000000000001f");
    }

    #[test]
    fn brightness_and_contrast_do_not_count() {
        let scene = |gain: f64, bias: f64| -> PerceptualHash {
            let level = |index: usize| {
                let (x, y) = ((index % 32) as f64, (index / 32) as f64);
                100.0 + 40.0 * (x * 0.31 + y * y * 0.01).sin() + 30.0 * (y * 0.17 - x * 0.05).cos()
            };
            let levels: Vec<f64> = (0..1024).map(|index| level(index) * gain + bias).collect();
            PerceptualHash::of(&levels)
        };
        assert_eq!(scene(1.0, 0.0), scene(0.5, 20.0));
        // Half of the frequencies lie above their median.
        assert_eq!(scene(1.0, 0.0).0.count_ones(), 32);
    }
}
