//! Background: what is transparent is laid onto a colour.

use crate::{
    Color,
    image::{Channels, Image, Packed},
};

pub(super) fn apply(image: Image, color: Color) -> Image {
    match image {
        Image::Packed(packed) if packed.channels == Channels::Rgba => over(packed, color).into(),
        image => image,
    }
}

/// Puts RGBA pixels onto a colour. An opaque colour gives an opaque picture.
pub(crate) fn over(mut packed: Packed, color: Color) -> Packed {
    let below = u32::from(color.alpha);
    for pixel in packed.data.as_chunks_mut::<4>().0 {
        let [red, green, blue, alpha] = *pixel;
        if alpha == u8::MAX {
            continue;
        }
        // Source over destination: what shines through of the colour is its alpha times what the pixel leaves.
        let above = u32::from(alpha) * 255;
        let through = below * (255 - u32::from(alpha));
        let total = above + through;
        if total == 0 {
            *pixel = [color.red, color.green, color.blue, 0];
            continue;
        }
        let mix = |top: u8, bottom: u8| {
            ((u32::from(top) * above + u32::from(bottom) * through + total / 2) / total) as u8
        };
        let alpha = ((total + 127) / 255) as u8;
        *pixel = [mix(red, color.red), mix(green, color.green), mix(blue, color.blue), alpha];
    }
    if color.is_opaque() { packed.without_idle_alpha() } else { packed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_mix_by_what_lets_through() {
        let blue = Color { red: 0, green: 0, blue: 255, alpha: 255 };
        let half_blue = Color { alpha: 128, ..blue };
        let table: [([u8; 4], Color, &[u8]); 6] = [
            ([255, 0, 0, 255], blue, &[255, 0, 0]),
            ([255, 0, 0, 0], blue, &[0, 0, 255]),
            ([255, 0, 0, 128], blue, &[128, 0, 127]),
            ([255, 0, 0, 0], half_blue, &[0, 0, 255, 128]),
            ([255, 0, 0, 128], half_blue, &[170, 0, 85, 192]),
            ([9, 9, 9, 0], Color { alpha: 0, ..blue }, &[0, 0, 255, 0]),
        ];
        for (pixel, color, expected) in table {
            let packed = Packed::new(pixel.to_vec(), 1, 1, Channels::Rgba).unwrap();
            assert_eq!(over(packed, color).data, expected, "{pixel:?} over {color:?}");
        }
    }
}
