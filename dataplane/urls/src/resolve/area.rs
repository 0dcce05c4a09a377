//! The area that is stored with a picture, for `fo-custom`: where it lies after each operation, and the windows around it.

use crate::geometry::round_side;
use crate::{Operation, Rect, Size};

/// The part of an area that lies in a picture; `None`: all of it lies outside.
pub(super) fn inside(area: Rect, picture: Size) -> Option<Rect> {
    cut(area, picture.whole())
}

/// The area in a picture that was scaled from `from` to `to`.
pub(super) fn scaled(area: Rect, from: Size, to: Size) -> Rect {
    let (x, width) = span(area.x, area.width, from.width, to.width);
    let (y, height) = span(area.y, area.height, from.height, to.height);
    Rect { x, y, width, height }
}

/// The window of this size, which is no larger than the picture, whose middle is nearest to that of the area.
pub(super) fn around(area: Rect, picture: Size, size: Size) -> Rect {
    Rect {
        x: start(area.x, area.width, size.width, picture.width),
        y: start(area.y, area.height, size.height, picture.height),
        width: size.width,
        height: size.height,
    }
}

/// The area itself, grown along one side until its sides have this ratio: shifted into the picture, and smaller only where
/// that is too small.
pub(super) fn tight(area: Rect, picture: Size, ratio: Option<f64>) -> Rect {
    let Some(ratio) = ratio else { return area };
    let (width, height) = (f64::from(area.width), f64::from(area.height));
    let (width, height) =
        if width < height * ratio { (height * ratio, height) } else { (width, width / ratio) };
    let most = (f64::from(picture.width) / width).min(f64::from(picture.height) / height).min(1.0);
    let size = Size {
        width: round_side(width * most).min(picture.width),
        height: round_side(height * most).min(picture.height),
    };
    around(area, picture, size)
}

/// Where the area lies after operations on a picture of `size`; `None`: nothing of it is left, or nobody knows.
pub(super) fn after(area: Rect, size: Size, operations: &[Operation]) -> Option<Rect> {
    operations
        .iter()
        .try_fold((area, size), |(area, size), operation| moved(area, size, operation))
        .map(|(area, _)| area)
}

/// The area and the size of the picture after one operation.
fn moved(area: Rect, size: Size, operation: &Operation) -> Option<(Rect, Size)> {
    Some(match *operation {
        Operation::Resize { scaled: to, window } => (cut(scaled(area, size, to), window)?, window.size()),
        Operation::Extract { rect } => (cut(area, rect)?, rect.size()),
        Operation::Pad { canvas, x, y, .. } => (shifted(area, x, y, canvas)?, canvas),
        Operation::Frame { border: Some((width, _)), .. } => {
            let grown = |side: u32| side.saturating_add(width.saturating_mul(2));
            let size = Size { width: grown(size.width), height: grown(size.height) };
            (shifted(area, width.into(), width.into(), size)?, size)
        }
        Operation::Rotate { quarter_turns } => (0..quarter_turns).fold((area, size), |(area, size), _| {
            let x = size.height.saturating_sub(area.y + area.height);
            (Rect { x, y: area.x, width: area.height, height: area.width }, size.turned())
        }),
        Operation::Flip { horizontal, vertical } => {
            let x = if horizontal { size.width.saturating_sub(area.x + area.width) } else { area.x };
            let y = if vertical { size.height.saturating_sub(area.y + area.height) } else { area.y };
            (Rect { x, y, ..area }, size)
        }
        // What was in it is somewhere else, and no rectangle.
        Operation::Attend { .. }
        | Operation::Tilt { .. }
        | Operation::Arc { .. }
        | Operation::Perspective { .. } => {
            return None;
        }
        _ => (area, size),
    })
}

/// What of an area lies in a window, seen from there.
fn cut(area: Rect, window: Rect) -> Option<Rect> {
    shifted(area, -i64::from(window.x), -i64::from(window.y), window.size())
}

/// The area in a picture of `size`, shifted.
fn shifted(area: Rect, x: i64, y: i64, size: Size) -> Option<Rect> {
    let axis = |start: u32, side: u32, by: i64, full: u32| {
        let first = (i64::from(start) + by).clamp(0, full.into());
        let end = (i64::from(start) + i64::from(side) + by).clamp(0, full.into());
        let side = u32::try_from(end - first).ok().filter(|side| *side > 0)?;
        Some((u32::try_from(first).ok()?, side))
    };
    let (x, width) = axis(area.x, area.width, x, size.width)?;
    let (y, height) = axis(area.y, area.height, y, size.height)?;
    Some(Rect { x, y, width, height })
}

/// One axis of an area after scaling: at least a pixel, inside.
fn span(start: u32, side: u32, from: u32, to: u32) -> (u32, u32) {
    let at = |edge: u32| (u64::from(edge) * u64::from(to) * 2 + u64::from(from)) / (u64::from(from) * 2);
    let first = at(start).min(u64::from(to.saturating_sub(1)));
    let end = at(start + side).clamp(first + 1, to.into());
    (first as u32, (end - first) as u32)
}

/// Where a window of `side` begins whose middle is that of the area, as far as it fits into `full`.
fn start(first: u32, extent: u32, side: u32, full: u32) -> u32 {
    let doubled = 2 * i64::from(first) + i64::from(extent) - i64::from(side);
    let last = i64::from(full.saturating_sub(side));
    (doubled + 1).div_euclid(2).clamp(0, last) as u32
}
