//! What can be done to pixels, one operation per file. Geometry is folded into views, see [`view`].

mod axis;
pub(crate) mod background;
mod blur;
mod frame;
mod grayscale;
mod pad;
mod resample;
pub(crate) mod sample;
pub(crate) mod trace;
mod translucent;
mod turn;
pub(crate) mod view;

use crate::{
    Operation, PixelError,
    color::ycbcr,
    image::{Image, Packed},
};

/// Runs one operation that is not geometry. Planes must have the working resolution and range.
pub(crate) fn apply(image: Image, operation: &Operation) -> Result<Image, PixelError> {
    match operation {
        Operation::Pad { canvas, x, y, fill } => pad::apply(image, *canvas, (*x, *y), *fill),
        Operation::Grayscale => Ok(grayscale::apply(image)),
        Operation::Blur { sigma } => Ok(blur::apply(image, *sigma)),
        Operation::Frame { border, radii } => frame::apply(image, *border, *radii),
        Operation::Background { color } => Ok(background::apply(image, *color)),
        Operation::Resize { .. }
        | Operation::Extract { .. }
        | Operation::Rotate { .. }
        | Operation::Flip { .. } => Err(PixelError::internal("geometry is looked at, not applied")),
    }
}

/// Gives interleaved pixels, whatever the picture was.
pub(crate) fn packed(image: Image) -> Result<Packed, PixelError> {
    match image {
        Image::Planar(planar) => ycbcr::to_rgb(&planar),
        Image::Packed(packed) => Ok(packed),
    }
}
