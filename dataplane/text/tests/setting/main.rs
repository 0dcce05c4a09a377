//! Texts as callers set them: sizes, places, scripts, faces, and fonts that mean harm.

mod boxes;
mod faces;
mod hostile;
mod own_fonts;
mod scripts;
mod work;
