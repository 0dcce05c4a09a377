//! Draws a picture through any map from output places to source places. What the source does not cover is transparent.
//!
//! Sampled by the cubic of Catmull and Rom on premultiplied colours; where the map shrinks, a pixel is the mean of several
//! samples, so that fine structures do not flicker: as many along each axis as the map shrinks there, spread over what the
//! cubic does not cover itself, so that the picture gets softer without a step. The rim of the source is smooth: beyond it
//! there is nothing, and the cubic mixes with that.

#![expect(
    clippy::inline_always,
    reason = "a body must be part of its dispatcher to be compiled for its instructions"
)]

use pulp::{Arch, Simd, WithSimd};

use super::resample::to_byte;
use crate::{
    PixelError, Size,
    image::{Channels, Packed},
};

/// Most samples per pixel along each axis. Beyond a shrink by this factor structures may alias.
const MOST: f64 = 4.0;

/// From this step on between neighbours the map is torn there, as that of a closed ring is, and not followed.
const TORN: f64 = 4.0 * MOST;

/// Places in pixels; the middle of the first pixel is (0.5, 0.5).
pub(super) type Place = (f64, f64);

/// Draws `source` on a clear canvas; `map` tells for a place of the canvas where it lies in the source. `None`: nowhere.
pub(super) fn warp(
    source: Packed,
    canvas: Size,
    map: impl Fn(Place) -> Option<Place>,
) -> Result<Packed, PixelError> {
    let source = source.into_rgba();
    if source.channels != Channels::Rgba {
        return Err(PixelError::internal("inks are converted before they are bent"));
    }
    let opaque = !source.is_translucent();
    let data = Arch::new().dispatch(Draw { source: &source, canvas, map, opaque });
    Packed::new(data, canvas.width, canvas.height, Channels::Rgba)
}

/// The whole work as one value, so that it is compiled once for each level of instructions.
struct Draw<'a, F> {
    source: &'a Packed,
    canvas: Size,
    map: F,
    opaque: bool,
}

impl<F: Fn(Place) -> Option<Place>> WithSimd for Draw<'_, F> {
    type Output = Vec<u8>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<u8> {
        if self.opaque { self.rows::<true>() } else { self.rows::<false>() }
    }
}

impl<F: Fn(Place) -> Option<Place>> Draw<'_, F> {
    #[inline(always)]
    fn rows<const OPAQUE: bool>(&self) -> Vec<u8> {
        let width = self.canvas.width as usize;
        // The map is asked once for the middle of each pixel, and one column and one row beyond.
        let row = |y: u32, places: &mut Vec<Option<Place>>| {
            places.clear();
            places.extend((0..=width).map(|x| (self.map)((x as f64 + 0.5, f64::from(y) + 0.5))));
        };
        let (mut here, mut below) = (Vec::with_capacity(width + 1), Vec::with_capacity(width + 1));
        row(0, &mut below);
        let mut data = Vec::with_capacity(self.canvas.pixels() as usize * 4);
        for y in 0..self.canvas.height {
            std::mem::swap(&mut here, &mut below);
            row(y + 1, &mut below);
            for (pair, down) in here.windows(2).zip(&below) {
                data.extend_from_slice(&match pair {
                    [Some(place), right] => {
                        let spreads = [Spread::new(*place, *right), Spread::new(*place, *down)];
                        pixel::<OPAQUE>(self.source, *place, spreads)
                    }
                    _ => [0; 4],
                });
            }
        }
        data
    }
}

/// Samples of a pixel along one axis of the canvas.
#[derive(Debug, Clone, Copy)]
struct Spread {
    count: u32,
    /// From the middle to the first sample, and from each to the next.
    first: Place,
    step: Place,
}

impl Spread {
    /// One sample.
    const NONE: Self = Self { count: 1, first: (0.0, 0.0), step: (0.0, 0.0) };

    /// By where the neighbour lies.
    #[inline(always)]
    fn new(place: Place, next: Option<Place>) -> Self {
        let Some(next) = next else { return Self::NONE };
        let (x, y) = (next.0 - place.0, next.1 - place.1);
        let square = x * x + y * y;
        // A turn keeps distances; what arithmetic makes of them must not cost twice the work.
        if square.is_nan() || square <= 1.002 || square > TORN * TORN {
            return Self::NONE;
        }
        let shrink = square.sqrt();
        let count = shrink.ceil().min(MOST);
        // The cubic is as wide as one pixel of the source.
        let share = (1.0 - 1.0 / shrink) / count;
        let first = share * (1.0 - count) / 2.0;
        Self { count: count as u32, first: (x * first, y * first), step: (x * share, y * share) }
    }
}

/// The mean of all samples.
#[inline(always)]
fn pixel<const OPAQUE: bool>(source: &Packed, (x, y): Place, [across, down]: [Spread; 2]) -> [u8; 4] {
    let mut sum = [0.0_f32; 4];
    for line in 0..down.count {
        let line = f64::from(line);
        let (x, y) = (x + down.first.0 + line * down.step.0, y + down.first.1 + line * down.step.1);
        for column in 0..across.count {
            let column = f64::from(column);
            let place =
                (x + across.first.0 + column * across.step.0, y + across.first.1 + column * across.step.1);
            add::<OPAQUE>(source, place, &mut sum);
        }
    }
    straight(sum, (across.count * down.count) as f32)
}

/// Adds the premultiplied colour at a place, alpha 0-255.
#[inline(always)]
fn add<const OPAQUE: bool>(source: &Packed, (x, y): Place, sum: &mut [f32; 4]) {
    let (width, height) = (i64::from(source.width), i64::from(source.height));
    let (left, top) = (x - 0.5, y - 0.5);
    let reached = |place: f64, length: i64| place > -2.0 && place < length as f64 + 1.0;
    if !reached(left, width) || !reached(top, height) {
        return;
    }
    let (column, line) = (left.floor(), top.floor());
    let (across, down) = (cubic((left - column) as f32), cubic((top - line) as f32));
    let (column, line) = (column as i64 - 1, line as i64 - 1);
    if column >= 0 && column + 4 <= width && line >= 0 && line + 4 <= height {
        let first = line as usize * source.stride() + column as usize * 4;
        let mut lanes = [0.0_f32; 16];
        for (tap, weight) in down.iter().enumerate() {
            let place = first + tap * source.stride();
            let Some(row) = source.data.get(place..).and_then(<[u8]>::first_chunk::<16>) else { return };
            // Loops over numbers: iterators are functions of their own, compiled for the lowest level.
            for lane in 0..16 {
                let mut sample = f32::from(row[lane]);
                if !OPAQUE && lane & 3 < 3 {
                    sample *= f32::from(row[lane | 3]) * (1.0 / 255.0);
                }
                lanes[lane] += weight * sample;
            }
        }
        for channel in 0..4 {
            sum[channel] += across[0] * lanes[channel]
                + across[1] * lanes[channel + 4]
                + across[2] * lanes[channel + 8]
                + across[3] * lanes[channel + 12];
        }
    } else {
        at_rim(source, (column, line), [across, down], sum);
    }
}

/// The same where not all sixteen pixels lie in the picture: `column` and `line` are those of the first.
fn at_rim(source: &Packed, (column, line): (i64, i64), [across, down]: [[f32; 4]; 2], sum: &mut [f32; 4]) {
    let (width, height) = (i64::from(source.width), i64::from(source.height));
    for (y, weight) in (line..).zip(down).filter(|(y, _)| (0..height).contains(y)) {
        let row = &source.data[y as usize * source.stride()..][..source.stride()];
        for (x, share) in (column..).zip(across).filter(|(x, _)| (0..width).contains(x)) {
            let Some([red, green, blue, alpha]) = row.as_chunks::<4>().0.get(x as usize) else { continue };
            let weight = weight * share * f32::from(*alpha) * (1.0 / 255.0);
            let color = [f32::from(*red), f32::from(*green), f32::from(*blue), 255.0];
            for (sum, channel) in sum.iter_mut().zip(color) {
                *sum += weight * channel;
            }
        }
    }
}

/// Weights of the four samples around a place that lies `share` behind the second.
#[inline(always)]
fn cubic(share: f32) -> [f32; 4] {
    let (one, two, three) = (share, share * share, share * share * share);
    [
        -0.5 * three + two - 0.5 * one,
        1.5 * three - 2.5 * two + 1.0,
        -1.5 * three + 2.0 * two + 0.5 * one,
        0.5 * three - 0.5 * two,
    ]
}

/// Divides by opacity and by the number of samples.
#[inline(always)]
fn straight([red, green, blue, alpha]: [f32; 4], samples: f32) -> [u8; 4] {
    let opacity = alpha / samples;
    // Half a step of opacity rounds to nothing, and with it the colour.
    if opacity < 0.5 {
        return [0; 4];
    }
    let share = 255.0 / alpha;
    [to_byte(red * share), to_byte(green * share), to_byte(blue * share), to_byte(opacity)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Packed {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let data = places.flat_map(|(x, y)| color(x, y)).collect();
        Packed::new(data, width, height, Channels::Rgb).unwrap()
    }

    #[test]
    fn a_map_that_changes_nothing_changes_nothing() {
        let source = picture(9, 7, |x, y| [(x * 28) as u8, (y * 36) as u8, 77]);
        let expected = source.clone().into_rgba().data;
        assert_eq!(warp(source, Size::new(9, 7), Some).unwrap().data, expected);
    }

    #[test]
    fn outside_of_the_source_there_is_nothing() {
        let source = picture(4, 4, |_, _| [200, 100, 50]);
        let out = warp(source, Size::new(8, 4), |(x, y)| Some((x - 4.0, y))).unwrap();
        let alpha: Vec<u8> = out.data.chunks(4).take(8).map(|pixel| pixel[3]).collect();
        assert_eq!(alpha, [0, 0, 0, 0, 255, 255, 255, 255]);
        let out = warp(picture(4, 4, |_, _| [9; 3]), Size::new(2, 2), |_| None).unwrap();
        assert!(out.data.iter().all(|sample| *sample == 0));
        let far = warp(picture(4, 4, |_, _| [9; 3]), Size::new(2, 2), |_| Some((f64::NAN, f64::INFINITY)));
        assert!(far.unwrap().data.iter().all(|sample| *sample == 0));
    }

    #[test]
    fn half_a_pixel_aside_the_rim_is_half_covered_and_keeps_its_colour() {
        let source = picture(6, 6, |_, _| [200, 100, 50]);
        let out = warp(source, Size::new(8, 6), |(x, y)| Some((x - 1.5, y))).unwrap();
        let row: Vec<&[u8]> = out.data.chunks(4).skip(16).take(8).collect();
        assert!(row[1][3].abs_diff(128) <= 24, "{:?}", row[1]);
        for pixel in row.iter().filter(|pixel| pixel[3] > 0) {
            assert!(
                pixel.iter().zip([200, 100, 50]).all(|(got, expected)| got.abs_diff(expected) <= 1),
                "{pixel:?}"
            );
        }
    }

    #[test]
    fn where_the_map_is_torn_each_pixel_stays_with_its_own_place() {
        let source = picture(80, 8, |x, _| if x < 40 { [250, 0, 0] } else { [0, 0, 250] });
        let out =
            warp(source, Size::new(16, 8), |(x, y)| Some((if x < 8.0 { x + 8.0 } else { x + 60.0 }, y)));
        let out = out.unwrap();
        let row: Vec<&[u8]> = out.data.chunks(4).skip(64).take(16).collect();
        assert!(row[..8].iter().all(|pixel| *pixel == [250, 0, 0, 255]), "{row:?}");
        assert!(row[8..].iter().all(|pixel| *pixel == [0, 0, 250, 255]), "{row:?}");
    }

    #[test]
    fn a_small_shrink_keeps_fine_stripes_and_a_shrink_along_one_axis_leaves_the_other_sharp() {
        let contrast = |out: &Packed| {
            let reds = out.data.chunks(4).skip(out.width as usize * 2 + 4).take(8).map(|pixel| pixel[0]);
            reds.clone().max().unwrap() - reds.min().unwrap()
        };
        let stripes = || picture(64, 64, |x, _| if x / 2 % 2 == 0 { [0; 3] } else { [255; 3] });
        let slight = warp(stripes(), Size::new(60, 60), |(x, y)| Some((x * 1.05, y * 1.05))).unwrap();
        assert!(contrast(&slight) > 240, "{}", contrast(&slight));
        let flat = warp(stripes(), Size::new(64, 16), |(x, y)| Some((x, y * 4.0))).unwrap();
        assert_eq!(contrast(&flat), 255);
    }

    #[test]
    fn stripes_that_are_too_fine_become_their_mean() {
        let source = picture(64, 8, |x, _| if x % 2 == 0 { [0; 3] } else { [255; 3] });
        let out = warp(source, Size::new(16, 2), |(x, y)| Some((x * 4.0, y * 4.0))).unwrap();
        for pixel in out.data.chunks(4).skip(2).take(12) {
            assert!(pixel[0].abs_diff(128) <= 40 && pixel[3] == 255, "{pixel:?}");
        }
    }
}
