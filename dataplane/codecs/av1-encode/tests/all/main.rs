//! What this crate writes, as the decoder of the house reads it.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod boxes;
mod grid;
mod hostile;
mod picture;
mod quality;
mod round_trip;
