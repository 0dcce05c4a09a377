//! YCbCr of BT.601 in full range, as JFIF has it, to RGB and back.

#![expect(
    clippy::inline_always,
    reason = "a body must be part of its dispatcher to be compiled for its instructions"
)]

use pulp::{Arch, Simd, WithSimd};

use crate::{
    ChromaGrid, PixelError,
    image::{Channels, Packed, Planar, Plane, Range},
};

/// Fractional bits of the coefficients: products of 8-bit samples stay inside of 32 bits.
const SHIFT: u32 = 16;
const HALF: i32 = 1 << (SHIFT - 1);

const fn fixed(value: f64) -> i32 {
    (value * (1 << SHIFT) as f64 + if value < 0.0 { -0.5 } else { 0.5 }) as i32
}

/// Converts planes of full resolution and range to RGB.
pub(crate) fn to_rgb(planar: &Planar) -> Result<Packed, PixelError> {
    let size = planar.size();
    let (width, height) = (size.width as usize, size.height as usize);
    let mut data = vec![0_u8; width * height * 3];
    if let Some((luma, blue, red)) = planar.ycbcr() {
        if planar.grid != ChromaGrid::FULL || planar.range != Range::Full {
            return Err(PixelError::internal("planes must have full resolution and range to become RGB"));
        }
        let arch = Arch::new();
        let rows = luma.rows().zip(blue.rows()).zip(red.rows());
        for (line, ((y, cb), cr)) in data.chunks_exact_mut(width * 3).zip(rows) {
            arch.dispatch(ToRgb { luma: y, blue: cb, red: cr, out: line.as_chunks_mut().0 });
        }
    } else if let [gray] = planar.planes.as_slice() {
        for (line, row) in data.chunks_exact_mut(width * 3).zip(gray.rows()) {
            for (pixel, sample) in line.as_chunks_mut::<3>().0.iter_mut().zip(row) {
                *pixel = [*sample; 3];
            }
        }
    }
    Packed::new(data, size.width, size.height, Channels::Rgb)
}

/// A row to convert, compiled for each level of instructions.
struct ToRgb<'a> {
    luma: &'a [u8],
    blue: &'a [u8],
    red: &'a [u8],
    out: &'a mut [[u8; 3]],
}

impl WithSimd for ToRgb<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        row_to_rgb(self.luma, self.blue, self.red, self.out);
    }
}

#[inline(always)]
fn row_to_rgb(luma: &[u8], blue: &[u8], red: &[u8], out: &mut [[u8; 3]]) {
    for (((pixel, y), cb), cr) in out.iter_mut().zip(luma).zip(blue).zip(red) {
        let (y, cb, cr) = (i32::from(*y) << SHIFT, i32::from(*cb) - 128, i32::from(*cr) - 128);
        let byte = |value: i32| ((value + HALF) >> SHIFT).clamp(0, 255) as u8;
        *pixel = [
            byte(y + fixed(1.402) * cr),
            byte(y + fixed(-0.344_136_286) * cb + fixed(-0.714_136_286) * cr),
            byte(y + fixed(1.772) * cb),
        ];
    }
}

/// Converts RGB to planes of full resolution and range.
pub(crate) fn from_rgb(packed: &Packed) -> Result<Planar, PixelError> {
    if packed.channels != Channels::Rgb {
        return Err(PixelError::internal("only RGB becomes YCbCr"));
    }
    let (width, height) = (packed.width as usize, packed.height as usize);
    let mut planes = [vec![0_u8; width * height], vec![0_u8; width * height], vec![0_u8; width * height]];
    let [luma, blue, red] = &mut planes;
    Arch::new().dispatch(FromRgb { pixels: packed.data.as_chunks().0, luma, blue, red });
    Ok(Planar {
        width: f64::from(packed.width),
        height: f64::from(packed.height),
        grid: ChromaGrid::FULL,
        range: Range::Full,
        planes: planes.into_iter().map(|data| Plane::tight(data, width, height)).collect(),
    })
}

/// Pixels to convert, compiled for each level of instructions.
struct FromRgb<'a> {
    pixels: &'a [[u8; 3]],
    luma: &'a mut [u8],
    blue: &'a mut [u8],
    red: &'a mut [u8],
}

impl WithSimd for FromRgb<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        row_from_rgb(self.pixels, self.luma, self.blue, self.red);
    }
}

#[inline(always)]
fn row_from_rgb(pixels: &[[u8; 3]], luma: &mut [u8], blue: &mut [u8], red: &mut [u8]) {
    const CENTRE: i32 = (128 << SHIFT) + HALF;
    for (((pixel, y), cb), cr) in pixels.iter().zip(luma).zip(blue).zip(red) {
        let [r, g, b] = pixel.map(i32::from);
        *y = ((fixed(0.299) * r + fixed(0.587) * g + fixed(0.114) * b + HALF) >> SHIFT) as u8;
        *cb = ((fixed(-0.168_735_892) * r + fixed(-0.331_264_108) * g + fixed(0.5) * b + CENTRE) >> SHIFT)
            .min(255) as u8;
        *cr = ((fixed(0.5) * r + fixed(-0.418_687_589) * g + fixed(-0.081_312_411) * b + CENTRE) >> SHIFT)
            .min(255) as u8;
    }
}

/// One colour in YCbCr of full range.
pub(crate) fn of_color(color: crate::Color) -> [u8; 3] {
    let (mut y, mut cb, mut cr) = ([0], [0], [0]);
    row_from_rgb(&[[color.red, color.green, color.blue]], &mut y, &mut cb, &mut cr);
    [y[0], cb[0], cr[0]]
}

/// RGB of one sample of each plane.
pub(crate) fn pixel(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let mut out = [[0; 3]];
    row_to_rgb(&[luma], &[blue], &[red], &mut out);
    out[0]
}

/// Luma of an RGB colour, as the Y plane has it.
pub(crate) fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(i32::from);
    ((fixed(0.299) * red + fixed(0.587) * green + fixed(0.114) * blue + HALF) >> SHIFT) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Color;

    #[test]
    fn known_colours_have_their_known_numbers() {
        let table = [
            ([0, 0, 0], [0, 128, 128]),
            ([255, 255, 255], [255, 128, 128]),
            ([255, 0, 0], [76, 85, 255]),
            ([0, 255, 0], [150, 44, 21]),
            ([0, 0, 255], [29, 255, 107]),
            ([128, 128, 128], [128, 128, 128]),
        ];
        for ([red, green, blue], expected) in table {
            assert_eq!(of_color(Color { red, green, blue, alpha: 255 }), expected, "{red} {green} {blue}");
        }
    }

    #[test]
    fn there_and_back_is_at_most_one_step_away() {
        let mut data = Vec::new();
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255_u8).step_by(15) {
                    data.extend_from_slice(&[red, green, blue]);
                }
            }
        }
        let rgb = Packed::new(data, 18 * 18, 18, Channels::Rgb).unwrap();
        let back = to_rgb(&from_rgb(&rgb).unwrap()).unwrap();
        for (before, after) in rgb.data.iter().zip(&back.data) {
            assert!(before.abs_diff(*after) <= 2, "{before} {after}");
        }
    }
}
