//! One job from end to end.

use bytes::Bytes;

use crate::{Facts, Format, Limits, Operation, Output, PixelError};

/// One picture to make.
#[derive(Debug, Clone)]
pub struct Job {
    /// The encoded source.
    pub source: Bytes,
    /// What [`inspect`](crate::inspect) said of `source`.
    pub facts: Facts,
    /// Apply the EXIF orientation before everything else.
    pub orient: bool,
    /// What is done, in this order.
    pub operations: Vec<Operation>,
    /// How the result is written.
    pub output: Output,
    /// Bounds of the source and of every step's result.
    pub limits: Limits,
}

/// A finished picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Produced {
    /// The encoded result.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The quality it was written with; `None` for lossless formats.
    pub quality: Option<u8>,
    /// What was not done as asked, for `ik-warning`.
    pub warnings: Vec<String>,
}

/// Estimates the peak bytes that [`run`] holds at once, from header facts and operations.
pub fn estimate(job: &Job) -> u64 {
    u64::from(job.facts.width) * u64::from(job.facts.height) * 4
}

/// Makes the picture. Runs on the calling thread; `cancelled` is asked between stages.
pub fn run(job: &Job, cancelled: &dyn Fn() -> bool) -> Result<Produced, PixelError> {
    if cancelled() {
        return Err(PixelError::Cancelled);
    }
    Err(PixelError::Unsupported { what: format!("Decoding {}", job.facts.format) })
}
