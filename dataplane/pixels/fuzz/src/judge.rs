//! What must hold of any bytes, one function per fuzz target. The crate's own tests run them too, on the seeds and on
//! everything that was ever found.

mod differential;
mod file;
mod memory;
mod operations;

use imgplane_pixels::Format;

pub use self::{differential::jpeg_differential, operations::operations};

/// Longest input that is of interest: what is longer finds nothing else, only more slowly.
const LONGEST: usize = 64 << 10;

/// A JPEG.
pub fn jpeg(bytes: &[u8]) {
    file::judge(Format::Jpeg, bytes);
}

/// A PNG.
pub fn png(bytes: &[u8]) {
    file::judge(Format::Png, bytes);
}

/// A WebP.
pub fn webp(bytes: &[u8]) {
    file::judge(Format::Webp, bytes);
}

/// An AVIF.
pub fn avif(bytes: &[u8]) {
    file::judge(Format::Avif, bytes);
}

/// A GIF.
pub fn gif(bytes: &[u8]) {
    file::judge(Format::Gif, bytes);
}

/// A TIFF.
pub fn tiff(bytes: &[u8]) {
    file::judge(Format::Tiff, bytes);
}

/// A Windows bitmap.
pub fn bmp(bytes: &[u8]) {
    file::judge(Format::Bmp, bytes);
}

/// An icon.
pub fn ico(bytes: &[u8]) {
    file::judge(Format::Ico, bytes);
}

/// An SVG.
pub fn svg(bytes: &[u8]) {
    file::judge(Format::Svg, bytes);
}
