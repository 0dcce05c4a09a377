//! Everything the crate does, against pictures that are made here.

#![expect(clippy::expect_used, reason = "the makers of test pictures fail by panicking")]

mod animation;
mod container;
mod hostile;
mod pattern;
mod still;
