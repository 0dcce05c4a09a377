//! Every glyph in its place, and the size of the box around them.

use std::ops::Range;

use harfrust::GlyphId;
use unicode_bidi::BidiInfo;

use crate::{
    Align, MAX_PIXELS, MAX_SIDE, Text, TextError,
    faces::{Faces, WISHED},
    glyphs::Glyphs,
    limits::{MAX_GLYPHS, limit},
    outline::{Bounds, Point},
    paragraph,
    shape::{self, Shaped, Unit},
    wrap,
};

/// A text ready to be drawn.
pub(crate) struct Scene {
    pub glyphs: Vec<Placed>,
    /// Lines through letters: left, top, right, bottom, in whole pixels.
    pub strikes: Vec<[i64; 4]>,
    /// Where the box's upper left corner, padding included, lies among the glyphs.
    pub origin: (i64, i64),
    width: u32,
    height: u32,
}

/// A glyph in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub face: usize,
    pub id: GlyphId,
    /// Its origin; y is the baseline's.
    pub at: Point,
}

/// A line whose glyphs are in place from its left edge and its baseline.
struct Line {
    glyphs: Vec<Placed>,
    length: f32,
}

// === impl Scene ===

impl Scene {
    /// Sets a text that was checked.
    pub(crate) fn set(text: &Text, faces: &Faces, glyphs: &mut Glyphs<'_>) -> Result<Self, TextError> {
        let mut scene = Self::place(text, faces, lines(text, faces)?);
        let ink = scene.ink(glyphs)?;
        scene.enclose(text, ink)?;
        Ok(scene)
    }

    pub(crate) const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Puts lines below each other and aligns them.
    fn place(text: &Text, faces: &Faces, lines: Vec<Line>) -> Self {
        let (step, strike) = metrics(text, faces);
        let widest = lines.iter().map(|line| line.length).fold(0.0, f32::max).ceil();
        let room = text.width.map_or(widest, |width| width as f32);
        let mut scene = Self { glyphs: Vec::new(), strikes: Vec::new(), origin: (0, 0), width: 0, height: 0 };
        for (index, line) in lines.into_iter().enumerate() {
            // Whole pixels: all lines have the same sharpness.
            let left = match text.align {
                Align::Left => 0.0,
                Align::Center => ((room - line.length) / 2.0).floor(),
                Align::Right => (room - line.length).floor(),
            };
            let baseline = (index as f32 * step).round();
            if text.strikethrough && line.length > 0.0 {
                let top = (baseline - strike.0).round() as i64;
                let thickness = (strike.1.round() as i64).max(1);
                let right = (left + line.length).ceil() as i64;
                scene.strikes.push([left as i64, top, right, top.saturating_add(thickness)]);
            }
            scene.glyphs.extend(
                line.glyphs
                    .into_iter()
                    .map(|glyph| Placed { at: (glyph.at.0 + left, glyph.at.1 + baseline), ..glyph }),
            );
        }
        scene
    }

    /// The rectangle of all that is drawn.
    fn ink(&self, glyphs: &mut Glyphs<'_>) -> Result<Option<Bounds>, TextError> {
        let mut ink: Option<Bounds> = None;
        let mut add = |bounds: Bounds| ink = Some(ink.map_or(bounds, |ink| ink.union(bounds)));
        for placed in &self.glyphs {
            if let Some(bounds) = glyphs.get(placed.face, placed.id)?.bounds {
                add(bounds.shifted(placed.at));
            }
        }
        for [left, top, right, bottom] in &self.strikes {
            add(Bounds {
                left: *left as f32,
                top: *top as f32,
                right: *right as f32,
                bottom: *bottom as f32,
            });
        }
        Ok(ink)
    }

    /// Finds the box: the ink, but as wide as wished, and the padding around it.
    fn enclose(&mut self, text: &Text, ink: Option<Bounds>) -> Result<(), TextError> {
        let ink = ink.unwrap_or(Bounds { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 });
        let (top, bottom) = (ink.top.floor() as i64, ink.bottom.ceil() as i64);
        let (left, right) = match text.width {
            Some(width) => (0, i64::from(width)),
            None => (ink.left.floor() as i64, ink.right.ceil() as i64),
        };
        let padding = text.padding.map(i64::from);
        self.origin = (left.saturating_sub(padding[3]), top.saturating_sub(padding[0]));
        self.width =
            side("The text box's width in pixels", [right.saturating_sub(left), padding[1], padding[3]])?;
        self.height =
            side("The text box's height in pixels", [bottom.saturating_sub(top), padding[0], padding[2]])?;
        limit(
            "The text box's resolution in pixels",
            u64::from(self.width) * u64::from(self.height),
            MAX_PIXELS,
        )
    }
}

/// A side of a box: never 0, for a picture has at least one pixel.
fn side(what: &'static str, parts: [i64; 3]) -> Result<u32, TextError> {
    let sum = parts.into_iter().fold(0, i64::saturating_add).max(1) as u64;
    limit(what, sum, u64::from(MAX_SIDE))?;
    Ok(sum as u32)
}

/// The distance of baselines, and height and thickness of a line through letters.
fn metrics(text: &Text, faces: &Faces) -> (f32, (f32, f32)) {
    let face = faces.get(WISHED);
    let line = face.and_then(|face| face.font.metrics().scaled_f32(text.size).h_line());
    let natural = line.map_or(text.size * 1.2, |line| line.ascender - line.descender + line.line_gap);
    let strike = face.and_then(|face| face.font.style_metrics().scaled_f32(text.size).strike_through());
    let strike = strike.filter(|strike| strike.thickness > 0.0);
    let strike =
        strike.map_or((text.size * 0.3, text.size / 20.0), |strike| (strike.position, strike.thickness));
    (text.line_height.unwrap_or_else(|| natural.max(0.0)), strike)
}

/// Shapes and wraps all paragraphs.
fn lines(text: &Text, faces: &Faces) -> Result<Vec<Line>, TextError> {
    let width = text.width.map(|width| width as f32);
    let mut room = MAX_GLYPHS;
    let mut lines = Vec::new();
    for paragraph in paragraph::paragraphs(&text.content) {
        let runs = paragraph::runs(&paragraph, faces);
        let shaped = shape::shape_all(&paragraph, runs, faces, text.size, &mut room)?;
        let units = shape::units(&paragraph, &shaped);
        lines.extend(
            wrap::wrap(&units, width).into_iter().map(|line| set_line(wrap::visible(&units, line), &shaped)),
        );
    }
    Ok(lines)
}

/// Puts the pieces of a line in the order in which they are seen.
fn set_line(units: &[Unit], shaped: &[Shaped]) -> Line {
    let pieces: Vec<(&Shaped, Range<usize>)> = units
        .chunk_by(|a, b| a.run == b.run)
        .filter_map(|piece| {
            let (first, last) = (piece.first()?, piece.last()?);
            Some((shaped.get(first.run)?, first.start..last.end))
        })
        .collect();
    let levels: Vec<_> = pieces.iter().map(|(shaped, _)| shaped.run.level).collect();
    let mut line = Line { glyphs: Vec::new(), length: 0.0 };
    for index in BidiInfo::reorder_visual(&levels) {
        let Some((shaped, range)) = pieces.get(index) else { continue };
        for glyph in shaped.glyphs.iter().filter(|glyph| range.contains(&glyph.cluster)) {
            let at = (line.length + glyph.offset.0, glyph.offset.1);
            line.glyphs.push(Placed { face: shaped.run.face, id: glyph.id, at });
            line.length += glyph.advance;
        }
    }
    line
}
