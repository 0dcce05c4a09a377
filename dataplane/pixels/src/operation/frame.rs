//! Frame: a border outside of the picture and rounded corners around both, with smooth edges.

use super::{packed, pad};
use crate::{
    Color, Fill, PixelError, Radius, Size,
    image::{Channels, Image, Packed},
};

/// Lines per pixel row at which the outline is cut exactly; the coverage of a pixel is their mean.
const LINES: u32 = 16;

pub(super) fn apply(
    image: Image,
    border: Option<(u32, Color)>,
    radii: Option<[Radius; 4]>,
) -> Result<Image, PixelError> {
    let inner = image.size();
    let (width, color) = border.unwrap_or((0, Color { red: 0, green: 0, blue: 0, alpha: 0 }));
    let grown = |side: u32| width.checked_mul(2).and_then(|both| side.checked_add(both));
    let (Some(across), Some(down)) = (grown(inner.width), grown(inner.height)) else {
        return Err(PixelError::internal("the border is too wide"));
    };
    let canvas = Size::new(across, down);
    let padded = if width == 0 {
        image
    } else {
        pad::apply(image, canvas, (width.into(), width.into()), Fill::Color(color))?
    };
    let Some(radii) = radii else { return Ok(padded) };
    let outer = Outline::new(canvas, radii);
    let mut picture = packed(padded)?.into_rgba();
    if picture.channels != Channels::Rgba {
        return Err(PixelError::internal("inks are converted before they are framed"));
    }
    if width > 0 {
        border_corners(&mut picture, &outer.inset(width), color);
    }
    round(&mut picture, &outer);
    Ok(picture.into())
}

/// A rectangle with four elliptic corners.
#[derive(Debug, Clone, PartialEq)]
struct Outline {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    /// Horizontal and vertical radius: top left, top right, bottom right, bottom left.
    corners: [(f64, f64); 4],
}

impl Outline {
    fn new(size: Size, radii: [Radius; 4]) -> Self {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let corners = if radii.iter().all(|radius| *radius == Radius::Max) {
            // The inscribed ellipse.
            [(width / 2.0, height / 2.0); 4]
        } else {
            let half = width.min(height) / 2.0;
            radii
                .map(|radius| match radius {
                    Radius::Pixels(pixels) => pixels.clamp(0.0, half),
                    Radius::Max => half,
                })
                .map(|radius| (radius, radius))
        };
        Self { left: 0.0, top: 0.0, right: width, bottom: height, corners }
    }

    /// The same outline `width` further in; radii shrink with it down to a sharp corner.
    fn inset(&self, width: u32) -> Self {
        let width = f64::from(width);
        Self {
            left: self.left + width,
            top: self.top + width,
            right: self.right - width,
            bottom: self.bottom - width,
            corners: self.corners.map(|(across, down)| ((across - width).max(0.0), (down - width).max(0.0))),
        }
    }

    /// Where a horizontal line enters and leaves.
    fn span(&self, y: f64) -> (f64, f64) {
        let [top_left, top_right, bottom_right, bottom_left] = self.corners;
        if y < self.top || y > self.bottom {
            return (0.0, 0.0);
        }
        let bite = |top: (f64, f64), bottom: (f64, f64)| {
            let from_top = (self.top + top.1 - y).max(0.0);
            let from_bottom = (y - (self.bottom - bottom.1)).max(0.0);
            let cut = |(across, down): (f64, f64), distance: f64| {
                if distance <= 0.0 {
                    0.0
                } else {
                    across * (1.0 - (1.0 - (distance / down).powi(2)).max(0.0).sqrt())
                }
            };
            cut(top, from_top).max(cut(bottom, from_bottom))
        };
        (self.left + bite(top_left, bottom_left), self.right - bite(top_right, bottom_right))
    }

    /// Whether every pixel of this row lies inside from `left` to `right` undiminished.
    fn is_straight(&self, y: u32) -> bool {
        let (from, to) = (f64::from(y), f64::from(y + 1));
        let [top_left, top_right, bottom_right, bottom_left] = self.corners;
        from >= self.top + top_left.1.max(top_right.1)
            && to <= self.bottom - bottom_left.1.max(bottom_right.1)
    }

    /// How much of each pixel of a row lies inside, 0 to 1.
    fn coverage(&self, y: u32, out: &mut [f32]) {
        out.fill(0.0);
        let share = 1.0 / LINES as f32;
        for line in 0..LINES {
            let (left, right) = self.span(f64::from(y) + (f64::from(line) + 0.5) / f64::from(LINES));
            if right <= left {
                continue;
            }
            let (first, last) = (left.floor() as usize, (right.ceil() as usize).min(out.len()));
            for (x, covered) in out.iter_mut().enumerate().take(last).skip(first) {
                let x = x as f64;
                *covered += ((right.min(x + 1.0) - left.max(x)) as f32).clamp(0.0, 1.0) * share;
            }
        }
    }
}

/// Lets the border show in the corners that the inner outline cuts off the picture.
fn border_corners(picture: &mut Packed, inner: &Outline, color: Color) {
    let mut coverage = vec![0.0; picture.width as usize];
    let width = picture.width as usize;
    let box_of = |side: f64| side.max(0.0) as usize;
    let (left, right) = (box_of(inner.left), box_of(inner.right));
    for y in inner.top.max(0.0) as u32..inner.bottom.max(0.0) as u32 {
        if inner.is_straight(y) {
            continue;
        }
        inner.coverage(y, &mut coverage);
        let row = &mut picture.data.as_chunks_mut::<4>().0[y as usize * width..][..width];
        for (pixel, covered) in row.iter_mut().zip(&coverage).take(right).skip(left) {
            *pixel = mixed(*pixel, color.bytes(), *covered);
        }
    }
}

/// A share of one pixel and the rest of another, by their opacity.
fn mixed(one: [u8; 4], other: [u8; 4], share: f32) -> [u8; 4] {
    let (left, right) = (share * f32::from(one[3]), (1.0 - share) * f32::from(other[3]));
    let alpha = left + right;
    if alpha <= 0.0 {
        return [one[0], one[1], one[2], 0];
    }
    let mix = |channel: usize| {
        ((f32::from(one[channel]) * left + f32::from(other[channel]) * right) / alpha).round() as u8
    };
    [mix(0), mix(1), mix(2), alpha.round() as u8]
}

/// Takes away what lies outside.
fn round(picture: &mut Packed, outer: &Outline) {
    let width = picture.width as usize;
    let mut coverage = vec![0.0; width];
    for (y, row) in picture.data.as_chunks_mut::<4>().0.chunks_exact_mut(width).enumerate() {
        if outer.is_straight(y as u32) {
            continue;
        }
        outer.coverage(y as u32, &mut coverage);
        for (pixel, covered) in row.iter_mut().zip(&coverage) {
            pixel[3] = (f32::from(pixel[3]) * covered).round() as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Planar, Plane};

    const RED: Color = Color { red: 255, green: 0, blue: 0, alpha: 255 };

    fn white(width: usize, height: usize) -> Image {
        Planar::gray(Plane::filled(255, width, height)).into()
    }

    fn pixel(picture: &Packed, x: usize, y: usize) -> [u8; 4] {
        picture.data.as_chunks::<4>().0[y * picture.width as usize + x]
    }

    #[test]
    fn the_inscribed_ellipse_covers_a_quarter_of_pi() {
        for (width, height) in [(300, 300), (301, 97), (2, 2)] {
            let out = packed(apply(white(width, height), None, Some([Radius::Max; 4])).unwrap()).unwrap();
            let alpha: f64 = out.data.chunks(4).map(|pixel| f64::from(pixel[3]) / 255.0).sum();
            let expected = std::f64::consts::FRAC_PI_4 * (width * height) as f64;
            assert!(
                (alpha - expected).abs() < 0.004 * expected + 0.1,
                "{width}x{height}: {alpha} {expected}"
            );
        }
        let out = packed(apply(white(300, 300), None, Some([Radius::Max; 4])).unwrap()).unwrap();
        assert_eq!((pixel(&out, 0, 0)[3], pixel(&out, 150, 150)[3], pixel(&out, 150, 0)[3]), (0, 255, 255));
    }

    #[test]
    fn each_corner_has_its_own_radius_and_none_exceeds_half_the_side() {
        let radii = [Radius::Pixels(0.0), Radius::Pixels(10.0), Radius::Pixels(1e9), Radius::Max];
        let out = packed(apply(white(60, 40), None, Some(radii)).unwrap()).unwrap();
        let outside = |radius: f64| (1.0 - std::f64::consts::FRAC_PI_4) * radius * radius;
        let missing = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>| {
            let mut sum = 0.0;
            for y in rows {
                sum += columns.clone().map(|x| 1.0 - f64::from(pixel(&out, x, y)[3]) / 255.0).sum::<f64>();
            }
            sum
        };
        assert!(missing(0..30, 0..20) <= 0.0);
        for (name, got, radius) in [
            ("top right", missing(30..60, 0..20), 10.0),
            ("bottom right", missing(30..60, 20..40), 20.0),
            ("bottom left", missing(0..30, 20..40), 20.0),
        ] {
            assert!((got - outside(radius)).abs() < 0.5, "{name}: {got}");
        }
    }

    #[test]
    fn a_plain_border_grows_the_canvas_and_stays_planar() {
        let out = apply(white(3, 2), Some((2, RED)), None).unwrap();
        assert!(matches!(out, Image::Planar(_)));
        assert_eq!(out.size(), Size::new(7, 6));
        let out = packed(out).unwrap().into_rgba();
        assert_eq!((pixel(&out, 0, 0), pixel(&out, 3, 3)), ([254, 0, 0, 255], [255, 255, 255, 255]));
    }

    #[test]
    fn the_border_follows_the_rounded_outline() {
        let out =
            packed(apply(white(80, 80), Some((10, RED)), Some([Radius::Pixels(30.0); 4])).unwrap()).unwrap();
        assert_eq!(out.size(), Size::new(100, 100));
        let table = [
            ("corner", (0, 0), [254, 0, 0, 0]),
            ("middle of the border's edge", (50, 0), [254, 0, 0, 255]),
            ("border inside of the outer arc", (10, 10), [254, 0, 0, 255]),
            ("picture's corner is cut by the inner arc", (12, 12), [254, 0, 0, 255]),
            ("picture", (50, 50), [255, 255, 255, 255]),
        ];
        for (name, (x, y), expected) in table {
            let got = pixel(&out, x, y);
            let near = got.iter().zip(expected).all(|(got, expected)| got.abs_diff(expected) <= 1);
            assert!(near, "{name}: {got:?}");
        }
    }

    #[test]
    fn a_border_without_end_is_refused() {
        assert!(apply(white(1, 1), Some((u32::MAX, RED)), None).is_err());
    }
}
