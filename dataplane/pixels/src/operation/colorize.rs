//! Colorize: every pixel is mixed with its luma in a colour.

use super::grayscale::luma;
use crate::{Color, image::Packed};

/// `share` is that of the tint, 0-1; a translucent colour tints less.
pub(super) fn apply(mut packed: Packed, color: Color, share: f32) -> Packed {
    let share = (share * f32::from(color.alpha) / 255.0).clamp(0.0, 1.0);
    let tint = [color.red, color.green, color.blue].map(|channel| share * f32::from(channel) / 255.0);
    let count = packed.channels.count();
    for pixel in packed.data.chunks_exact_mut(count) {
        let luma = f32::from(luma(pixel[0], pixel[1], pixel[2]));
        for (sample, tint) in pixel.iter_mut().zip(tint) {
            *sample = (f32::from(*sample) * (1.0 - share) + luma * tint + 0.5) as u8;
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Channels;

    #[test]
    fn the_luma_takes_the_colour_by_its_share() {
        let red = Color { red: 255, green: 0, blue: 0, alpha: 255 };
        for (color, share, pixel, expected) in [
            (red, 1.0, [100, 100, 100, 7], [100, 0, 0, 7]),
            (red, 0.5, [100, 100, 100, 7], [100, 50, 50, 7]),
            (red, 0.0, [1, 2, 3, 4], [1, 2, 3, 4]),
            (Color { alpha: 128, ..red }, 1.0, [100, 100, 100, 255], [100, 50, 50, 255]),
            (Color { green: 255, blue: 255, ..red }, 1.0, [0, 255, 0, 255], [182, 182, 182, 255]),
        ] {
            let packed = Packed::new(pixel.to_vec(), 1, 1, Channels::Rgba).unwrap();
            assert_eq!(apply(packed, color, share).data, expected, "{color:?} {share}");
        }
    }
}
