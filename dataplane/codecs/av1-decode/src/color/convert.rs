//! The pixel loop.

use super::{
    chroma::Rows,
    matrix::{CHROMA_BITS, Coefficients, Matrix, SHIFT},
};
use crate::{Planes, Sampling};

/// Converts to tightly packed RGBA with straight alpha. Planes are as [`crate::decode_planes`] makes them.
pub(crate) fn to_rgba(planes: &Planes) -> Vec<u8> {
    let mut out = vec![255; planes.y.len() * 4];
    if planes.matrix == Matrix::Identity {
        identity(planes, &mut out);
    } else if planes.sampling == Sampling::S400 {
        let table = stretched(planes.full_range);
        for (pixel, y) in out.as_chunks_mut::<4>().0.iter_mut().zip(&planes.y) {
            let value = table[usize::from(*y)];
            *pixel = [value, value, value, 255];
        }
    } else {
        color(planes, &mut out);
    }
    if let Some(alpha) = &planes.alpha {
        for (pixel, alpha) in out.as_chunks_mut::<4>().0.iter_mut().zip(alpha) {
            pixel[3] = *alpha;
            if planes.premultiplied {
                straighten(pixel);
            }
        }
    }
    out
}

/// Luma and chroma to red, green and blue, with the widest registers there are.
fn color(planes: &Planes, out: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the function is safe but for needing AVX2, which this processor was just found to have.
        unsafe { color_avx2(planes, out) };
        return;
    }
    color_rows(planes, out);
}

/// The same code, compiled for AVX2: half the time of the baseline's.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn color_avx2(planes: &Planes, out: &mut [u8]) {
    color_rows(planes, out);
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it must be compiled into each of its two callers")]
fn color_rows(planes: &Planes, out: &mut [u8]) {
    let (size, width) = ((planes.width, planes.height), planes.width as usize);
    let coefficients = planes.matrix.coefficients(planes.full_range);
    let mut cb = Rows::new(&planes.u, size, planes.sampling, planes.position);
    let mut cr = Rows::new(&planes.v, size, planes.sampling, planes.position);
    let rows = planes.y.chunks_exact(width).zip(out.chunks_exact_mut(4 * width));
    for (index, (luma, pixels)) in rows.enumerate() {
        row(&coefficients, luma, cb.at(index), cr.at(index), pixels.as_chunks_mut::<4>().0);
    }
}

/// One row; the chroma rows have four fractional bits.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as its caller; clippy does not report it in every build")]
fn row(coefficients: &Coefficients, luma: &[u8], cb: &[i16], cr: &[i16], pixels: &mut [[u8; 4]]) {
    const MIDDLE: i32 = 128 << CHROMA_BITS;
    let Coefficients { black, luma: gain, chroma: [red, green, blue] } = *coefficients;
    for (((pixel, y), cb), cr) in pixels.iter_mut().zip(luma).zip(cb).zip(cr) {
        let base = (i32::from(*y) - black) * gain + (1 << (SHIFT - 1));
        let (cb, cr) = (i32::from(*cb) - MIDDLE, i32::from(*cr) - MIDDLE);
        let channel =
            |weights: [i32; 2]| ((base + weights[0] * cb + weights[1] * cr) >> SHIFT).clamp(0, 255) as u8;
        *pixel = [channel(red), channel(green), channel(blue), 255];
    }
}

/// Green, blue and red planes of equal size.
fn identity(planes: &Planes, out: &mut [u8]) {
    let table = stretched(planes.full_range);
    let pixels = out.as_chunks_mut::<4>().0.iter_mut();
    for (((pixel, green), blue), red) in pixels.zip(&planes.y).zip(&planes.u).zip(&planes.v) {
        let value = |sample: &u8| table[usize::from(*sample)];
        *pixel = [value(red), value(green), value(blue), 255];
    }
}

/// Brings limited-range luma to 0 to 255.
pub(crate) fn stretch(plane: &mut [u8]) {
    let table = stretched(false);
    for sample in plane {
        *sample = table[usize::from(*sample)];
    }
}

/// What each luma value is in full range.
fn stretched(full_range: bool) -> [u8; 256] {
    std::array::from_fn(|sample| {
        if full_range {
            sample as u8
        } else {
            (((sample as i32 - 16) * 255 + 109).div_euclid(219)).clamp(0, 255) as u8
        }
    })
}

/// Divides colour by alpha. Colour of what cannot be seen is black.
fn straighten(pixel: &mut [u8; 4]) {
    let [red, green, blue, alpha] = *pixel;
    let value = |sample: u8| match u32::from(alpha) {
        0 => 0,
        alpha => ((u32::from(sample) * 255 + alpha / 2) / alpha).min(255) as u8,
    };
    *pixel = [value(red), value(green), value(blue), alpha];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ChromaPosition;

    fn one(matrix: Matrix, full_range: bool, sampling: Sampling, yuv: [u8; 3]) -> [u8; 4] {
        let [y, u, v] = yuv.map(|sample| vec![sample]);
        let pixels = to_rgba(&Planes {
            y,
            u,
            v,
            alpha: None,
            width: 1,
            height: 1,
            sampling,
            position: ChromaPosition::Center,
            full_range,
            matrix,
            premultiplied: false,
            rotation: 0,
            mirror: None,
            crop: None,
        });
        pixels.try_into().unwrap()
    }

    #[test]
    fn known_colours_come_out_of_every_matrix() {
        use Matrix::{Bt601, Bt709, Bt2020, DisplayP3, Fcc, Identity, Smpte240, YCgCo};
        let cases: [(Matrix, bool, [u8; 3], [u8; 3]); 16] = [
            (Bt601, true, [76, 85, 255], [254, 0, 0]),
            (Bt601, true, [150, 44, 21], [0, 255, 1]),
            (Bt601, true, [29, 255, 107], [0, 0, 254]),
            (Bt601, false, [81, 90, 240], [254, 0, 0]),
            (Bt601, false, [235, 128, 128], [255, 255, 255]),
            (Bt601, false, [16, 128, 128], [0, 0, 0]),
            (Bt709, true, [54, 99, 255], [254, 0, 0]),
            (Bt709, false, [63, 102, 240], [255, 1, 0]),
            (Bt2020, true, [67, 92, 255], [254, 0, 0]),
            (Bt2020, false, [74, 97, 240], [255, 0, 1]),
            (DisplayP3, true, [58, 96, 255], [254, 0, 0]),
            (Fcc, true, [77, 85, 255], [255, 0, 1]),
            (Smpte240, true, [54, 98, 255], [254, 0, 0]),
            (YCgCo, true, [128, 0, 128], [255, 0, 255]),
            (YCgCo, true, [64, 64, 255], [255, 0, 1]),
            (Identity, true, [2, 3, 1], [1, 2, 3]),
        ];
        for (matrix, full_range, yuv, expected) in cases {
            let found = one(matrix, full_range, Sampling::S444, yuv);
            let near = found.iter().zip(&expected).all(|(found, expected)| found.abs_diff(*expected) <= 1);
            assert!(near, "{matrix:?}, full range {full_range}, {yuv:?}: {found:?}, not {expected:?}");
        }
    }

    #[test]
    fn grey_is_stretched_and_never_coloured() {
        for (full_range, sample, expected) in
            [(true, 77, 77), (false, 16, 0), (false, 235, 255), (false, 3, 0), (false, 126, 128)]
        {
            let found = one(Matrix::Bt709, full_range, Sampling::S400, [sample, 0, 0]);
            assert_eq!(found, [expected, expected, expected, 255], "{sample}");
        }
        assert_eq!(one(Matrix::Identity, false, Sampling::S444, [235, 16, 126]), [128, 255, 0, 255]);
    }

    #[test]
    fn colour_is_divided_by_alpha() {
        for (from, to) in [
            ([50, 100, 128, 128], [100, 199, 255, 128]),
            ([9, 9, 9, 0], [0, 0, 0, 0]),
            ([200, 1, 0, 100], [255, 3, 0, 100]),
            ([1, 2, 3, 255], [1, 2, 3, 255]),
        ] {
            let mut pixel = from;
            straighten(&mut pixel);
            assert_eq!(pixel, to, "{from:?}");
        }
    }
}
