//! Shapes of glyphs, each made once for a text.

use std::{collections::HashMap, rc::Rc};

use harfrust::{
    GlyphId,
    font::glyph::color::{Brush, Color, ColorGlyphVersion, CompositeMode, PaintSink},
};
use read_fonts::types::{BoundingBox, Matrix};

use crate::{
    Rgba, TextError,
    faces::{Face, Faces},
    limits::{KEPT_CORNERS, MAX_ALL_CORNERS, MAX_CORNERS, MAX_LAYERS},
    outline::{Bounds, Outline},
};

/// What a glyph covers.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub layers: Vec<Layer>,
    /// The ink of all layers.
    pub bounds: Option<Bounds>,
    /// It has colours of its own.
    pub colored: bool,
}

/// An outline and its colour.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub outline: Outline,
    /// `None`: that of the text.
    pub color: Option<Rgba>,
}

/// Makes shapes, and keeps the last ones for letters that come again.
pub(crate) struct Glyphs<'a> {
    faces: &'a Faces,
    size: f32,
    kept: HashMap<(usize, GlyphId), Rc<Shape>>,
    /// Corners of what is kept.
    weight: usize,
    /// Corners that may still be made.
    room: usize,
}

// === impl Glyphs ===

impl<'a> Glyphs<'a> {
    pub(crate) fn new(faces: &'a Faces, size: f32) -> Self {
        Self { faces, size, kept: HashMap::new(), weight: 0, room: MAX_ALL_CORNERS }
    }

    /// The shape of a glyph of the face with this index.
    pub(crate) fn get(&mut self, face: usize, glyph: GlyphId) -> Result<Rc<Shape>, TextError> {
        if let Some(shape) = self.kept.get(&(face, glyph)) {
            return Ok(Rc::clone(shape));
        }
        let shape = match self.faces.get(face) {
            Some(face) => Shape::new(face, glyph, self.size)?,
            None => Shape::of(Vec::new(), false),
        };
        // A glyph without corners costs something, too.
        let corners = 64 + shape.layers.iter().map(|layer| layer.outline.points.len()).sum::<usize>();
        self.room =
            self.room.checked_sub(corners).ok_or(TextError::Complex { what: "corners of all glyphs" })?;
        self.weight += corners;
        if self.weight > KEPT_CORNERS {
            self.kept.clear();
            self.weight = corners;
        }
        let shape = Rc::new(shape);
        self.kept.insert((face, glyph), Rc::clone(&shape));
        Ok(shape)
    }
}

// === impl Shape ===

impl Shape {
    fn new(face: &Face, glyph: GlyphId, size: f32) -> Result<Self, TextError> {
        let colors = face.font.color_glyphs();
        let Some(colored) = colors.get_with_version(glyph, ColorGlyphVersion::ColrV0) else {
            return Ok(Self::of(
                vec![Layer { outline: Outline::new(face, glyph, size)?, color: None }],
                false,
            ));
        };
        let mut list = Layers { list: Vec::new(), glyph: None };
        let palette = face.font.palettes().get(0);
        if colored.paint(&mut list).is_err() || list.list.len() > MAX_LAYERS {
            return Ok(Self::of(
                vec![Layer { outline: Outline::new(face, glyph, size)?, color: None }],
                false,
            ));
        }
        let colors = palette.map_or(&[][..], |palette| palette.colors());
        let mut layers = Vec::with_capacity(list.list.len());
        let mut room = MAX_CORNERS;
        for (glyph, index) in list.list {
            let outline = Outline::new(face, glyph, size)?;
            room = room
                .checked_sub(outline.points.len())
                .ok_or(TextError::Complex { what: "corners of a glyph" })?;
            layers.push(Layer { outline, color: colors.get(usize::from(index)).copied().map(rgba) });
        }
        Ok(Self::of(layers, true))
    }

    fn of(layers: Vec<Layer>, colored: bool) -> Self {
        let bounds = layers.iter().filter_map(|layer| layer.outline.bounds()).reduce(Bounds::union);
        Self { layers, bounds, colored }
    }
}

fn rgba(color: Color) -> Rgba {
    Rgba { red: color.red(), green: color.green(), blue: color.blue(), alpha: color.alpha() }
}

/// Takes the layers of a colour glyph down: which glyph in which colour of the palette.
///
/// Version 0 has nothing but such layers. Version 1 (gradients, modes) is not drawn; its fonts nearly always have plain
/// outlines as well.
struct Layers {
    list: Vec<(GlyphId, u16)>,
    glyph: Option<GlyphId>,
}

impl PaintSink for Layers {
    fn push_transform(&mut self, _: Matrix<f32>) {}
    fn pop_transform(&mut self) {}
    fn push_clip_glyph(&mut self, glyph: GlyphId) {
        self.glyph = Some(glyph);
    }
    fn push_clip_box(&mut self, _: BoundingBox<f32>) {}
    fn pop_clip(&mut self) {
        self.glyph = None;
    }
    fn fill(&mut self, brush: Brush<'_>) {
        if let (Brush::Solid { palette_index, .. }, Some(glyph)) = (brush, self.glyph)
            && self.list.len() <= MAX_LAYERS
        {
            self.list.push((glyph, palette_index));
        }
    }
    fn push_layer(&mut self, _: CompositeMode) {}
}
