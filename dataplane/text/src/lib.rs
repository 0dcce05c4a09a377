//! Text setting: words in, pixels out, no I/O.
//!
//! The crate decides how a text looks: which glyphs of which font, in which order, on which line, and what they cover.
//! It does not read URLs, fetch fonts, round corners or put the result on a picture.
//!
//! ```text
//! Text -> prepare -> paragraphs -> runs (direction, script, face) -> glyphs -> lines -> Scene -> measure
//!                                                                                            -> draw -> Bitmap
//! ```
//!
//! Everything is a function of its arguments: no system font is read, no clock, no environment. Two calls share
//! nothing that can change but tables of the built-in fonts that were parsed once, so workers never wait for each
//! other. A font file of a caller lives as long as the call.

mod bitmap;
mod error;
mod faces;
mod family;
mod file;
mod glyphs;
mod limits;
mod outline;
mod paint;
mod paragraph;
mod raster;
mod scene;
mod shape;
mod text;
mod wrap;

pub use bitmap::Bitmap;
pub use error::TextError;
pub use family::{Family, FontFile, families, font_files, is_built_in};
pub use limits::{MAX_CHARACTERS, MAX_FONT_FILE, MAX_FONT_UNPACKED, MAX_PIXELS, MAX_SIDE};
pub use text::{Align, Font, Rgba, Text};

use faces::Faces;
use glyphs::Glyphs;
use scene::Scene;

/// Tells the size of the finished box in pixels, padding included. At least 1x1.
///
/// Costs the setting of the text and the outlines of its glyphs, but no pixels.
pub fn measure(text: &Text) -> Result<(u32, u32), TextError> {
    limits::check(text)?;
    let faces = Faces::new(text)?;
    Scene::set(text, &faces, &mut Glyphs::new(&faces, text.size)).map(|scene| scene.size())
}

/// Draws the box, exactly as large as [`measure`] says.
pub fn draw(text: &Text) -> Result<Bitmap, TextError> {
    limits::check(text)?;
    let faces = Faces::new(text)?;
    let mut glyphs = Glyphs::new(&faces, text.size);
    let scene = Scene::set(text, &faces, &mut glyphs)?;
    paint::paint(&scene, &mut glyphs, text)
}
