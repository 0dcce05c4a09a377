//! Puts metadata into a finished JPEG, behind its JFIF segment, where every reader looks for it.

use super::metadata::{EXIF, ICC, PHOTOSHOP, XMP};
use super::{APP0, APP1, APP2, APP13, SOI, segments};

/// The most bytes a segment can hold, besides its length.
pub const MAX_SEGMENT: usize = 65_533;

/// Metadata to insert. Blocks are without the prefixes that JPEG puts before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metadata<'a> {
    /// ICC profile, of any size up to 16.7 MB; split over segments.
    pub icc: Option<&'a [u8]>,
    /// EXIF as TIFF data, with or without the `Exif` prefix. At most 65527 bytes, else it is left out.
    pub exif: Option<&'a [u8]>,
    /// XMP packet. At most 65504 bytes, else it is left out.
    pub xmp: Option<&'a [u8]>,
    /// Photoshop resources (IPTC). At most 65519 bytes, else they are left out.
    pub photoshop: Option<&'a [u8]>,
}

/// Inserts an ICC profile, an EXIF block and an XMP packet: see [`insert`].
pub fn insert_segments(jpeg: &[u8], icc: Option<&[u8]>, exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Vec<u8> {
    insert(jpeg, &Metadata { icc, exif, xmp, photoshop: None })
}

/// A copy of a JPEG with metadata inserted after the start of image and its JFIF segment.
///
/// Nothing is removed: the JPEG is meant to come fresh from [`encode_planes`](crate::encode_planes), which writes no
/// metadata. Blocks too large for a segment are left out, as are empty ones. Bytes that are not a JPEG come back as
/// they are.
pub fn insert(jpeg: &[u8], metadata: &Metadata<'_>) -> Vec<u8> {
    if !jpeg.starts_with(&[0xff, SOI]) {
        return jpeg.to_vec();
    }
    let place = match segments(jpeg).next() {
        Some(first) if first.marker == APP0 => first.start + 4 + first.payload.len(),
        _ => 2,
    };
    let Metadata { icc, exif, xmp, photoshop } = *metadata;
    let extra = [icc, exif, xmp, photoshop].iter().flatten().map(|block| block.len() + 64).sum::<usize>();
    let mut output = Vec::with_capacity(jpeg.len() + extra);
    output.extend_from_slice(&jpeg[..place]);
    if let Some(exif) = exif {
        segment(&mut output, APP1, EXIF, exif.strip_prefix(EXIF).unwrap_or(exif));
    }
    if let Some(xmp) = xmp {
        segment(&mut output, APP1, XMP, xmp);
    }
    if let Some(photoshop) = photoshop {
        segment(&mut output, APP13, PHOTOSHOP, photoshop);
    }
    if let Some(icc) = icc {
        profile(&mut output, icc);
    }
    output.extend_from_slice(&jpeg[place..]);
    output
}

fn profile(output: &mut Vec<u8>, icc: &[u8]) {
    let parts = icc.chunks(MAX_SEGMENT - ICC.len() - 2);
    // The count is one byte.
    let Ok(count) = u8::try_from(parts.len()) else { return };
    for (number, part) in (1..=count).zip(parts) {
        segment(output, APP2, &[ICC, &[number, count]].concat(), part);
    }
}

fn segment(output: &mut Vec<u8>, marker: u8, prefix: &[u8], data: &[u8]) {
    let length = prefix.len() + data.len();
    if data.is_empty() || length > MAX_SEGMENT {
        return;
    }
    output.extend_from_slice(&[0xff, marker]);
    output.extend_from_slice(&(length as u16 + 2).to_be_bytes());
    output.extend_from_slice(prefix);
    output.extend_from_slice(data);
}
