//! Everything the crate does, against pictures that are made here.

mod decode;
mod encode;
mod hostile;
mod markers;
mod pattern;
mod truncation;
