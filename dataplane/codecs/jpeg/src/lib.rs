//! JPEG by libjpeg-turbo: DCT-scaled planes in, planes out.
//!
//! Pictures stay in the YCbCr planes that the file holds. The planes are full range BT.601 (JFIF): black is 0, white
//! is 255, neutral chroma is 128. A chroma sample sits in the middle of the luma samples it covers, across and down
//! (centred siting), at every scale. Converting range, siting or colour is the caller's work, best done while
//! resampling.
//!
//! Metadata is not libjpeg's business here: [`markers`] reads and inserts ICC, EXIF and XMP segments in safe Rust.
//!
//! Every call uses a handle of its own. A reused libjpeg handle remembers the quantisation and Huffman tables of the
//! picture before, so a file without tables would decode with those of another request; a fresh one costs about a
//! microsecond.
//!
//! Deliberately absent: lossless, arithmetic and 12-bit JPEG, in and out. They are refused from the header.

mod compressor;
mod decode;
mod decompressor;
mod encode;
mod error;
mod header;
pub mod markers;
mod scale;

pub use decode::{Limits, Pixels, Plane, Planes, decode_cmyk, decode_planes, decode_rgb};
pub use encode::{MAX_SIDE, Options, PlaneRef, encode_planes};
pub use error::Error;
pub use header::{Color, Header, Sampling, read_header, working_memory};
pub use scale::Scale;
