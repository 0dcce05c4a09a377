//! PNG: grey where there is no colour, a palette where there are few, adaptive filters elsewhere. Lossless, but for
//! [`PngEffort::Maximum`].

mod quantised;

use std::{borrow::Cow, collections::HashMap};

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter, Info};

use super::{Settings, pixels};
use crate::{
    Format, PixelError, PngEffort,
    image::{Channels, Image, Packed},
    metadata::Metadata,
};

/// Deflate level of palettes: their indices do not compress by the photographic presets.
const PALETTE_LEVEL: u8 = 6;
/// The highest level of deflate.
const BEST_LEVEL: u8 = 9;
/// The lowest, as a probe.
const QUICK: Pressing = Pressing { deflate: DeflateCompression::Level(1), filter: Filter::Adaptive };

/// How samples are filtered and compressed.
#[derive(Debug, Clone, Copy)]
struct Pressing {
    deflate: DeflateCompression,
    filter: Filter,
}

/// Colours of a palette.
const COLORS: usize = 256;

/// Samples ready to be written.
struct Raster<'a> {
    color: ColorType,
    depth: BitDepth,
    palette: Option<Palette>,
    data: Cow<'a, [u8]>,
}

struct Palette {
    colors: Vec<u8>,
    /// Alpha of the first colours; the others are opaque.
    alpha: Vec<u8>,
}

pub(super) fn write(image: &Image, settings: &Settings<'_>) -> Result<Vec<u8>, PixelError> {
    let size = image.size();
    let effort = settings.output.png;
    if let Image::Planar(planar) = image
        && planar.is_gray()
        && planar.range == crate::image::Range::Full
        && !settings.wants_color()
    {
        let data = planar.planes[0].rows().flatten().copied().collect();
        let raster = Raster {
            color: ColorType::Grayscale,
            depth: BitDepth::Eight,
            palette: None,
            data: Cow::Owned(data),
        };
        return finish(&raster, size, effort, &settings.metadata);
    }
    let packed = pixels(image)?;
    let exact = match effort {
        PngEffort::Minimum | PngEffort::Maximum => reduced(&packed, !settings.wants_color()),
        PngEffort::None => None,
    };
    let whole = || Raster {
        color: if packed.channels == Channels::Rgba { ColorType::Rgba } else { ColorType::Rgb },
        depth: BitDepth::Eight,
        palette: None,
        data: Cow::Borrowed(&packed.data),
    };
    match exact {
        None if effort == PngEffort::Maximum && !settings.output.lossless => {
            smaller(&packed, &whole(), &settings.metadata)
        }
        exact => finish(&exact.unwrap_or_else(whole), size, effort, &settings.metadata),
    }
}

/// In 256 colours, unless all of them take fewer bytes, as they do in smooth drawings.
fn smaller(packed: &Packed, whole: &Raster<'_>, metadata: &Metadata) -> Result<Vec<u8>, PixelError> {
    let few = finish(&quantised::quantised(packed)?, packed.size(), PngEffort::Maximum, metadata)?;
    // A quick way that finds repetitions tells what is worth the long one.
    let quick = pressed(whole, packed.size(), QUICK, metadata)?;
    if quick.len() > few.len() * 2 {
        return Ok(few);
    }
    drop(quick);
    let all = finish(whole, packed.size(), PngEffort::Maximum, metadata)?;
    Ok(if all.len() <= few.len() { all } else { few })
}

/// Finds a smaller exact form. Gives up at the first pixel that rules it out, so photographs cost next to nothing.
fn reduced(packed: &Packed, may_be_gray: bool) -> Option<Raster<'_>> {
    let step = packed.channels.count();
    let pixel = |bytes: &[u8]| [bytes[0], bytes[1], bytes[2], if step == 4 { bytes[3] } else { u8::MAX }];
    let pixels = || packed.data.chunks_exact(step).map(pixel);
    if let Some(raster) = indexed(pixels(), packed.width as usize) {
        return Some(raster);
    }
    let gray = may_be_gray && pixels().all(|[red, green, blue, _]| red == green && green == blue);
    gray.then(|| {
        let alpha = step == 4;
        let data = pixels().flat_map(|[gray, _, _, alpha]| [gray, alpha]);
        let data = if alpha { data.collect() } else { data.step_by(2).collect() };
        let color = if alpha { ColorType::GrayscaleAlpha } else { ColorType::Grayscale };
        Raster { color, depth: BitDepth::Eight, palette: None, data: Cow::Owned(data) }
    })
}

fn indexed<'a>(pixels: impl Iterator<Item = [u8; 4]> + Clone, width: usize) -> Option<Raster<'a>> {
    let mut colors: HashMap<[u8; 4], u8> = HashMap::with_capacity(COLORS + 1);
    let mut last = None;
    for pixel in pixels.clone() {
        // Runs are what such pictures are made of.
        if last == Some(pixel) {
            continue;
        }
        last = Some(pixel);
        colors.insert(pixel, 0);
        if colors.len() > COLORS {
            return None;
        }
    }
    let mut order: Vec<[u8; 4]> = colors.keys().copied().collect();
    // Clear colours first: alpha is stored only up to the last of them.
    order.sort_unstable_by_key(|color| (color[3], *color));
    for (index, color) in order.iter().enumerate() {
        colors.insert(*color, index as u8);
    }
    let alpha = order.iter().map(|color| color[3]).take_while(|alpha| *alpha != u8::MAX).collect();
    let palette =
        Palette { colors: order.iter().flat_map(|color| [color[0], color[1], color[2]]).collect(), alpha };
    let indices: Vec<u8> = pixels.map(|pixel| colors[&pixel]).collect();
    let (depth, bits) = match order.len() {
        0..=2 => (BitDepth::One, 1),
        3..=4 => (BitDepth::Two, 2),
        5..=16 => (BitDepth::Four, 4),
        _ => (BitDepth::Eight, 8),
    };
    let data = if bits == 8 { indices } else { squeezed(&indices, width, bits) };
    Some(Raster { color: ColorType::Indexed, depth, palette: Some(palette), data: Cow::Owned(data) })
}

/// Puts several indices into each byte, the first one on top; every row begins with a new byte.
fn squeezed(indices: &[u8], width: usize, bits: usize) -> Vec<u8> {
    let mut data = Vec::with_capacity(indices.len().div_ceil(8 / bits));
    for row in indices.chunks(width.max(1)) {
        for group in row.chunks(8 / bits) {
            let byte = group
                .iter()
                .enumerate()
                .fold(0, |byte, (place, index)| byte | index << (8 - bits * (place + 1)));
            data.push(byte);
        }
    }
    data
}

fn finish(
    raster: &Raster<'_>,
    size: crate::Size,
    effort: PngEffort,
    metadata: &Metadata,
) -> Result<Vec<u8>, PixelError> {
    let (deflate, filter) = match (effort, &raster.palette) {
        // The filter that it takes by itself.
        (PngEffort::None, _) => (DeflateCompression::FdeflateUltraFast, Filter::Up),
        (PngEffort::Minimum, Some(_)) => (DeflateCompression::Level(PALETTE_LEVEL), Filter::NoFilter),
        (PngEffort::Minimum, None) => (DeflateCompression::FdeflateUltraFast, Filter::Adaptive),
        (PngEffort::Maximum, Some(_)) => (DeflateCompression::Level(BEST_LEVEL), Filter::NoFilter),
        (PngEffort::Maximum, None) => (DeflateCompression::Level(BEST_LEVEL), Filter::Adaptive),
    };
    pressed(raster, size, Pressing { deflate, filter }, metadata)
}

fn pressed(
    raster: &Raster<'_>,
    size: crate::Size,
    pressing: Pressing,
    metadata: &Metadata,
) -> Result<Vec<u8>, PixelError> {
    let failed = |error: EncodingError| PixelError::encode(Format::Png, error);
    let mut info = Info::with_size(size.width, size.height);
    info.color_type = raster.color;
    info.bit_depth = raster.depth;
    info.icc_profile = metadata.icc.as_deref().map(Cow::Borrowed);
    info.exif_metadata = metadata.exif.as_deref().map(Cow::Borrowed);
    if let Some(palette) = &raster.palette {
        info.palette = Some(Cow::Borrowed(&palette.colors));
        info.trns = (!palette.alpha.is_empty()).then_some(Cow::Borrowed(&palette.alpha));
    }
    let mut out = Vec::with_capacity(raster.data.len() / 2 + 1024);
    let mut encoder = Encoder::with_info(&mut out, info).map_err(failed)?;
    encoder.set_deflate_compression(pressing.deflate);
    encoder.set_filter(pressing.filter);
    if let Some(xmp) = metadata.xmp.as_deref().and_then(|xmp| std::str::from_utf8(xmp).ok()) {
        encoder.add_itxt_chunk("XML:com.adobe.xmp".to_owned(), xmp.to_owned()).map_err(failed)?;
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&raster.data).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}
