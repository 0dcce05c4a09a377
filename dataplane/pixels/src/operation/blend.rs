//! Blend: two pictures become one.

use super::{
    background::pixel_over,
    packed,
    pad::overlap,
    sample::{Target, sample},
    view::View,
};
use crate::{
    Blend, Color, Operation, PixelError, Rect, Size,
    image::{Channels, Image, Packed},
};

/// Where two pictures overlap, on one axis: where it begins on the lower and on the upper one, and how long it is.
type Overlap = (usize, usize, usize);

/// Draws `above` on `below` with its upper left corner at `at`.
pub(crate) fn apply(below: Image, above: Packed, at: (i64, i64), blend: Blend) -> Result<Image, PixelError> {
    let mut below = packed(below)?;
    if below.channels == Channels::Cmyk || above.channels == Channels::Cmyk {
        return Err(PixelError::internal("inks are converted before they are mixed"));
    }
    let across = overlap(below.width, above.width, at.0);
    let down = overlap(below.height, above.height, at.1);
    let above = above.into_rgba();
    match blend {
        Blend::Over => over(&mut below, &above, across, down),
        Blend::Multiply => each(&mut below, &above, across, down, |pixel, [red, green, blue, alpha]| {
            for (sample, factor) in pixel.iter_mut().zip([red, green, blue]) {
                *sample = multiplied(*sample, factor, alpha);
            }
        }),
        Blend::Displace { x, y } => return displaced(&below, above, x, y).map(Image::Packed),
        Blend::Cutout => {
            below = below.into_rgba();
            each(&mut below, &above, across, down, |pixel, [.., alpha]| {
                pixel[3] = share(pixel[3], 255 - alpha);
            });
        }
        Blend::Cutter => return cut(below.into_rgba(), &above, across, down),
    }
    Ok(below.into())
}

/// Both alphas count; an opaque picture stays opaque.
fn over(below: &mut Packed, above: &Packed, across: Overlap, down: Overlap) {
    let opaque = below.channels == Channels::Rgb;
    each(below, above, across, down, |pixel, color| {
        let alpha = if opaque { u8::MAX } else { pixel[3] };
        let under = Color { red: pixel[0], green: pixel[1], blue: pixel[2], alpha };
        let count = pixel.len();
        pixel.copy_from_slice(&pixel_over(color, under)[..count]);
    });
}

fn each(
    below: &mut Packed,
    above: &Packed,
    (to_x, from_x, width): Overlap,
    (to_y, from_y, height): Overlap,
    mut mix: impl FnMut(&mut [u8], [u8; 4]),
) {
    let (stride, count) = (below.stride(), below.channels.count());
    for line in 0..height {
        let to = &mut below.data[(to_y + line) * stride..][to_x * count..][..width * count];
        let from = &above.data[(from_y + line) * above.stride()..][from_x * 4..][..width * 4];
        for (pixel, color) in to.chunks_exact_mut(count).zip(from.as_chunks::<4>().0) {
            mix(pixel, *color);
        }
    }
}

/// `a * b / 255`, rounded.
fn share(a: u8, b: u8) -> u8 {
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}

/// The sample under a factor that counts as much as it is opaque.
fn multiplied(sample: u8, factor: u8, alpha: u8) -> u8 {
    share(sample, 255 - share(255 - factor, alpha))
}

/// What is left of the picture where the layer is, in the size of what both have in common.
fn cut(mut below: Packed, above: &Packed, across: Overlap, down: Overlap) -> Result<Image, PixelError> {
    each(&mut below, above, across, down, |pixel, [.., alpha]| pixel[3] = share(pixel[3], alpha));
    let rect = Rect { x: across.0 as u32, y: down.0 as u32, width: across.2 as u32, height: down.2 as u32 };
    let mut view = View::whole(below.size());
    view.absorb(&[Operation::Extract { rect }])?;
    sample(below.into(), &view, Target::WORKING)
}

/// Moves the picture's pixels by what the layer says, drawn over all of it. What would come from outside is the rim.
fn displaced(below: &Packed, above: Packed, x: f64, y: f64) -> Result<Packed, PixelError> {
    let size = below.size();
    let mut view = View::whole(above.size());
    let whole = Rect { x: 0, y: 0, width: size.width, height: size.height };
    view.absorb(&[Operation::Resize { scaled: size, window: whole }])?;
    let map = packed(sample(above.into(), &view, Target::WORKING)?)?.into_rgba();
    let source = below.clone().into_rgba();
    let moved = |sample: u8, most: f64| {
        let from_middle = f64::from(sample) - 128.0;
        from_middle / if from_middle < 0.0 { 128.0 } else { 127.0 } * most
    };
    let mut data = Vec::with_capacity(source.data.len());
    let places = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    for ((column, line), [red, green, ..]) in places.zip(map.data.as_chunks::<4>().0) {
        let place = (f64::from(column) - moved(*red, x), f64::from(line) - moved(*green, y));
        data.extend(between(&source, place, size));
    }
    let out = Packed::new(data, size.width, size.height, Channels::Rgba)?;
    Ok(if below.channels == Channels::Rgb { out.without_idle_alpha() } else { out })
}

/// The colour between four pixels, each counting as much as it is opaque.
fn between(source: &Packed, (x, y): (f64, f64), size: Size) -> [u8; 4] {
    let last = |length: u32| f64::from(length.saturating_sub(1));
    let (x, y) = (x.clamp(0.0, last(size.width)), y.clamp(0.0, last(size.height)));
    let (left, top) = (x.floor(), y.floor());
    let (right, bottom) = ((left + 1.0).min(last(size.width)), (top + 1.0).min(last(size.height)));
    let (across, down) = ((x - left) as f32, (y - top) as f32);
    let mut sum = [0.0_f32; 4];
    for (x, y, weight) in [
        (left, top, (1.0 - across) * (1.0 - down)),
        (right, top, across * (1.0 - down)),
        (left, bottom, (1.0 - across) * down),
        (right, bottom, across * down),
    ] {
        let pixel = source.data.as_chunks::<4>().0.get(y as usize * size.width as usize + x as usize);
        let Some([red, green, blue, alpha]) = pixel else { continue };
        let weight = weight * f32::from(*alpha);
        for (sum, sample) in sum.iter_mut().zip([f32::from(*red), f32::from(*green), f32::from(*blue), 1.0]) {
            *sum += weight * sample;
        }
    }
    let [red, green, blue, alpha] = sum;
    if alpha < 0.5 {
        return [0; 4];
    }
    [red / alpha, green / alpha, blue / alpha, alpha].map(|sample| (sample + 0.5) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(width: u32, height: u32, pixel: &[u8]) -> Packed {
        let channels = if pixel.len() == 4 { Channels::Rgba } else { Channels::Rgb };
        Packed::new(pixel.repeat((width * height) as usize), width, height, channels).unwrap()
    }

    fn drawn(below: Packed, above: Packed, at: (i64, i64), blend: Blend) -> Packed {
        packed(apply(below.into(), above, at, blend).unwrap()).unwrap()
    }

    #[test]
    fn a_layer_lies_where_it_is_put_and_what_leaves_the_picture_is_cut() {
        for (at, expected) in [
            ((0, 0), [9, 9, 1, 9, 9, 1, 1, 1, 1]),
            ((2, 1), [1, 1, 1, 1, 1, 9, 1, 1, 9]),
            ((-1, -1), [9, 1, 1, 1, 1, 1, 1, 1, 1]),
            ((3, 0), [1; 9]),
            ((i64::MIN, i64::MAX), [1; 9]),
        ] {
            let out = drawn(plain(3, 3, &[1; 3]), plain(2, 2, &[9; 3]), at, Blend::Over);
            let first: Vec<u8> = out.data.chunks(3).map(|pixel| pixel[0]).collect();
            assert_eq!(first, expected, "{at:?}");
        }
    }

    #[test]
    fn pixels_are_mixed_as_the_mode_says() {
        let half = [200, 100, 0, 128];
        for (name, below, above, blend, expected) in [
            ("over an opaque one", &[0, 0, 255][..], half, Blend::Over, &[100, 50, 127][..]),
            ("over nothing", &[9, 9, 9, 0], half, Blend::Over, &[200, 100, 0, 128]),
            ("over a translucent one", &[0, 0, 255, 128], half, Blend::Over, &[134, 67, 85, 192]),
            (
                "multiply by an opaque one",
                &[100, 200, 50],
                [128, 255, 0, 255],
                Blend::Multiply,
                &[50, 200, 0],
            ),
            (
                "multiply by a translucent one",
                &[100, 200, 50],
                [0, 0, 0, 128],
                Blend::Multiply,
                &[50, 100, 25],
            ),
            ("multiply keeps alpha", &[100, 200, 50, 7], [0, 0, 0, 255], Blend::Multiply, &[0, 0, 0, 7]),
            ("cutout", &[1, 2, 3], half, Blend::Cutout, &[1, 2, 3, 127]),
            ("cutter", &[1, 2, 3, 100], half, Blend::Cutter, &[1, 2, 3, 50]),
        ] {
            let out = drawn(plain(1, 1, below), plain(1, 1, &above), (0, 0), blend);
            assert_eq!(out.data, expected, "{name}");
        }
    }

    #[test]
    fn a_cutter_leaves_its_own_rectangle_as_far_as_it_lies_inside() {
        let above = plain(4, 3, &[0, 0, 0, 255]);
        let out = drawn(plain(10, 10, &[5; 3]), above, (8, -1), Blend::Cutter);
        assert_eq!((out.size(), out.data[..4].to_vec()), (Size::new(2, 2), vec![5, 5, 5, 255]));
    }

    #[test]
    fn a_displacement_moves_pixels_by_red_and_green() {
        let ramp = Packed::new((0..9).flat_map(|at| [at * 10; 3]).collect(), 9, 1, Channels::Rgb).unwrap();
        for (red, expected) in [
            (128, [0, 10, 20, 30, 40, 50, 60, 70, 80]),
            (255, [0, 0, 0, 10, 20, 30, 40, 50, 60]),
            (0, [20, 30, 40, 50, 60, 70, 80, 80, 80]),
        ] {
            let out =
                drawn(ramp.clone(), plain(2, 2, &[red, 128, 0]), (0, 0), Blend::Displace { x: 2.0, y: 50.0 });
            let first: Vec<u8> = out.data.chunks(3).map(|pixel| pixel[0]).collect();
            assert_eq!(first, expected, "{red}");
        }
    }
}
