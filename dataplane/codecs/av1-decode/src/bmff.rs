//! ISO base media files: boxes in boxes, read without trusting any size.
//!
//! Depth is bounded by construction (each level has its own function, nothing recurses), counts by the constants of
//! the readers, and lengths by the slice at hand.

mod container;
mod cursor;
mod location;
mod meta;
mod property;
mod sequence;

pub(crate) use container::{Completeness, Container, Place};
pub(crate) use cursor::Cursor;
pub(crate) use meta::{Kind, Meta};
pub(crate) use property::{Config, Nclx, Property};
pub(crate) use sequence::{Track, Tracks};
