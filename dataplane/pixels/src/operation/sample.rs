//! Looks at a picture through a [`View`]: the planar way and the packed way.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{CroppedImage, Image as ResizeImage, ImageRef},
};

use super::{
    axis::Axis,
    resample::{self, Tone},
    translucent,
    turn::{Turn, turned},
    view::View,
};
use crate::{
    ChromaGrid, PixelError,
    image::{Channels, Image, Packed, Planar, Plane, Range},
};

/// What the result of a look is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// Chroma resolution of a planar result. Always square, so that turns keep it.
    pub grid: ChromaGrid,
    /// Range of a planar result.
    pub range: Range,
}

impl Target {
    /// What further operations work on.
    pub(crate) const WORKING: Self = Self { grid: ChromaGrid::FULL, range: Range::Full };
}

/// Samples a picture. Planar pictures stay planar, packed ones packed; CMYK stays CMYK.
pub(crate) fn sample(image: Image, view: &View, target: Target) -> Result<Image, PixelError> {
    match image {
        Image::Planar(planar) if view.is_identity() && is_ready(&planar, target) => Ok(planar.into()),
        Image::Planar(planar) => planes(&planar, view, target).map(Image::Planar),
        Image::Packed(packed) => pixels(packed, view).map(Image::Packed),
    }
}

/// Tells whether planes already are what the target asks for.
pub(crate) fn is_ready(planar: &Planar, target: Target) -> bool {
    let whole = planar.width.fract() == 0.0 && planar.height.fract() == 0.0;
    whole && planar.range == target.range && (planar.is_gray() || planar.grid == target.grid)
}

/// Samples planes.
pub(crate) fn planes(source: &Planar, view: &View, target: Target) -> Result<Planar, PixelError> {
    let whole = view.source();
    let (fit_x, fit_y) = (source.width / f64::from(whole.width), source.height / f64::from(whole.height));
    let sampled = view.sampled();
    let mut planes = Vec::with_capacity(source.planes.len());
    for (index, plane) in source.planes.iter().enumerate() {
        let luma = index == 0;
        let (from, to) = if luma { (ChromaGrid::FULL, ChromaGrid::FULL) } else { (source.grid, target.grid) };
        let scale = (fit_x / f64::from(from.x), fit_y / f64::from(from.y));
        let [(x, exists_x), (y, exists_y)] = view.mappings(scale, (to.x, to.y));
        let width = sampled.width.div_ceil(u32::from(to.x)) as usize;
        let height = sampled.height.div_ceil(u32::from(to.y)) as usize;
        let x = Axis::lanczos_of_means(width, x, samples(exists_x, plane.width)?, averaged(fit_x));
        let y = Axis::lanczos_of_means(height, y, samples(exists_y, plane.height)?, averaged(fit_y));
        let out = resample::plane(plane, &x, &y, tone(source.range, target.range, luma));
        planes.push(transposed(out, view.turn()));
    }
    let size = view.size();
    Ok(Planar {
        width: f64::from(size.width),
        height: f64::from(size.height),
        grid: target.grid,
        range: target.range,
        planes,
    })
}

/// Of how many pixels of the source a sample is the mean: all decoders that shrink give means. 1 where none has shrunk.
fn averaged(fit: f64) -> u32 {
    (1.0 / fit).round() as u32
}

/// The samples of a plane that a stretch of it touches.
fn samples(exists: (f64, f64), length: usize) -> Result<std::ops::Range<usize>, PixelError> {
    let end = ((exists.1 - 1e-6).ceil() as usize).clamp(1, length.max(1));
    let start = ((exists.0 + 1e-6).floor() as usize).min(end - 1);
    if length == 0 { Err(PixelError::internal("a plane has no samples")) } else { Ok(start..end) }
}

/// The mappings have mirrored already; what is left of a turn is the exchange of rows and columns.
fn transposed(plane: Plane, turn: Turn) -> Plane {
    if !turn.transpose {
        return plane;
    }
    let only = Turn { transpose: true, ..Turn::NONE };
    let data = turned::<1>(&plane.data, plane.stride, plane.width, plane.height, only);
    Plane::tight(data, plane.height, plane.width)
}

/// Luma has 219 steps in the limited range, chroma 224 around 128.
pub(crate) fn tone(from: Range, to: Range, luma: bool) -> Tone {
    const LUMA: f32 = 219.0 / 255.0;
    const CHROMA: f32 = 224.0 / 255.0;
    match (from, to, luma) {
        (Range::Full, Range::Full, _) | (Range::Limited, Range::Limited, _) => Tone::SAME,
        (Range::Full, Range::Limited, true) => Tone { gain: LUMA, bias: 16.0 },
        (Range::Full, Range::Limited, false) => Tone { gain: CHROMA, bias: 128.0 - 128.0 * CHROMA },
        (Range::Limited, Range::Full, true) => Tone { gain: 1.0 / LUMA, bias: -16.0 / LUMA },
        (Range::Limited, Range::Full, false) => Tone { gain: 1.0 / CHROMA, bias: 128.0 - 128.0 / CHROMA },
    }
}

fn pixels(source: Packed, view: &View) -> Result<Packed, PixelError> {
    if view.is_identity() {
        return Ok(source);
    }
    let sampled = view.sampled();
    let channels = source.channels;
    let data = if view.clone().unturned().is_identity() { source.data } else { scaled(&source, view)? };
    let size = view.size();
    let (width, height) = (sampled.width as usize, sampled.height as usize);
    let data = match (view.turn(), channels.count()) {
        (Turn::NONE, _) => data,
        (turn, 3) => turned::<3>(&data, width * 3, width, height, turn),
        (turn, _) => turned::<4>(&data, width * 4, width, height, turn),
    };
    Packed::new(data, size.width, size.height, channels)
}

fn scaled(source: &Packed, view: &View) -> Result<Vec<u8>, PixelError> {
    match source.channels {
        Channels::Rgb => convolved(source, view, PixelType::U8x3),
        // Inks are not colours times opacity: each is its own channel.
        Channels::Cmyk => convolved(source, view, PixelType::U8x4),
        Channels::Rgba => {
            let whole = view.source();
            let fit = (source.extent.0 / f64::from(whole.width), source.extent.1 / f64::from(whole.height));
            // Turns come afterwards, on fewer pixels.
            let [(x, exists_x), (y, exists_y)] = view.clone().unturned().mappings(fit, (1, 1));
            let sampled = view.sampled();
            let (width, height) = (sampled.width as usize, sampled.height as usize);
            let (exists_x, exists_y) =
                (samples(exists_x, source.width as usize)?, samples(exists_y, source.height as usize)?);
            let x = Axis::lanczos_of_means(width, x, exists_x, averaged(fit.0));
            let y = Axis::lanczos_of_means(height, y, exists_y, averaged(fit.1));
            Ok(translucent::resample(&source.data, source.width as usize, &x, &y))
        }
    }
}

fn convolved(source: &Packed, view: &View, kind: PixelType) -> Result<Vec<u8>, PixelError> {
    // A decoder that has scaled gives fewer pixels than the header promised.
    let whole = view.source();
    let (fit_x, fit_y) =
        (source.extent.0 / f64::from(whole.width), source.extent.1 / f64::from(whole.height));
    let ([x, y, width, height], [left, top, across, down]) = view.regions();
    let start = |from: u32, fit: f64| (f64::from(from) * fit).floor() as u32;
    let length = |from: u32, length: u32, fit: f64, limit: u32| {
        let end = (f64::from(from + length) * fit).ceil().min(f64::from(limit)) as u32;
        end.saturating_sub(start(from, fit)).max(1)
    };
    let (left, across) = (start(left, fit_x), length(left, across, fit_x, source.width));
    let (top, down) = (start(top, fit_y), length(top, down, fit_y, source.height));
    let image =
        ImageRef::new(source.width, source.height, &source.data, kind).map_err(PixelError::internal)?;
    let region = CroppedImage::new(&image, left, top, across, down).map_err(PixelError::internal)?;
    // Rounding must not push the box out of the region by a hair.
    let inside = |from: f64, length: f64, limit: u32| {
        let from = from.clamp(0.0, f64::from(limit));
        (from, length.min(f64::from(limit) - from))
    };
    let (x, width) = inside(x * fit_x - f64::from(left), width * fit_x, across);
    let (y, height) = inside(y * fit_y - f64::from(top), height * fit_y, down);
    let sampled = view.sampled();
    let mut out = ResizeImage::new(sampled.width, sampled.height, kind);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(false)
        .crop(x, y, width, height);
    Resizer::new().resize(&region, &mut out, &options).map_err(PixelError::internal)?;
    Ok(out.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operation, Rect, Size};

    fn view(source: Size, operations: &[Operation]) -> View {
        let mut view = View::whole(source);
        assert!(view.absorb(operations).unwrap().is_empty());
        view
    }

    fn resize(width: u32, height: u32) -> Operation {
        Operation::Resize { scaled: Size::new(width, height), window: Rect { x: 0, y: 0, width, height } }
    }

    #[test]
    fn transparent_colour_does_not_leak_into_its_neighbours() {
        let mut data = Vec::new();
        for index in 0..64 {
            data.extend_from_slice(if index % 8 < 4 { &[0, 0, 0, 0] } else { &[250, 240, 230, 255] });
        }
        let image = Packed::new(data, 8, 8, Channels::Rgba).unwrap();
        let small = pixels(image, &view(Size::new(8, 8), &[resize(3, 3)])).unwrap();
        for pixel in small.data.chunks(4).filter(|pixel| pixel[3] > 8) {
            for (got, expected) in pixel.iter().zip([250_u8, 240, 230]) {
                assert!(got.abs_diff(expected) <= 4, "{pixel:?}");
            }
        }
    }

    #[test]
    fn a_planar_picture_of_a_fractional_size_keeps_its_edges() {
        // 9 pixels scaled by an eighth: 1.125 samples. The second sample is nearly all padding.
        let plane = Plane::tight(vec![100, 200], 2, 1);
        let source = Planar { width: 1.125, height: 0.125, ..Planar::gray(plane) };
        let out = planes(&source, &view(Size::new(9, 1), &[resize(1, 1)]), Target::WORKING).unwrap();
        assert!(out.planes[0].data[0] < 150, "{:?}", out.planes[0].data);
    }

    #[test]
    fn planes_and_pixels_are_cut_and_turned_alike() {
        let (width, height) = (31_u32, 17_u32);
        let gray: Vec<u8> =
            (0..width * height).map(|index| (index % width * 5 + index / width * 6) as u8).collect();
        let rgb = gray.iter().flat_map(|sample| [*sample; 3]).collect();
        let source = Size::new(width, height);
        let cut = |x, y, width, height| Operation::Extract { rect: Rect { x, y, width, height } };
        let chains: [&[Operation]; 6] = [
            &[cut(3, 2, 20, 11)],
            &[Operation::Rotate { quarter_turns: 1 }, cut(1, 2, 9, 20)],
            &[cut(3, 2, 20, 11), Operation::Rotate { quarter_turns: 3 }],
            &[Operation::Flip { horizontal: true, vertical: false }, cut(0, 0, 5, 17)],
            &[cut(4, 4, 16, 12), resize(8, 5), Operation::Flip { horizontal: false, vertical: true }],
            &[Operation::Rotate { quarter_turns: 1 }, resize(40, 61)],
        ];
        for chain in chains {
            let view = view(source, chain);
            let plane = Plane::tight(gray.clone(), width as usize, height as usize);
            let planar = planes(&Planar::gray(plane), &view, Target::WORKING).unwrap();
            let packed =
                pixels(Packed::new(Vec::clone(&rgb), width, height, Channels::Rgb).unwrap(), &view).unwrap();
            assert_eq!(planar.size(), packed.size());
            for (left, right) in planar.planes[0].data.iter().zip(packed.data.chunks(3)) {
                assert!(left.abs_diff(right[0]) <= 2, "{chain:?}: {left} {right:?}");
            }
        }
    }

    #[test]
    fn half_chroma_covers_odd_sizes() {
        let planar = Planar::gray(Plane::filled(90, 5, 3)).into_ycbcr(ChromaGrid::HALF);
        let target = Target { grid: ChromaGrid::HALF, range: Range::Limited };
        let out = planes(&planar, &view(Size::new(5, 3), &[Operation::Rotate { quarter_turns: 1 }]), target)
            .unwrap();
        let sizes: Vec<_> = out.planes.iter().map(|plane| (plane.width, plane.height)).collect();
        assert_eq!(sizes, [(3, 5), (2, 3), (2, 3)]);
        assert_eq!((out.planes[0].data[0], out.planes[1].data[0]), (93, 128));
    }
}
