//! Planes to RGBA: chroma interpolation, matrix, range, alpha.

mod chroma;
mod convert;
mod matrix;

pub(crate) use convert::{stretch, to_rgba};
pub use matrix::Matrix;
