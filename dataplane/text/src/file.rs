//! Font files of callers: what they may be, and out of their wrapping.
//!
//! The bytes are hostile: every size is checked before it is allocated, and what unpacks to more than its file says is
//! refused.

use std::{error::Error, io::Read, sync::Arc};

use harfrust::{Font, font::Blob};

use crate::{MAX_FONT_FILE, MAX_FONT_UNPACKED, TextError, limits::limit};

/// Reads a TTF, OTF, WOFF or WOFF2 file; of a collection the first font.
pub(crate) fn parse(bytes: &Arc<[u8]>) -> Result<Font, TextError> {
    limit("The font file in bytes", bytes.len() as u64, MAX_FONT_FILE as u64)?;
    let blob = match bytes.get(..4) {
        Some([0, 1, 0, 0] | b"OTTO" | b"true" | b"ttcf") => shared(Arc::clone(bytes)),
        Some(b"wOFF") => Blob::from(unwrap_woff(bytes)?),
        Some(b"wOF2") => Blob::from(unwrap_woff2(bytes)?),
        _ => return Err(TextError::font("it is neither TTF, OTF, WOFF nor WOFF2")),
    };
    let font = Font::new(blob, 0).ok_or_else(|| TextError::font("its tables are damaged"))?;
    if !font.charmap().has_unicode() {
        return Err(TextError::font("it does not say which glyph is which character"));
    }
    if font.outline_glyphs().is_empty() {
        return Err(TextError::font("it has no outlines"));
    }
    Ok(font)
}

/// The caller's own bytes, not copied.
fn shared(bytes: Arc<[u8]>) -> Blob {
    struct Shared(Arc<[u8]>);
    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    let bytes: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(Shared(bytes));
    Blob::from(bytes)
}

// === WOFF ===

/// Bytes of the header, and of each entry of the table of tables behind it.
const HEADER: usize = 44;
const ENTRY: usize = 20;

fn unwrap_woff(bytes: &[u8]) -> Result<Vec<u8>, TextError> {
    // Tables may overlap, so that a small file names much: the sum is checked, not only each.
    let tables = bytes.get(12..14).and_then(|two| two.try_into().ok()).map_or(0, u16::from_be_bytes);
    let directory = bytes
        .get(HEADER..HEADER + ENTRY * usize::from(tables))
        .ok_or_else(|| TextError::font("its table of tables ends early"))?;
    let total: usize =
        directory.chunks_exact(ENTRY).map(|entry| number(entry, 8).max(number(entry, 12))).sum();
    limit("The unpacked font in bytes", total as u64, MAX_FONT_UNPACKED as u64)?;
    wuff::decompress_woff1_with_custom_z(bytes, &mut |packed, size| {
        exactly(flate2::read::ZlibDecoder::new(packed), size)
    })
    .map_err(|_| TextError::font("its WOFF wrapping is damaged"))
}

fn unwrap_woff2(bytes: &[u8]) -> Result<Vec<u8>, TextError> {
    wuff::decompress_woff2_with_custom_brotli(bytes, &mut |packed, size| {
        if size > MAX_FONT_UNPACKED {
            return Err("too large".into());
        }
        exactly(brotli::Decompressor::new(packed, 1 << 14), size)
    })
    .map_err(|_| TextError::font("its WOFF2 wrapping is damaged or unpacks to too much"))
}

fn number(entry: &[u8], at: usize) -> usize {
    entry.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes) as usize
}

/// Unpacks no more than `size` bytes, and no less.
fn exactly(packed: impl Read, size: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut data = Vec::new();
    packed.take(size as u64 + 1).read_to_end(&mut data)?;
    if data.len() != size {
        return Err("another size than said".into());
    }
    Ok(data)
}
