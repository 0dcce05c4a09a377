//! Decode, operate, encode: images in, images out, no I/O.
//!
//! The crate decides how pixels become other pixels. It does not fetch, cache, schedule or read URLs: the server maps
//! its plan to [`Operation`]s, asks [`estimate`] what a [`Job`] will need, and calls [`run`] on a worker thread.
//!
//! ```text
//! bytes -> inspect -> Facts -> admit -> Job -> estimate -> run -> Produced
//!                           -> Subject -> estimate -> describe -> Description
//! ```

mod animate;
mod color;
mod decode;
mod describe;
mod effect;
mod encode;
mod error;
mod estimate;
mod facts;
mod foreign;
mod format;
mod geometry;
mod image;
mod job;
mod layer;
mod limits;
mod measure;
mod metadata;
mod operation;
mod output;

pub use decode::{JPEG_DECODERS, ScaledDecoder};
pub use describe::{Description, Exif, Look, PerceptualHash, Subject, Tags, Value};
pub use effect::{Corners, Fill, Gradient, Recolour, Shadow, Unsharp};
pub use error::PixelError;
pub use estimate::estimate;
pub use facts::{ChromaGrid, Facts, inspect};
pub use foreign::Foreign;
pub use format::{Format, sniff};
pub use geometry::{Color, Operation, Radius, Rect, Size};
pub use job::{Job, Part, Produced, run};
pub use layer::{Blend, Layer, LayerContent};
pub use limits::{Limits, admit};
pub use measure::measure;
pub use metadata::has_metadata;
pub use output::{Chroma, FormatChoice, JpegDecoder, Output, PngEffort, Quality, Selection, Shrink};
