//! The most frequent colours of a picture's border, for backgrounds that fit it.

use std::collections::BTreeMap;

use crate::{
    Color,
    color::ycbcr,
    image::{Channels, Image, Packed, Planar},
};

/// Bits of each channel that make colours alike. Neighbouring groups count together, so that a shade which lies between
/// two of them is not split.
const BITS: u32 = 5;

/// From here on a pixel is part of the picture's shape.
const OPAQUE: u8 = 128;

/// A frequent colour, and where on the border it lies in the mean, both axes 0-1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frequent {
    pub color: Color,
    pub at: (f64, f64),
}

/// The `count` most frequent colours, the most frequent first. Fewer where the border has no more; black where it has
/// none.
pub(super) fn frequent(image: &Image, count: usize) -> Vec<Frequent> {
    let mut groups: BTreeMap<[u8; 3], Group> = BTreeMap::new();
    for (color, x, y) in pixels(image) {
        groups.entry(color.map(|channel| channel >> (8 - BITS))).or_default().add(color, x, y);
    }
    let mut found = Vec::new();
    while found.len() < count {
        // Of equal ones the darkest: whichever, but always the same.
        let best = groups
            .keys()
            .map(|key| (around(&groups, *key), *key))
            .max_by(|(a, x), (b, y)| a.count.cmp(&b.count).then_with(|| y.cmp(x)));
        let Some((group, key)) = best else { break };
        found.push(group.mean());
        groups.retain(|other, _| !near(*other, key));
    }
    if found.is_empty() {
        found.push(Frequent { color: Color { red: 0, green: 0, blue: 0, alpha: 255 }, at: (0.5, 0.5) });
    }
    found
}

/// Colours that count as one.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    count: u64,
    color: [u64; 3],
    x: f64,
    y: f64,
}

impl Group {
    fn add(&mut self, color: [u8; 3], x: f64, y: f64) {
        self.count += 1;
        for (sum, channel) in self.color.iter_mut().zip(color) {
            *sum += u64::from(channel);
        }
        self.x += x;
        self.y += y;
    }

    fn join(&mut self, other: &Self) {
        self.count += other.count;
        for (sum, more) in self.color.iter_mut().zip(other.color) {
            *sum += more;
        }
        self.x += other.x;
        self.y += other.y;
    }

    fn mean(&self) -> Frequent {
        let count = self.count.max(1);
        let [red, green, blue] = self.color.map(|sum| ((sum + count / 2) / count) as u8);
        Frequent {
            color: Color { red, green, blue, alpha: u8::MAX },
            at: (self.x / count as f64, self.y / count as f64),
        }
    }
}

fn near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 1)
}

/// A group with its neighbours.
fn around(groups: &BTreeMap<[u8; 3], Group>, key: [u8; 3]) -> Group {
    let mut sum = Group::default();
    let [red, green, blue] = key;
    for red in red.saturating_sub(1)..=red + 1 {
        for green in green.saturating_sub(1)..=green + 1 {
            for blue in blue.saturating_sub(1)..=blue + 1 {
                if let Some(group) = groups.get(&[red, green, blue]) {
                    sum.join(group);
                }
            }
        }
    }
    sum
}

/// Colours of the border with their places, both axes 0-1: of each row and column the first and the last pixel that is
/// part of the shape.
fn pixels(image: &Image) -> Vec<([u8; 3], f64, f64)> {
    let size = image.size();
    let (width, height) = (size.width as usize, size.height as usize);
    let shown = |x: usize, y: usize| match image {
        Image::Packed(packed) if packed.channels == Channels::Rgba => {
            packed.data[(y * width + x) * 4 + 3] >= OPAQUE
        }
        Image::Packed(_) | Image::Planar(_) => true,
    };
    let mut places = Vec::with_capacity(2 * (width + height));
    for y in 0..height {
        let row = |x: &usize| shown(*x, y);
        places.extend((0..width).find(row).map(|x| (x, y)));
        places.extend((0..width).rev().find(row).map(|x| (x, y)));
    }
    for x in 0..width {
        let column = |y: &usize| shown(x, *y);
        places.extend((0..height).find(column).map(|y| (x, y)));
        places.extend((0..height).rev().find(column).map(|y| (x, y)));
    }
    let place = |at: usize, length: usize| at as f64 / length.saturating_sub(1).max(1) as f64;
    let of = |(x, y): (usize, usize)| {
        let color = match image {
            Image::Packed(packed) => of_packed(packed, x, y),
            Image::Planar(planar) => of_planar(planar, x, y),
        };
        (color, place(x, width), place(y, height))
    };
    places.into_iter().map(of).collect()
}

fn of_packed(packed: &Packed, x: usize, y: usize) -> [u8; 3] {
    let at = (y * packed.width as usize + x) * packed.channels.count();
    [packed.data[at], packed.data[at + 1], packed.data[at + 2]]
}

fn of_planar(planar: &Planar, x: usize, y: usize) -> [u8; 3] {
    let sample = |plane: usize| planar.planes.get(plane).map(|plane| plane.data[y * plane.stride + x]);
    match (sample(0), sample(1), sample(2)) {
        (Some(luma), Some(blue), Some(red)) => ycbcr::pixel(luma, blue, red),
        (luma, ..) => [luma.unwrap_or_default(); 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 4]) -> Image {
        let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let data = data.flat_map(|(x, y)| color(x, y)).collect();
        Packed::new(data, width, height, Channels::Rgba).unwrap().into()
    }

    #[test]
    fn the_colour_of_most_border_pixels_wins_and_the_inside_does_not_count() {
        let image = picture(40, 30, |x, y| match (x, y) {
            (0..=2, _) => [200, 10, 10, 255],
            (4..36, 3..27) => [0, 255, 0, 255],
            _ => [20, 40, 80, 255],
        });
        let found = frequent(&image, 4);
        let colors: Vec<_> = found.iter().map(|frequent| frequent.color.bytes()).collect();
        assert_eq!(colors, [[20, 40, 80, 255], [200, 10, 10, 255]]);
        assert!(found[1].at.0 < 0.05, "the red one is at the left: {found:?}");
    }

    #[test]
    fn shades_of_one_colour_are_one() {
        let image =
            picture(
                20,
                20,
                |x, y| if (x + y) % 2 == 0 { [127, 127, 127, 255] } else { [129, 129, 129, 255] },
            );
        let found = frequent(&image, 2);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].color.bytes(), [128, 128, 128, 255]);
    }

    #[test]
    fn the_border_of_a_shape_lies_inside_of_the_canvas() {
        let image = picture(20, 20, |x, y| match (x, y) {
            (5..15, 5..15) => [9, 99, 199, 255],
            _ => [255, 0, 255, 0],
        });
        assert_eq!(frequent(&image, 1)[0].color.bytes(), [9, 99, 199, 255]);
        let nothing = picture(4, 4, |_, _| [255, 0, 255, 0]);
        assert_eq!(frequent(&nothing, 2)[0].color.bytes(), [0, 0, 0, 255]);
    }
}
