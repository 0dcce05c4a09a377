//! Bounding boxes of images that are turned or bent.

use crate::Size;
use crate::geometry::round_side;

/// A smaller bend is none: its radius would not be a number of pixels any more.
const LEAST_ARC: f64 = 1e-6;

/// The box around an image that is turned.
pub(super) fn rotated(size: Size, degrees: f64) -> Size {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    Size {
        width: round_side(width * cos.abs() + height * sin.abs()),
        height: round_side(width * sin.abs() + height * cos.abs()),
    }
}

/// The box around an image whose middle line is bent to an arc of `degrees`, upward or downward: the line keeps its
/// length, so its radius is width / angle, and the image becomes a sector of a ring, of the whole ring at most.
pub(super) fn arc(size: Size, degrees: f64) -> Size {
    let angle = degrees.abs().min(360.0);
    if angle < LEAST_ARC {
        return size;
    }
    let angle = angle.to_radians();
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let radius = width / angle;
    let (outer, half) = (radius + height / 2.0, angle / 2.0);
    // How far the middle line rises above its ends; written so that a flat arc loses no digits.
    let rise = |radius: f64| 2.0 * radius * (half / 2.0).sin().powi(2);
    let (across, down) = if half <= std::f64::consts::FRAC_PI_2 {
        // The lowest points are the ends of the inner edge, which is the centre of the arc when the image is too high.
        let below =
            if height / 2.0 > radius { outer } else { rise(radius) + height / 2.0 * (1.0 + half.cos()) };
        (2.0 * outer * half.sin(), below)
    } else {
        (2.0 * outer, rise(outer))
    };
    Size { width: round_side(across), height: round_side(down) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn a_turned_image_needs_its_bounding_box() {
        for (degrees, expected) in [
            (0.0, size(400, 300)),
            (30.0, size(496, 460)),
            (150.0, size(496, 460)),
            (330.0, size(496, 460)),
            (45.0, size(495, 495)),
        ] {
            assert_eq!(rotated(size(400, 300), degrees), expected, "{degrees}");
        }
    }

    /// Walks along the edges of the sector.
    fn walked(Size { width, height }: Size, degrees: f64) -> (f64, f64) {
        let angle = degrees.to_radians();
        let radius = f64::from(width) / angle;
        let edges = [(radius - f64::from(height) / 2.0).max(0.0), radius + f64::from(height) / 2.0];
        let points = edges.iter().flat_map(|edge| {
            (0..=20_000).map(move |step| {
                let (sin, cos) = (angle * (f64::from(step) / 20_000.0 - 0.5)).sin_cos();
                (edge * sin, edge * cos)
            })
        });
        let (mut left, mut right, mut low, mut high) = (0.0_f64, 0.0_f64, f64::MAX, f64::MIN);
        for (x, y) in points {
            (left, right, low, high) = (left.min(x), right.max(x), low.min(y), high.max(y));
        }
        (right - left, high - low)
    }

    #[test]
    fn a_bent_image_needs_the_box_around_its_sector() {
        for image in [size(400, 300), size(1000, 40), size(50, 700)] {
            for degrees in [0.5, 10.0, 45.0, 90.0, 179.0, 180.0, 181.0, 270.0, 359.0, 360.0] {
                let (width, height) = walked(image, degrees);
                let found = arc(image, degrees);
                assert!((f64::from(found.width) - width).abs() <= 1.0, "{image} {degrees} {found} {width}");
                assert!(
                    (f64::from(found.height) - height).abs() <= 1.0,
                    "{image} {degrees} {found} {height}"
                );
                assert_eq!(arc(image, -degrees), found, "{image} {degrees}");
            }
        }
    }

    #[test]
    fn a_bend_of_nothing_changes_nothing_and_more_than_a_ring_is_a_ring() {
        let image = size(400, 300);
        assert_eq!([0.0, 1e-300, 1e-5].map(|degrees| arc(image, degrees)), [image; 3]);
        assert_eq!(arc(image, 1e300), arc(image, 360.0));
        assert_eq!(arc(image, f64::INFINITY), arc(image, 360.0));
    }
}
