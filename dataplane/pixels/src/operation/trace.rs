//! The size of the picture after every operation, known before any pixel is.

use super::{pad::overlap, turn::Turn};
use crate::{Blend, Job, Operation, PixelError, Size};

/// Gives the upright size of the source and the size after each operation; refuses those above the job's limit.
pub(crate) fn trace(job: &Job) -> Result<Vec<Size>, PixelError> {
    let stored = Size::new(job.facts.width, job.facts.height);
    let orientation = if job.orient { job.facts.orientation } else { 1 };
    let mut size = Turn::from_orientation(orientation).size(stored);
    let mut sizes = vec![size];
    for operation in &job.operations {
        size = after(size, operation)?;
        if size.pixels() > job.limits.max_pixels {
            return Err(PixelError::Limit {
                what: format!("The result's resolution in pixels ({}x{})", size.width, size.height),
                value: size.pixels(),
                limit: job.limits.max_pixels,
            });
        }
        sizes.push(size);
    }
    Ok(sizes)
}

/// The size after one operation.
pub(crate) fn after(size: Size, operation: &Operation) -> Result<Size, PixelError> {
    Ok(match operation {
        Operation::Resize { window, .. } => window.size(),
        Operation::Extract { rect } => rect.size(),
        Operation::Pad { canvas, .. } | Operation::Arc { canvas, .. } | Operation::Tilt { canvas, .. } => {
            *canvas
        }
        Operation::Attend { window } => {
            Size::new(window.width.min(size.width), window.height.min(size.height))
        }
        Operation::Draw(layer) if layer.blend == Blend::Cutter => {
            let (_, _, width) = overlap(size.width, layer.size.width, layer.at.0);
            let (_, _, height) = overlap(size.height, layer.size.height, layer.at.1);
            Size::new(width as u32, height as u32)
        }
        Operation::Frame { border: Some((width, _)), .. } => {
            let grown = |side: u32| width.checked_mul(2).and_then(|both| side.checked_add(both));
            match (grown(size.width), grown(size.height)) {
                (Some(width), Some(height)) => Size::new(width, height),
                _ => return Err(PixelError::internal("the border is too wide")),
            }
        }
        Operation::Rotate { quarter_turns } => Turn::NONE.then_rotate(*quarter_turns).size(size),
        Operation::Frame { border: None, .. }
        | Operation::Recolour(_)
        | Operation::Colorize { .. }
        | Operation::Grayscale
        | Operation::Contrast
        | Operation::Unsharp(_)
        | Operation::Blur { .. }
        | Operation::Perspective { .. }
        | Operation::Gradient(_)
        | Operation::Shadow(_)
        | Operation::Opacity { .. }
        | Operation::Draw(_)
        | Operation::Flip { .. }
        | Operation::Background { .. } => size,
    })
}
