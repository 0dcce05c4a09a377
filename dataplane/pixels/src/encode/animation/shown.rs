//! What a viewer shows when a frame comes, and what the frame changes.

use crate::{Rect, Size};

/// A straight RGBA pixel.
pub(super) type Pixel = [u8; 4];

/// The canvas before a frame.
#[derive(Debug)]
pub(super) struct Shown {
    size: Size,
    /// As they were drawn last.
    pixels: Vec<Pixel>,
    /// By how much a channel may differ from what is shown without counting as changed.
    tolerance: u8,
}

impl Shown {
    /// An empty canvas.
    pub(super) fn nothing(size: Size, tolerance: u8) -> Self {
        Self { size, pixels: vec![[0; 4]; size.pixels() as usize], tolerance }
    }

    /// Whether a pixel need not be drawn.
    pub(super) fn stays(&self, before: Pixel, after: Pixel) -> bool {
        before == after
            || before[3] == after[3]
                && before.iter().zip(after).all(|(before, after)| before.abs_diff(after) <= self.tolerance)
    }

    pub(super) const fn size(&self) -> Size {
        self.size
    }

    /// From now on a part shows these pixels, row by row; where there is none, what it showed before.
    pub(super) fn draw(&mut self, rect: Rect, pixels: impl Iterator<Item = Option<Pixel>>) {
        let width = self.size.width as usize;
        let rows =
            self.pixels.chunks_exact_mut(width.max(1)).skip(rect.y as usize).take(rect.height as usize);
        let part = rows.flat_map(|row| row.iter_mut().skip(rect.x as usize).take(rect.width as usize));
        for (shown, pixel) in part.zip(pixels) {
            if let Some(pixel) = pixel {
                *shown = pixel;
            }
        }
    }

    /// Empties a part.
    pub(super) fn clear(&mut self, rect: Rect) {
        self.draw(rect, std::iter::repeat(Some([0; 4])));
    }

    /// The smallest rectangle outside of which `next` is what is shown already; `None`: everywhere.
    pub(super) fn changed(&self, next: &[Pixel]) -> Option<Rect> {
        self.bounds(next, |before, after| !self.stays(before, after))
    }

    /// The smallest rectangle of pixels that are shown and are not any more.
    pub(super) fn vanished(&self, next: &[Pixel]) -> Option<Rect> {
        self.bounds(next, |before, after| before[3] != 0 && after[3] == 0)
    }

    fn bounds(&self, next: &[Pixel], differs: impl Fn(Pixel, Pixel) -> bool) -> Option<Rect> {
        let width = self.size.width as usize;
        let mut found: Option<(usize, usize, usize, usize)> = None;
        let rows = self.pixels.chunks_exact(width.max(1)).zip(next.chunks_exact(width.max(1)));
        for (y, (before, after)) in rows.enumerate() {
            if before == after {
                continue;
            }
            let pairs = || before.iter().zip(after);
            let Some(first) = pairs().position(|(before, after)| differs(*before, *after)) else { continue };
            let last = pairs().rposition(|(before, after)| differs(*before, *after)).unwrap_or(first);
            let (left, top, right, _) = found.unwrap_or((first, y, last, y));
            found = Some((left.min(first), top, right.max(last), y));
        }
        found.map(|(left, top, right, bottom)| Rect {
            x: left as u32,
            y: top as u32,
            width: (right - left + 1) as u32,
            height: (bottom - top + 1) as u32,
        })
    }

    /// Pixels of a part, shown ones beside those of `next`, row by row.
    pub(super) fn rows<'a>(
        &'a self,
        next: &'a [Pixel],
        rect: Rect,
    ) -> impl Iterator<Item = (&'a [Pixel], &'a [Pixel])> {
        let width = self.size.width as usize;
        (rect.y as usize..(rect.y + rect.height) as usize).map(move |y| {
            let start = y * width + rect.x as usize;
            let part = start..start + rect.width as usize;
            let before = self.pixels.get(part.clone()).unwrap_or_default();
            (before, next.get(part).unwrap_or_default())
        })
    }
}

/// The smallest rectangle around both.
pub(super) fn around(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let right = (a.x + a.width).max(b.x + b.width);
    let bottom = (a.y + a.height).max(b.y + b.height);
    Rect { x, y, width: right - x, height: bottom - y }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_bounded_by_its_outermost_pixels() {
        let mut shown = Shown::nothing(Size::new(5, 4), 0);
        let mut next = vec![[0; 4]; 20];
        assert_eq!(shown.changed(&next), None);
        next[5 + 3] = [1, 2, 3, 255];
        next[2 * 5 + 1] = [1, 2, 3, 255];
        let rect = Rect { x: 1, y: 1, width: 3, height: 2 };
        assert_eq!(shown.changed(&next), Some(rect));
        assert_eq!(shown.vanished(&next), None);
        let whole = Rect { x: 0, y: 0, width: 5, height: 4 };
        shown.draw(whole, next.iter().copied().map(Some));
        next[5 + 3] = [0; 4];
        let one = Rect { x: 3, y: 1, width: 1, height: 1 };
        assert_eq!(shown.vanished(&next), Some(one));
        assert_eq!(
            around(one, Rect { x: 0, y: 2, width: 1, height: 2 }),
            Rect { x: 0, y: 1, width: 4, height: 3 }
        );
        shown.clear(one);
        assert_eq!(shown.changed(&next), None);
    }

    #[test]
    fn what_creeps_is_drawn_when_it_has_gone_as_far_as_is_tolerated() {
        let mut shown = Shown::nothing(Size::new(1, 1), 4);
        let whole = Rect { x: 0, y: 0, width: 1, height: 1 };
        shown.draw(whole, std::iter::once(Some([100, 100, 100, 255])));
        let drawn: Vec<u8> = (101..=112)
            .filter(|value| {
                let next = [[*value, 100, 100, 255]];
                let changed = shown.changed(&next).is_some();
                if changed {
                    shown.draw(whole, next.into_iter().map(Some));
                }
                changed
            })
            .collect();
        assert_eq!(drawn, [105, 110]);
        assert!(shown.changed(&[[110, 100, 100, 254]]).is_some(), "opacity is exact");
    }
}
