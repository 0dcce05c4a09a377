//! How large a text, its font and its box may be.

use crate::{Text, TextError};

/// Longest side of a box in pixels.
pub const MAX_SIDE: u32 = 16_383;

/// Largest box in pixels.
pub const MAX_PIXELS: u64 = 100_000_000;

/// Longest text in characters.
pub const MAX_CHARACTERS: usize = 2_000;

/// Largest font file in bytes, as it was fetched.
pub const MAX_FONT_FILE: usize = 32 << 20;

/// Largest font file in bytes, out of its WOFF wrapping.
pub const MAX_FONT_UNPACKED: usize = 64 << 20;

/// Most glyphs of a text. A font may make several of one character; honest ones need two or three.
pub(crate) const MAX_GLYPHS: usize = 32_768;

/// Most corners of one glyph's outline, its curves made straight.
pub(crate) const MAX_CORNERS: usize = 1 << 20;

/// Most corners of all outlines that one call makes.
pub(crate) const MAX_ALL_CORNERS: usize = 1 << 25;

/// Corners that are kept for glyphs that come again: 16 MiB.
pub(crate) const KEPT_CORNERS: usize = 1 << 21;

/// Most layers of one colour glyph. Those of Twemoji have up to 44.
pub(crate) const MAX_LAYERS: usize = 256;

/// Cells of the coverage of one glyph that are worked on at once: 1 MiB.
pub(crate) const BAND: usize = 1 << 18;

/// Steps of filling outlines, beyond those that the size of the box explains.
pub(crate) const MAX_STEPS: u64 = 1 << 28;

/// Refuses what is larger than `limit`.
pub(crate) fn limit(what: &'static str, value: u64, limit: u64) -> Result<(), TextError> {
    if value > limit {
        return Err(TextError::Limit { what, value, limit });
    }
    Ok(())
}

/// Refuses numbers that are none and lengths that no box has, before any work is done.
pub(crate) fn check(text: &Text) -> Result<(), TextError> {
    limit("The text in characters", text.content.chars().count() as u64, MAX_CHARACTERS as u64)?;
    length("The font size", text.size, text.size > 0.0)?;
    if let Some(height) = text.line_height {
        length("The line height", height, height >= 0.0)?;
    }
    limit("The text's width in pixels", u64::from(text.width.unwrap_or(0)), u64::from(MAX_SIDE))
}

fn length(what: &'static str, value: f32, usable: bool) -> Result<(), TextError> {
    if !usable || !value.is_finite() {
        return Err(TextError::Number { what });
    }
    limit(what, value.ceil() as u64, u64::from(MAX_SIDE))
}
