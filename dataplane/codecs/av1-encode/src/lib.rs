//! AVIF out: AV1 by libaom, own box writer.
//!
//! Still pictures only: 8 bits, 4:2:0 or 4:4:4, full-range BT.601 as in JPEG, so that planes of a JPEG go in as they
//! are. Transparency travels as an auxiliary monochrome item, and only when some pixel needs it. One thread per call:
//! the caller runs as many calls as it has cores.
//!
//! ```text
//! RGB(A) -> convert -> planes -> aom (AV1 payload) -> payload (OBUs) -> container (boxes) -> AVIF file
//! ```

mod aom;
mod container;
mod convert;
mod encode;
mod error;
mod options;
mod payload;
mod planes;

pub use encode::{
    encode_planes, encode_rgb, encode_rgb_sampled, encode_rgba, encode_rgba_sampled, encode_yuv420,
};
pub use error::Error;
pub use options::{MAX_DIMENSION, Options};
pub use planes::{PlaneRef, Planes, Sampling};
