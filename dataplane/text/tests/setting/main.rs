//! Texts as callers set them: sizes, places, scripts, faces, and fonts that mean harm.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod boxes;
mod faces;
mod hostile;
mod own_fonts;
mod scripts;
mod work;
