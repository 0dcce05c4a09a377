//! The marker segments around the picture, in safe Rust: what they say, and how to put metadata back in.
//!
//! Nothing here trusts a length or an offset of the file, and nothing decodes. EXIF blocks are TIFF data without the
//! `Exif` prefix of JPEG, so that they can move between file formats as they are.

mod exif;
mod frame;
mod insert;
mod metadata;
mod quality;
mod segment;

pub use exif::{orientation, with_orientation_one};
pub(crate) use frame::Frame;
pub use frame::{is_complete, restart_interval, scan_count};
pub use insert::{MAX_SEGMENT, Metadata, insert, insert_segments};
pub use metadata::{exif, icc, photoshop, xmp};
pub use quality::quality;
pub use segment::{Segment, Segments, segments};

/// Start of image.
pub const SOI: u8 = 0xd8;
/// End of image.
pub const EOI: u8 = 0xd9;
/// Start of scan: entropy-coded data follows.
pub const SOS: u8 = 0xda;
/// Quantisation tables.
pub const DQT: u8 = 0xdb;
/// Restart interval.
pub const DRI: u8 = 0xdd;
/// The first application segment, JFIF. The others count up from it.
pub const APP0: u8 = 0xe0;
/// EXIF and XMP.
pub const APP1: u8 = 0xe1;
/// ICC.
pub const APP2: u8 = 0xe2;
/// Photoshop resources, which hold IPTC.
pub const APP13: u8 = 0xed;
/// Adobe's colour transform.
pub const APP14: u8 = 0xee;
