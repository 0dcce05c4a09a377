//! Attend: where to cut a picture so that what draws the eye stays.
//!
//! A small copy is scored pixel by pixel: edges, skin and saturated colour, weighed as smartcrop.js does
//! (<https://github.com/jwagner/smartcrop.js>). The window with the highest score wins; what lies at its rim counts less,
//! so that the subject comes to its middle. A picture without any score is cut at the centre.

use std::ops::Range;

use crate::{
    Rect, Size,
    color::ycbcr,
    image::{Channels, Image},
};

/// Longest side of the copy that is scored.
const SCORED: usize = 96;

/// Weights of smartcrop.js.
const DETAIL: f32 = 0.2;
const SKIN: f32 = 1.8;
const SKIN_BIAS: f32 = 0.01;
const SKIN_THRESHOLD: f32 = 0.8;
const SKIN_BRIGHTNESS: std::ops::RangeInclusive<f32> = 0.2..=1.0;
const SKIN_COLOR: [f32; 3] = [0.78, 0.57, 0.44];
const SATURATION: f32 = 0.1;
const SATURATION_BIAS: f32 = 0.2;
const SATURATION_THRESHOLD: f32 = 0.4;
const SATURATION_BRIGHTNESS: std::ops::RangeInclusive<f32> = 0.05..=0.9;

/// What a pixel at the rim of a window counts less than one in its middle.
const RIM: f64 = 0.6;

/// What the farthest window counts less than the central one: photographers put what matters near the middle.
const ECCENTRIC: f64 = 0.1;

/// The part of `window` size that draws the eye.
pub(super) fn place(image: &Image, window: Size) -> Rect {
    let size = image.size();
    let width = window.width.min(size.width);
    let height = window.height.min(size.height);
    let copy = Small::of(image);
    let scores = copy.scores();
    let (x, y) = best(&copy, &scores, Size::new(width, height), size);
    Rect { x, y, width, height }
}

/// A small copy: mean colours, 0-1, with the mean opacity.
struct Small {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
}

impl Small {
    fn of(image: &Image) -> Self {
        let size = image.size();
        let (across, down) = (size.width as usize, size.height as usize);
        let block = across.max(down).div_ceil(SCORED).max(1);
        let (width, height) = (across.div_ceil(block), down.div_ceil(block));
        let mut pixels = Vec::with_capacity(width * height);
        for top in (0..down).step_by(block) {
            for left in (0..across).step_by(block) {
                pixels.push(mean(image, left..(left + block).min(across), top..(top + block).min(down)));
            }
        }
        Self { width, height, pixels }
    }

    fn luma(&self, x: usize, y: usize) -> f32 {
        let [red, green, blue, alpha] = self.pixels[y * self.width + x];
        (0.299 * red + 0.587 * green + 0.114 * blue) * alpha
    }

    fn scores(&self) -> Vec<f64> {
        let mut scores = Vec::with_capacity(self.pixels.len());
        for y in 0..self.height {
            for x in 0..self.width {
                let detail = self.detail(x, y);
                let [red, green, blue, alpha] = self.pixels[y * self.width + x];
                let color = [red, green, blue];
                let score = detail * DETAIL
                    + skin(color) * (detail + SKIN_BIAS) * SKIN
                    + saturation(color) * (detail + SATURATION_BIAS) * SATURATION;
                scores.push(f64::from(score * alpha));
            }
        }
        scores
    }

    /// How much the pixel differs from its neighbours, 0-1.
    fn detail(&self, x: usize, y: usize) -> f32 {
        if x == 0 || y == 0 || x + 1 == self.width || y + 1 == self.height {
            return 0.0;
        }
        let around = self.luma(x - 1, y) + self.luma(x + 1, y) + self.luma(x, y - 1) + self.luma(x, y + 1);
        (4.0 * self.luma(x, y) - around).abs().min(1.0)
    }
}

/// Mean colour and opacity of a block.
fn mean(image: &Image, columns: Range<usize>, rows: Range<usize>) -> [f32; 4] {
    let mut sums = [0_u64; 4];
    let pixels = (columns.len() * rows.len()).max(1) as u64;
    for y in rows {
        match image {
            Image::Planar(planar) => {
                for (index, sum) in sums.iter_mut().enumerate() {
                    // A grey picture has no chroma, and none has opacity.
                    *sum += match planar.planes.get(index) {
                        Some(plane) => total(&plane.data[y * plane.stride..][columns.clone()]),
                        None => (if index == 3 { 255 } else { 128 }) * columns.len() as u64,
                    };
                }
            }
            Image::Packed(packed) => {
                let count = packed.channels.count();
                let row = &packed.data[y * packed.stride()..][columns.start * count..columns.end * count];
                for pixel in row.chunks_exact(count) {
                    for (sum, sample) in sums.iter_mut().zip(pixel) {
                        *sum += u64::from(*sample);
                    }
                }
                if packed.channels == Channels::Rgb {
                    sums[3] += 255 * columns.len() as u64;
                }
            }
        }
    }
    let [first, second, third, alpha] = sums.map(|sum| (sum / pixels) as u8);
    let color = match image {
        Image::Planar(_) => ycbcr::pixel(first, second, third),
        Image::Packed(_) => [first, second, third],
    };
    let [red, green, blue] = color.map(|channel| f32::from(channel) / 255.0);
    [red, green, blue, f32::from(alpha) / 255.0]
}

fn total(samples: &[u8]) -> u64 {
    samples.iter().map(|sample| u64::from(*sample)).sum()
}

fn brightness([red, green, blue]: [f32; 3]) -> f32 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// How much a colour looks like skin, 0-1.
fn skin(color: [f32; 3]) -> f32 {
    let length = color.iter().map(|channel| channel * channel).sum::<f32>().sqrt();
    if length <= 0.0 || !SKIN_BRIGHTNESS.contains(&brightness(color)) {
        return 0.0;
    }
    let distance = color.iter().zip(SKIN_COLOR).map(|(channel, skin)| (channel / length - skin).powi(2));
    let likeness = 1.0 - distance.sum::<f32>().sqrt();
    ((likeness - SKIN_THRESHOLD) / (1.0 - SKIN_THRESHOLD)).max(0.0)
}

/// How saturated a colour is, 0-1, as far as that is more than usual.
fn saturation(color: [f32; 3]) -> f32 {
    let most = color.into_iter().fold(0.0, f32::max);
    let least = color.into_iter().fold(1.0, f32::min);
    if most <= least || !SATURATION_BRIGHTNESS.contains(&brightness(color)) {
        return 0.0;
    }
    let (middle, spread) = (f32::midpoint(most, least), most - least);
    let saturation = if middle > 0.5 { spread / (2.0 - most - least) } else { spread / (most + least) };
    ((saturation - SATURATION_THRESHOLD) / (1.0 - SATURATION_THRESHOLD)).max(0.0)
}

/// The candidates of one axis in the copy: places one pixel of the copy apart, and how much each of its pixels counts.
struct Track {
    weights: Vec<Vec<f64>>,
    starts: Vec<u32>,
}

impl Track {
    /// `cells` pixels stand for `side`, of which `window` stay.
    fn new(cells: usize, side: u32, window: u32) -> Self {
        let free = side - window;
        let cell = f64::from(side) / cells as f64;
        let steps = (f64::from(free) / cell).ceil() as usize;
        let starts: Vec<u32> = (0..=steps)
            .map(|step| (f64::from(free) * step as f64 / steps.max(1) as f64).round() as u32)
            .collect();
        let weights = starts.iter().map(|start| {
            let weight = |index: usize| {
                let middle = (index as f64 + 0.5) * cell - f64::from(*start);
                let share = middle / f64::from(window);
                if (0.0..=1.0).contains(&share) { 1.0 - RIM * (2.0 * share - 1.0).powi(2) } else { 0.0 }
            };
            (0..cells).map(weight).collect()
        });
        Self { weights: weights.collect(), starts }
    }

    /// How far from the centre a candidate is, 0-1.
    fn eccentricity(&self, index: usize) -> f64 {
        let last = self.starts.len().saturating_sub(1).max(1) as f64;
        (2.0 * index as f64 / last - 1.0).abs() * f64::from(u8::from(self.starts.len() > 1))
    }
}

/// The upper left corner of the best window.
fn best(copy: &Small, scores: &[f64], window: Size, size: Size) -> (u32, u32) {
    let across = Track::new(copy.width, size.width, window.width);
    let down = Track::new(copy.height, size.height, window.height);
    let center = ((size.width - window.width) / 2, (size.height - window.height) / 2);
    // The rows weighed by each candidate across, then those sums by each candidate down.
    let mut found = (0.0, center);
    for (column, weights) in across.weights.iter().enumerate() {
        let sum =
            |row: &[f64]| -> f64 { row.iter().zip(weights).map(|(score, weight)| score * weight).sum() };
        let rows: Vec<f64> = scores.chunks(copy.width).map(sum).collect();
        for (line, weights) in down.weights.iter().enumerate() {
            let score: f64 = rows.iter().zip(weights).map(|(row, weight)| row * weight).sum();
            let away = across.eccentricity(column).max(down.eccentricity(line));
            let score = score * (1.0 - ECCENTRIC * away);
            if score > found.0 {
                found = (score, (across.starts[column], down.starts[line]));
            }
        }
    }
    found.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Packed;

    fn picture(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Image {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let data = places.flat_map(|(x, y)| color(x, y)).collect();
        Packed::new(data, width, height, Channels::Rgb).unwrap().into()
    }

    /// A dull wall with a face-coloured, textured disc.
    fn subject(width: u32, height: u32, at: (f64, f64), radius: f64) -> Image {
        picture(width, height, |x, y| {
            let inside = (f64::from(x) - at.0).hypot(f64::from(y) - at.1) < radius;
            if !inside {
                [120, 122, 121]
            } else if (x / 6 + y / 6) % 2 == 0 {
                [224, 172, 140]
            } else {
                [190, 130, 105]
            }
        })
    }

    #[test]
    fn the_window_holds_the_subject_wherever_it_is() {
        for (at, window) in [
            ((60.0, 100.0), (200, 200)),
            ((300.0, 100.0), (200, 200)),
            ((540.0, 100.0), (200, 200)),
            ((500.0, 150.0), (150, 90)),
            ((90.0, 40.0), (150, 70)),
        ] {
            let image = subject(600, 200, at, 30.0);
            let rect = place(&image, Size::new(window.0, window.1));
            let holds = |start: u32, length: u32, at: f64| {
                f64::from(start) <= at - 20.0 && at + 20.0 <= f64::from(start + length)
            };
            assert!(holds(rect.x, rect.width, at.0) && holds(rect.y, rect.height, at.1), "{at:?} {rect:?}");
            assert_eq!(rect.size(), Size::new(window.0, window.1));
        }
    }

    #[test]
    fn planes_and_pixels_are_cut_at_the_same_place() {
        let image = subject(600, 200, (480.0, 100.0), 30.0);
        let Image::Packed(pixels) = &image else { panic!("packed") };
        let planes = ycbcr::from_rgb(pixels).unwrap().into();
        let window = Size::new(200, 200);
        assert!(place(&image, window).x.abs_diff(place(&planes, window).x) <= 7);
    }

    #[test]
    fn nothing_to_see_is_cut_at_the_centre() {
        let image = picture(300, 200, |_, _| [200, 200, 200]);
        for (window, at) in
            [((100, 200), (100, 0)), ((300, 50), (0, 75)), ((101, 51), (99, 74)), ((300, 200), (0, 0))]
        {
            let rect = place(&image, Size::new(window.0, window.1));
            assert_eq!((rect.x, rect.y), at, "{window:?}");
        }
    }

    #[test]
    fn a_window_larger_than_the_picture_is_the_picture() {
        let rect = place(&picture(3, 2, |_, _| [9, 9, 9]), Size::new(10, 1));
        assert_eq!(rect, Rect { x: 0, y: 0, width: 3, height: 1 });
    }
}
