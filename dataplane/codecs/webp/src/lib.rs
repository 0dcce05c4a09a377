//! WebP by libwebp: pixels or planes in and out, and the container around them.
//!
//! A lossy WebP holds 4:2:0 planes in limited range BT.601: luma 16 to 235, chroma 16 to 240 around 128, with chroma
//! samples in the middle of the four luma samples they cover (centred siting, as JPEG). [`decode_yuv`] and
//! [`encode_yuv`] pass them through untouched, so that a caller can fold the conversion into its resampling. Alpha is
//! straight (not multiplied into the colours) and full range everywhere.
//!
//! Each side of a WebP is 1 to [`MAX_SIDE`] pixels.

mod animation;
mod container;
mod decode;
mod encode;
mod error;
mod frames;
mod header;
mod picture;
mod shrink;

pub use animation::{Animation, MAX_DURATION};
pub use container::{Chunk, Chunks, chunk, chunks, with_metadata};
pub use decode::{Rgb, Rgba, Yuv, decode_rgb, decode_rgba, decode_yuv};
pub use encode::{Options, YuvRef, encode_rgb, encode_rgba, encode_yuv};
pub use error::Error;
pub use frames::{Frame, Frames, decode_first_frame, frame_count, frames};
pub use header::{Header, MAX_SIDE, read_header};
pub use shrink::{Chroma, Scale, decode_shrunk_yuv};
