//! Shadow: the picture's shape in black, blurred and moved, under the picture.

use super::blur;
use crate::{
    Color, Shadow,
    image::{Channels, Packed, Plane},
};

/// Standard deviations beyond which a shadow is not seen.
const REACH: f32 = 3.6;

pub(super) fn apply(mut packed: Packed, shadow: &Shadow) -> Packed {
    // What is opaque everywhere hides its shadow.
    if packed.channels != Channels::Rgba || !packed.is_translucent() || shadow.strength <= 0.0 {
        return packed;
    }
    let below = cast(&packed, shadow);
    for (pixel, dark) in packed.data.as_chunks_mut::<4>().0.iter_mut().zip(below) {
        let color = Color { red: 0, green: 0, blue: 0, alpha: dark };
        *pixel = super::background::pixel_over(*pixel, color);
    }
    packed
}

/// Opacity of the shadow in each pixel.
fn cast(packed: &Packed, shadow: &Shadow) -> Vec<u8> {
    let (width, height) = (packed.width as usize, packed.height as usize);
    // The blur takes the end of a plane for the end of the world; beyond the picture there is nothing.
    let margin = (shadow.sigma.max(0.0) * REACH).ceil() as usize + 1;
    let (across, down) = (width + 2 * margin, height + 2 * margin);
    let mut shape = vec![0; across * down];
    let moved = |at: usize, by: i32, length: usize| {
        let to = (at + margin).checked_add_signed(by as isize)?;
        (to < length).then_some(to)
    };
    let strength = shadow.strength.min(1.0);
    for (y, row) in packed.data.chunks_exact(width * 4).enumerate() {
        let Some(line) = moved(y, shadow.y, down) else { continue };
        for (x, pixel) in row.as_chunks::<4>().0.iter().enumerate() {
            if let Some(column) = moved(x, shadow.x, across) {
                shape[line * across + column] = (f32::from(pixel[3]) * strength + 0.5) as u8;
            }
        }
    }
    let soft = Plane::tight(shape, across, down);
    let soft = if shadow.sigma > 0.0 { blur::plane(&soft, f64::from(shadow.sigma)) } else { soft };
    let inner = soft.rows().skip(margin).take(height);
    inner.flat_map(|row| row[margin..margin + width].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A red square of 20 in the middle of 60 x 60.
    fn square() -> Packed {
        let inside = |at: usize| (20..40).contains(&at);
        let pixel = |index: usize| {
            if inside(index % 60) && inside(index / 60) { [255, 0, 0, 255] } else { [255, 255, 255, 0] }
        };
        Packed::new((0..3600).flat_map(pixel).collect(), 60, 60, Channels::Rgba).unwrap()
    }

    fn drawn(shadow: Shadow) -> impl Fn(usize, usize) -> [u8; 4] {
        let out = apply(square(), &shadow);
        assert_eq!((out.width, out.height), (60, 60));
        move |x, y| out.data.as_chunks::<4>().0[y * 60 + x]
    }

    #[test]
    fn it_lies_under_the_picture_where_it_was_moved_to() {
        let at = drawn(Shadow { sigma: 0.0, strength: 0.5, x: 10, y: -5 });
        for (place, expected) in [
            ((30, 30), [255, 0, 0, 255]),
            ((45, 20), [0, 0, 0, 128]),
            ((45, 38), [0, 0, 0, 0]),
            ((10, 30), [0, 0, 0, 0]),
        ] {
            let got = at(place.0, place.1);
            assert_eq!(got[3], expected[3], "{place:?}");
            assert!(got[3] == 0 || got == expected, "{place:?} {got:?}");
        }
    }

    #[test]
    fn its_edge_is_as_soft_as_sigma_says() {
        let at = drawn(Shadow { sigma: 4.0, strength: 1.0, x: 0, y: 0 });
        // Beside the edge half of it, one sigma away 16 %.
        assert!(
            at(40, 30)[3].abs_diff(120) <= 8 && at(43, 30)[3].abs_diff(48) <= 8,
            "{:?} {:?}",
            at(40, 30),
            at(43, 30)
        );
        assert_eq!(at(58, 30)[3], 0);
    }

    #[test]
    fn what_leaves_the_canvas_is_cut_and_an_opaque_picture_has_none() {
        let at = drawn(Shadow { sigma: 2.0, strength: 1.0, x: i32::MAX, y: i32::MIN });
        assert!((0..60).all(|x| at(x, 10)[3] == 0));
        let opaque = Packed::new([9; 12].to_vec(), 2, 2, Channels::Rgb).unwrap();
        let out = apply(opaque, &Shadow { sigma: 2.0, strength: 1.0, x: 0, y: 0 });
        assert_eq!(out.data, [9; 12]);
    }
}
