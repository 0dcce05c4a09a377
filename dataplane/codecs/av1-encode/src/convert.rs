//! RGB to full-range BT.601 planes in integer arithmetic.
//!
//! Chroma of 4:2:0 is the mean of the pixels of each 2x2 block (fewer at an odd edge), which puts the sample in the
//! middle of the block, as JPEG does and readers of AVIF assume.
//!
//! Rows are cut out by iterators and the last column is clamped, so indices below stay inside by construction.

use crate::{Error, PlaneRef, Planes, Sampling, planes::check_size};

/// Fractional bits of the coefficients.
const SHIFT: u32 = 16;
/// One half at [`SHIFT`].
const HALF: i32 = 1 << (SHIFT - 1);

/// Owned planes without row padding.
#[derive(Debug)]
pub(crate) struct OwnedPlanes {
    y: Vec<u8>,
    cb: Vec<u8>,
    cr: Vec<u8>,
    alpha: Option<Vec<u8>>,
    width: u32,
    height: u32,
    sampling: Sampling,
}

impl OwnedPlanes {
    /// Borrows them.
    pub(crate) fn as_planes(&self) -> Planes<'_> {
        let chroma_stride = self.sampling.chroma_size(self.width, self.height).0 as usize;
        let stride = self.width as usize;
        Planes {
            y: PlaneRef { data: &self.y, stride },
            cb: PlaneRef { data: &self.cb, stride: chroma_stride },
            cr: PlaneRef { data: &self.cr, stride: chroma_stride },
            alpha: self.alpha.as_ref().map(|data| PlaneRef { data, stride }),
            width: self.width,
            height: self.height,
            sampling: self.sampling,
        }
    }
}

/// Converts tightly packed pixels of `N` bytes (3: RGB, 4: RGBA).
pub(crate) fn from_pixels<const N: usize>(
    data: &[u8],
    width: u32,
    height: u32,
    sampling: Sampling,
) -> Result<OwnedPlanes, Error> {
    check_size(width, height)?;
    let (columns, rows) = (width as usize, height as usize);
    let needed = columns.saturating_mul(rows).saturating_mul(N);
    if data.len() < needed {
        return Err(Error::Buffer { plane: "pixel", found: data.len(), needed });
    }
    let (pixels, _) = data[..needed].as_chunks::<N>();
    let y = pixels.iter().map(luma).collect();
    let alpha = (N == 4).then(|| pixels.iter().map(|pixel| pixel[N - 1]).collect());
    let (cb, cr) = match sampling {
        Sampling::S420 => halved(pixels, columns),
        Sampling::S444 => pixels.iter().map(|pixel| chroma(wide(pixel), 1)).unzip(),
        Sampling::Gray => (Vec::new(), Vec::new()),
    };
    Ok(OwnedPlanes { y, cb, cr, alpha, width, height, sampling })
}

/// Chroma of 2x2 blocks.
fn halved<const N: usize>(pixels: &[[u8; N]], columns: usize) -> (Vec<u8>, Vec<u8>) {
    let blocks = columns.div_ceil(2) * pixels.len().div_ceil(columns).div_ceil(2);
    let (mut cb, mut cr) = (Vec::with_capacity(blocks), Vec::with_capacity(blocks));
    for pair in pixels.chunks(2 * columns) {
        let (top, bottom) = pair.split_at(columns);
        let bottom = if bottom.is_empty() { top } else { bottom };
        for (upper, lower) in top.chunks(2).zip(bottom.chunks(2)) {
            let (last, below) = (upper.len() - 1, lower.len() - 1);
            let corners = [&upper[0], &upper[last], &lower[0], &lower[below]].map(wide);
            let sum = corners
                .iter()
                .fold([0; 3], |sum, corner| [sum[0] + corner[0], sum[1] + corner[1], sum[2] + corner[2]]);
            let (blue, red) = chroma(sum, 4);
            cb.push(blue);
            cr.push(red);
        }
    }
    (cb, cr)
}

fn wide<const N: usize>(pixel: &[u8; N]) -> [i32; 3] {
    [i32::from(pixel[0]), i32::from(pixel[1]), i32::from(pixel[2])]
}

/// 0.299 R + 0.587 G + 0.114 B; the coefficients add up to one exactly.
fn luma<const N: usize>(pixel: &[u8; N]) -> u8 {
    let [red, green, blue] = wide(pixel);
    ((19_595 * red + 38_470 * green + 7_471 * blue + HALF) >> SHIFT) as u8
}

/// Cb and Cr of the sum of `count` pixels (1 or 4).
fn chroma([red, green, blue]: [i32; 3], count: i32) -> (u8, u8) {
    let one = |value: i32| {
        // 128 as the middle, then one rounded division by count * 2^16.
        let bits = SHIFT + count.trailing_zeros();
        ((value + (128 << bits) + (1 << (bits - 1))) >> bits).clamp(0, 255) as u8
    };
    let cb = one(-11_059 * red - 21_709 * green + 32_768 * blue);
    let cr = one(32_768 * red - 27_439 * green - 5_329 * blue);
    (cb, cr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_have_their_textbook_values() {
        let cases: [(&str, [u8; 3], [u8; 3]); 7] = [
            ("black", [0, 0, 0], [0, 128, 128]),
            ("white", [255, 255, 255], [255, 128, 128]),
            ("grey", [119, 119, 119], [119, 128, 128]),
            ("red", [255, 0, 0], [76, 85, 255]),
            ("green", [0, 255, 0], [150, 44, 21]),
            ("blue", [0, 0, 255], [29, 255, 107]),
            ("yellow", [255, 255, 0], [226, 1, 149]),
        ];
        for (name, rgb, expected) in cases {
            let planes = from_pixels::<3>(&rgb, 1, 1, Sampling::S444).unwrap();
            assert_eq!([planes.y[0], planes.cb[0], planes.cr[0]], expected, "{name}");
        }
    }

    #[test]
    fn odd_edges_average_only_the_pixels_they_have() {
        // Left 2x2 block is black, the odd column is red, the odd row is blue, the corner is white.
        let (black, red, blue, white) = ([0, 0, 0], [255, 0, 0], [0, 0, 255], [255; 3]);
        let data = [black, black, red, black, black, red, blue, blue, white].concat();
        let planes = from_pixels::<3>(&data, 3, 3, Sampling::S420).unwrap();
        assert_eq!(planes.cb, [128, 85, 255, 128]);
        assert_eq!(planes.cr, [128, 255, 107, 128]);
    }

    #[test]
    fn short_pixels_are_refused() {
        let found = from_pixels::<4>(&[0; 15], 2, 2, Sampling::S420).unwrap_err();
        assert_eq!(found, Error::Buffer { plane: "pixel", found: 15, needed: 16 });
    }
}
