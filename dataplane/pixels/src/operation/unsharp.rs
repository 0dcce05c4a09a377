//! Unsharp mask: what a blurred copy of the luma lacks is added to the picture. Colours keep their hue, and planes and
//! pixels come out alike.

use super::{
    axis::{Axis, GAUSSIAN_REACH},
    blur,
    resample::{self, Tone},
    translucent,
};
use crate::{
    Unsharp,
    color::ycbcr,
    image::{Channels, Image, Packed, Plane},
};

/// Widest half of a kernel that is convolved directly. A larger radius counts as this one where it cuts the Gaussian.
const WIDEST: usize = 64;

/// Below this the kernel has nothing beside its middle.
const LEAST_SIGMA: f64 = 0.05;

pub(super) fn apply(image: Image, mask: Unsharp) -> Image {
    let sigma = f64::from(mask.sigma);
    // What is not a number compares as nothing.
    let acts = sigma >= LEAST_SIGMA && mask.amount > 0.0 && mask.radius.is_none_or(|radius| radius > 0.0);
    if !acts {
        return image;
    }
    match image {
        Image::Planar(mut planar) => {
            if let Some(luma) = planar.planes.first_mut() {
                let soft = soft(luma, &mask);
                let rows = luma.data.chunks_mut(luma.stride.max(1)).zip(soft.rows());
                for (row, soft) in rows {
                    for (sample, soft) in row.iter_mut().zip(soft) {
                        *sample = added(*sample, difference(*sample, *soft, &mask));
                    }
                }
            }
            planar.into()
        }
        Image::Packed(packed) => pixels(packed, &mask).into(),
    }
}

fn pixels(mut packed: Packed, mask: &Unsharp) -> Packed {
    let (width, height, count) = (packed.width as usize, packed.height as usize, packed.channels.count());
    let lumas: Vec<u8> =
        packed.data.chunks_exact(count).map(|pixel| ycbcr::luma([pixel[0], pixel[1], pixel[2]])).collect();
    let soft = if packed.channels == Channels::Rgba {
        soft_within(&packed, &lumas, mask)
    } else {
        soft(&Plane::tight(lumas.clone(), width, height), mask).data
    };
    for ((pixel, luma), soft) in packed.data.chunks_exact_mut(count).zip(lumas).zip(soft) {
        let difference = difference(luma, soft, mask);
        for sample in pixel.iter_mut().take(3) {
            *sample = added(*sample, difference);
        }
    }
    packed
}

/// What is added to a pixel of this luma.
fn difference(luma: u8, soft: u8, mask: &Unsharp) -> f32 {
    let difference = f32::from(luma) - f32::from(soft);
    if difference.abs() <= mask.threshold * 255.0 { 0.0 } else { difference * mask.amount }
}

fn added(sample: u8, difference: f32) -> u8 {
    // The conversion cuts what is too much.
    (f32::from(sample) + difference + 0.5).max(0.0) as u8
}

/// Half the kernel, where the radius cuts the Gaussian.
fn half(mask: &Unsharp) -> Option<usize> {
    let radius = f64::from(mask.radius?).ceil();
    (radius < GAUSSIAN_REACH * f64::from(mask.sigma)).then(|| (radius as usize).min(WIDEST))
}

fn soft(luma: &Plane, mask: &Unsharp) -> Plane {
    let sigma = f64::from(mask.sigma);
    match half(mask) {
        None => blur::plane(luma, sigma),
        Some(half) => {
            let (x, y) = (Axis::kernel(luma.width, half, sigma), Axis::kernel(luma.height, half, sigma));
            resample::plane(luma, &x, &y, Tone::SAME)
        }
    }
}

/// The same of a picture with alpha, in which luma counts as much as it is opaque.
fn soft_within(packed: &Packed, lumas: &[u8], mask: &Unsharp) -> Vec<u8> {
    let (width, height, sigma) = (packed.width as usize, packed.height as usize, f64::from(mask.sigma));
    let pixels = packed.data.as_chunks::<4>().0.iter().zip(lumas);
    let data = pixels.flat_map(|(pixel, luma)| [*luma, *luma, *luma, pixel[3]]).collect();
    let soft = match half(mask) {
        None => blur::pixels(Packed { data, ..*packed }, sigma).data,
        Some(half) => {
            let (x, y) = (Axis::kernel(width, half, sigma), Axis::kernel(height, half, sigma));
            translucent::resample(&data, width, &x, &y)
        }
    };
    soft.into_iter().step_by(4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(amount: f32) -> Unsharp {
        Unsharp { radius: None, sigma: 1.0, amount, threshold: 0.0 }
    }

    fn edge() -> Packed {
        let data =
            (0..20 * 6).flat_map(|index| if index % 20 < 10 { [80, 90, 100] } else { [160, 170, 180] });
        Packed::new(data.collect(), 20, 6, Channels::Rgb).unwrap()
    }

    fn row(image: Image) -> Vec<u8> {
        let packed = super::super::packed(image).unwrap();
        packed.data.chunks(packed.channels.count()).take(20).map(|pixel| pixel[1]).collect()
    }

    #[test]
    fn an_edge_gets_steeper_by_the_amount_and_flat_parts_stay() {
        let weak = row(apply(edge().into(), mask(0.5)));
        let strong = row(apply(edge().into(), mask(1.0)));
        assert!(strong[9] < weak[9] && weak[9] < 90 && strong[10] > weak[10] && weak[10] > 170);
        // A Gaussian of 1 takes 0.3085 of a step over the edge at half a pixel's distance.
        assert!(strong[9].abs_diff(90 - 25) <= 1, "{strong:?}");
        assert_eq!((strong[0], strong[19]), (90, 170));
    }

    #[test]
    fn planes_and_pixels_come_out_alike() {
        let planes = ycbcr::from_rgb(&edge()).unwrap();
        let (a, b) = (row(apply(edge().into(), mask(0.8))), row(apply(planes.into(), mask(0.8))));
        assert!(a.iter().zip(&b).all(|(a, b)| a.abs_diff(*b) <= 2), "{a:?} {b:?}");
    }

    #[test]
    fn what_differs_less_than_the_threshold_stays() {
        for (threshold, changes) in [(0.05, true), (0.2, false)] {
            let out = row(apply(edge().into(), Unsharp { threshold, ..mask(1.0) }));
            assert_eq!(out != row(edge().into()), changes, "{threshold}");
        }
    }

    #[test]
    fn a_radius_that_cuts_the_kernel_weakens_the_mask() {
        let of =
            |radius| row(apply(edge().into(), Unsharp { radius, sigma: 4.0, amount: 0.5, threshold: 0.0 }));
        let (cut, whole) = (of(Some(1.0)), of(None));
        assert!(cut[10] < whole[10] && cut[10] > 170, "{} {}", cut[10], whole[10]);
        assert_eq!(cut[13], 170, "beyond the radius nothing changes");
    }

    #[test]
    fn transparent_luma_does_not_shine_into_the_mask() {
        let data =
            (0..20 * 6).flat_map(|index| if index % 20 < 10 { [0, 0, 0, 0] } else { [150, 150, 150, 255] });
        let image = Packed::new(data.collect(), 20, 6, Channels::Rgba).unwrap();
        let Image::Packed(out) = apply(image.into(), mask(1.0)) else { panic!("stays packed") };
        assert_eq!(out.data[40..44], [150, 150, 150, 255], "beside nothing it is as in the middle");
    }

    #[test]
    fn numbers_that_are_none_change_nothing() {
        for (sigma, amount) in [(0.0, 1.0), (f32::NAN, 1.0), (1.0, f32::NAN), (1.0, 0.0)] {
            let out = row(apply(edge().into(), Unsharp { radius: None, sigma, amount, threshold: 0.0 }));
            assert_eq!(out, row(edge().into()));
        }
        let endless = Unsharp { radius: Some(f32::MAX), sigma: f32::MAX, amount: f32::MAX, threshold: 0.0 };
        assert_eq!(row(apply(edge().into(), endless)).len(), 20);
    }
}
