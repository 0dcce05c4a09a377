//! Shared means of the tests.

use std::{path::Path, sync::Arc};

use imgplane_text::{Bitmap, Font, Rgba, Text, draw, measure};

pub(crate) const WHITE: Rgba = Rgba { red: 255, green: 255, blue: 255, alpha: 255 };

/// A text of 40 px in Open Sans.
pub(crate) fn text(content: &str) -> Text {
    Text { content: content.to_owned(), size: 40.0, ..Text::default() }
}

/// Draws, and checks that the size is the one that was measured.
pub(crate) fn drawn(text: &Text) -> Bitmap {
    let bitmap = draw(text).unwrap();
    assert_eq!(measure(text).unwrap(), (bitmap.width, bitmap.height), "{text:?}");
    assert_eq!(bitmap.data.len(), bitmap.width as usize * bitmap.height as usize * 4, "{text:?}");
    bitmap
}

/// The alpha of all pixels, row by row.
pub(crate) fn alpha(bitmap: &Bitmap) -> Vec<Vec<u8>> {
    let rows = bitmap.data.as_chunks::<4>().0.chunks(bitmap.width as usize);
    rows.map(|row| row.iter().map(|pixel| pixel[3]).collect()).collect()
}

/// Left, top, right and bottom edge of what is not clear.
pub(crate) fn ink(bitmap: &Bitmap) -> Option<[usize; 4]> {
    let rows = alpha(bitmap);
    let inked = |row: &Vec<u8>| row.iter().any(|alpha| *alpha > 0);
    let top = rows.iter().position(inked)?;
    let bottom = rows.iter().rposition(inked)? + 1;
    let left = rows.iter().filter_map(|row| row.iter().position(|alpha| *alpha > 0)).min()?;
    let right = rows.iter().filter_map(|row| row.iter().rposition(|alpha| *alpha > 0)).max()? + 1;
    Some([left, top, right, bottom])
}

/// Sum of the opacity, in pixels.
pub(crate) fn weight(bitmap: &Bitmap) -> u64 {
    bitmap.data.as_chunks::<4>().0.iter().map(|pixel| u64::from(pixel[3])).sum::<u64>() / 255
}

/// Bytes of a bundled font or of one beside the tests.
pub(crate) fn file(path: &str) -> Arc<[u8]> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap().into()
}

pub(crate) fn own(bytes: &Arc<[u8]>) -> Font {
    Font::File(Arc::clone(bytes))
}
