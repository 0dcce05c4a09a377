//! Runs become glyphs.

use harfrust::{Buffer, Direction, GlyphId, Script, ShapeOptions, ShaperFont, Tag, shape};

use crate::{TextError, faces::Faces, limits::MAX_GLYPHS, paragraph::Run};

/// A glyph of a run, its lengths in pixels.
#[derive(Debug, Clone)]
pub(crate) struct Glyph {
    pub id: GlyphId,
    /// First byte in the paragraph of what it stands for.
    pub cluster: usize,
    pub advance: f32,
    /// Where it is drawn, from where the pen stands; y grows downwards.
    pub offset: (f32, f32),
}

/// A run with its glyphs from left to right.
#[derive(Debug)]
pub(crate) struct Shaped {
    pub run: Run,
    pub glyphs: Vec<Glyph>,
}

/// What a line cannot be broken in: a character with its marks, or several that became one glyph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unit {
    /// Its bytes in the paragraph.
    pub start: usize,
    pub end: usize,
    /// Index of its run.
    pub run: usize,
    pub width: f32,
    /// White space at which a line may end.
    pub space: bool,
}

/// Shapes the runs of a paragraph at this font size.
pub(crate) fn shape_all(
    paragraph: &str,
    runs: Vec<Run>,
    faces: &Faces,
    size: f32,
    room: &mut usize,
) -> Result<Vec<Shaped>, TextError> {
    runs.into_iter()
        .map(|run| {
            let glyphs = shape_one(paragraph, &run, faces, size)?;
            *room = room.checked_sub(glyphs.len()).ok_or(TextError::Complex { what: "glyphs" })?;
            Ok(Shaped { run, glyphs })
        })
        .collect()
}

fn shape_one(paragraph: &str, run: &Run, faces: &Faces, size: f32) -> Result<Vec<Glyph>, TextError> {
    let (Some(face), Some(text)) = (faces.get(run.face), paragraph.get(run.range.clone())) else {
        return Ok(Vec::new());
    };
    let mut buffer = Buffer::new();
    // Letters of Arabic join those of neighbouring runs.
    buffer.set_pre_context(paragraph.get(..run.range.start).unwrap_or_default());
    for (index, character) in text.char_indices() {
        buffer.push(u32::from(character), (run.range.start + index) as u32);
    }
    buffer.set_post_context(paragraph.get(run.range.end..).unwrap_or_default());
    buffer.set_direction(if run.level.is_rtl() { Direction::RightToLeft } else { Direction::LeftToRight });
    let tag = run.script.and_then(|script| script.short_name().as_bytes().try_into().ok());
    buffer.set_script(tag.and_then(|tag: [u8; 4]| Script::from_iso15924_tag(Tag::new(&tag))));
    shape(&ShaperFont::new(&face.font), &mut buffer, ShapeOptions::new()).map_err(TextError::font)?;
    if !buffer.allocation_successful() || buffer.glyph_infos().len() > MAX_GLYPHS {
        return Err(TextError::Complex { what: "glyphs" });
    }
    let scale = size / f32::from(face.font.units_per_em());
    Ok(buffer
        .glyph_infos()
        .iter()
        .zip(buffer.glyph_positions())
        .map(|(info, position)| Glyph {
            id: GlyphId::new(info.glyph_id),
            cluster: info.cluster as usize,
            advance: position.x_advance as f32 * scale,
            offset: (position.x_offset as f32 * scale, -(position.y_offset as f32) * scale),
        })
        .collect())
}

/// What lines are made of, in the order of the text.
pub(crate) fn units(paragraph: &str, shaped: &[Shaped]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for (index, Shaped { run, glyphs }) in shaped.iter().enumerate() {
        let mut widths: Vec<(usize, f32)> =
            glyphs.iter().map(|glyph| (glyph.cluster, glyph.advance)).collect();
        widths.sort_by_key(|(cluster, _)| *cluster);
        let first = units.len();
        for (cluster, width) in widths {
            match units.last_mut() {
                Some(unit) if unit.run == index && unit.start == cluster => unit.width += width,
                _ => units.push(Unit { start: cluster, end: run.range.end, run: index, width, space: false }),
            }
        }
        let mut end = run.range.end;
        for unit in units.iter_mut().skip(first).rev() {
            unit.end = end;
            end = unit.start;
            unit.space = paragraph.get(unit.start..unit.end).is_some_and(is_break);
        }
    }
    units
}

/// White space but the kinds that bind.
fn is_break(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| {
            (character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{2007}' | '\u{202f}'))
                || character == '\u{200b}'
        })
}
