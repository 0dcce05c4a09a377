//! Runs of geometric operations as one look at the source: a place, a scale and a turn.
//!
//! Orientation, Extract, Resize, Rotate and Flip need the pixels once, not once each: they are folded into a [`View`],
//! which the resampler then samples directly, and from whose scale the JPEG decoder knows how far it may shrink.

use super::{axis::Mapping, turn::Turn};
use crate::{Operation, PixelError, Rect, Size};

/// How a stretch of output pixels lies on one axis of the source.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Side {
    /// Source coordinate of the left (upper) edge of the first output pixel.
    origin: f64,
    /// Source pixels per output pixel.
    step: f64,
    /// Output pixels.
    length: u32,
    /// Source pixels that exist. An Extract takes the others away, a Resize with a window does not.
    exists: (f64, f64),
}

impl Side {
    const fn whole(length: u32) -> Self {
        Self { origin: 0.0, step: 1.0, length, exists: (0.0, length as f64) }
    }

    fn scale(&mut self, length: u32) {
        self.step *= f64::from(self.length) / f64::from(length);
        self.length = length;
    }

    fn cut(&mut self, from: u32, length: u32) {
        self.origin += f64::from(from) * self.step;
        self.length = length;
    }
}

/// A rectangle of a source, scaled and turned. Lives in the coordinates of the stored picture; the turn comes last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    source: Size,
    x: Side,
    y: Side,
    turn: Turn,
    scaled: bool,
}

impl View {
    /// The whole of a picture as it is.
    pub(crate) const fn whole(source: Size) -> Self {
        let (x, y) = (Side::whole(source.width), Side::whole(source.height));
        Self { source, x, y, turn: Turn::NONE, scaled: false }
    }

    /// Makes a stored picture upright.
    pub(crate) fn oriented(mut self, orientation: u8) -> Self {
        self.turn = Turn::from_orientation(orientation);
        self
    }

    /// The same look without its turn.
    pub(crate) fn unturned(mut self) -> Self {
        self.turn = Turn::NONE;
        self
    }

    /// Size of the stored picture.
    pub(crate) const fn source(&self) -> Size {
        self.source
    }

    /// What is done after sampling.
    pub(crate) const fn turn(&self) -> Turn {
        self.turn
    }

    /// Size of what is sampled, before the turn.
    pub(crate) const fn sampled(&self) -> Size {
        Size::new(self.x.length, self.y.length)
    }

    /// Size of the result.
    pub(crate) const fn size(&self) -> Size {
        self.turn.size(self.sampled())
    }

    /// Source pixels per output pixel on the axis that shrinks less.
    pub(crate) fn least_step(&self) -> f64 {
        self.x.step.min(self.y.step)
    }

    /// Nothing is done at all.
    pub(crate) fn is_identity(&self) -> bool {
        *self == Self { scaled: self.scaled, ..Self::whole(self.source) }
    }

    /// Takes in operations from the front, as many as can be one look, and gives the others.
    pub(crate) fn absorb<'a>(&mut self, operations: &'a [Operation]) -> Result<&'a [Operation], PixelError> {
        for (index, operation) in operations.iter().enumerate() {
            match operation {
                Operation::Resize { scaled, .. } if self.scaled && *scaled != self.size() => {
                    return Ok(&operations[index..]);
                }
                Operation::Resize { scaled, window } => self.resize(*scaled, *window)?,
                Operation::Extract { rect } => self.extract(*rect)?,
                Operation::Rotate { quarter_turns } => {
                    self.turn = self.turn.then_rotate(*quarter_turns);
                }
                Operation::Flip { horizontal, vertical } => {
                    self.turn = self.turn.then_flip(*horizontal, *vertical);
                }
                Operation::Pad { .. }
                | Operation::Attend { .. }
                | Operation::Recolour(_)
                | Operation::Colorize { .. }
                | Operation::Grayscale
                | Operation::Contrast
                | Operation::Unsharp(_)
                | Operation::Blur { .. }
                | Operation::Perspective { .. }
                | Operation::Arc { .. }
                | Operation::Gradient(_)
                | Operation::Shadow(_)
                | Operation::Frame { .. }
                | Operation::Tilt { .. }
                | Operation::Opacity { .. }
                | Operation::Draw(_)
                | Operation::Background { .. } => return Ok(&operations[index..]),
            }
        }
        Ok(&[])
    }

    fn resize(&mut self, scaled: Size, window: Rect) -> Result<(), PixelError> {
        if scaled.width == 0 || scaled.height == 0 {
            return Err(PixelError::internal("a picture cannot be scaled to nothing"));
        }
        if scaled != self.size() {
            let stored = self.turn.size(scaled);
            self.x.scale(stored.width);
            self.y.scale(stored.height);
            self.scaled = true;
        }
        self.cut(window)
    }

    fn extract(&mut self, rect: Rect) -> Result<(), PixelError> {
        self.cut(rect)?;
        if !self.scaled {
            for side in [&mut self.x, &mut self.y] {
                side.exists = (side.origin, side.origin + f64::from(side.length));
            }
        }
        Ok(())
    }

    fn cut(&mut self, rect: Rect) -> Result<(), PixelError> {
        let size = self.size();
        let inside = |from: u32, length: u32, whole: u32| {
            length > 0 && from.checked_add(length).is_some_and(|end| end <= whole)
        };
        if !inside(rect.x, rect.width, size.width) || !inside(rect.y, rect.height, size.height) {
            return Err(PixelError::internal(format!(
                "the region {}x{} at {},{} leaves the picture of {}x{}",
                rect.width, rect.height, rect.x, rect.y, size.width, size.height
            )));
        }
        let Rect { x, y, width, height } = rect;
        let (x, y, width, height) =
            if self.turn.transpose { (y, x, height, width) } else { (x, y, width, height) };
        let x = if self.turn.flip_x { self.x.length - x - width } else { x };
        let y = if self.turn.flip_y { self.y.length - y - height } else { y };
        self.x.cut(x, width);
        self.y.cut(y, height);
        Ok(())
    }

    /// Where the output lies across and down in a plane with `scale` samples per source pixel, and which of its samples
    /// exist. `grid` is the number of output pixels per output sample. The flips of the turn are part of the mappings.
    pub(crate) fn mappings(&self, scale: (f64, f64), grid: (u8, u8)) -> [(Mapping, (f64, f64)); 2] {
        let one = |side: &Side, scale: f64, grid: u8, flip: bool| {
            let step = side.step * scale;
            let origin = side.origin * scale;
            let grid = f64::from(grid);
            let mapping = if flip {
                Mapping { origin: origin + f64::from(side.length) * step, step: -step * grid }
            } else {
                Mapping { origin, step: step * grid }
            };
            (mapping, (side.exists.0 * scale, side.exists.1 * scale))
        };
        [one(&self.x, scale.0, grid.0, self.turn.flip_x), one(&self.y, scale.1, grid.1, self.turn.flip_y)]
    }

    /// The region of the source that the output covers, as x, y, width, height; and the region that exists.
    pub(crate) fn regions(&self) -> ([f64; 4], [u32; 4]) {
        let cover = |side: &Side| (side.origin, side.step * f64::from(side.length));
        let ((x, width), (y, height)) = (cover(&self.x), cover(&self.y));
        let whole = |side: &Side| (side.exists.0 as u32, (side.exists.1 - side.exists.0) as u32);
        let ((left, across), (top, down)) = (whole(&self.x), whole(&self.y));
        ([x, y, width, height], [left, top, across, down])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn a_run_of_geometry_becomes_one_look() {
        let mut view = View::whole(Size::new(1200, 800)).oriented(6);
        assert_eq!(view.size(), Size::new(800, 1200));
        let operations = [
            Operation::Resize { scaled: Size::new(400, 600), window: rect(0, 100, 400, 400) },
            Operation::Rotate { quarter_turns: 3 },
            Operation::Flip { horizontal: true, vertical: false },
            Operation::Grayscale,
        ];
        let rest = view.absorb(&operations).unwrap();
        assert_eq!(rest, [Operation::Grayscale]);
        assert_eq!(view.size(), Size::new(400, 400));
        let ([x, y, width, height], _) = view.regions();
        assert_eq!((x, y, width, height), (200.0, 0.0, 800.0, 800.0));
        assert!((view.least_step() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_second_scale_starts_a_new_look_but_a_second_cut_does_not() {
        let mut view = View::whole(Size::new(100, 100));
        let resize =
            |side: u32| Operation::Resize { scaled: Size::new(side, side), window: rect(0, 0, side, side) };
        let cut = Operation::Extract { rect: rect(5, 5, 20, 20) };
        let operations = [cut.clone(), resize(10), Operation::Extract { rect: rect(1, 1, 4, 4) }, resize(8)];
        let rest = view.absorb(&operations).unwrap();
        assert_eq!(rest, [resize(8)]);
        let (cover, exists) = view.regions();
        assert_eq!(cover.map(|side| side as u32), [7, 7, 8, 8]);
        assert_eq!(exists, [5, 5, 20, 20]);
    }

    #[test]
    fn regions_outside_of_the_picture_are_refused() {
        for bad in [rect(0, 0, 0, 1), rect(5, 0, 6, 1), rect(u32::MAX, 0, 2, 1), rect(0, 10, 1, 1)] {
            let mut view = View::whole(Size::new(10, 10));
            assert!(view.absorb(&[Operation::Extract { rect: bad }]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn turning_four_times_is_nothing() {
        let mut view = View::whole(Size::new(7, 3));
        view.absorb(&[Operation::Rotate { quarter_turns: 1 }, Operation::Rotate { quarter_turns: 3 }])
            .unwrap();
        assert!(view.is_identity());
    }
}
