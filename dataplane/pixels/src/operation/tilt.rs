//! Tilt: a turn by any angle, on a canvas that holds the turned picture.

use super::warp::warp;
use crate::{PixelError, Size, image::Packed};

/// Turns clockwise around the middle. `canvas` is the box around the result.
pub(super) fn apply(packed: Packed, degrees: f64, canvas: Size) -> Result<Packed, PixelError> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = |size: Size| (f64::from(size.width) / 2.0, f64::from(size.height) / 2.0);
    let (from, to) = (middle(packed.size()), middle(canvas));
    warp(packed, canvas, |(x, y)| {
        let (x, y) = (x - to.0, y - to.1);
        Some((x * cos + y * sin + from.0, y * cos - x * sin + from.1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Channels;

    /// Red in the upper left quarter, else blue.
    fn corner() -> Packed {
        let pixel = |index: usize| if index % 40 < 20 && index / 40 < 20 { [255, 0, 0] } else { [0, 0, 255] };
        Packed::new((0..1600).flat_map(pixel).collect(), 40, 40, Channels::Rgb).unwrap()
    }

    #[test]
    fn it_turns_clockwise_around_the_middle() {
        // Where the middle of the red quarter goes.
        for (degrees, place) in
            [(45.0, (28, 14)), (90.0, (30, 10)), (180.0, (30, 30)), (270.0, (10, 30)), (-45.0, (14, 28))]
        {
            let side = if degrees % 90.0 == 0.0 { 40 } else { 57 };
            let out = apply(corner(), degrees, Size::new(side, side)).unwrap();
            let pixel = &out.data[(place.1 * side as usize + place.0) * 4..][..4];
            assert_eq!(pixel, [255, 0, 0, 255], "{degrees}");
        }
    }

    #[test]
    fn corners_are_clear_and_the_area_stays() {
        let out = apply(corner(), 30.0, Size::new(55, 55)).unwrap();
        assert_eq!(out.data[3], 0);
        let area: f64 = out.data.chunks(4).map(|pixel| f64::from(pixel[3]) / 255.0).sum();
        assert!((area - 1600.0).abs() < 8.0, "{area}");
    }
}
