//! Gradient: a linear one over the whole picture, also over what is transparent.

use crate::{Color, Gradient, image::Packed};

/// Colours along the line; between them a step is less than one of 255.
const STEPS: usize = 1024;

pub(super) fn apply(mut packed: Packed, gradient: &Gradient) -> Packed {
    let (width, height) = (packed.width as usize, f64::from(packed.height));
    let (sin, cos) = gradient.degrees.to_radians().sin_cos();
    let across = f64::from(packed.width);
    // The line goes through the middle and is as long as the picture is in its direction.
    let length = across * sin.abs() + height * cos.abs();
    let colors = colors(gradient);
    let stop = if gradient.stop > 0.0 { gradient.stop } else { f64::MIN_POSITIVE };
    let count = packed.channels.count();
    for (y, row) in packed.data.chunks_exact_mut(width * count).enumerate() {
        let down = y as f64 + 0.5 - height / 2.0;
        for (x, pixel) in row.chunks_exact_mut(count).enumerate() {
            let right = x as f64 + 0.5 - across / 2.0;
            let along = right * sin - down * cos + length / 2.0;
            let place = (along / stop).clamp(0.0, 1.0) * (STEPS - 1) as f64;
            cover(pixel, colors[(place + 0.5) as usize]);
        }
    }
    packed
}

/// Premultiplied colours from the beginning to the end, 0-1.
fn colors(gradient: &Gradient) -> Vec<[f32; 4]> {
    let premultiplied = |color: Color| {
        let [red, green, blue, alpha] = color.bytes().map(|channel| f32::from(channel) / 255.0);
        [red * alpha, green * alpha, blue * alpha, alpha]
    };
    let (from, to) = (premultiplied(gradient.from), premultiplied(gradient.to));
    let at = |step: usize| {
        let share = step as f32 / (STEPS - 1) as f32;
        std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
    };
    (0..STEPS).map(at).collect()
}

/// Puts a premultiplied colour over a pixel.
fn cover(pixel: &mut [u8], [red, green, blue, alpha]: [f32; 4]) {
    let below = pixel.get(3).map_or(1.0, |alpha| f32::from(*alpha) / 255.0) * (1.0 - alpha);
    let total = alpha + below;
    let share = if total > 0.0 { 255.0 / total } else { 0.0 };
    for (sample, over) in pixel.iter_mut().zip([red, green, blue]) {
        *sample = ((over + f32::from(*sample) / 255.0 * below) * share + 0.5) as u8;
    }
    if let Some(sample) = pixel.get_mut(3) {
        *sample = (total * 255.0 + 0.5) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Channels;

    const WHITE: Color = Color { red: 255, green: 255, blue: 255, alpha: 255 };
    const CLEAR: Color = Color { red: 0, green: 0, blue: 0, alpha: 0 };
    const RED: Color = Color { red: 255, green: 0, blue: 0, alpha: 255 };

    fn drawn(width: u32, height: u32, pixel: &[u8], gradient: Gradient) -> Packed {
        let channels = if pixel.len() == 4 { Channels::Rgba } else { Channels::Rgb };
        let data = pixel.repeat((width * height) as usize);
        apply(Packed::new(data, width, height, channels).unwrap(), &gradient)
    }

    #[test]
    fn it_goes_to_where_it_says() {
        // The first and the last pixel of a row or a column, by the direction.
        for (degrees, at_start, at_end) in [
            (180.0, (50, 0), (50, 99)),
            (0.0, (50, 99), (50, 0)),
            (90.0, (0, 50), (99, 50)),
            (270.0, (99, 50), (0, 50)),
            (135.0, (0, 0), (99, 99)),
            (315.0, (99, 99), (0, 0)),
            (45.0, (0, 99), (99, 0)),
        ] {
            let length = if degrees % 90.0 == 0.0 { 100.0 } else { 100.0 * std::f64::consts::SQRT_2 };
            let out = drawn(100, 100, &[0, 0, 0], Gradient { degrees, from: WHITE, to: RED, stop: length });
            let at = |(x, y): (usize, usize)| &out.data[(y * 100 + x) * 3..][..3];
            assert!(
                at(at_start)[1] > 250 && at(at_end)[1] < 5,
                "{degrees}: {:?} {:?}",
                at(at_start),
                at(at_end)
            );
            assert!(at((50, 50))[1].abs_diff(127) <= 2, "{degrees}: {:?}", at((50, 50)));
        }
    }

    #[test]
    fn behind_the_stop_it_is_the_end_alone() {
        let out = drawn(1, 100, &[0, 0, 0], Gradient { degrees: 180.0, from: WHITE, to: RED, stop: 25.0 });
        let green: Vec<u8> = out.data.chunks(3).map(|pixel| pixel[1]).collect();
        assert!(
            green[0] > 245 && green[12].abs_diff(127) <= 4 && green[25..].iter().all(|green| *green == 0)
        );
        let out = drawn(1, 3, &[0, 0, 0], Gradient { degrees: 180.0, from: WHITE, to: RED, stop: 0.0 });
        assert!(out.data.chunks(3).all(|pixel| pixel == [255, 0, 0]));
    }

    #[test]
    fn it_covers_what_is_transparent_and_an_opaque_picture_stays_opaque() {
        let gradient = Gradient { degrees: 180.0, from: RED, to: CLEAR, stop: 100.0 };
        let out = drawn(1, 100, &[9, 9, 9, 0], gradient);
        let at = |y: usize| &out.data[y * 4..][..4];
        assert!(at(0)[3] > 252 && at(99)[3] < 3 && at(50)[3].abs_diff(127) <= 2);
        assert!(
            (0..90).all(|y| at(y)[0] == 255 && at(y)[1] == 0),
            "nothing of the hidden colour shines through"
        );
        let out = drawn(1, 100, &[0, 0, 255], gradient);
        assert_eq!(out.channels, Channels::Rgb);
        assert!(
            out.data[150].abs_diff(127) <= 2 && out.data[152].abs_diff(128) <= 2,
            "{:?}",
            &out.data[150..153]
        );
    }
}
