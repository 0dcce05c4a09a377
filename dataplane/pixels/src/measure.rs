//! What only pixels tell: the margins of a picture.

use crate::{
    Job, PixelError, Rect,
    image::{Channels, Image, Packed},
    job, operation,
};

/// Finds what is left of the picture, as it is after the job's operations, when its margins are cut: rows and columns at
/// the edges in which every pixel differs from the top-left one by at most `threshold` in every channel, opacity
/// included. Where that pixel is wholly transparent, what is as transparent is margin, whatever its hidden colour. `None`:
/// there is nothing to cut, or everything would be.
///
/// Holds as much memory as the job itself would, without its encoder. Runs on the calling thread; `cancelled` is asked
/// between stages.
///
/// # Errors
/// As [`run`](crate::run).
pub fn measure(job: &Job, threshold: u8, cancelled: &dyn Fn() -> bool) -> Result<Option<Rect>, PixelError> {
    let image = job::draw(job, cancelled)?;
    margins(image, threshold)
}

fn margins(image: Image, threshold: u8) -> Result<Option<Rect>, PixelError> {
    let size = image.size();
    let packed = operation::packed(image)?;
    let found = Inside::of(&packed, threshold);
    Ok(found.filter(|rect| rect.size() != size))
}

/// Tells margin from picture.
struct Inside<'a> {
    packed: &'a Packed,
    corner: [u8; 4],
    threshold: u8,
}

impl Inside<'_> {
    fn of(packed: &Packed, threshold: u8) -> Option<Rect> {
        let count = packed.channels.count();
        let mut corner = [u8::MAX; 4];
        for (channel, sample) in corner.iter_mut().zip(packed.data.get(..count)?) {
            *channel = *sample;
        }
        let inside = Inside { packed, corner, threshold };
        let rows = || packed.data.chunks_exact(packed.stride());
        let top = rows().position(|row| inside.first(row).is_some())?;
        let bottom = packed.height as usize - rows().rev().position(|row| inside.first(row).is_some())?;
        let (mut left, mut right) = (packed.width as usize, 0);
        for row in rows().take(bottom).skip(top) {
            // A row is looked at only where it can widen what was found.
            if let Some(first) = inside.first(row.get(..left * count).unwrap_or(row)) {
                left = first;
            }
            if let Some(last) = inside.last(row.get(right * count..).unwrap_or_default()) {
                right += last + 1;
            }
        }
        Some(Rect {
            x: left as u32,
            y: top as u32,
            width: (right - left) as u32,
            height: (bottom - top) as u32,
        })
    }

    fn first(&self, row: &[u8]) -> Option<usize> {
        row.chunks_exact(self.packed.channels.count()).position(|pixel| !self.is_margin(pixel))
    }

    fn last(&self, row: &[u8]) -> Option<usize> {
        let count = self.packed.channels.count();
        row.chunks_exact(count).rposition(|pixel| !self.is_margin(pixel))
    }

    fn is_margin(&self, pixel: &[u8]) -> bool {
        if self.packed.channels == Channels::Rgba && self.corner[3] == 0 {
            return pixel[3] <= self.threshold;
        }
        pixel.iter().zip(self.corner).all(|(sample, corner)| sample.abs_diff(corner) <= self.threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Image {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let data = places.flat_map(|(x, y)| pixel(x, y)).collect();
        Packed::new(data, width, height, Channels::Rgba).unwrap().into()
    }

    /// A block at (5, 3) to (12, 9) of 20 x 12.
    fn block(margin: impl Fn(u32, u32) -> [u8; 4]) -> Image {
        picture(20, 12, move |x, y| {
            if (5..12).contains(&x) && (3..9).contains(&y) { [20, 30, 40, 255] } else { margin(x, y) }
        })
    }

    const BLOCK: Rect = Rect { x: 5, y: 3, width: 7, height: 6 };

    #[test]
    fn margins_are_what_is_like_the_corner_within_the_threshold() {
        let even = || block(|_, _| [250, 250, 250, 255]);
        let uneven = || block(|x, _| if x % 2 == 0 { [250, 250, 250, 255] } else { [242, 250, 250, 255] });
        for (name, image, threshold, expected) in [
            ("even", even(), 10, Some(BLOCK)),
            ("uneven by less than the threshold", uneven(), 10, Some(BLOCK)),
            ("uneven by just the threshold", uneven(), 8, Some(BLOCK)),
            ("uneven by more", uneven(), 7, Some(Rect { x: 1, y: 0, width: 19, height: 12 })),
        ] {
            assert_eq!(margins(image, threshold).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn of_what_is_transparent_the_hidden_colour_does_not_count() {
        let hidden = block(|x, y| [(x * 12) as u8, (y * 20) as u8, 0, 0]);
        assert_eq!(margins(hidden, 10).unwrap(), Some(BLOCK));
        let faint = block(|x, _| [0, 0, 0, (x % 12) as u8]);
        assert_eq!(
            margins(faint, 10).unwrap().map(|rect| rect.x),
            Some(5),
            "an opacity of 11 lies at the right"
        );
    }

    #[test]
    fn a_picture_without_margins_and_one_of_nothing_else_stay() {
        assert_eq!(
            margins(picture(6, 4, |x, _| [(x * 40) as u8, 0, 0, 255]), 10).unwrap().map(|rect| rect.x),
            Some(1)
        );
        let checked = picture(6, 4, |x, y| if (x + y) % 2 == 0 { [0; 4] } else { [255; 4] });
        assert_eq!(margins(checked, 99).unwrap(), None);
        assert_eq!(margins(picture(6, 4, |_, _| [7, 7, 7, 255]), 1).unwrap(), None);
        assert_eq!(margins(picture(1, 1, |_, _| [7; 4]), 1).unwrap(), None);
    }

    #[test]
    fn a_single_pixel_is_a_picture() {
        let image = picture(9, 9, |x, y| if (x, y) == (4, 7) { [0, 0, 0, 255] } else { [255; 4] });
        assert_eq!(margins(image, 10).unwrap(), Some(Rect { x: 4, y: 7, width: 1, height: 1 }));
    }
}
