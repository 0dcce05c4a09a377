//! Draws a picture through any map from output places to source places. What the source does not cover is transparent.
//!
//! Sampled by the cubic of Catmull and Rom on premultiplied colours; where the map shrinks, a pixel is the mean of several
//! samples, so that fine structures do not flicker. The rim of the source is smooth: beyond it there is nothing, and the
//! cubic mixes with that.

use crate::{
    PixelError, Size,
    image::{Channels, Packed},
};

/// Most samples per pixel along each axis. Beyond a shrink by this factor structures may alias.
const MOST: u32 = 4;

/// Grid on which the map's scale is looked at.
const PROBES: u32 = 16;

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
    let samples = samples(canvas, &map);
    let step = 1.0 / f64::from(samples);
    let offsets: Vec<f64> = (0..samples).map(|index| (f64::from(index) + 0.5) * step).collect();
    let mut data = Vec::with_capacity(canvas.pixels() as usize * 4);
    for y in 0..canvas.height {
        for x in 0..canvas.width {
            let mut sum = [0.0_f32; 4];
            for down in &offsets {
                for across in &offsets {
                    if let Some(place) = map((f64::from(x) + across, f64::from(y) + down)) {
                        let sample = at(&source, place);
                        sum = std::array::from_fn(|channel| sum[channel] + sample[channel]);
                    }
                }
            }
            data.extend(straight(sum, (samples * samples) as f32));
        }
    }
    Packed::new(data, canvas.width, canvas.height, Channels::Rgba)
}

/// How many samples per axis the map needs: as many as source pixels go into a pixel where it shrinks most.
fn samples(canvas: Size, map: &impl Fn(Place) -> Option<Place>) -> u32 {
    let mut most = 1.0_f64;
    for row in 0..PROBES {
        for column in 0..PROBES {
            let place =
                |index: u32, length: u32| (f64::from(index) + 0.5) / f64::from(PROBES) * f64::from(length);
            let (x, y) = (place(column, canvas.width), place(row, canvas.height));
            let here = map((x, y));
            for next in [map((x + 0.5, y)), map((x, y + 0.5))] {
                if let (Some(a), Some(b)) = (here, next) {
                    most = most.max(2.0 * (a.0 - b.0).hypot(a.1 - b.1));
                }
            }
        }
    }
    // A turn keeps distances; what arithmetic makes of them must not cost four times the work.
    ((most - 0.05).ceil() as u32).clamp(1, MOST)
}

/// The premultiplied colour at a place, alpha 0-255.
fn at(source: &Packed, (x, y): Place) -> [f32; 4] {
    let (width, height) = (i64::from(source.width), i64::from(source.height));
    let (left, top) = (x - 0.5, y - 0.5);
    let reached = |place: f64, length: i64| place > -2.0 && place < length as f64 + 1.0;
    if !reached(left, width) || !reached(top, height) {
        return [0.0; 4];
    }
    let (column, line) = (left.floor(), top.floor());
    let (across, down) = (cubic((left - column) as f32), cubic((top - line) as f32));
    let (column, line) = (column as i64 - 1, line as i64 - 1);
    let mut sum = [0.0_f32; 4];
    for (y, weight) in (line..).zip(down) {
        if !(0..height).contains(&y) {
            continue;
        }
        let row = &source.data[y as usize * source.stride()..][..source.stride()];
        for (x, share) in (column..).zip(across) {
            if !(0..width).contains(&x) {
                continue;
            }
            let Some([red, green, blue, alpha]) = row.as_chunks::<4>().0.get(x as usize) else { continue };
            let weight = weight * share * f32::from(*alpha);
            sum[0] += weight * f32::from(*red) / 255.0;
            sum[1] += weight * f32::from(*green) / 255.0;
            sum[2] += weight * f32::from(*blue) / 255.0;
            sum[3] += weight;
        }
    }
    sum
}

/// Weights of the four samples around a place that lies `share` behind the second.
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
fn straight([red, green, blue, alpha]: [f32; 4], samples: f32) -> [u8; 4] {
    let opacity = alpha / samples;
    // Half a step of opacity rounds to nothing, and with it the colour.
    if opacity < 0.5 {
        return [0; 4];
    }
    let byte = |value: f32| (value + 0.5).max(0.0) as u8;
    let share = 255.0 / alpha;
    [byte(red * share), byte(green * share), byte(blue * share), byte(opacity)]
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
    fn stripes_that_are_too_fine_become_their_mean() {
        let source = picture(64, 8, |x, _| if x % 2 == 0 { [0; 3] } else { [255; 3] });
        let out = warp(source, Size::new(16, 2), |(x, y)| Some((x * 4.0, y * 4.0))).unwrap();
        for pixel in out.data.chunks(4).skip(2).take(12) {
            assert!(pixel[0].abs_diff(128) <= 40 && pixel[3] == 255, "{pixel:?}");
        }
    }
}
