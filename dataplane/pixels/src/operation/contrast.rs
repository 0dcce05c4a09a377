//! Contrast: the luma is stretched so that its 1st and 99th percentiles become 0 and 255; chroma stays.

use crate::{
    color::ycbcr,
    image::{Channels, Image, Packed},
};

/// Share of the pixels at each end that may be cut.
const CUT: f64 = 0.01;

pub(super) fn apply(image: Image) -> Image {
    match image {
        Image::Planar(mut planar) => {
            if let Some(luma) = planar.planes.first_mut() {
                let mut counts = [0_u64; 256];
                luma.rows().flatten().for_each(|sample| counts[usize::from(*sample)] += 1);
                if let Some(stretch) = Stretch::of(&counts) {
                    luma.data.iter_mut().for_each(|sample| *sample = stretch.0[usize::from(*sample)]);
                }
            }
            planar.into()
        }
        Image::Packed(packed) => pixels(packed).into(),
    }
}

fn pixels(mut packed: Packed) -> Packed {
    let count = packed.channels.count();
    let mut counts = [0_u64; 256];
    for pixel in packed.data.chunks_exact(count) {
        // A colour that is not seen is none.
        let seen = if packed.channels == Channels::Rgba { u64::from(pixel[3]) } else { 1 };
        counts[usize::from(ycbcr::luma([pixel[0], pixel[1], pixel[2]]))] += seen;
    }
    let Some(stretch) = Stretch::of(&counts) else { return packed };
    for pixel in packed.data.chunks_exact_mut(count) {
        let luma = ycbcr::luma([pixel[0], pixel[1], pixel[2]]);
        let more = i16::from(stretch.0[usize::from(luma)]) - i16::from(luma);
        for sample in pixel.iter_mut().take(3) {
            *sample = (i16::from(*sample) + more).clamp(0, 255) as u8;
        }
    }
    packed
}

/// The new luma of each old one.
struct Stretch([u8; 256]);

impl Stretch {
    /// `None`: there is nothing to stretch.
    fn of(counts: &[u64; 256]) -> Option<Self> {
        let total: u64 = counts.iter().sum();
        let cut = (total as f64 * CUT).floor() as u64;
        let low = passed(counts.iter(), cut)?;
        let high = 255 - passed(counts.iter().rev(), cut)?;
        if high <= low || (low, high) == (0, 255) {
            return None;
        }
        let (low, span) = (low as f64, (high - low) as f64);
        Some(Self(std::array::from_fn(|luma| {
            ((luma as f64 - low) * 255.0 / span).round().clamp(0.0, 255.0) as u8
        })))
    }
}

/// At which place more than `cut` have gone by.
fn passed<'a>(counts: impl Iterator<Item = &'a u64>, cut: u64) -> Option<usize> {
    let mut sum = 0;
    counts.into_iter().position(|count| {
        sum += count;
        sum > cut
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(luma: impl Fn(usize) -> u8, count: usize) -> Packed {
        let data = (0..count).flat_map(|index| [luma(index); 3]).collect();
        Packed::new(data, count as u32, 1, Channels::Rgb).unwrap()
    }

    #[test]
    fn the_percentiles_become_black_and_white() {
        // 1 % each of outliers, between them 101 levels.
        let luma = |index: usize| match index {
            0..10 => 0,
            990.. => 255,
            _ => 80 + (index % 100) as u8,
        };
        let out = pixels(gray(luma, 1000));
        let at = |index: usize| out.data[index * 3];
        assert_eq!((at(100), at(199)), (0, 255), "80 and 179");
        assert!(at(149).abs_diff(126) <= 2, "{}", at(149));
        assert_eq!((at(0), at(999)), (0, 255), "what lies beyond is cut");
    }

    #[test]
    fn one_level_and_the_full_range_stay() {
        for image in [gray(|_| 77, 50), gray(|index| (index % 256) as u8, 51_200)] {
            let before = image.data.clone();
            assert!(pixels(image).data.iter().zip(before).all(|(out, before)| out.abs_diff(before) <= 3));
        }
    }

    #[test]
    fn planes_and_pixels_come_out_alike_and_hues_stay() {
        let data = (0..300_u32).flat_map(|index| [100 + (index % 50) as u8, 90, 110]).collect();
        let packed = Packed::new(data, 300, 1, Channels::Rgb).unwrap();
        let planes = ycbcr::from_rgb(&packed).unwrap().into();
        let (a, b) = (apply(packed.into()), super::super::packed(apply(planes)).unwrap());
        let Image::Packed(a) = a else { panic!("stays packed") };
        assert!(a.data.iter().zip(&b.data).all(|(a, b)| a.abs_diff(*b) <= 6));
    }

    #[test]
    fn what_is_not_seen_does_not_count() {
        let data = (0..200)
            .flat_map(|index| if index < 100 { [0, 0, 0, 0] } else { [100 + index as u8 / 2, 0, 0, 255] });
        let image = Packed::new(data.collect(), 200, 1, Channels::Rgba).unwrap();
        let out = pixels(image);
        assert!(out.data[100 * 4] < 150, "the darkest that is seen gets darker: {:?}", &out.data[400..404]);
    }
}
