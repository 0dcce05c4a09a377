//! An independent resampler in double precision, and the score of a picture against it.

use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};

use crate::scene::Picture;

fn lanczos(x: f64) -> f64 {
    let sinc =
        |x: f64| if x == 0.0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) };
    if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

/// Scales to a size with Lanczos-3, area-correct; with alpha, premultiplied.
pub(crate) fn scaled(source: &Picture, width: u32, height: u32) -> Picture {
    let channels = source.channels;
    let mut samples: Vec<f64> = source.data.iter().map(|sample| f64::from(*sample)).collect();
    if channels == 4 {
        samples.chunks_mut(4).for_each(|pixel| (0..3).for_each(|at| pixel[at] *= pixel[3]));
    }
    let across =
        along(&samples, source.width as usize, width as usize, channels, source.width as usize * channels);
    let rows = width as usize * channels;
    // Columns become the samples of one very wide pixel.
    let mut both =
        along(&across, source.height as usize, height as usize, rows, source.height as usize * rows);
    if channels == 4 {
        both.chunks_mut(4).for_each(|pixel| (0..3).for_each(|at| pixel[at] /= pixel[3].max(1e-9)));
    }
    let data = both.iter().map(|sample| (sample + 0.5).clamp(0.0, 255.0) as u8).collect();
    Picture { width, height, channels, data }
}

fn along(samples: &[f64], from: usize, to: usize, step: usize, line: usize) -> Vec<f64> {
    let ratio = from as f64 / to as f64;
    let scale = ratio.max(1.0);
    let mut out = Vec::new();
    for row in samples.chunks(line) {
        for index in 0..to {
            let centre = (index as f64 + 0.5) * ratio;
            let low = (centre - 3.0 * scale).floor().max(0.0) as usize;
            let high = ((centre + 3.0 * scale).ceil() as usize).min(from);
            let weights: Vec<f64> =
                (low..high).map(|at| lanczos((at as f64 + 0.5 - centre) / scale)).collect();
            let total: f64 = weights.iter().sum();
            for channel in 0..step {
                let weighted = weights
                    .iter()
                    .enumerate()
                    .map(|(tap, weight)| weight * row[(low + tap) * step + channel]);
                out.push(weighted.sum::<f64>() / total);
            }
        }
    }
    out
}

/// SSIMULACRA2 of RGB pictures: 100 is the same, 90 cannot be told apart, 70 is good.
pub(crate) fn score(reference: &Picture, picture: &Picture) -> f64 {
    assert_eq!((reference.width, reference.height), (picture.width, picture.height));
    let (reference, picture) = (reference.with_channels(3), picture.with_channels(3));
    let stride = reference.width as usize * 3;
    let slice = |data| {
        PixelSlice::new(data, reference.width, reference.height, stride, PixelDescriptor::RGB8_SRGB).unwrap()
    };
    compute_ssimulacra2(&slice(&reference.data), &slice(&picture.data)).unwrap()
}

/// The picture on a grey that is in neither of the test scenes, so that alpha counts in the score.
pub(crate) fn on_gray(picture: &Picture) -> Picture {
    if picture.channels != 4 {
        return picture.clone();
    }
    let pixel = |pixel: &[u8]| -> Vec<u8> {
        let alpha = f64::from(pixel[3]) / 255.0;
        (0..3).map(|at| (f64::from(pixel[at]) * alpha + 120.0 * (1.0 - alpha)).round() as u8).collect()
    };
    Picture { channels: 3, data: picture.data.chunks(4).flat_map(pixel).collect(), ..*picture }
}
