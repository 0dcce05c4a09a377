//! Background: what is transparent is laid onto a colour, or onto colours of the border.

use super::ground::{Ground, ground};
use crate::{
    Color, Fill, PixelError,
    image::{Channels, Image, Packed},
};

pub(super) fn apply(image: Image, fill: Fill) -> Result<Image, PixelError> {
    let packed = match image {
        Image::Packed(packed) if packed.channels == Channels::Rgba => packed,
        image => return Ok(image),
    };
    let image = Image::Packed(packed);
    let ground = ground(fill, &image, image.size())?;
    let packed = super::packed(image)?;
    Ok(match ground {
        Ground::Plain(color) => over(packed, color).into(),
        Ground::Picture(below) => over_picture(packed, &below).into(),
    })
}

/// Puts RGBA pixels onto an RGB picture of the same size.
fn over_picture(mut packed: Packed, below: &Packed) -> Packed {
    let pixels = packed.data.as_chunks_mut::<4>().0.iter_mut().zip(below.data.as_chunks::<3>().0);
    for (pixel, [red, green, blue]) in pixels {
        *pixel = pixel_over(*pixel, Color { red: *red, green: *green, blue: *blue, alpha: u8::MAX });
    }
    packed.without_idle_alpha()
}

/// Puts RGBA pixels onto a colour. An opaque colour gives an opaque picture.
pub(crate) fn over(mut packed: Packed, color: Color) -> Packed {
    for pixel in packed.data.as_chunks_mut::<4>().0 {
        *pixel = pixel_over(*pixel, color);
    }
    if color.is_opaque() { packed.without_idle_alpha() } else { packed }
}

/// Puts one RGBA pixel onto a colour.
pub(crate) fn pixel_over(pixel: [u8; 4], color: Color) -> [u8; 4] {
    let [red, green, blue, alpha] = pixel;
    if alpha == u8::MAX {
        return pixel;
    }
    // Source over destination: what shines through of the colour is its alpha times what the pixel leaves.
    let above = u32::from(alpha) * 255;
    let through = u32::from(color.alpha) * (255 - u32::from(alpha));
    let total = above + through;
    if total == 0 {
        return [color.red, color.green, color.blue, 0];
    }
    let mix = |top: u8, bottom: u8| {
        ((u32::from(top) * above + u32::from(bottom) * through + total / 2) / total) as u8
    };
    let alpha = ((total + 127) / 255) as u8;
    [mix(red, color.red), mix(green, color.green), mix(blue, color.blue), alpha]
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
