//! Grayscale: the luma of Rec. 709 in all channels.

use crate::image::{Channels, Image, Packed, Planar, Plane};

/// Rec. 709 luma in 1/65536.
const RED: u32 = 13_933;
const GREEN: u32 = 46_871;
const BLUE: u32 = 4_732;

/// Rec. 709 luma of a YCbCr colour of BT.601 is its luma plus these shares of its chroma, in 1/65536: the difference of
/// the two sets of weights, with red = Y + 1.402 Cr, green = Y - 0.344 Cb - 0.714 Cr, blue = Y + 1.772 Cb.
const FROM_CB: i32 = -7_746;
const FROM_CR: i32 = -13_940;

pub(super) fn apply(image: Image) -> Image {
    match image {
        Image::Planar(planar) => planes(planar).into(),
        Image::Packed(packed) => pixels(packed),
    }
}

fn planes(planar: Planar) -> Planar {
    let Some((luma, blue, red)) = planar.ycbcr() else { return planar };
    let mut data = Vec::with_capacity(luma.width * luma.height);
    for ((y, cb), cr) in luma.rows().zip(blue.rows()).zip(red.rows()) {
        data.extend(y.iter().zip(cb).zip(cr).map(|((y, cb), cr)| {
            let chroma = FROM_CB * (i32::from(*cb) - 128) + FROM_CR * (i32::from(*cr) - 128);
            (i32::from(*y) + ((chroma + (1 << 15)) >> 16)).clamp(0, 255) as u8
        }));
    }
    Planar::gray(Plane::tight(data, luma.width, luma.height))
}

/// Luma of Rec. 709.
pub(super) fn luma(red: u8, green: u8, blue: u8) -> u8 {
    ((RED * u32::from(red) + GREEN * u32::from(green) + BLUE * u32::from(blue) + (1 << 15)) >> 16) as u8
}

fn pixels(mut packed: Packed) -> Image {
    match packed.channels {
        Channels::Rgb => {
            let data =
                packed.data.as_chunks::<3>().0.iter().map(|[red, green, blue]| luma(*red, *green, *blue));
            Planar::gray(Plane::tight(data.collect(), packed.width as usize, packed.height as usize)).into()
        }
        Channels::Rgba | Channels::Cmyk => {
            for [red, green, blue, _] in packed.data.as_chunks_mut::<4>().0 {
                let gray = luma(*red, *green, *blue);
                (*red, *green, *blue) = (gray, gray, gray);
            }
            packed.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::ycbcr;

    #[test]
    fn planes_and_pixels_have_the_same_luma() {
        let colors = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 12, 200, 99, 128, 128, 128];
        let expected = [54_u8, 182, 18, 255, 153, 128];
        let rgb = Packed::new(colors.to_vec(), 6, 1, Channels::Rgb).unwrap();
        let planar = ycbcr::from_rgb(&rgb).unwrap();
        for image in [Image::from(rgb), Image::from(planar)] {
            let Image::Planar(gray) = apply(image) else { panic!("opaque grey is planar") };
            for (got, expected) in gray.planes[0].data.iter().zip(expected) {
                assert!(got.abs_diff(expected) <= 1, "{:?}", gray.planes[0].data);
            }
        }
    }

    #[test]
    fn alpha_stays() {
        let rgba = Packed::new(vec![255, 0, 0, 7], 1, 1, Channels::Rgba).unwrap();
        let Image::Packed(out) = apply(rgba.into()) else { panic!("stays packed") };
        assert_eq!(out.data, [54, 54, 54, 7]);
    }
}
