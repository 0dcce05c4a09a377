//! Profiles and documents that travel with the picture.

use crate::{
    bmff::{Completeness, Container, Cursor, Kind, Place},
    image::Image,
};

/// The ICC profile of the picture, if the file has one and its boxes can be read.
pub fn icc(data: &[u8]) -> Option<Vec<u8>> {
    let container = Container::read(data, Completeness::Header).ok()?;
    Image::find(&container).ok()?.icc.map(<[u8]>::to_vec)
}

/// The EXIF of the picture as TIFF bytes (`II*\0` or `MM\0*`, no `Exif\0\0` before them).
pub fn exif(data: &[u8]) -> Option<Vec<u8>> {
    let payload = document(data, |kind| kind == Kind::Exif)?;
    let mut cursor = Cursor::new(&payload);
    // How far behind these four bytes the TIFF header stands.
    let skipped = usize::try_from(cursor.u32().ok()?).ok()?;
    let tiff = cursor.rest().get(skipped..)?;
    Some(tiff.strip_prefix(b"Exif\0\0").unwrap_or(tiff).to_vec())
}

/// The XMP packet of the picture.
pub fn xmp(data: &[u8]) -> Option<Vec<u8>> {
    document(data, |kind| kind == Kind::Mime(b"application/rdf+xml"))
}

/// The first item of a kind that describes (`cdsc`) the primary item.
fn document(data: &[u8], wanted: impl Fn(Kind<'_>) -> bool) -> Option<Vec<u8>> {
    let container = Container::read(data, Completeness::Header).ok()?;
    let meta = &container.meta;
    let candidates = meta.sources(*b"cdsc", meta.primary?);
    let item = candidates.iter().copied().find(|item| meta.kind(*item).is_some_and(&wanted))?;
    Some(container.payload(Place::Item(item)).ok()?.into_owned())
}
