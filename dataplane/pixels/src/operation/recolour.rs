//! Recolour: pixels whose hue and chroma are near those of one colour get those of another, and keep how much lighter or
//! darker than it they are. Worked out in Oklab, where equal distances look equal.

use palette::{FromColor as _, IntoColor as _, LinSrgb, Oklab, Srgb};

use crate::{Color, Recolour, image::Packed};

/// Distance of hue and chroma that counts as the whole scale: the chroma of the most colourful sRGB colour.
const FARTHEST: f32 = 0.322;

/// Share of the tolerance behind which the change fades out, so that edges stay smooth.
const FADE: f32 = 0.8;

/// `from` is the colour that is replaced.
pub(super) fn apply(mut packed: Packed, recolour: &Recolour, from: Color) -> Packed {
    let (from, to) = (lab(from), lab(recolour.to));
    let reach = recolour.tolerance.clamp(0.0, 1.0) * FARTHEST;
    let count = packed.channels.count();
    // Neighbours are often equal, and the way to Oklab and back is long.
    let mut last: Option<([u8; 3], [u8; 3])> = None;
    for pixel in packed.data.chunks_exact_mut(count) {
        let old = [pixel[0], pixel[1], pixel[2]];
        let new = match last {
            Some((same, new)) if same == old => new,
            _ => changed(old, from, to, reach),
        };
        last = Some((old, new));
        pixel[..3].copy_from_slice(&new);
    }
    packed
}

fn lab(color: Color) -> Oklab {
    // By way of tables: from and to bytes they are exact.
    Oklab::from_color(Srgb::new(color.red, color.green, color.blue).into_linear::<f32>())
}

fn changed(old: [u8; 3], from: Oklab, to: Oklab, reach: f32) -> [u8; 3] {
    let [red, green, blue] = old;
    let pixel = lab(Color { red, green, blue, alpha: u8::MAX });
    let distance = (pixel.a - from.a).hypot(pixel.b - from.b);
    let share = if reach > 0.0 {
        ((reach - distance) / (reach * (1.0 - FADE))).clamp(0.0, 1.0)
    } else {
        f32::from(u8::from(distance <= 0.0))
    };
    if share <= 0.0 {
        return old;
    }
    let mix = |old: f32, new: f32| old + (new - old) * share;
    let lightness = (to.l + pixel.l - from.l).clamp(0.0, 1.0);
    let new = Oklab::new(mix(pixel.l, lightness), mix(pixel.a, to.a), mix(pixel.b, to.b));
    let color: LinSrgb = new.into_color();
    let color = Srgb::<u8>::from_linear(color);
    [color.red, color.green, color.blue]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Channels;

    const RED: Color = Color { red: 220, green: 30, blue: 30, alpha: 255 };
    const BLUE: Color = Color { red: 30, green: 60, blue: 220, alpha: 255 };

    fn one(pixel: [u8; 4], tolerance: f32) -> Vec<u8> {
        let packed = Packed::new(pixel.to_vec(), 1, 1, Channels::Rgba).unwrap();
        apply(packed, &Recolour { to: BLUE, tolerance, from: Some(RED) }, RED).data
    }

    #[test]
    fn the_colour_itself_becomes_the_other_one_and_alpha_stays() {
        for tolerance in [0.0, 0.35, 1.0] {
            let out = one([220, 30, 30, 77], tolerance);
            assert!(
                out.iter().zip([30, 60, 220, 77]).all(|(out, expected)| out.abs_diff(expected) <= 1),
                "{out:?}"
            );
        }
    }

    #[test]
    fn light_and_shade_stay_and_other_colours_too() {
        let dark = one([120, 10, 12, 255], 0.35);
        assert!(dark[2] > dark[0] && dark[2] < 160, "a dark red becomes a dark blue: {dark:?}");
        for other in [[40, 180, 60, 255], [128, 128, 128, 255], [250, 250, 250, 255]] {
            assert_eq!(one(other, 0.35), other, "is too far away");
        }
    }

    #[test]
    fn the_change_fades_out_towards_the_tolerance() {
        let blue_of = |tolerance: f32| one([200, 90, 80, 255], tolerance)[2];
        let steps: Vec<u8> = [0.1, 0.3, 0.33, 0.36, 0.5].map(blue_of).to_vec();
        assert!(steps.is_sorted() && steps[0] == 80 && steps[4] > 150, "{steps:?}");
    }
}
