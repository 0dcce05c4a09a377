//! Opacity: alpha times a factor.

use crate::image::{Channels, Packed};

/// `share` is 0-1. Inks stay as they are: they are converted before.
pub(super) fn apply(packed: Packed, share: f32) -> Packed {
    let mut packed = packed.into_rgba();
    if packed.channels == Channels::Rgba {
        let table: [u8; 256] =
            std::array::from_fn(|alpha| (alpha as f32 * share.clamp(0.0, 1.0) + 0.5) as u8);
        for pixel in packed.data.as_chunks_mut::<4>().0 {
            pixel[3] = table[usize::from(pixel[3])];
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_multiplied_and_colours_stay() {
        for (share, alpha, expected) in
            [(0.5, 255, 128), (0.5, 100, 50), (0.0, 255, 0), (1.0, 77, 77), (0.004, 255, 1)]
        {
            let out = apply(Packed::new(vec![1, 2, 3, alpha], 1, 1, Channels::Rgba).unwrap(), share);
            assert_eq!(out.data, [1, 2, 3, expected], "{share} of {alpha}");
        }
        let opaque = Packed::new(vec![1, 2, 3], 1, 1, Channels::Rgb).unwrap();
        assert_eq!(apply(opaque, 0.2).data, [1, 2, 3, 51]);
    }
}
