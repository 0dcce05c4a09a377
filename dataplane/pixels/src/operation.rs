//! What can be done to pixels, one operation per file. Geometry is folded into views, see [`view`].

mod arc;
mod attend;
mod axis;
pub(crate) mod background;
pub(crate) mod blend;
mod blur;
mod border;
mod colorize;
mod contrast;
mod frame;
mod gradient;
mod grayscale;
mod ground;
mod opacity;
mod pad;
mod perspective;
mod recolour;
mod resample;
pub(crate) mod sample;
mod shadow;
mod tilt;
pub(crate) mod trace;
mod translucent;
mod turn;
mod unsharp;
pub(crate) mod view;
mod warp;

use self::{sample::Target, view::View};
use crate::{
    Operation, PixelError, Recolour, Rect,
    color::ycbcr,
    image::{Image, Packed},
};

/// Runs one operation that is not geometry. Planes must have the working resolution and range.
pub(crate) fn apply(image: Image, operation: &Operation) -> Result<Image, PixelError> {
    match operation {
        Operation::Pad { canvas, x, y, fill } => pad::apply(image, *canvas, (*x, *y), *fill),
        Operation::Attend { window } => {
            let rect = attend::place(&image, *window);
            cut(image, rect)
        }
        Operation::Extract { rect } => cut(image, *rect),
        Operation::Recolour(recolour) => {
            let from = recolour.from.unwrap_or_else(|| ground::dominant(&image));
            Ok(recolour::apply(packed(image)?, recolour, from).into())
        }
        Operation::Colorize { color, share } => Ok(colorize::apply(packed(image)?, *color, *share).into()),
        Operation::Grayscale => Ok(grayscale::apply(image)),
        Operation::Contrast => Ok(contrast::apply(image)),
        Operation::Unsharp(mask) => Ok(unsharp::apply(image, *mask)),
        Operation::Blur { sigma } => Ok(blur::apply(image, *sigma)),
        Operation::Perspective { corners } => Ok(perspective::apply(packed(image)?, *corners)?.into()),
        Operation::Arc { degrees, canvas } => Ok(arc::apply(packed(image)?, *degrees, *canvas)?.into()),
        Operation::Gradient(gradient) => Ok(gradient::apply(packed(image)?, gradient).into()),
        Operation::Shadow(shadow) => Ok(shadow::apply(packed(image)?, shadow).into()),
        Operation::Frame { border, radii } => frame::apply(image, *border, *radii),
        Operation::Tilt { degrees, canvas } => Ok(tilt::apply(packed(image)?, *degrees, *canvas)?.into()),
        Operation::Opacity { share } => Ok(opacity::apply(packed(image)?, *share).into()),
        Operation::Background { fill } => background::apply(image, *fill),
        Operation::Resize { .. } | Operation::Rotate { .. } | Operation::Flip { .. } | Operation::Draw(_) => {
            Err(PixelError::internal("geometry and layers are not applied like this"))
        }
    }
}

/// What an operation comes to on this picture, where that is a question of its pixels: the window where the eye goes, the
/// colours of its border. All frames of an animation are done alike, as the first one says. `None`: it says all itself.
pub(crate) fn settle(operation: &Operation, image: &Image) -> Option<Operation> {
    match operation {
        Operation::Attend { window } => Some(Operation::Extract { rect: attend::place(image, *window) }),
        Operation::Recolour(recolour) if recolour.from.is_none() => {
            Some(Operation::Recolour(Recolour { from: Some(ground::dominant(image)), ..*recolour }))
        }
        Operation::Pad { canvas, x, y, fill } => {
            let fill = ground::settle(*fill, image)?;
            Some(Operation::Pad { canvas: *canvas, x: *x, y: *y, fill })
        }
        Operation::Background { fill } => {
            ground::settle(*fill, image).map(|fill| Operation::Background { fill })
        }
        _ => None,
    }
}

/// Cuts a part out.
fn cut(image: Image, rect: Rect) -> Result<Image, PixelError> {
    let mut view = View::whole(image.size());
    view.absorb(&[Operation::Extract { rect }])?;
    sample::sample(image, &view, Target::WORKING)
}

/// Gives interleaved pixels, whatever the picture was.
pub(crate) fn packed(image: Image) -> Result<Packed, PixelError> {
    match image {
        Image::Planar(planar) => ycbcr::to_rgb(&planar),
        Image::Packed(packed) => Ok(packed),
    }
}
