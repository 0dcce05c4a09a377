//! What drawing an SVG costs: bytes of its layers, and the pixels that they touch, before any is drawn.
//!
//! Walks over the drawing as the renderer does, with the sizes that it takes: an isolated group, a mask, a clip path or
//! a filter is a layer as large as its box, at most five times the canvas on each side; a pattern is a picture of its
//! own. The drawing is refused where its layers at one time need more than [`layers`] bytes, which the job's estimate
//! counts, or where all together cost more than [`MOST_WORK`].

use resvg::{
    tiny_skia::Transform,
    usvg::{ClipPath, Group, Image, Mask, Node, Paint, Path, Rect, Tree, filter},
};

use crate::{PixelError, Size};

/// Elements that any drawing may grow to, and how much more it may by its length.
const FREE_ELEMENTS: u64 = 32 << 10;
const GROWTH: u64 = 4;
const MOST_ELEMENTS: u64 = 500_000;
/// Bytes of an element in all forms that it takes.
const ELEMENT_BYTES: u64 = 1200;

/// What layers may take in any drawing that has some, and in canvases. Filters keep what each of their steps makes.
const FREE_LAYERS: u64 = 48 << 20;
const CANVASES: u64 = 4;
const FREE_FILTERED: u64 = 128 << 20;
const FILTERED_CANVASES: u64 = 12;
/// The same where nothing in the file can make a layer.
const NO_LAYERS: u64 = 1 << 20;

/// In roughly a nanosecond each.
const MOST_WORK: f64 = 6e9;

/// Sides of the largest layer in sides of the canvas, as the renderer has it.
const REACH: f64 = 5.0;

/// What makes layers.
const MAKERS: [&[u8]; 10] = [
    b"filter",
    b"mask",
    b"clip",
    b"opacity",
    b"pattern",
    b"mix-blend",
    b"isolation",
    b"image",
    b"marker",
    b"symbol",
];

/// Elements that the drawing of this file may grow to.
pub(crate) fn elements(source: &[u8]) -> u64 {
    let own = memchr::memchr_iter(b'<', source).count() as u64 + source.len() as u64 / 64 + 16;
    (if repeats(source) { FREE_ELEMENTS + GROWTH * own } else { own }).min(MOST_ELEMENTS)
}

/// Characters of text that a drawing may grow to.
pub(super) const MOST_CHARACTERS: u64 = 10_000;
/// Bytes of a character as an outline, with those of a large alphabet.
const CHARACTER_BYTES: u64 = 3000;
/// Names and metrics of the built-in fonts, and tables of those that are used.
const FONTS_BYTES: u64 = 4 << 20;

/// Whether there may be text in a drawing.
pub(super) fn has_text(source: &[u8]) -> bool {
    // With or without a prefix for the namespace.
    has(source, b"text")
}

/// Bytes that the drawing of this file takes beside pixels.
pub(crate) fn tree(source: &[u8]) -> u64 {
    let most = if repeats(source) { MOST_CHARACTERS } else { (source.len() as u64).min(MOST_CHARACTERS) };
    let text = if has_text(source) { FONTS_BYTES + most * CHARACTER_BYTES } else { 0 };
    elements(source) * ELEMENT_BYTES + source.len() as u64 * 8 + text
}

/// Whether anything in it can be drawn again.
fn repeats(source: &[u8]) -> bool {
    [&b"use"[..], b"url("].iter().any(|word| has(source, word))
}

/// Bytes that layers beside the canvas may take.
pub(crate) fn layers(source: &[u8], canvas: Size) -> u64 {
    let nested = memchr::memmem::find_iter(source, b"<svg").nth(1).is_some();
    if nested || MAKERS.iter().any(|word| has(source, word)) {
        let filtered = has(source, b"filter");
        let (free, canvases) =
            if filtered { (FREE_FILTERED, FILTERED_CANVASES) } else { (FREE_LAYERS, CANVASES) };
        free + canvases * 4 * canvas.pixels()
    } else {
        NO_LAYERS
    }
}

fn has(source: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(source, word).is_some()
}

/// Width and height in pixels.
type Sides = (f64, f64);

/// Counts one drawing.
pub(super) struct Budget {
    transform: Transform,
    canvas: Sides,
    memory: f64,
    work: f64,
}

impl Budget {
    /// `canvas` is what is drawn on, `transform` leads to it.
    pub(super) fn new(source: &[u8], canvas: Size, transform: Transform) -> Self {
        let memory = layers(source, canvas) as f64;
        Self { transform, canvas: (canvas.width.into(), canvas.height.into()), memory, work: 0.0 }
    }

    /// Refuses a drawing that costs too much.
    pub(super) fn check(mut self, tree: &Tree) -> Result<(), PixelError> {
        self.nodes(tree.root(), self.transform, self.canvas, 0.0).map(|_| ())
    }

    /// Every `held` is what the layers around take; what comes back is the most that is held at one time.
    fn nodes(&mut self, parent: &Group, at: Transform, layer: Sides, held: f64) -> Result<f64, PixelError> {
        let mut most = held;
        for node in parent.children() {
            let here = match node {
                Node::Group(group) => self.group(group, at.pre_concat(group.transform()), layer, held)?,
                Node::Path(path) => self.path(path, at, layer, held)?,
                Node::Image(image) => self.image(image, at, layer, held)?,
                Node::Text(text) => {
                    let text = text.flattened();
                    self.group(text, at.pre_concat(text.transform()), layer, held)?
                }
            };
            most = most.max(here);
        }
        Ok(most)
    }

    fn group(&mut self, group: &Group, at: Transform, layer: Sides, held: f64) -> Result<f64, PixelError> {
        if !group.should_isolate() {
            return self.nodes(group, at, layer, held);
        }
        let sides = self.sides(group.layer_bounding_box().to_rect(), at, !group.filters().is_empty());
        let area = sides.0 * sides.1;
        let held = self.hold(held, area * 4.0)?;
        self.spend(area * 4.0)?;
        let mut most = self.nodes(group, at, sides, held)?;
        for one in group.filters() {
            most = most.max(self.filter(one, at, sides, held)?);
        }
        if let Some(clip) = group.clip_path() {
            most = most.max(self.clip(clip, at, sides, held)?);
        }
        if let Some(mask) = group.mask() {
            most = most.max(self.mask(mask, at, sides, held)?);
        }
        Ok(most)
    }

    fn mask(&mut self, mask: &Mask, at: Transform, layer: Sides, held: f64) -> Result<f64, PixelError> {
        let area = layer.0 * layer.1;
        let held = self.hold(held, area * 6.0)?;
        self.spend(area * 8.0)?;
        let most = self.nodes(mask.root(), at, layer, held)?;
        match mask.mask() {
            Some(outer) => Ok(most.max(self.mask(outer, at, layer, held)?)),
            None => Ok(most),
        }
    }

    fn clip(&mut self, clip: &ClipPath, at: Transform, layer: Sides, held: f64) -> Result<f64, PixelError> {
        let area = layer.0 * layer.1;
        let held = self.hold(held, area * 5.0)?;
        self.spend(area * 4.0)?;
        let most = self.clipped(clip.root(), at.pre_concat(clip.transform()), layer, held)?;
        match clip.clip_path() {
            Some(outer) => Ok(most.max(self.clip(outer, at, layer, held)?)),
            None => Ok(most),
        }
    }

    /// What a clip path consists of.
    fn clipped(&mut self, group: &Group, at: Transform, layer: Sides, held: f64) -> Result<f64, PixelError> {
        let mut most = held;
        for node in group.children() {
            let here = match node {
                Node::Path(path) => self.path(path, at, layer, held)?,
                Node::Group(group) => {
                    let at = at.pre_concat(group.transform());
                    match group.clip_path() {
                        // A layer of its own as large as the one it is cut out of.
                        Some(clip) => {
                            let area = layer.0 * layer.1;
                            let held = self.hold(held, area * 4.0)?;
                            self.spend(area * 4.0)?;
                            let inner = self.clipped(group, at, layer, held)?;
                            inner.max(self.clip(clip, at, layer, held)?)
                        }
                        None => self.clipped(group, at, layer, held)?,
                    }
                }
                Node::Text(text) => self.clipped(text.flattened(), at, layer, held)?,
                Node::Image(_) => held,
            };
            most = most.max(here);
        }
        Ok(most)
    }

    fn path(&mut self, path: &Path, at: Transform, layer: Sides, held: f64) -> Result<f64, PixelError> {
        if !path.is_visible() {
            return Ok(held);
        }
        let (_, scale_y) = scales(at);
        let sides = seen(path.stroke_bounding_box(), at, layer);
        let area = sides.0 * sides.1;
        let outline = Outline::of(path, scale_y, layer.1);
        let mut most = held;
        if let Some(fill) = path.fill() {
            self.spend(outline.edges)?;
            most = most.max(self.paint(fill.paint(), area, at, held)?);
        }
        if let Some(stroke) = path.stroke() {
            let dash: f32 = stroke.dasharray().map_or(0.0, |dashes| dashes.iter().sum());
            let dashes = if dash > 0.0 { (outline.length / f64::from(dash)).min(1e6) } else { 0.0 };
            self.spend(outline.edges * 4.0 + dashes * 400.0)?;
            most = most.max(self.paint(stroke.paint(), area, at, held + dashes * 200.0)?);
        }
        Ok(most)
    }

    fn paint(&mut self, paint: &Paint, area: f64, at: Transform, held: f64) -> Result<f64, PixelError> {
        let Paint::Pattern(pattern) = paint else {
            let each = if matches!(paint, Paint::Color(_)) { 1.0 } else { 4.0 };
            return self.spend(area * each).map(|()| held);
        };
        let (scale_x, scale_y) = scales(at.pre_concat(pattern.transform()));
        let sides =
            (f64::from(pattern.rect().width()) * scale_x, f64::from(pattern.rect().height()) * scale_y);
        let own = sides.0 * sides.1;
        let held = self.hold(held, own * 4.0)?;
        self.spend(own * 2.0 + area * 12.0)?;
        self.nodes(pattern.root(), Transform::from_scale(scale_x as f32, scale_y as f32), sides, held)
    }

    /// A picture is decoded each time that it is drawn.
    fn image(&mut self, image: &Image, at: Transform, layer: Sides, held: f64) -> Result<f64, PixelError> {
        let pixels = f64::from(image.size().width()) * f64::from(image.size().height());
        let seen = seen(image.bounding_box(), at, layer);
        self.spend(pixels * 12.0 + seen.0 * seen.1 * 12.0)?;
        self.hold(held, pixels * 9.0)
    }

    fn filter(
        &mut self,
        filter: &filter::Filter,
        at: Transform,
        layer: Sides,
        held: f64,
    ) -> Result<f64, PixelError> {
        let area = layer.0 * layer.1;
        // Every primitive's result stays until the last one.
        let held = self.hold(held, area * 4.0 * (filter.primitives().len() as f64 + 4.0))?;
        let mut most = held;
        for primitive in filter.primitives() {
            if let filter::Kind::Image(image) = primitive.kind() {
                most = most.max(self.nodes(image.root(), at, layer, held)?);
            }
            self.spend(area * per_pixel(primitive.kind(), at, layer))?;
        }
        Ok(most)
    }

    /// Sides of a layer.
    fn sides(&self, bounds: Rect, at: Transform, filtered: bool) -> Sides {
        let (scale_x, scale_y) = scales(at);
        let upright = (f64::from(bounds.width()) * scale_x, f64::from(bounds.height()) * scale_y);
        let turned = turned(bounds, at);
        let (width, height) = self.canvas;
        // Filters work on an upright layer, which reaches further where it is turned.
        let reach = if filtered {
            (REACH * (width + height), REACH * (width + height))
        } else {
            (REACH * width, REACH * height)
        };
        ((upright.0.max(turned.0) + 4.0).min(reach.0), (upright.1.max(turned.1) + 4.0).min(reach.1))
    }

    fn hold(&self, held: f64, more: f64) -> Result<f64, PixelError> {
        let sum = held + more;
        if sum.is_finite() && sum <= self.memory {
            return Ok(sum);
        }
        Err(PixelError::Limit {
            what: "The memory for layers, filters and patterns of the SVG in bytes".to_owned(),
            value: sum as u64,
            limit: self.memory as u64,
        })
    }

    fn spend(&mut self, work: f64) -> Result<(), PixelError> {
        self.work += work;
        if self.work <= MOST_WORK {
            return Ok(());
        }
        Err(PixelError::Limit {
            what: "The work of drawing the SVG in units of a pixel".to_owned(),
            value: self.work as u64,
            limit: MOST_WORK as u64,
        })
    }
}

/// What an outline costs.
struct Outline {
    /// Steps of its edges from line to line.
    edges: f64,
    /// In units.
    length: f64,
}

impl Outline {
    fn of(path: &Path, scale: f64, height: f64) -> Self {
        let mut sum = Self { edges: 0.0, length: 0.0 };
        let points = path.data().points();
        for pair in points.windows(2) {
            let across = f64::from(pair[1].x - pair[0].x);
            let down = f64::from(pair[1].y - pair[0].y);
            sum.length += across.hypot(down);
            // Four lines per pixel, and what an edge costs by itself.
            sum.edges += (down.abs() * scale).min(height) * 16.0 + 60.0;
        }
        sum
    }
}

/// Work on one pixel.
fn per_pixel(kind: &filter::Kind, at: Transform, layer: Sides) -> f64 {
    let (scale_x, scale_y) = scales(at);
    match kind {
        filter::Kind::Morphology(morphology) => {
            let across = (f64::from(morphology.radius_x().get()) * scale_x * 2.0 + 1.0).min(layer.0);
            let down = (f64::from(morphology.radius_y().get()) * scale_y * 2.0 + 1.0).min(layer.1);
            across * down * 4.0 + 20.0
        }
        filter::Kind::ConvolveMatrix(convolution) => convolution.matrix().data().len() as f64 * 6.0 + 20.0,
        filter::Kind::Turbulence(turbulence) => f64::from(turbulence.num_octaves()) * 120.0 + 20.0,
        filter::Kind::GaussianBlur(_) | filter::Kind::DropShadow(_) => 80.0,
        filter::Kind::DiffuseLighting(_) | filter::Kind::SpecularLighting(_) => 100.0,
        filter::Kind::Merge(merge) => merge.inputs().len() as f64 * 10.0 + 20.0,
        filter::Kind::Blend(_)
        | filter::Kind::ColorMatrix(_)
        | filter::Kind::ComponentTransfer(_)
        | filter::Kind::Composite(_)
        | filter::Kind::DisplacementMap(_)
        | filter::Kind::Flood(_)
        | filter::Kind::Image(_)
        | filter::Kind::Offset(_)
        | filter::Kind::Tile(_) => 40.0,
    }
}

/// Sides of what is drawn on a layer.
fn seen(bounds: Rect, at: Transform, layer: Sides) -> Sides {
    let (width, height) = turned(bounds, at);
    ((width + 2.0).min(layer.0), (height + 2.0).min(layer.1))
}

/// Pixels per unit along both axes of the drawing.
fn scales(at: Transform) -> Sides {
    (f64::from(at.sx).hypot(f64::from(at.ky)), f64::from(at.kx).hypot(f64::from(at.sy)))
}

/// Sides of the upright box around a box that may be turned.
fn turned(bounds: Rect, at: Transform) -> Sides {
    let (width, height) = (f64::from(bounds.width()), f64::from(bounds.height()));
    let across = width * f64::from(at.sx).abs() + height * f64::from(at.kx).abs();
    let down = width * f64::from(at.ky).abs() + height * f64::from(at.sy).abs();
    (across, down)
}
