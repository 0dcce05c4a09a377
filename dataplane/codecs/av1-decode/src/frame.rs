//! One decoded picture, reduced to 8 bits.

use crate::{ChromaPosition, Sampling};

/// What the stream says of itself; the file's `nclx` overrides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signal {
    pub(crate) primaries: u16,
    pub(crate) matrix: u16,
    pub(crate) full_range: bool,
    pub(crate) position: ChromaPosition,
}

/// 8-bit planes without row padding.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Y, U, V; the last two empty for grey.
    pub(crate) planes: [Vec<u8>; 3],
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) sampling: Sampling,
    pub(crate) signal: Signal,
}

impl Frame {
    /// The size of one plane in samples.
    pub(crate) fn plane_size(sampling: Sampling, plane: usize, width: u32, height: u32) -> (usize, usize) {
        let (width, height) = if plane == 0 { (width, height) } else { sampling.chroma_size(width, height) };
        (width as usize, height as usize)
    }
}

/// Rounds samples of 10 or 12 bits to 8.
///
/// Full range maps the largest value to 255. Limited range divides, because there black and white are at multiples
/// of their 8-bit values.
#[derive(Debug)]
pub(crate) struct Reduction(Vec<u8>);

impl Reduction {
    /// `bits` is above 8 and at most 16.
    pub(crate) fn new(bits: u32, full_range: bool) -> Self {
        let (most, excess) = ((1_u32 << bits) - 1, bits - 8);
        let value = |sample: u32| {
            if full_range {
                (sample * 255 + most / 2) / most
            } else {
                ((sample + (1 << (excess - 1))) >> excess).min(255)
            }
        };
        Self((0..=most).map(|sample| value(sample) as u8).collect())
    }

    /// Appends a row of native-endian 16-bit samples.
    pub(crate) fn append(&self, row: &[u8], out: &mut Vec<u8>) {
        let (samples, _) = row.as_chunks::<2>();
        let top = self.0.len() - 1;
        // The table covers every value of the bit depth; `min` covers what a decoder should never give.
        out.extend(samples.iter().map(|sample| self.0[usize::from(u16::from_ne_bytes(*sample)).min(top)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reduction_rounds_and_keeps_the_ends() {
        let cases: [(u32, bool, u16, u8); 10] = [
            (10, true, 0, 0),
            (10, true, 1023, 255),
            (10, true, 512, 128),
            (10, false, 64, 16),
            (10, false, 940, 235),
            (10, false, 1023, 255),
            (10, false, 66, 17),
            (12, true, 4095, 255),
            (12, false, 256, 16),
            (12, false, 65_535, 255),
        ];
        for (bits, full_range, sample, expected) in cases {
            let mut out = Vec::new();
            Reduction::new(bits, full_range).append(&sample.to_ne_bytes(), &mut out);
            assert_eq!(out, [expected], "{sample} of {bits} bits, full range {full_range}");
        }
    }
}
