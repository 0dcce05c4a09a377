//! Everything the crate does, against pictures that are made here.

#![expect(clippy::expect_used, reason = "the makers of test pictures fail by panicking")]

mod decode;
mod encode;
mod hostile;
mod markers;
mod pattern;
mod truncation;
