//! From settings to desired objects: the records that pods run, and everything that exists for a DataPlane.
//!
//! Pure: the same settings give the same objects, to the byte.

mod records;

pub use records::{IMPLICIT_ENDPOINT, RenderError, render};
