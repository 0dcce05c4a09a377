//! Perspective: the corners of the picture go to four places of the same canvas.

use super::warp::warp;
use crate::{Corners, PixelError, image::Packed};

/// Moves the corners. Corners on one line leave nothing.
pub(super) fn apply(packed: Packed, corners: Corners) -> Result<Packed, PixelError> {
    let canvas = packed.size();
    let (width, height) = (f64::from(canvas.width), f64::from(canvas.height));
    let map = Map::new(corners).and_then(Map::inverse);
    warp(packed, canvas, |(x, y)| {
        let (u, v) = map.as_ref()?.place(x, y)?;
        // The cubic reaches two pixels beyond the rim; farther away, even behind the horizon, there is nothing.
        let near = |share: f64, length: f64| (-2.0 / length..=1.0 + 2.0 / length).contains(&share);
        (near(u, width) && near(v, height)).then_some((u * width, v * height))
    })
}

/// A projective map of the plane, row by row.
#[derive(Debug, Clone, Copy)]
struct Map([[f64; 3]; 3]);

impl Map {
    /// From the unit square to four corners: Heckbert, *Fundamentals of Texture Mapping and Image Warping*, 2.2.3.
    fn new([top_left, top_right, bottom_right, bottom_left]: Corners) -> Option<Self> {
        let sum = |pick: fn((f64, f64)) -> f64| {
            pick(top_left) - pick(top_right) + pick(bottom_right) - pick(bottom_left)
        };
        let (sum_x, sum_y) = (sum(|place| place.0), sum(|place| place.1));
        let (dx1, dy1) = (top_right.0 - bottom_right.0, top_right.1 - bottom_right.1);
        let (dx2, dy2) = (bottom_left.0 - bottom_right.0, bottom_left.1 - bottom_right.1);
        let area = dx1 * dy2 - dx2 * dy1;
        if area.abs() < 1e-9 {
            return None;
        }
        let (g, h) = ((sum_x * dy2 - dx2 * sum_y) / area, (dx1 * sum_y - sum_x * dy1) / area);
        Some(Self([
            [
                top_right.0 - top_left.0 + g * top_right.0,
                bottom_left.0 - top_left.0 + h * bottom_left.0,
                top_left.0,
            ],
            [
                top_right.1 - top_left.1 + g * top_right.1,
                bottom_left.1 - top_left.1 + h * bottom_left.1,
                top_left.1,
            ],
            [g, h, 1.0],
        ]))
    }

    /// The way back, up to a factor, which a projective map does not know.
    fn inverse(self) -> Option<Self> {
        let cofactor = |row: usize, column: usize| {
            let at = |down: usize, right: usize| self.0[(row + down) % 3][(column + right) % 3];
            at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)
        };
        let rows: [[f64; 3]; 3] =
            std::array::from_fn(|row| std::array::from_fn(|column| cofactor(column, row)));
        let determinant: f64 = (0..3).map(|column| self.0[0][column] * rows[column][0]).sum();
        (determinant.is_finite() && determinant.abs() > 1e-12)
            .then(|| Self(rows.map(|row| row.map(|value| value / determinant))))
    }

    /// `None`: on or behind the horizon.
    fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let [u, v, depth] = self.0.map(|[a, b, c]| a * x + b * y + c);
        (depth > 1e-9).then(|| (u / depth, v / depth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Channels;

    fn quarters() -> Packed {
        let color = |x: usize, y: usize| match (x < 30, y < 20) {
            (true, true) => [250, 0, 0],
            (false, true) => [0, 250, 0],
            (true, false) => [0, 0, 250],
            (false, false) => [250, 250, 0],
        };
        let data = (0..40).flat_map(|y| (0..60).flat_map(move |x| color(x, y))).collect();
        Packed::new(data, 60, 40, Channels::Rgb).unwrap()
    }

    fn at(out: &Packed, x: usize, y: usize) -> [u8; 4] {
        out.data.as_chunks::<4>().0[y * 60 + x]
    }

    #[test]
    fn corners_in_their_places_change_nothing() {
        let out = apply(quarters(), [(0.0, 0.0), (60.0, 0.0), (60.0, 40.0), (0.0, 40.0)]).unwrap();
        assert_eq!(out.data, quarters().into_rgba().data);
    }

    #[test]
    fn each_corner_goes_where_it_is_told() {
        let corners = [(10.0, 5.0), (50.0, 10.0), (55.0, 35.0), (5.0, 38.0)];
        let out = apply(quarters(), corners).unwrap();
        for (place, expected) in [
            ((13, 8), [250, 0, 0, 255]),
            ((47, 13), [0, 250, 0, 255]),
            ((51, 32), [250, 250, 0, 255]),
            ((8, 35), [0, 0, 250, 255]),
            ((2, 2), [0, 0, 0, 0]),
            ((58, 38), [0, 0, 0, 0]),
        ] {
            assert_eq!(at(&out, place.0, place.1), expected, "{place:?}");
        }
    }

    #[test]
    fn lines_stay_straight_and_the_nearer_half_is_larger() {
        // The upper edge is shorter, so it is farther away, and the middle line lies above the middle.
        let corners = [(20.0, 0.0), (40.0, 0.0), (60.0, 40.0), (0.0, 40.0)];
        let out = apply(quarters(), corners).unwrap();
        let middle = (0..40).position(|y| at(&out, 25, y) == [0, 0, 250, 255]).unwrap();
        // The diagonals of the trapezoid cross at a quarter of its height.
        assert!(middle.abs_diff(10) <= 1, "{middle}");
    }

    #[test]
    fn corners_on_one_line_leave_nothing_and_corners_far_away_do_not_hang() {
        let line = [(0.0, 0.0), (10.0, 10.0), (20.0, 20.0), (30.0, 30.0)];
        assert!(apply(quarters(), line).unwrap().data.iter().all(|sample| *sample == 0));
        let far = [(-1e12, -1e12), (1e12, -1e12), (1e12, 1e12), (-1e12, 1e12)];
        assert_eq!(apply(quarters(), far).unwrap().data.len(), 60 * 40 * 4);
    }
}
