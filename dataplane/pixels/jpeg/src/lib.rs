//! JPEG to small planes: what a small picture does not show is not decoded.
//!
//! A JPEG holds blocks of eight by eight samples as the waves that they are made of, 64 coefficients each, the slowest
//! first. A picture at an eighth of the size needs one of them, the mean of the block; at a quarter and at a half those
//! waves that do not cancel out within a sample. The rest has to be passed, because nothing in the data tells where a
//! block ends, but passing is cheaper than decoding:
//!
//! - `segment`, `frame`, `scan`, `quantisation` and `huffman` read what the headers tell;
//! - `entropy` takes the data of a scan apart at its markers, and stuffed bytes out of it; `bits` hands out its bits;
//! - `huffman` makes look-up tables of what the bits stand for, several symbols at a time where that is of use;
//! - `sequential` reads scans that tell each block at once, a few units at a time;
//! - `script` looks over progressive files, `progressive` reads those scans that matter into `coefficients`, in the order
//!   of `units`, and `batch` collects their blocks;
//! - `transform` makes samples of the coefficients of eight blocks, and `plane` takes those.
//!
//! The planes are those of libjpeg-turbo, sample for sample. What is damaged, or legal and rare, is refused, mostly before
//! any work and always before anyone sees a sample; the caller then asks libjpeg-turbo, whose word on such files is the
//! one that everyone knows. Clauses and figures are those of ITU-T T.81, the standard.

#![forbid(unsafe_code)]
#![expect(
    clippy::inline_always,
    reason = "the bit reader and what it finds stay in registers only where all of it is one function: twice as fast"
)]

mod batch;
mod bits;
mod coefficients;
mod decode;
mod entropy;
mod error;
mod frame;
mod huffman;
mod plane;
mod progressive;
mod quantisation;
mod scale;
mod scan;
mod script;
mod segment;
mod sequential;
mod transform;
mod units;

pub use self::{
    decode::decode,
    error::Error,
    plane::{Plane, Planes},
    scale::Scale,
};

/// What a file may cost beyond its size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most scans of a file, at least 1. Honest progressive files have about 10.
    pub max_scans: u32,
}
