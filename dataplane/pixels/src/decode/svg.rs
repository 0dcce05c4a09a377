//! SVG to pixels, straight at the size and the part of it that a view wants, so that it is sharp at any scale.
//!
//! Nothing outside of the file is looked at: no script runs, references to files and addresses lead nowhere, entities are
//! expanded within the bounds of the XML reader, and fonts are the built-in ones alone (see [`fonts`]). What a small file can be
//! made to cost is bounded twice: [`references`] counts the elements that the drawing grows to where parts of it are used
//! again, before it grows; [`budget`] counts the pixels that its layers, filters, patterns and masks touch, before any is
//! drawn.

pub(crate) mod budget;
mod fonts;
mod references;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{
        ImageHrefResolver, ImageKind, Options, Size as Extent, Tree,
        roxmltree::{Document, ParsingOptions},
    },
};

use self::{budget::Budget, references::References};
use crate::{
    Facts, Format, Job, PixelError,
    image::{Channels, Image, Packed},
    inspect,
    operation::view::View,
};

/// Bytes of an SVG that is drawn.
const MOST_BYTES: usize = 5 << 20;

/// What CSS gives a replaced element that does not say its size; the same as in the header's reader.
const DEFAULT: (f32, f32) = (300.0, 150.0);

/// Draws what the view shows.
///
/// # Errors
/// [`PixelError::Limit`] for a drawing that is larger, or grows larger, or costs more than is allowed;
/// [`PixelError::Undecodable`] for what is no SVG.
pub(crate) fn draw(job: &Job, view: &View) -> Result<Image, PixelError> {
    let Job { source, facts, limits, .. } = job;
    if source.len() > MOST_BYTES {
        return Err(PixelError::Limit {
            what: "The size of the SVG in bytes".to_owned(),
            value: source.len() as u64,
            limit: MOST_BYTES as u64,
        });
    }
    let size = view.sampled();
    if size.pixels() > limits.max_pixels {
        return Err(PixelError::Limit {
            what: format!("The result's resolution in pixels ({}x{})", size.width, size.height),
            value: size.pixels(),
            limit: limits.max_pixels,
        });
    }
    let tree = parse(source, limits.max_pixels)?;
    let transform = transform(&tree, facts, view);
    Budget::new(source, size, transform).check(&tree)?;
    let mut canvas = Pixmap::new(size.width, size.height)
        .ok_or_else(|| PixelError::internal("the canvas of an SVG could not be made"))?;
    resvg::render(&tree, transform, &mut canvas.as_mut());
    drop(tree);
    let drawn = Packed::new(canvas.take_demultiplied(), size.width, size.height, Channels::Rgba)?;
    Ok(drawn.without_idle_alpha().into())
}

/// What is left of a view when it was drawn: its turn.
pub(crate) fn left(view: &View) -> View {
    let upright = View::whole(view.sampled());
    let mut turned = (1..=8).map(|orientation| upright.clone().oriented(orientation));
    turned.find(|one| one.turn() == view.turn()).unwrap_or(upright)
}

fn parse(source: &[u8], max_pixels: u64) -> Result<Tree, PixelError> {
    let refused = |error: &dyn std::fmt::Display| PixelError::undecodable(Format::Svg, error);
    let text = std::str::from_utf8(source).map_err(|error| refused(&error))?;
    let allowed = budget::elements(source);
    let options = ParsingOptions {
        // Entities are common in files that Illustrator wrote.
        allow_dtd: true,
        nodes_limit: u32::try_from(allowed.saturating_mul(4)).unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| refused(&error))?;
    References::of(&document, allowed).check()?;

    let pictures = Arc::new(AtomicU64::new(0));
    let options = options_with(&pictures, max_pixels, budget::has_text(source));
    let tree = Tree::from_xmltree(&document, &options).map_err(|error| refused(&error))?;
    let pixels = pictures.load(Ordering::Relaxed);
    if pixels > max_pixels {
        return Err(PixelError::Limit {
            what: "The resolution in pixels of all pictures in the SVG".to_owned(),
            value: pixels,
            limit: max_pixels,
        });
    }
    Ok(tree)
}

/// How the drawing is read. `pictures` counts the pixels of the pictures in it.
fn options_with(pictures: &Arc<AtomicU64>, max_pixels: u64, text: bool) -> Options<'static> {
    let pictures = Arc::clone(pictures);
    Options {
        default_size: Extent::from_wh(DEFAULT.0, DEFAULT.1).unwrap_or(Options::default().default_size),
        font_family: fonts::DEFAULT.to_owned(),
        fontdb: if text { fonts::database() } else { Arc::default() },
        font_resolver: fonts::resolver(),
        image_href_resolver: ImageHrefResolver {
            // An SVG in an SVG would be a drawing beyond all counting.
            resolve_data: Box::new(move |_, data, _| {
                let Facts { format, width, height, .. } = inspect(&data).ok()?;
                let pixels = u64::from(width) * u64::from(height);
                let before = pictures.fetch_add(pixels, Ordering::Relaxed);
                if before.saturating_add(pixels) > max_pixels {
                    return None;
                }
                match format {
                    Format::Jpeg => Some(ImageKind::JPEG(data)),
                    Format::Png => Some(ImageKind::PNG(data)),
                    Format::Gif => Some(ImageKind::GIF(data)),
                    Format::Webp => Some(ImageKind::WEBP(data)),
                    Format::Avif | Format::Svg | Format::Tiff | Format::Bmp | Format::Ico => None,
                }
            }),
            // The default reads files.
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    }
}

/// From the drawing's units to the pixels of the view.
fn transform(tree: &Tree, facts: &Facts, view: &View) -> Transform {
    let ([x, y, width, height], _) = view.regions();
    let size = view.sampled();
    // Source pixels per unit: other than one where the size was rounded to whole pixels.
    let unit_x = f64::from(facts.width) / f64::from(tree.size().width());
    let unit_y = f64::from(facts.height) / f64::from(tree.size().height());
    let (scale_x, scale_y) = (f64::from(size.width) / width, f64::from(size.height) / height);
    Transform::from_row(
        (unit_x * scale_x) as f32,
        0.0,
        0.0,
        (unit_y * scale_y) as f32,
        (-x * scale_x) as f32,
        (-y * scale_y) as f32,
    )
}
