//! What happens to pixels after the geometry of a step: colour, blur, distortion, shadow, frame, rotation, mirror,
//! background. Of distortion, shadow and rotation by any angle only the size is known here.

use super::bounds;
use super::crop::Placed;
use crate::expression::Values;
use crate::geometry::round_coordinate;
use crate::message::{Amount, Shown};
use crate::plan::Work;
use crate::setting::{Corner, Corners, Distort, Rotation};
use crate::{Color, Operation, Radius, Size, UrlError};

/// Largest image that a shadow is made of, in pixels.
const MAX_SHADOW: u64 = 2_000_000;

/// Appends the operations of a step in their fixed order.
pub(super) fn finish(work: &Work, values: &Values, placed: Placed) -> Result<Placed, UrlError> {
    let Placed { mut operations, mut size, notes } = placed;
    if work.grayscale {
        operations.push(Operation::Grayscale);
    }
    if let Some(amount) = work.blur {
        operations.push(Operation::Blur { sigma: (1.0 + amount / 2.0) as f32 });
    }
    if let Some(Distort::Arc(degrees)) = work.distort {
        size = bounds::arc(size, degrees);
    }
    if work.shadow && size.pixels() > MAX_SHADOW {
        return Err(UrlError::limit(format!(
            "e-shadow takes at most {MAX_SHADOW} pixels; the image has {size} = {}",
            size.pixels()
        )));
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
        Some((Rotation::Degrees(degrees), None)) => size = bounds::rotated(size, degrees),
        // The EXIF orientation is applied once, before the first step.
        Some((Rotation::Auto, None) | (_, Some(0))) | None => {}
    }
    let (horizontal, vertical) = work.flip;
    if horizontal || vertical {
        operations.push(Operation::Flip { horizontal, vertical });
    }
    // A colour without opacity would change nothing.
    if let Some(color) = work.background.filter(|color| color.alpha > 0) {
        operations.push(Operation::Background { color });
    }
    Ok(Placed { operations, size, notes })
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
