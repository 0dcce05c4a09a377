//! Interpolates chroma to one sample per pixel, a row at a time.
//!
//! Bilinear in both directions, by where the samples sit: centred ones weigh 3:1 between neighbours, co-sited ones
//! 1:0 and 1:1. Edges repeat. Results keep four fractional bits, so nothing is rounded before the matrix.

use crate::{ChromaPosition, Sampling};

/// Makes rows of full width out of one chroma plane.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    plane: &'a [u8],
    columns: usize,
    lines: usize,
    sampling: Sampling,
    position: ChromaPosition,
    /// One row of the plane between its neighbours, times 4.
    blend: Vec<i16>,
    /// One sample per pixel, times 16; one more where the width is odd.
    row: Vec<i16>,
}

#[expect(clippy::inline_always, reason = "the pixel loop is compiled twice, these with it")]
impl<'a> Rows<'a> {
    /// `plane` holds the chroma of a picture of `width` x `height`; not for grey.
    pub(crate) fn new(
        plane: &'a [u8],
        (width, height): (u32, u32),
        sampling: Sampling,
        position: ChromaPosition,
    ) -> Self {
        let (columns, rows) = sampling.chroma_size(width, height);
        let (columns, rows) = (columns as usize, rows as usize);
        let full = if sampling == Sampling::S444 { columns } else { 2 * columns };
        Self { plane, columns, lines: rows, sampling, position, blend: vec![0; columns], row: vec![0; full] }
    }

    /// The chroma of pixel row `y`.
    #[inline(always)]
    pub(crate) fn at(&mut self, y: usize) -> &[i16] {
        self.down(y);
        self.across();
        &self.row
    }

    /// Fills `blend`.
    #[inline(always)]
    fn down(&mut self, y: usize) {
        let (near, far, weights) = match (self.sampling, self.position, y % 2) {
            (Sampling::S420, ChromaPosition::Center | ChromaPosition::Left, 0) => {
                (y / 2, (y / 2).saturating_sub(1), (3, 1))
            }
            (Sampling::S420, ChromaPosition::Center | ChromaPosition::Left, _) => (y / 2, y / 2 + 1, (3, 1)),
            (Sampling::S420, ChromaPosition::TopLeft, 1) => (y / 2, y / 2 + 1, (2, 2)),
            (Sampling::S420, ChromaPosition::TopLeft, _) => (y / 2, y / 2, (4, 0)),
            (Sampling::S400 | Sampling::S422 | Sampling::S444, _, _) => (y, y, (4, 0)),
        };
        let line = |row: usize| {
            let start = row.min(self.lines - 1) * self.columns;
            &self.plane[start..start + self.columns]
        };
        for ((out, near), far) in self.blend.iter_mut().zip(line(near)).zip(line(far)) {
            *out = weights.0 * i16::from(*near) + weights.1 * i16::from(*far);
        }
    }

    /// Fills `row` from `blend`.
    #[inline(always)]
    fn across(&mut self) {
        if self.sampling == Sampling::S444 {
            for (out, sample) in self.row.iter_mut().zip(&self.blend) {
                *out = 4 * sample;
            }
            return;
        }
        let (Some(first), Some(last)) = (self.blend.first(), self.blend.last()) else { return };
        let (first, last) = (*first, *last);
        let left = std::iter::once(&first).chain(&self.blend);
        let right = self.blend.iter().skip(1).chain(std::iter::once(&last));
        let pixels = self.row.as_chunks_mut::<2>().0.iter_mut();
        match self.position {
            ChromaPosition::Center => {
                for (((out, sample), left), right) in pixels.zip(&self.blend).zip(left).zip(right) {
                    *out = [3 * sample + left, 3 * sample + right];
                }
            }
            ChromaPosition::Left | ChromaPosition::TopLeft => {
                for ((out, sample), right) in pixels.zip(&self.blend).zip(right) {
                    *out = [4 * sample, 2 * sample + 2 * right];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'a> = (&'a str, &'a [u8], (u32, u32), Sampling, ChromaPosition, Vec<Vec<i16>>);

    fn rows(plane: &[u8], size: (u32, u32), sampling: Sampling, position: ChromaPosition) -> Vec<Vec<i16>> {
        let mut rows = Rows::new(plane, size, sampling, position);
        (0..size.1 as usize).map(|y| rows.at(y)[..size.0 as usize].to_vec()).collect()
    }

    #[test]
    fn samples_are_weighed_by_where_they_sit() {
        use ChromaPosition::{Center, Left, TopLeft};
        // 16 and 32 across (and 48, 64 below), times 16 in the results.
        let across = [16, 32];
        let square = [16, 32, 48, 64];
        let cases: [Case<'_>; 7] = [
            ("full", &across, (2, 1), Sampling::S444, Center, vec![vec![256, 512]]),
            ("across, centred", &across, (4, 1), Sampling::S422, Center, vec![vec![256, 320, 448, 512]]),
            ("across, left", &across, (4, 1), Sampling::S422, Left, vec![vec![256, 384, 512, 512]]),
            ("odd width", &across, (3, 1), Sampling::S422, Center, vec![vec![256, 320, 448]]),
            (
                "both, centred",
                &square,
                (3, 3),
                Sampling::S420,
                Center,
                vec![vec![256, 320, 448], vec![384, 448, 576], vec![640, 704, 832]],
            ),
            (
                "both, left",
                &square,
                (3, 3),
                Sampling::S420,
                Left,
                vec![vec![256, 384, 512], vec![384, 512, 640], vec![640, 768, 896]],
            ),
            (
                "both, top left",
                &square,
                (3, 3),
                Sampling::S420,
                TopLeft,
                vec![vec![256, 384, 512], vec![512, 640, 768], vec![768, 896, 1024]],
            ),
        ];
        for (name, plane, size, sampling, position, expected) in cases {
            assert_eq!(rows(plane, size, sampling, position), expected, "{name}");
        }
    }

    #[test]
    fn a_single_pixel_takes_its_only_sample() {
        for sampling in [Sampling::S420, Sampling::S422, Sampling::S444] {
            for position in [ChromaPosition::Center, ChromaPosition::Left, ChromaPosition::TopLeft] {
                assert_eq!(rows(&[200], (1, 1), sampling, position), [[3200]], "{sampling:?} {position:?}");
            }
        }
    }
}
