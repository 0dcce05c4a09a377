//! `clap`, `irot` and `imir`, in the order that MIAF prescribes: cut, turn, mirror.

use crate::{Error, error::malformed};

/// Which sides are exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mirror {
    /// Top and bottom (`imir` axis 0).
    TopBottom,
    /// Left and right (`imir` axis 1).
    LeftRight,
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

/// `clap` as stored: fractions (numerator, denominator) of size, and of how far the centre lies right and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aperture {
    pub(crate) width: (i32, i32),
    pub(crate) height: (i32, i32),
    pub(crate) right: (i32, i32),
    pub(crate) down: (i32, i32),
}

impl Aperture {
    /// The whole pixels that it shows of a picture.
    ///
    /// # Errors
    ///
    /// An aperture between pixels or beyond the picture: showing something near it would be a guess.
    pub(crate) fn within(self, width: u32, height: u32) -> Result<Crop, Error> {
        let (x, width) = span(self.width, self.right, width)?;
        let (y, height) = span(self.height, self.down, height)?;
        Ok(Crop { x, y, width, height })
    }
}

/// Start and length on one axis of `whole` pixels.
fn span(length: (i32, i32), shift: (i32, i32), whole: u32) -> Result<(u32, u32), Error> {
    let wrong = malformed("the part to show does not lie on the picture's pixels");
    let divide = |over: i64, under: i64| (under > 0 && over % under == 0).then(|| over / under);
    let (whole, under) = (i64::from(whole), i64::from(shift.1));
    let length = divide(length.0.into(), length.1.into()).filter(|length| (1..=whole).contains(length));
    let length = length.ok_or(wrong.clone())?;
    // start = (whole - length) / 2 + shift, over a common denominator; below 2^49.
    let start = divide((whole - length) * under + 2 * i64::from(shift.0), 2 * under)
        .filter(|start| (0..=whole - length).contains(start));
    Ok((start.ok_or(wrong)? as u32, length as u32))
}

/// Applies all three to tightly packed RGBA of `width` x `height`; gives the new pixels and size.
///
/// Indices stay inside because a crop lies inside its picture and `data` holds width x height pixels.
pub(crate) fn apply(
    data: Vec<u8>,
    (width, height): (u32, u32),
    crop: Option<Crop>,
    rotation: u8,
    mirror: Option<Mirror>,
) -> (Vec<u8>, u32, u32) {
    if crop.is_none() && rotation == 0 && mirror.is_none() {
        return (data, width, height);
    }
    let stride = width as usize;
    let part = crop.unwrap_or(Crop { x: 0, y: 0, width, height });
    let (inner_width, inner_height) = (part.width as usize, part.height as usize);
    let turned = rotation % 2 == 1;
    let (out_width, out_height) =
        if turned { (inner_height, inner_width) } else { (inner_width, inner_height) };
    let (pixels, _) = data.as_chunks::<4>();
    let mut out = Vec::with_capacity(out_width * out_height * 4);
    for y in 0..out_height {
        let y = if mirror == Some(Mirror::TopBottom) { out_height - 1 - y } else { y };
        for x in 0..out_width {
            let x = if mirror == Some(Mirror::LeftRight) { out_width - 1 - x } else { x };
            // Where this pixel was before the turn (anticlockwise).
            let (from_x, from_y) = match rotation % 4 {
                0 => (x, y),
                1 => (inner_width - 1 - y, x),
                2 => (inner_width - 1 - x, inner_height - 1 - y),
                _ => (y, inner_height - 1 - x),
            };
            let index = (from_y + part.y as usize) * stride + from_x + part.x as usize;
            out.extend_from_slice(&pixels[index]);
        }
    }
    (out, out_width as u32, out_height as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'a> = (&'a str, Option<Crop>, u8, Option<Mirror>, &'a [&'a str]);

    /// Turns a picture of letters: each letter is one pixel.
    fn letters(rows: &[&str], crop: Option<Crop>, rotation: u8, mirror: Option<Mirror>) -> Vec<String> {
        let data = rows.concat().bytes().flat_map(|letter| [letter; 4]).collect();
        let size = (rows[0].len() as u32, rows.len() as u32);
        let (out, width, height) = apply(data, size, crop, rotation, mirror);
        assert_eq!(out.len() as u32, width * height * 4);
        let text: Vec<u8> = out.chunks(4).map(|pixel| pixel[0]).collect();
        text.chunks(width as usize).map(|row| String::from_utf8(row.to_vec()).unwrap()).collect()
    }

    #[test]
    fn turns_are_anticlockwise_and_mirrors_come_last() {
        let source = ["abc", "def"];
        let part = Crop { x: 1, y: 0, width: 2, height: 2 };
        let (left, top) = (Some(Mirror::LeftRight), Some(Mirror::TopBottom));
        let cases: [Case<'_>; 9] = [
            ("nothing", None, 0, None, &["abc", "def"]),
            ("a quarter", None, 1, None, &["cf", "be", "ad"]),
            ("a half", None, 2, None, &["fed", "cba"]),
            ("three quarters", None, 3, None, &["da", "eb", "fc"]),
            ("left-right", None, 0, left, &["cba", "fed"]),
            ("top-bottom", None, 0, top, &["def", "abc"]),
            ("a quarter, then left-right", None, 1, left, &["fc", "eb", "da"]),
            ("part", Some(part), 0, None, &["bc", "ef"]),
            ("part, a quarter, then top-bottom", Some(part), 1, top, &["be", "cf"]),
        ];
        for (name, crop, rotation, mirror, expected) in cases {
            assert_eq!(letters(&source, crop, rotation, mirror), expected, "{name}");
        }
    }

    #[test]
    fn apertures_must_lie_on_whole_pixels() {
        let aperture = |width, height, right, down| Aperture { width, height, right, down };
        let cases: [(&str, Aperture, Option<Crop>); 8] = [
            (
                "centred",
                aperture((4, 1), (2, 1), (0, 1), (0, 1)),
                Some(Crop { x: 3, y: 1, width: 4, height: 2 }),
            ),
            (
                "corner",
                aperture((4, 1), (2, 1), (-3, 1), (-1, 1)),
                Some(Crop { x: 0, y: 0, width: 4, height: 2 }),
            ),
            (
                "odd",
                aperture((5, 1), (3, 1), (-1, 2), (1, 2)),
                Some(Crop { x: 2, y: 1, width: 5, height: 3 }),
            ),
            (
                "reducible",
                aperture((8, 2), (4, 2), (0, 9), (0, 9)),
                Some(Crop { x: 3, y: 1, width: 4, height: 2 }),
            ),
            ("between pixels", aperture((5, 1), (2, 1), (0, 1), (0, 1)), None),
            ("beyond", aperture((4, 1), (2, 1), (4, 1), (0, 1)), None),
            ("too large", aperture((11, 1), (2, 1), (0, 1), (0, 1)), None),
            ("nothing over zero", aperture((0, 0), (2, 1), (0, 1), (0, 1)), None),
        ];
        for (name, aperture, expected) in cases {
            assert_eq!(aperture.within(10, 4).ok(), expected, "{name}");
        }
        let extreme = (i32::MIN, i32::MIN);
        assert!(
            aperture(extreme, extreme, (i32::MAX, i32::MAX), extreme).within(u32::MAX, u32::MAX).is_err()
        );
    }
}
