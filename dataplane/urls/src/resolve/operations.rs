//! What happens to pixels after the geometry of a step: colour, sharpness and blur, distortion, gradient, shadow, frame,
//! rotation, mirror, opacity, background.

use super::bounds;
use super::crop::{Placed, sigma};
use crate::expression::{Operand, Values};
use crate::geometry::round_coordinate;
use crate::message::{Amount, Shown};
use crate::plan::Work;
use crate::setting::{Background, Blend, Corner, Corners, Distort, Gradient, Rotation, Shadow};
use crate::{Color, Fill, Operation, Radius, Recolour, Size, Unsharp, UrlError};

/// Largest image that a shadow is made of, in pixels.
const MAX_SHADOW: u64 = 2_000_000;

/// `e-sharpen`: standard deviation of its mask, and the strength that adds the mask once.
const SHARPEN_SIGMA: f32 = 1.0;
const SHARPEN_ONCE: f64 = 50.0;

/// Appends the operations of a step in their fixed order.
pub(super) fn finish(work: &Work, values: &Values, placed: Placed) -> Result<Placed, UrlError> {
    let Placed { mut operations, mut size, notes } = placed;
    color(work, &mut operations);
    detail(work, &mut operations);
    match work.distort {
        Some(Distort::Arc(degrees)) => {
            let canvas = bounds::arc(size, degrees);
            if degrees != 0.0 {
                operations.push(Operation::Arc { degrees, canvas });
            }
            size = canvas;
        }
        Some(Distort::Perspective([x1, y1, x2, y2, x3, y3, x4, y4])) => {
            operations.push(Operation::Perspective { corners: [(x1, y1), (x2, y2), (x3, y3), (x4, y4)] });
        }
        None => {}
    }
    if let Some(found) = &work.gradient {
        operations.push(Operation::Gradient(gradient(found, values, size)?));
    }
    if let Some(found) = &work.shadow {
        operations.push(Operation::Shadow(shadow(found, size)?));
    }
    let border = border(work, values)?;
    if let Some((width, _)) = border {
        let grow = |side: u32| side.saturating_add(width.saturating_mul(2));
        size = Size { width: grow(size.width), height: grow(size.height) };
    }
    let radii = work.corners.and_then(|corners| radii(corners, size));
    if border.is_some() || radii.is_some() {
        operations.push(Operation::Frame { border, radii });
    }
    match work.rotation.map(|rotation| (rotation, rotation.turns())) {
        Some((_, Some(quarter_turns @ 1..))) => {
            operations.push(Operation::Rotate { quarter_turns });
            if quarter_turns % 2 == 1 {
                size = size.turned();
            }
        }
        Some((Rotation::Degrees(degrees), None)) => {
            size = bounds::rotated(size, degrees);
            operations.push(Operation::Tilt { degrees, canvas: size });
        }
        // The EXIF orientation is applied once, before the first step.
        Some((Rotation::Auto, None) | (_, Some(0))) | None => {}
    }
    let (horizontal, vertical) = work.flip;
    if horizontal || vertical {
        operations.push(Operation::Flip { horizontal, vertical });
    }
    if let Some(percent) = work.opacity {
        operations.push(Operation::Opacity { share: (percent / 100.0) as f32 });
    }
    if let Some(fill) = behind(work) {
        operations.push(Operation::Background { fill });
    }
    Ok(Placed { operations, size, notes })
}

fn color(work: &Work, operations: &mut Vec<Operation>) {
    if let Some(crate::setting::Recolour { to, tolerance, from }) = work.recolour {
        let tolerance = (tolerance / 100.0) as f32;
        operations.push(Operation::Recolour(Recolour { to, tolerance, from }));
    }
    if let Some(tint) = work.colorize {
        operations.push(Operation::Colorize { color: tint.color, share: (tint.intensity / 100.0) as f32 });
    }
    if work.grayscale {
        operations.push(Operation::Grayscale);
    }
    if work.contrast {
        operations.push(Operation::Contrast);
    }
}

fn detail(work: &Work, operations: &mut Vec<Operation>) {
    if let Some(strength) = work.sharpen {
        let amount = (strength / SHARPEN_ONCE) as f32;
        operations.push(Operation::Unsharp(Unsharp {
            radius: None,
            sigma: SHARPEN_SIGMA,
            amount,
            threshold: 0.0,
        }));
    }
    if let Some(mask) = work.unsharp {
        operations.push(Operation::Unsharp(Unsharp {
            radius: Some(mask.radius as f32),
            sigma: mask.sigma as f32,
            amount: mask.amount as f32,
            threshold: mask.threshold as f32,
        }));
    }
    if let Some(amount) = work.blur {
        operations.push(Operation::Blur { sigma: sigma(amount) as f32 });
    }
}

/// The gradient line goes through the middle and is as long as the image is in its direction.
fn gradient(found: &Gradient, values: &Values, size: Size) -> Result<crate::Gradient, UrlError> {
    let degrees = found.direction.degrees();
    let (sin, cos) = degrees.to_radians().sin_cos();
    let line = f64::from(size.width) * sin.abs() + f64::from(size.height) * cos.abs();
    // The sine of 180 degrees is not quite 0.
    let line = (line * 1e6).round() / 1e6;
    let stop = match &found.stop {
        Operand::Number(part) if *part <= 1.0 => part * line,
        operand => operand.evaluate(values),
    };
    if stop.is_nan() || stop < 0.0 {
        return Err(UrlError::invalid(format!(
            "e-gradient: sp {} gives {}; it cannot be negative",
            Shown(&found.stop.to_string()),
            Amount(stop)
        )));
    }
    Ok(crate::Gradient { degrees, from: found.from, to: found.to, stop })
}

fn shadow(found: &Shadow, size: Size) -> Result<crate::Shadow, UrlError> {
    if size.pixels() > MAX_SHADOW {
        return Err(UrlError::limit(format!(
            "e-shadow takes at most {MAX_SHADOW} pixels; the image has {size} = {}",
            size.pixels()
        )));
    }
    let part = |percent: f64, side: u32| (percent / 100.0 * f64::from(side)).round() as i32;
    Ok(crate::Shadow {
        sigma: found.blur as f32,
        strength: (found.strength / 100.0) as f32,
        x: part(found.x, size.width),
        y: part(found.y, size.height),
    })
}

/// What the image is put onto at the end.
fn behind(work: &Work) -> Option<Fill> {
    match work.background.as_ref()? {
        // A mix with the colour: its own opacity does not count.
        Background::Solid(color) if work.opacity.is_some() => {
            Some(Fill::Color(Color { alpha: u8::MAX, ..*color }))
        }
        // A colour without opacity would change nothing.
        Background::Solid(color) => (color.alpha > 0).then_some(Fill::Color(*color)),
        Background::Dominant => Some(Fill::Dominant),
        Background::GradientDominant(Blend::Two) => Some(Fill::GradientOfTwo),
        Background::GradientDominant(Blend::Four) => Some(Fill::GradientOfFour),
        // They stand behind padding alone.
        Background::Blurred { .. } | Background::Generated(_) => None,
    }
}

/// Width in pixels and colour; `None` when the width is 0.
fn border(work: &Work, values: &Values) -> Result<Option<(u32, Color)>, UrlError> {
    let Some((operand, color)) = &work.border else { return Ok(None) };
    let width = operand.evaluate(values);
    if width.is_nan() || width < 0.0 {
        return Err(UrlError::invalid(format!(
            "b: {} gives {}; a border cannot be negative",
            Shown(&operand.to_string()),
            Amount(width)
        )));
    }
    let width = u32::try_from(round_coordinate(width)).unwrap_or(u32::MAX);
    Ok((width > 0).then_some((width, *color)))
}

/// Radii of the outer outline, none above half its shorter side; `None` when all are 0.
fn radii(corners: Corners, outline: Size) -> Option<[Radius; 4]> {
    let most = f64::from(outline.width.min(outline.height)) / 2.0;
    let corners = match corners {
        Corners::Ellipse => return Some([Radius::Max; 4]),
        Corners::Each(corners) => corners,
    };
    let radii = corners.map(|corner| match corner {
        Corner::Pixels(radius) => radius.min(most),
        Corner::Max => most,
    });
    radii.iter().any(|radius| *radius > 0.0).then(|| radii.map(Radius::Pixels))
}
