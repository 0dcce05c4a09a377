//! Whole jobs: bytes in, bytes out, judged from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at what it did not expect"
)]

mod animation;
mod color;
mod compress;
mod damage;
mod describe;
mod exact;
mod formats;
mod lcms;
mod metadata;
mod operations;
mod orientation;
mod profiles;
mod quality;
mod reference;
mod scene;
mod shapes;
mod sources;
mod svg;
mod work;
