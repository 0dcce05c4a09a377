//! How a requested size is reached: scale factors and windows of each crop mode.

use super::ratio::Ratio;
use super::sides::{Requested, proportions};
use super::{area, extract};
use crate::expression::Values;
use crate::plan::Geometry;
use crate::setting::{Background, Blend, Edge, Mode, Position};
use crate::{Color, Fill, Operation, Rect, Size, UrlError};

/// Longest side of a scaled image of which only a window is kept.
const MAX_SCALED_SIDE: u32 = 1 << 30;

/// Standard deviation of a blurred background without an intensity: a part of the shorter side, within bounds.
const BLUR_OF_SIDE: f64 = 0.04;
const BLURS: std::ops::RangeInclusive<f64> = 2.0..=60.0;

/// The image after the geometry of a step.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) operations: Vec<Operation>,
    pub(super) size: Size,
    pub(super) notes: Vec<String>,
}

/// What padding is filled with. A translucent colour is put under everything at the end of the step; padding filled with it
/// now would get it twice.
fn fill(background: Option<&Background>, canvas: Option<Size>) -> Fill {
    match background {
        None | Some(Background::Generated(_)) => Fill::Color(Color::BLACK),
        Some(Background::Solid(color)) if color.alpha == u8::MAX => Fill::Color(*color),
        Some(Background::Solid(_)) => Fill::Color(Color::TRANSPARENT),
        Some(Background::Dominant) => Fill::Dominant,
        Some(Background::GradientDominant(Blend::Two)) => Fill::GradientOfTwo,
        Some(Background::GradientDominant(Blend::Four)) => Fill::GradientOfFour,
        Some(Background::Blurred { intensity, brightness }) => {
            let shorter = canvas.map_or(0, |canvas| canvas.width.min(canvas.height));
            let automatic = (f64::from(shorter) * BLUR_OF_SIDE).clamp(*BLURS.start(), *BLURS.end());
            let sigma = intensity.map_or(automatic, sigma);
            Fill::Blurred { sigma: sigma as f32, brightness: brightness.round() as i16 }
        }
    }
}

/// Standard deviation of a blur of this intensity.
pub(super) fn sigma(intensity: f64) -> f64 {
    1.0 + intensity / 2.0
}

/// Both sides asked for, or one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Both(Size),
    Width(u32),
    Height(u32),
}

pub(super) fn place(
    geometry: &Geometry,
    requested: &Requested,
    input: Size,
    values: &Values,
    background: Option<&Background>,
) -> Result<Placed, UrlError> {
    let canvas = requested.width.zip(requested.height).map(|(width, height)| Size { width, height });
    let fill = fill(background, canvas);
    let focus = geometry.focus;
    let mode = geometry.mode();
    let wanted = match (requested.width, requested.height) {
        (Some(width), Some(height)) => Wanted::Both(Size { width, height }),
        (Some(width), None) => Wanted::Width(width),
        (None, Some(height)) => Wanted::Height(height),
        (None, None) if let Some(area) = geometry.tight_area() => {
            let sides = geometry.aspect.as_ref().map(|aspect| proportions(aspect, values)).transpose()?;
            let ratio = sides.map(|(across, down)| across / down);
            return Ok(Placed::window(input, area::tight(area, input, ratio)));
        }
        (None, None) if mode == Mode::Extract => return extract::rest(geometry, input, values),
        (None, None) => return Ok(Placed::unchanged(input)),
    };
    // The scale that reaches each side alone, smallest and largest of them where both are asked for.
    let (least, most) = match wanted {
        Wanted::Both(Size { width, height }) => {
            let (across, down) = (Ratio::new(width, input.width), Ratio::new(height, input.height));
            (across.min(down), across.max(down))
        }
        Wanted::Width(width) => (Ratio::new(width, input.width), Ratio::new(width, input.width)),
        Wanted::Height(height) => (Ratio::new(height, input.height), Ratio::new(height, input.height)),
    };
    let scaled = |ratio: Ratio| Ok(Placed::scaled(input, scale(input, ratio)));
    match (mode, wanted) {
        (Mode::MaintainRatioNoEnlarge, Wanted::Both(size)) if most.enlarges() => {
            let scale = most.inverse();
            let size = Size {
                width: scale.scale(size.width).min(input.width),
                height: scale.scale(size.height).min(input.height),
            };
            Ok(Placed::part(input, size, geometry))
        }
        (Mode::MaintainRatio | Mode::MaintainRatioNoEnlarge, Wanted::Both(size)) => {
            cover(input, size, most, geometry)
        }
        (Mode::Force, Wanted::Both(size)) => Ok(Placed::scaled(input, size)),
        (Mode::AtLeast, _) => scaled(most),
        (Mode::PadResize, Wanted::Both(canvas)) => Ok(pad(input, scale(input, least), canvas, focus, fill)),
        (Mode::PadResizeNoEnlarge, Wanted::Both(canvas)) => {
            Ok(pad(input, scale(input, least.min(Ratio::ONE)), canvas, focus, fill))
        }
        (Mode::AtMax, _)
        | (Mode::MaintainRatioNoEnlarge | Mode::PadResizeNoEnlarge, Wanted::Width(_) | Wanted::Height(_)) => {
            scaled(least.min(Ratio::ONE))
        }
        (Mode::AtMaxEnlarge, _)
        | (Mode::MaintainRatio | Mode::Force | Mode::PadResize, Wanted::Width(_) | Wanted::Height(_)) => {
            scaled(least)
        }
        (Mode::Extract, _) => extract::cut(geometry, wanted.filled(input), input, values),
        (Mode::PadExtract, _) => extract::pad(geometry, wanted.filled(input), input, values, fill),
        (Mode::PadExtractNoShrink, _) => {
            let Size { width, height } = wanted.filled(input);
            let canvas = Size { width: width.max(input.width), height: height.max(input.height) };
            Ok(pad(input, input, canvas, focus, fill))
        }
    }
}

fn scale(input: Size, ratio: Ratio) -> Size {
    Size { width: ratio.scale(input.width), height: ratio.scale(input.height) }
}

/// Scales so that the image covers `size`, cuts the rest off.
fn cover(input: Size, size: Size, ratio: Ratio, geometry: &Geometry) -> Result<Placed, UrlError> {
    let scaled = scale(input, ratio);
    // Rounding leaves no pixel short, since one side is reached exactly and the other is never below what is asked.
    let scaled = Size { width: scaled.width.max(size.width), height: scaled.height.max(size.height) };
    if scaled.width.max(scaled.height) > MAX_SCALED_SIDE {
        return Err(UrlError::limit(format!(
            "the image would be scaled to {scaled} before it is cut; the limit is {MAX_SCALED_SIDE} on a side"
        )));
    }
    if geometry.attends && scaled != size {
        let mut placed = Placed::scaled(input, scaled);
        placed.attend(size);
        return Ok(placed);
    }
    let window = aimed(geometry, input, scaled, size);
    if scaled == input {
        return Ok(Placed::window(input, window));
    }
    let mut notes = Vec::new();
    if window != scaled.whole() {
        notes.push(format!("scaled to {scaled}, window {window}"));
    }
    Ok(Placed { operations: vec![Operation::Resize { scaled, window }], size, notes })
}

/// Scales to `inner` and puts the result on a canvas that is no smaller.
fn pad(input: Size, inner: Size, canvas: Size, focus: Position, fill: Fill) -> Placed {
    let mut placed = Placed::scaled(input, inner);
    let x = i64::from(offset(focus.horizontal, canvas.width.saturating_sub(inner.width)));
    let y = i64::from(offset(focus.vertical, canvas.height.saturating_sub(inner.height)));
    placed.put_on_canvas(canvas, (x, y), fill);
    placed
}

/// The window of `size` of an image that was scaled from `input`: around the stored area, or where the focus is.
fn aimed(geometry: &Geometry, input: Size, image: Size, size: Size) -> Rect {
    match geometry.area {
        Some(area) => area::around(area::scaled(area, input, image), image, size),
        None => window(image, size, geometry.focus),
    }
}

/// The window of `size` at a place of the image.
pub(super) fn window(image: Size, size: Size, focus: Position) -> Rect {
    Rect {
        x: offset(focus.horizontal, image.width.saturating_sub(size.width)),
        y: offset(focus.vertical, image.height.saturating_sub(size.height)),
        width: size.width,
        height: size.height,
    }
}

/// Where something begins that leaves `free` pixels on its axis.
pub(super) fn offset(edge: Edge, free: u32) -> u32 {
    match edge {
        Edge::Start => 0,
        Edge::Center => free / 2,
        Edge::End => free,
    }
}

// === impl Wanted ===

impl Wanted {
    /// A missing side is the image's own.
    fn filled(self, input: Size) -> Size {
        match self {
            Self::Both(size) => size,
            Self::Width(width) => Size { width, ..input },
            Self::Height(height) => Size { height, ..input },
        }
    }
}

// === impl Placed ===

impl Placed {
    pub(super) fn unchanged(size: Size) -> Self {
        Self { operations: Vec::new(), size, notes: Vec::new() }
    }

    fn scaled(input: Size, size: Size) -> Self {
        let mut placed = Self::unchanged(size);
        if size != input {
            placed.operations.push(Operation::Resize { scaled: size, window: size.whole() });
        }
        placed
    }

    /// A cut without scaling.
    pub(super) fn window(input: Size, rect: Rect) -> Self {
        let mut placed = Self::unchanged(rect.size());
        if rect != input.whole() {
            placed.operations.push(Operation::Extract { rect });
            placed.notes.push(format!("source rect {rect}"));
        }
        placed
    }

    /// Keeps a part of this size where the focus is, without scaling.
    pub(super) fn part(input: Size, size: Size, geometry: &Geometry) -> Self {
        if !geometry.attends {
            return Self::window(input, aimed(geometry, input, input, size));
        }
        let mut placed = Self::unchanged(input);
        placed.attend(size);
        placed
    }

    /// Keeps the part that draws the eye.
    pub(super) fn attend(&mut self, window: Size) {
        if window != self.size {
            self.operations.push(Operation::Attend { window });
            self.size = window;
        }
    }

    /// Puts what is there on a canvas.
    pub(super) fn put_on_canvas(&mut self, canvas: Size, (x, y): (i64, i64), fill: Fill) {
        if canvas != self.size || (x, y) != (0, 0) {
            self.notes.push(format!("inner {} at ({x},{y})", self.size));
            self.operations.push(Operation::Pad { canvas, x, y, fill });
            self.size = canvas;
        }
    }
}
