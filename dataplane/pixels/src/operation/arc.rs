//! Arc: the picture is bent so that its middle line becomes an arc of its own length.

use super::warp::warp;
use crate::{PixelError, Size, image::Packed};

/// A smaller bend is none.
const LEAST: f64 = 1e-6;

/// Bends upward (positive) or downward. `canvas` is the box around the result; the highest point of an upward arc touches
/// its upper edge, the lowest of a downward one its lower.
pub(super) fn apply(packed: Packed, degrees: f64, canvas: Size) -> Result<Packed, PixelError> {
    let angle = degrees.abs().min(360.0).to_radians();
    if angle < LEAST.to_radians() {
        return Ok(packed);
    }
    let (width, height) = (f64::from(packed.width), f64::from(packed.height));
    let outer = width / angle + height / 2.0;
    let (middle, down) = (f64::from(canvas.width) / 2.0, f64::from(canvas.height));
    let upward = degrees > 0.0;
    warp(packed, canvas, |(x, y)| {
        let depth = if upward { y } else { down - y };
        let (across, up) = (x - middle, outer - depth);
        let turn = across.atan2(up);
        // A little beyond the ends, so that the rim is smooth there too.
        let share = turn / angle + 0.5;
        let rim = 2.0 / width;
        if !(-rim..=1.0 + rim).contains(&share) {
            return None;
        }
        let below = outer - across.hypot(up);
        Some((share * width, if upward { below } else { height - below }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Channels;

    /// The left half red, the right half blue, the uppermost rows white.
    fn banner() -> Packed {
        let color = |x: usize, y: usize| match (x, y) {
            (_, 0..4) => [255, 255, 255],
            (0..50, _) => [255, 0, 0],
            _ => [0, 0, 255],
        };
        let data = (0..20).flat_map(|y| (0..100).flat_map(move |x| color(x, y))).collect();
        Packed::new(data, 100, 20, Channels::Rgb).unwrap()
    }

    #[test]
    fn an_upward_half_circle_has_its_upper_edge_outside() {
        // The radius of the middle line is 100 / pi = 31.8.
        let canvas = Size::new(84, 42);
        let out = apply(banner(), 180.0, canvas).unwrap();
        let at = |x: usize, y: usize| out.data.as_chunks::<4>().0[y * 84 + x];
        for (place, expected) in [
            ((40, 1), [255, 255, 255, 255]),
            ((38, 10), [255, 0, 0, 255]),
            ((46, 10), [0, 0, 255, 255]),
            ((42, 36), [0, 0, 0, 0]),
            ((1, 40), [255, 255, 255, 255]),
            ((10, 40), [255, 0, 0, 255]),
            ((73, 40), [0, 0, 255, 255]),
            ((2, 2), [0, 0, 0, 0]),
        ] {
            assert_eq!(at(place.0, place.1), expected, "{place:?}");
        }
    }

    #[test]
    fn a_downward_one_has_its_lower_edge_outside() {
        let out = apply(banner(), -180.0, Size::new(84, 42)).unwrap();
        let at = |x: usize, y: usize| out.data.as_chunks::<4>().0[y * 84 + x];
        assert_eq!((at(38, 38), at(46, 38)), ([255, 0, 0, 255], [0, 0, 255, 255]));
        assert_eq!((at(42, 23), at(42, 5)), ([255, 255, 255, 255], [0, 0, 0, 0]), "the white edge is inside");
    }

    #[test]
    fn a_whole_ring_and_no_bend_at_all_are_drawn() {
        let out = apply(banner(), 360.0, Size::new(52, 52)).unwrap();
        assert_eq!(out.size(), Size::new(52, 52));
        assert_eq!(apply(banner(), 0.0, Size::new(100, 20)).unwrap().data, banner().data);
    }
}
