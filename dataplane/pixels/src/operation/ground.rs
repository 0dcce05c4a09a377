//! What stands behind a picture: a colour, colours of its border, or the picture itself, blurred.

use super::{
    blur, border, packed,
    sample::{Target, sample},
    view::View,
};
use crate::{
    Color, Fill, Operation, PixelError, Rect, Size,
    image::{Channels, Image, Packed},
};

/// A background of a canvas.
pub(super) enum Ground {
    Plain(Color),
    /// RGB, of the canvas's size.
    Picture(Packed),
}

const BLACK: Color = Color { red: 0, green: 0, blue: 0, alpha: u8::MAX };

/// Makes the background for `image` on a canvas of this size.
pub(super) fn ground(fill: Fill, image: &Image, canvas: Size) -> Result<Ground, PixelError> {
    Ok(match fill {
        Fill::Color(color) => Ground::Plain(color),
        Fill::Corners(corners) => Ground::Picture(between(corners, canvas)?),
        Fill::Dominant => Ground::Plain(dominant(image)),
        Fill::GradientOfTwo => Ground::Picture(between(two(image), canvas)?),
        Fill::GradientOfFour => Ground::Picture(between(four(image), canvas)?),
        Fill::Blurred { sigma, brightness } => Ground::Picture(blurred(image, canvas, sigma, brightness)?),
    })
}

/// What a background comes to for this picture, where that is a question of its border.
pub(super) fn settle(fill: Fill, image: &Image) -> Option<Fill> {
    match fill {
        Fill::Dominant => Some(Fill::Color(dominant(image))),
        Fill::GradientOfTwo => Some(Fill::Corners(two(image))),
        Fill::GradientOfFour => Some(Fill::Corners(four(image))),
        Fill::Color(_) | Fill::Corners(_) | Fill::Blurred { .. } => None,
    }
}

/// The most frequent colour of the border.
pub(super) fn dominant(image: &Image) -> Color {
    border::frequent(image, 1).first().map_or(BLACK, |frequent| frequent.color)
}

/// The two most frequent colours, the one that lies higher for the corners at the top.
fn two(image: &Image) -> [Color; 4] {
    let mut found = border::frequent(image, 2);
    found.sort_by(|a, b| a.at.1.total_cmp(&b.at.1));
    let color = |frequent: Option<&border::Frequent>| frequent.map_or(BLACK, |frequent| frequent.color);
    let (top, bottom) = (color(found.first()), color(found.last()));
    [top, top, bottom, bottom]
}

/// Four frequent colours for the corners top left, top right, bottom left, bottom right, each as near to its place as it
/// can be for all of them together.
fn four(image: &Image) -> [Color; 4] {
    const CORNERS: [(f64, f64); 4] = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
    let found = border::frequent(image, 4);
    let color = |index: usize| found.get(index % found.len().max(1)).copied();
    let away = |order: &[usize; 4]| -> f64 {
        let distance = |(corner, index): (&(f64, f64), &usize)| {
            color(*index).map_or(0.0, |frequent| (frequent.at.0 - corner.0).hypot(frequent.at.1 - corner.1))
        };
        CORNERS.iter().zip(order).map(distance).sum()
    };
    let orders = (0..256).map(|code| [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6]);
    let each_once = |order: &[usize; 4]| (0..4).all(|index| order.contains(&index));
    let best = orders.filter(each_once).min_by(|a, b| away(a).total_cmp(&away(b)));
    best.unwrap_or([0, 1, 2, 3]).map(|index| color(index).map_or(BLACK, |frequent| frequent.color))
}

/// Every pixel between the corners top left, top right, bottom left, bottom right.
fn between(corners: [Color; 4], canvas: Size) -> Result<Packed, PixelError> {
    let [top_left, top_right, bottom_left, bottom_right] =
        corners.map(|color| [color.red, color.green, color.blue].map(f32::from));
    let share = |index: u32, length: u32| index as f32 / length.saturating_sub(1).max(1) as f32;
    let mut data = Vec::with_capacity(canvas.pixels() as usize * 3);
    for y in 0..canvas.height {
        let down = share(y, canvas.height);
        let mix = |a: [f32; 3], b: [f32; 3], share: f32| -> [f32; 3] {
            std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * share)
        };
        let (left, right) = (mix(top_left, bottom_left, down), mix(top_right, bottom_right, down));
        for x in 0..canvas.width {
            data.extend(mix(left, right, share(x, canvas.width)).map(|channel| (channel + 0.5) as u8));
        }
    }
    Packed::new(data, canvas.width, canvas.height, Channels::Rgb)
}

/// The picture scaled to cover the canvas, blurred.
fn blurred(image: &Image, canvas: Size, sigma: f32, brightness: i16) -> Result<Packed, PixelError> {
    let size = image.size();
    let scale = (f64::from(canvas.width) / f64::from(size.width))
        .max(f64::from(canvas.height) / f64::from(size.height));
    let covering = |side: u32, least: u32| ((f64::from(side) * scale).round() as u32).max(least);
    let scaled = Size::new(covering(size.width, canvas.width), covering(size.height, canvas.height));
    let window = Rect {
        x: (scaled.width - canvas.width) / 2,
        y: (scaled.height - canvas.height) / 2,
        width: canvas.width,
        height: canvas.height,
    };
    let mut view = View::whole(size);
    view.absorb(&[Operation::Resize { scaled, window }])?;
    let copy = match image {
        Image::Planar(planar) => Image::Planar(planar.clone()),
        Image::Packed(packed) => Image::Packed(packed.clone()),
    };
    // What is opaque stays in planes: blurring those is less work.
    let covered = match sample(copy, &view, Target::WORKING)? {
        Image::Packed(clear) if clear.channels == Channels::Rgba => {
            super::background::over(clear, BLACK).into()
        }
        opaque => opaque,
    };
    let mut soft = packed(blur::apply(covered, sigma))?;
    if brightness != 0 {
        for sample in &mut soft.data {
            *sample = (i16::from(*sample) + brightness).clamp(0, 255) as u8;
        }
    }
    Ok(soft)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quarters of four colours: top left, top right, bottom left, bottom right.
    fn quarters() -> Image {
        let color = |x: u32, y: u32| match (x < 20, y < 20) {
            (true, true) => [250, 0, 0],
            (false, true) => [0, 250, 0],
            (true, false) => [0, 0, 250],
            (false, false) => [250, 250, 0],
        };
        let data = (0..40).flat_map(|y| (0..40).flat_map(move |x| color(x, y))).collect();
        Packed::new(data, 40, 40, Channels::Rgb).unwrap().into()
    }

    fn picture(fill: Fill, image: &Image, canvas: Size) -> Packed {
        match ground(fill, image, canvas).unwrap() {
            Ground::Picture(picture) => picture,
            Ground::Plain(color) => panic!("{color:?}"),
        }
    }

    #[test]
    fn four_colours_stand_in_the_corners_they_come_from() {
        let picture = picture(Fill::GradientOfFour, &quarters(), Size::new(11, 7));
        let at = |x: usize, y: usize| &picture.data[(y * 11 + x) * 3..][..3];
        assert_eq!(
            [at(0, 0), at(10, 0), at(0, 6), at(10, 6)],
            [[250, 0, 0], [0, 250, 0], [0, 0, 250], [250, 250, 0]]
        );
        assert_eq!(at(5, 3), [125, 125, 63], "the middle is the mean of all");
    }

    #[test]
    fn two_colours_go_from_top_to_bottom() {
        let color = |y: u32| if y < 15 { [10, 20, 30] } else { [200, 210, 220] };
        let data = (0..40).flat_map(|y| (0..20).flat_map(move |_| color(y))).collect();
        let image = Packed::new(data, 20, 40, Channels::Rgb).unwrap().into();
        let picture = picture(Fill::GradientOfTwo, &image, Size::new(2, 3));
        assert_eq!(picture.data[..3], [10, 20, 30]);
        assert_eq!(picture.data[6..9], [105, 115, 125]);
        assert_eq!(picture.data[15..], [200, 210, 220]);
    }

    #[test]
    fn the_blurred_picture_covers_the_canvas_and_is_brighter_by_so_much() {
        let image: Image = Packed::new([40, 90, 160].repeat(30 * 20), 30, 20, Channels::Rgb).unwrap().into();
        for (brightness, expected) in
            [(0, [40, 90, 160]), (30, [70, 120, 190]), (-60, [0, 30, 100]), (255, [255; 3])]
        {
            let picture = picture(Fill::Blurred { sigma: 5.0, brightness }, &image, Size::new(50, 70));
            assert_eq!(picture.size(), Size::new(50, 70));
            assert!(picture.data.chunks(3).all(|pixel| pixel == expected), "{brightness}");
        }
    }
}
