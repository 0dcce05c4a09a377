//! Finds the metadata blocks of a JPEG: ICC, EXIF, XMP and Photoshop resources.

use super::{APP1, APP2, APP13, SOS, Segment, segments};

/// What marks an APP1 segment as EXIF.
pub(super) const EXIF: &[u8] = b"Exif\0\0";
/// What marks an APP1 segment as XMP.
pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What marks an APP2 segment as part of an ICC profile; the part's number and the count follow.
pub(super) const ICC: &[u8] = b"ICC_PROFILE\0";
/// What marks an APP13 segment as Photoshop resources.
pub(super) const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// The EXIF block: TIFF data, without the prefix that JPEG puts before it.
pub fn exif(jpeg: &[u8]) -> Option<&[u8]> {
    first(jpeg, APP1, EXIF)
}

/// The XMP packet. Extended XMP, which is kept in further segments, is not read.
pub fn xmp(jpeg: &[u8]) -> Option<&[u8]> {
    first(jpeg, APP1, XMP)
}

/// The Photoshop resource blocks, which hold IPTC. Without the prefix that JPEG puts before them.
pub fn photoshop(jpeg: &[u8]) -> Option<&[u8]> {
    first(jpeg, APP13, PHOTOSHOP)
}

/// The ICC profile, put together from its segments in the order of their numbers.
///
/// `None` when there is none, and when parts are missing, doubled, or disagree on how many there are.
pub fn icc(jpeg: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<Option<&[u8]>> = Vec::new();
    for part in header(jpeg).filter(|segment| segment.marker == APP2) {
        let Some(rest) = part.payload.strip_prefix(ICC) else { continue };
        let [number, count, data @ ..] = rest else { return None };
        if parts.is_empty() {
            parts.resize(usize::from(*count), None);
        }
        if parts.len() != usize::from(*count) {
            return None;
        }
        let place = parts.get_mut(usize::from(*number).checked_sub(1)?)?;
        if place.replace(data).is_some() {
            return None;
        }
    }
    let parts: Vec<&[u8]> = parts.into_iter().collect::<Option<_>>()?;
    let profile = parts.concat();
    (!profile.is_empty()).then_some(profile)
}

fn first<'a>(jpeg: &'a [u8], marker: u8, prefix: &[u8]) -> Option<&'a [u8]> {
    header(jpeg)
        .filter(|segment| segment.marker == marker)
        .find_map(|segment| segment.payload.strip_prefix(prefix))
}

/// The segments before the first scan.
fn header(jpeg: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    segments(jpeg).take_while(|segment| segment.marker != SOS)
}
