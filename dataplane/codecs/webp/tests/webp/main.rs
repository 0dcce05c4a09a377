//! Everything the crate does, against pictures that are made here.

mod animation;
mod container;
mod hostile;
mod pattern;
mod still;
