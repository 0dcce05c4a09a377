//! Pad: the picture on a larger (or smaller) filled canvas.

use super::{
    background::pixel_over,
    ground::{Ground, ground},
    packed,
};
use crate::{
    Color, Fill, PixelError, Size,
    color::ycbcr,
    image::{Channels, Image, Packed, Planar, Plane},
};

/// The part of one axis where canvas and picture overlap: where it begins on each, and how long it is. Nothing begins at
/// the beginning of both.
pub(super) fn overlap(canvas: u32, picture: u32, offset: i64) -> (usize, usize, usize) {
    let from = offset.clamp(0, i64::from(canvas));
    let to = offset.saturating_add(i64::from(picture)).clamp(from, i64::from(canvas));
    if from == to {
        return (0, 0, 0);
    }
    (from as usize, (from - offset.min(from)) as usize, (to - from) as usize)
}

pub(super) fn apply(image: Image, canvas: Size, offset: (i64, i64), fill: Fill) -> Result<Image, PixelError> {
    let size = image.size();
    if canvas.pixels() == 0 {
        return Err(PixelError::internal("a canvas needs at least one pixel"));
    }
    let across = overlap(canvas.width, size.width, offset.0);
    let down = overlap(canvas.height, size.height, offset.1);
    let ground = ground(fill, &image, canvas)?;
    match (image, ground) {
        (Image::Planar(planar), Ground::Plain(color)) if color.is_opaque() => {
            Ok(planes(planar, canvas, across, down, color).into())
        }
        (image, Ground::Plain(color)) => {
            pixels(packed(image)?, canvas, across, down, color).map(Image::Packed)
        }
        (image, Ground::Picture(below)) => Ok(onto(below, packed(image)?, across, down).into()),
    }
}

/// Puts the picture onto another one that is as large as the canvas.
fn onto(mut below: Packed, source: Packed, across: Overlap, down: Overlap) -> Packed {
    let (source, step) = (source.into_rgba(), below.channels.count());
    let ((to_x, from_x, width), (to_y, from_y, height)) = (across, down);
    for line in 0..height {
        let from = &source.data[(from_y + line) * source.stride()..][from_x * 4..][..width * 4];
        let stride = below.stride();
        let to = &mut below.data[(to_y + line) * stride..][to_x * step..][..width * step];
        for (pixel, over) in to.chunks_exact_mut(step).zip(from.as_chunks::<4>().0) {
            let under = Color { red: pixel[0], green: pixel[1], blue: pixel[2], alpha: u8::MAX };
            pixel.copy_from_slice(&pixel_over(*over, under)[..step]);
        }
    }
    below
}

type Overlap = (usize, usize, usize);

fn planes(mut planar: Planar, canvas: Size, across: Overlap, down: Overlap, fill: Color) -> Planar {
    let gray = fill.red == fill.green && fill.green == fill.blue;
    if !gray {
        planar = planar.into_ycbcr(crate::ChromaGrid::FULL);
    }
    let (width, height) = (canvas.width as usize, canvas.height as usize);
    for (plane, value) in planar.planes.iter_mut().zip(ycbcr::of_color(fill)) {
        let mut out = Plane::filled(value, width, height);
        place(&plane.data, plane.stride, &mut out.data, width, 1, across, down);
        *plane = out;
    }
    Planar { width: f64::from(canvas.width), height: f64::from(canvas.height), ..planar }
}

fn pixels(
    source: Packed,
    canvas: Size,
    across: Overlap,
    down: Overlap,
    fill: Color,
) -> Result<Packed, PixelError> {
    let source = if fill.is_opaque() { source } else { source.into_rgba() };
    let step = source.channels.count();
    let count = canvas.width as usize * canvas.height as usize;
    let mut data = match source.channels {
        Channels::Rgb => [fill.red, fill.green, fill.blue].repeat(count),
        Channels::Rgba => fill.bytes().repeat(count),
        Channels::Cmyk => return Err(PixelError::internal("inks are converted before they are padded")),
    };
    place(&source.data, source.stride(), &mut data, canvas.width as usize * step, step, across, down);
    Packed::new(data, canvas.width, canvas.height, source.channels)
}

fn place(
    from: &[u8],
    from_stride: usize,
    to: &mut [u8],
    to_stride: usize,
    step: usize,
    across: Overlap,
    down: Overlap,
) {
    let (to_x, from_x, width) = (across.0 * step, across.1 * step, across.2 * step);
    if width == 0 {
        return;
    }
    let (to_y, from_y, height) = down;
    for line in 0..height {
        let source = &from[(from_y + line) * from_stride + from_x..][..width];
        to[(to_y + line) * to_stride + to_x..][..width].copy_from_slice(source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Color = Color { red: 255, green: 0, blue: 0, alpha: 255 };
    const GRAY: Color = Color { red: 9, green: 9, blue: 9, alpha: 255 };

    fn gray(data: &[u8], width: usize) -> Image {
        Planar::gray(Plane::tight(data.to_vec(), width, data.len() / width)).into()
    }

    #[test]
    fn the_picture_lies_on_the_canvas_and_what_leaves_it_is_cut() {
        let table = [
            ("inside", (4, 3), (1, 1), vec![9, 9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9]),
            ("cut at the upper left", (2, 2), (-1, -1), vec![4, 9, 9, 9]),
            ("cut at the lower right", (2, 2), (1, 1), vec![9, 9, 9, 1]),
            ("far outside", (2, 1), (90, 0), vec![9, 9]),
            ("far outside to the left", (2, 1), (-90, i64::MIN), vec![9, 9]),
        ];
        for (name, (width, height), offset, expected) in table {
            let out =
                apply(gray(&[1, 2, 3, 4], 2), Size::new(width, height), offset, Fill::Color(GRAY)).unwrap();
            let Image::Planar(out) = out else { panic!("{name}: grey stays planar") };
            assert_eq!(out.planes[0].data, expected, "{name}");
        }
    }

    #[test]
    fn a_picture_beside_a_canvas_with_a_ground_leaves_the_ground() {
        for offset in [(90, 0), (0, 90), (-90, 0), (i64::MIN, i64::MAX)] {
            for fill in [Fill::GradientOfTwo, Fill::Blurred { sigma: 1.0, brightness: 0 }] {
                let out = packed(apply(gray(&[7; 4], 2), Size::new(2, 1), offset, fill).unwrap()).unwrap();
                assert_eq!(out.data, [7; 6], "{offset:?} {fill:?}");
            }
        }
    }

    #[test]
    fn a_coloured_canvas_gives_a_grey_picture_chroma() {
        let out = apply(gray(&[255], 1), Size::new(2, 1), (0, 0), Fill::Color(RED)).unwrap();
        let rgb = packed(out).unwrap();
        assert_eq!(rgb.data, [255, 255, 255, 254, 0, 0]);
    }

    #[test]
    fn a_clear_canvas_gives_the_picture_alpha() {
        let clear = Color { alpha: 0, ..RED };
        let out =
            packed(apply(gray(&[255], 1), Size::new(2, 1), (0, 0), Fill::Color(clear)).unwrap()).unwrap();
        assert_eq!(out.data, [255, 255, 255, 255, 255, 0, 0, 0]);
    }
}
