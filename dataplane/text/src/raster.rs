//! How much of each pixel an outline covers.
//!
//! Exact areas: every edge adds the signed area to its right to the pixels it crosses, and a running sum along the row
//! gives the winding number times coverage. Overlapping contours count once (non-zero winding). Indexing stays inside
//! because every edge is cut to the band and the columns first.

mod work;

use crate::{
    TextError,
    limits::BAND,
    outline::{Outline, Point},
};

pub(crate) use work::Work;

/// Fills an outline whose origin is at `at` and gives the covered part of each row: x, y, 0-255 for each pixel.
///
/// What lies outside of `clip` (width, height) is left out.
pub(crate) fn fill(
    outline: &Outline,
    at: Point,
    clip: (u32, u32),
    work: &mut Work,
    mut row: impl FnMut(usize, usize, &[u8]),
) -> Result<(), TextError> {
    let Some(bounds) = outline.bounds().map(|bounds| bounds.shifted(at)) else { return Ok(()) };
    // Casts of floats saturate: what is far outside becomes an empty range.
    let (left, right) =
        (bounds.left.max(0.0) as usize, (bounds.right.ceil().max(0.0) as usize).min(clip.0 as usize));
    let (top, bottom) =
        (bounds.top.max(0.0) as usize, (bounds.bottom.ceil().max(0.0) as usize).min(clip.1 as usize));
    if left >= right || top >= bottom {
        return Ok(());
    }
    let width = right - left;
    let rows = (BAND / (width + 2)).clamp(1, bottom - top);
    let mut band = Band { cells: vec![0.0; rows * (width + 2)], width, rows };
    let mut coverage = vec![0; width];
    for start in (top..bottom).step_by(rows) {
        band.rows = rows.min(bottom - start);
        band.cells.fill(0.0);
        work.spend(band.rows * width)?;
        let (dx, dy) = (at.0 - left as f32, at.1 - start as f32);
        for (from, to) in outline.edges() {
            work.spend(band.edge((from.0 + dx, from.1 + dy), (to.0 + dx, to.1 + dy)))?;
        }
        for (index, cells) in band.cells.chunks_exact(width + 2).take(band.rows).enumerate() {
            let mut sum = 0.0_f32;
            for (pixel, cell) in coverage.iter_mut().zip(cells) {
                sum += cell;
                *pixel = (sum.abs().min(1.0) * 255.0 + 0.5) as u8;
            }
            row(left, start + index, &coverage);
        }
    }
    Ok(())
}

/// Rows that are worked on at once, each with two more cells than pixels.
struct Band {
    cells: Vec<f32>,
    width: usize,
    rows: usize,
}

impl Band {
    /// Adds an edge, and tells how many steps that took.
    fn edge(&mut self, from: Point, to: Point) -> usize {
        let (sign, from, to) = if from.1 < to.1 { (1.0, from, to) } else { (-1.0, to, from) };
        let height = to.1 - from.1;
        if height <= 0.0 || to.1 <= 0.0 || from.1 >= self.rows as f32 {
            return 1;
        }
        let slope = (to.0 - from.0) / height;
        let (first, last) = (from.1.max(0.0) as usize, (to.1.ceil() as usize).min(self.rows));
        let mut steps = 1;
        for y in first..last {
            let (upper, lower) = (from.1.max(y as f32), to.1.min((y + 1) as f32));
            let (a, b) = (from.0 + (upper - from.1) * slope, from.0 + (lower - from.1) * slope);
            steps += self.piece(y, (lower - upper) * sign, a.min(b), a.max(b));
        }
        steps
    }

    /// Adds a piece of an edge inside one row that covers `height` of it, between two columns.
    fn piece(&mut self, y: usize, height: f32, left: f32, right: f32) -> usize {
        let width = self.width as f32;
        let start = y * (self.width + 2);
        let Some(row) = self.cells.get_mut(start..start + self.width + 2) else { return 1 };
        if right <= 0.0 {
            row[0] += height;
            return 1;
        }
        if left >= width {
            return 1;
        }
        let span = right - left;
        let share = |from: f32, to: f32| if span > 0.0 { height * ((to - from) / span) } else { height };
        if left < 0.0 {
            row[0] += share(left, 0.0);
        }
        let (left, right, height) = if left < 0.0 || right > width {
            let (inner_left, inner_right) = (left.max(0.0), right.min(width));
            (inner_left, inner_right, share(inner_left, inner_right))
        } else {
            (left, right, height)
        };
        spread(row, height, left, right)
    }
}

/// Spreads the area right of a slanted piece over the pixels it crosses; `left` and `right` lie inside the row.
fn spread(row: &mut [f32], height: f32, left: f32, right: f32) -> usize {
    let (first, end) = (left as usize, right.ceil() as usize);
    if end <= first + 1 {
        let middle = left.midpoint(right) - first as f32;
        row[first] += height * (1.0 - middle);
        row[first + 1] += height * middle;
        return 2;
    }
    // `covered`: how much of the piece's height has been passed, on average over each pixel.
    let per_pixel = 1.0 / (right - left);
    let mut covered = 0.0;
    for (x, cell) in row.iter_mut().enumerate().take(end).skip(first) {
        let (from, to) = (left.max(x as f32), right.min((x + 1) as f32));
        let (before, after) = ((from - left) * per_pixel, (to - left) * per_pixel);
        // Inside the pixel the edge passes from `before` to `after`; right of it, all that was passed counts.
        let mean = before.midpoint(after) * (to - from) + after * ((x + 1) as f32 - to);
        *cell += height * (mean - covered);
        covered = mean;
    }
    row[end] += height * (1.0 - covered);
    end - first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(points: &[Point], at: Point, clip: (u32, u32)) -> Vec<Vec<u8>> {
        let outline = Outline { points: points.to_vec(), ends: vec![points.len()] };
        let mut rows = vec![vec![0; clip.0 as usize]; clip.1 as usize];
        fill(&outline, at, clip, &mut Work::new(0), |x, y, coverage| {
            rows[y][x..x + coverage.len()].copy_from_slice(coverage);
        })
        .unwrap();
        rows
    }

    const SQUARE: [Point; 4] = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)];

    #[test]
    fn a_square_covers_its_pixels_and_no_other() {
        for (at, rows) in [
            ((1.0, 1.0), [[0, 0, 0, 0], [0, 255, 255, 0], [0, 255, 255, 0], [0, 0, 0, 0]]),
            ((0.5, 1.0), [[0, 0, 0, 0], [128, 255, 128, 0], [128, 255, 128, 0], [0, 0, 0, 0]]),
            ((1.0, 1.25), [[0, 0, 0, 0], [0, 191, 191, 0], [0, 255, 255, 0], [0, 64, 64, 0]]),
            ((-1.0, -1.0), [[255, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]),
            ((3.0, 3.0), [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 255]]),
            ((9.0, 1.0), [[0; 4]; 4]),
            ((-9e9, 9e9), [[0; 4]; 4]),
        ] {
            assert_eq!(filled(&SQUARE, at, (4, 4)), rows, "{at:?}");
        }
    }

    #[test]
    fn a_slope_covers_the_area_below_it() {
        // From the lower left to the upper right of a box of 4x2, and back along its lower edge.
        let slope = [(0.0, 2.0), (4.0, 0.0), (4.0, 2.0)];
        assert_eq!(filled(&slope, (0.0, 0.0), (4, 2)), [[0, 0, 64, 191], [64, 191, 255, 255]]);
        let steep = [(0.0, 4.0), (2.0, 0.0), (2.0, 4.0)];
        assert_eq!(filled(&steep, (0.0, 0.0), (2, 4)), [[0, 64], [0, 191], [64, 255], [191, 255]]);
    }

    #[test]
    fn what_is_cut_off_at_the_sides_does_not_change_the_rest() {
        let slope = [(-4.0, 2.0), (8.0, -4.0), (8.0, 2.0)];
        let whole = filled(&slope, (4.0, 4.0), (12, 6));
        let cut = filled(&slope, (0.0, 0.0), (4, 2));
        assert_eq!(cut[0], whole[4][4..8]);
        assert_eq!(cut[1], whole[5][4..8]);
    }

    #[test]
    fn overlapping_contours_count_once() {
        let mut points = SQUARE.to_vec();
        points.extend(SQUARE);
        let outline = Outline { points, ends: vec![4, 8] };
        fill(&outline, (0.0, 0.0), (2, 2), &mut Work::new(0), |_, _, row| assert_eq!(row, [255, 255]))
            .unwrap();
    }
}
