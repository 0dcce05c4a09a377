//! Makes the pictures.

use imgplane_codec_webp::{Options, Yuv};

/// Sizes that are tiny, thin, whole macroblocks, and neither.
pub(crate) const SIZES: [(u32, u32); 9] =
    [(1, 1), (1, 9), (9, 1), (2, 2), (16, 16), (17, 33), (64, 48), (37, 41), (131, 97)];

pub(crate) const LOSSY: Options = Options { quality: 90.0, method: 4, lossless: false, exact: false };
pub(crate) const LOSSLESS: Options = Options { quality: 50.0, method: 2, lossless: true, exact: true };

/// A smooth coloured picture, four bytes per pixel; alpha falls from the left to the right, down to 0.
pub(crate) fn rgba(width: u32, height: u32) -> Vec<u8> {
    (0..height)
        .flat_map(|y| {
            (0..width).flat_map(move |x| {
                let alpha = 255 - 255 * x / width;
                [wave(x, y, 0.3), wave(x, y, 1.1), wave(y, x, 2.0), alpha as u8]
            })
        })
        .collect()
}

/// The same without alpha.
pub(crate) fn rgb(width: u32, height: u32) -> Vec<u8> {
    rgba(width, height).chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect()
}

/// Smooth planes in limited range.
pub(crate) fn yuv(width: u32, height: u32, alpha: bool) -> Yuv {
    let plane = |width: u32, height: u32, step: u32, phase: f64| -> Vec<u8> {
        (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| wave(x * step, y * step, phase).clamp(40, 220))
            .collect()
    };
    let (w, h) = (width.div_ceil(2), height.div_ceil(2));
    Yuv {
        width,
        height,
        y: plane(width, height, 1, 0.3),
        u: plane(w, h, 2, 1.0),
        v: plane(w, h, 2, 2.0),
        a: alpha.then(|| rgba(width, height).chunks_exact(4).map(|pixel| pixel[3]).collect()),
    }
}

fn wave(x: u32, y: u32, phase: f64) -> u8 {
    (128.0 + 50.0 * (f64::from(x) / 29.0 + phase).sin() + 40.0 * (f64::from(y) / 31.0 - phase).cos()).round()
        as u8
}

/// A small, fast, repeatable source of randomness.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// The mean distance between samples.
pub(crate) fn distance(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}
