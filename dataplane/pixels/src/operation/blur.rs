//! Blur: a Gaussian of any size.
//!
//! A small one is convolved as it is. A large one leaves nothing finer than itself, so it is evaluated on a coarse grid
//! and drawn up by Lanczos: the work per pixel does not grow with sigma.

use super::{
    axis::{Axis, Mapping},
    resample::{self, Tone},
    translucent,
};
use crate::image::{Channels, Image, Packed, Plane};

/// Below this nothing can be seen: the neighbours' weight is under half a step of 255.
const INVISIBLE: f64 = 0.25;

/// From here on the coarse grid pays.
const COARSE_FROM: f64 = 6.0;

/// Grid points per sigma. A Gaussian sampled three times per sigma has lost less than a thousandth of a step.
const POINTS_PER_SIGMA: f64 = 3.0;

/// Grid points beyond each edge, so that drawing up never looks past the end of the grid.
const MARGIN: usize = 4;

pub(super) fn apply(image: Image, sigma: f32) -> Image {
    let sigma = f64::from(sigma);
    if sigma.is_nan() || sigma < INVISIBLE {
        return image;
    }
    match image {
        Image::Planar(mut planar) => {
            planar.planes = planar.planes.iter().map(|source| plane(source, sigma)).collect();
            planar.into()
        }
        Image::Packed(packed) => pixels(packed, sigma).into(),
    }
}

/// The axes of one way through the blur, each for a side's length.
struct Grid {
    sigma: f64,
    /// Pixels between two points.
    step: f64,
}

impl Grid {
    /// A coarse grid, where it pays.
    fn new(sigma: f64) -> Option<Self> {
        (sigma >= COARSE_FROM).then(|| Self { sigma, step: sigma / POINTS_PER_SIGMA })
    }

    fn points(&self, length: usize) -> usize {
        (length as f64 / self.step).ceil() as usize + 2 * MARGIN
    }

    /// From pixels to points.
    fn down(&self, length: usize) -> Axis {
        let mapping = Mapping { origin: -(MARGIN as f64) * self.step, step: self.step };
        Axis::gaussian(self.points(length), mapping, 0..length, self.sigma)
    }

    /// From points to pixels.
    fn up(&self, length: usize) -> Axis {
        let mapping = Mapping { origin: MARGIN as f64, step: 1.0 / self.step };
        Axis::lanczos(length, mapping, 0..self.points(length))
    }
}

/// From pixels to pixels.
fn direct(length: usize, sigma: f64) -> Axis {
    Axis::gaussian(length, Mapping { origin: 0.0, step: 1.0 }, 0..length, sigma)
}

/// Blurs one plane.
pub(super) fn plane(source: &Plane, sigma: f64) -> Plane {
    let (width, height) = (source.width, source.height);
    let Some(grid) = Grid::new(sigma) else {
        return resample::plane(source, &direct(width, sigma), &direct(height, sigma), Tone::SAME);
    };
    let points = resample::plane(source, &grid.down(width), &grid.down(height), Tone::SAME);
    resample::plane(&points, &grid.up(width), &grid.up(height), Tone::SAME)
}

/// Blurs interleaved samples; colours count as much as they are opaque.
pub(super) fn pixels(mut packed: Packed, sigma: f64) -> Packed {
    let (width, height, count) = (packed.width as usize, packed.height as usize, packed.channels.count());
    if packed.channels == Channels::Rgba {
        packed.data = match Grid::new(sigma) {
            None => translucent::resample(&packed.data, width, &direct(width, sigma), &direct(height, sigma)),
            Some(grid) => {
                let points =
                    translucent::resample(&packed.data, width, &grid.down(width), &grid.down(height));
                translucent::resample(&points, grid.points(width), &grid.up(width), &grid.up(height))
            }
        };
        return packed;
    }
    for channel in 0..count {
        let data = packed.data.iter().skip(channel).step_by(count).copied().collect();
        let blurred = plane(&Plane::tight(data, width, height), sigma);
        for (target, sample) in packed.data.iter_mut().skip(channel).step_by(count).zip(blurred.data) {
            *target = sample;
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The straight sum over all pixels, cut and normalised at the edges.
    fn exact(source: &Plane, sigma: f64, x: usize, y: usize) -> f64 {
        let weight = |distance: f64| (-0.5 * (distance / sigma).powi(2)).exp();
        let (mut sum, mut total) = (0.0, 0.0);
        for row in 0..source.height {
            for column in 0..source.width {
                let weight = weight(row as f64 - y as f64) * weight(column as f64 - x as f64);
                sum += weight * f64::from(source.data[row * source.stride + column]);
                total += weight;
            }
        }
        sum / total
    }

    #[test]
    fn every_sigma_is_within_one_step_of_the_gaussian() {
        let (width, height) = (90, 61);
        let data = (0..width * height).map(|index| {
            let (x, y) = (index % width, index / width);
            if (x / 20 + y / 15) % 2 == 0 { 240 } else { (x * 2) as u8 }
        });
        let source = Plane::tight(data.collect(), width, height);
        for sigma in [0.3, 0.8, 1.5, 5.9, 6.0, 11.0, 26.0, 51.0] {
            let out = plane(&source, sigma);
            for (x, y) in [(0, 0), (1, 59), (89, 60), (45, 30), (20, 15), (19, 14), (88, 3), (33, 58)] {
                let (got, expected) = (f64::from(out.data[y * width + x]), exact(&source, sigma, x, y));
                assert!((got - expected).abs() <= 1.0, "sigma {sigma} at {x},{y}: {got} {expected}");
            }
        }
    }

    #[test]
    fn a_single_pixel_and_a_single_line_survive() {
        assert_eq!(plane(&Plane::filled(77, 1, 1), 51.0).data, [77]);
        assert!(plane(&Plane::filled(77, 1, 40), 9.0).data.iter().all(|sample| *sample == 77));
    }

    #[test]
    fn transparent_colour_does_not_shine_into_the_blur() {
        let data =
            (0..64).flat_map(|index| if index % 8 < 4 { [255, 0, 0, 0] } else { [0, 0, 200, 255] }).collect();
        let out = pixels(Packed::new(data, 8, 8, Channels::Rgba).unwrap(), 2.0);
        assert!(out.data.chunks(4).all(|pixel| pixel[0] == 0), "no red");
    }
}
