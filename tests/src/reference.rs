//! What a resized picture should look like: Lanczos3 in floating point, and SSIMULACRA2 against it.

use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use image::RgbImage;

/// Scales to exactly this size with a Lanczos kernel of three lobes, widened by the reduction, in `f64`, on the
/// stored (gamma-encoded) values as every image server does. No step is rounded but the last.
pub fn lanczos3(source: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (from_width, from_height) = (source.width() as usize, source.height() as usize);
    let across = kernel(from_width, width as usize);
    let down = kernel(from_height, height as usize);
    let samples: Vec<f64> = source.as_raw().iter().map(|&value| f64::from(value)).collect();
    let mut narrow = vec![0.0; width as usize * from_height * 3];
    for y in 0..from_height {
        for (x, (start, weights)) in across.iter().enumerate() {
            for channel in 0..3 {
                let taps = weights.iter().enumerate();
                let sum = taps
                    .map(|(k, weight)| weight * samples[(y * from_width + start + k) * 3 + channel])
                    .sum();
                narrow[(y * width as usize + x) * 3 + channel] = sum;
            }
        }
    }
    let mut result = RgbImage::new(width, height);
    for (y, (start, weights)) in down.iter().enumerate() {
        for x in 0..width as usize {
            let channel = |channel: usize| {
                let taps = weights.iter().enumerate();
                let sum: f64 = taps
                    .map(|(k, weight)| weight * narrow[((start + k) * width as usize + x) * 3 + channel])
                    .sum();
                sum.round().clamp(0.0, 255.0) as u8
            };
            result.put_pixel(x as u32, y as u32, image::Rgb([channel(0), channel(1), channel(2)]));
        }
    }
    result
}

/// For each target sample, where its taps start and their normalised weights.
fn kernel(from: usize, to: usize) -> Vec<(usize, Vec<f64>)> {
    let ratio = from as f64 / to as f64;
    let stretch = ratio.max(1.0);
    let lobe = |x: f64| {
        let x = x.abs();
        if x < 1e-12 {
            1.0
        } else if x < 3.0 {
            let pix = std::f64::consts::PI * x;
            3.0 * pix.sin() * (pix / 3.0).sin() / (pix * pix)
        } else {
            0.0
        }
    };
    (0..to)
        .map(|index| {
            let centre = (index as f64 + 0.5) * ratio;
            let first = (centre - 3.0 * stretch).floor().max(0.0) as usize;
            let last = ((centre + 3.0 * stretch).ceil() as usize).min(from);
            let mut weights: Vec<f64> =
                (first..last).map(|at| lobe((at as f64 + 0.5 - centre) / stretch)).collect();
            let sum: f64 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= sum;
            }
            (first, weights)
        })
        .collect()
}

/// SSIMULACRA2 of a picture against its reference: 100 is identical, 90 not to be told apart, 70 high quality.
pub fn score(reference: &RgbImage, picture: &RgbImage) -> f64 {
    let view = |image| {
        let image: &RgbImage = image;
        let stride = image.width() as usize * 3;
        PixelSlice::new(image.as_raw(), image.width(), image.height(), stride, PixelDescriptor::RGB8_SRGB)
    };
    let (reference, picture) = (view(reference).expect("a view"), view(picture).expect("a view"));
    compute_ssimulacra2(&reference, &picture).expect("pictures of equal size")
}
