//! The file: a photograph as JPEG, of exactly 100 KB.

use anyhow::{Context as _, Result};
use imgplane_tests::pictures;

/// Its size in bytes.
pub(super) const BYTES: usize = 100 << 10;
/// Its name, wherever it lies.
pub(super) const NAME: &str = "photo.jpg";
/// Marker and length of a segment that holds nothing.
const EMPTY_SEGMENT: usize = 4;

/// Makes it: in the best quality that is small enough, with a comment that fills it up.
pub(super) fn make() -> Result<Vec<u8>> {
    let picture = pictures::photograph("mountains.jpg", 800, 600);
    let jpeg = (1..=95)
        .rev()
        .map(|quality| pictures::jpeg(&picture, quality))
        .find(|jpeg| jpeg.len() <= BYTES - EMPTY_SEGMENT)
        .context("a photograph of 800x600 fits into 100 KB")?;
    filled(&jpeg)
}

/// The JPEG with a comment behind its start marker, so long that the file has [`BYTES`].
fn filled(jpeg: &[u8]) -> Result<Vec<u8>> {
    let (start, rest) = jpeg.split_at_checked(2).context("a JPEG has a start marker")?;
    let comment = BYTES.checked_sub(jpeg.len() + EMPTY_SEGMENT).context("the JPEG is small enough")?;
    // The length counts itself and not the marker.
    let length = u16::try_from(comment + 2).context("one comment is enough")?;
    Ok([start, &[0xFF, 0xFE], &length.to_be_bytes(), &vec![b' '; comment], rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_picture_of_exactly_that_size() {
        let file = make().unwrap();
        assert_eq!(file.len(), BYTES);
        assert_eq!(image::load_from_memory(&file).unwrap().width(), 800);
    }

    #[test]
    fn a_picture_that_leaves_no_room_or_too_much_is_refused() {
        assert!(filled(&vec![0; BYTES]).is_err());
        assert!(filled(&[0xFF, 0xD8]).is_err());
    }
}
