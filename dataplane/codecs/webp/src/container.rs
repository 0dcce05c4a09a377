//! The RIFF container, in safe Rust: walking its chunks, and wrapping a still with metadata.

use crate::{Error, MAX_SIDE};

/// Bytes before the first chunk: `RIFF`, the size, `WEBP`.
const HEADER: usize = 12;

/// Flags of the VP8X chunk.
pub(crate) mod flag {
    pub(crate) const ANIMATION: u8 = 0x02;
    pub(crate) const XMP: u8 = 0x04;
    pub(crate) const EXIF: u8 = 0x08;
    pub(crate) const ALPHA: u8 = 0x10;
    pub(crate) const ICC: u8 = 0x20;
}

/// One chunk of a RIFF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Its four letters, for example `ICCP`.
    pub id: [u8; 4],
    /// Its content, without the padding to an even length.
    pub payload: &'a [u8],
}

/// Iterates over chunks: see [`chunks`].
#[derive(Debug, Clone)]
pub struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Chunks<'a> {
    /// The chunks inside a chunk, for example those of a frame.
    pub(crate) fn within(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (head, body) = std::mem::take(&mut self.rest).split_first_chunk::<8>()?;
        let [a, b, c, d, size @ ..] = *head;
        let (payload, rest) = body.split_at_checked(u32::from_le_bytes(size) as usize)?;
        let padding = payload.len() % 2;
        self.rest = rest.get(padding..).unwrap_or(&[]);
        Some(Chunk { id: [a, b, c, d], payload })
    }
}

/// The chunks of a WebP in order. Ends at the end of the RIFF, and early where a chunk reaches beyond the data.
///
/// Bytes that are not a WebP have no chunks.
pub fn chunks(webp: &[u8]) -> Chunks<'_> {
    if check_magic(webp).is_err() {
        return Chunks { rest: &[] };
    }
    let end = riff_end(webp).min(webp.len());
    Chunks { rest: webp.get(HEADER..end).unwrap_or(&[]) }
}

/// The content of the first chunk with these four letters: `ICCP`, `EXIF`, `XMP ` (with a space).
pub fn chunk<'a>(webp: &'a [u8], id: &[u8; 4]) -> Option<&'a [u8]> {
    chunks(webp).find(|chunk| chunk.id == *id).map(|chunk| chunk.payload)
}

/// Refuses what does not begin as a WebP. libwebp alone would also take bare bitstreams.
pub(crate) fn check_magic(data: &[u8]) -> Result<(), Error> {
    let matches = |at: usize, magic: &[u8]| {
        let bytes = data.get(at..).unwrap_or(&[]);
        bytes.iter().zip(magic).all(|(byte, expected)| byte == expected)
    };
    if !matches(0, b"RIFF") || !matches(8, b"WEBP") {
        return Err(Error::Corrupt { reason: "no RIFF WEBP header" });
    }
    if data.len() < HEADER { Err(Error::Truncated) } else { Ok(()) }
}

/// Refuses what begins as a WebP and ends before its container does.
pub(crate) fn check_complete(data: &[u8]) -> Result<(), Error> {
    check_magic(data)?;
    if riff_end(data) > data.len() { Err(Error::Truncated) } else { Ok(()) }
}

/// Where the container says it ends.
fn riff_end(data: &[u8]) -> usize {
    let size = data.get(4..8).and_then(|size| <[u8; 4]>::try_from(size).ok()).map_or(0, u32::from_le_bytes);
    (size as usize).saturating_add(8)
}

/// Whether there are frames and each is coded losslessly.
pub(crate) fn all_frames_lossless(webp: &[u8]) -> bool {
    let mut frames = chunks(webp).filter(|chunk| chunk.id == *b"ANMF").peekable();
    let lossless = |frame: Chunk<'_>| {
        let inner = frame.payload.get(crate::frames::FRAME_HEADER..).unwrap_or(&[]);
        Chunks::within(inner).any(|chunk| chunk.id == *b"VP8L")
    };
    frames.peek().is_some() && frames.all(lossless)
}

/// Wraps a still picture, as [`encode_yuv`](crate::encode_yuv) and its siblings give it, together with metadata.
///
/// `exif` is TIFF data without JPEG's `Exif` prefix. `width`, `height` and `alpha` describe the picture. Without any
/// metadata the picture comes back as it is. Metadata and unknown chunks of `webp` itself are dropped.
///
/// # Errors
/// [`Error::InvalidInput`] when `webp` is no still WebP, or the result would exceed the 4 GB of a RIFF.
pub fn with_metadata(
    webp: Vec<u8>,
    icc: Option<&[u8]>,
    exif: Option<&[u8]>,
    xmp: Option<&[u8]>,
    width: u32,
    height: u32,
    alpha: bool,
) -> Result<Vec<u8>, Error> {
    if icc.is_none() && exif.is_none() && xmp.is_none() {
        return Ok(webp);
    }
    let image = image_chunks(&webp)?;
    let alpha = if alpha { flag::ALPHA } else { 0 };
    let mut writer = Writer::extended(alpha, icc, exif, xmp, width, height)?;
    for chunk in image {
        writer.chunk(chunk.id, chunk.payload);
    }
    writer.finish(exif, xmp)
}

/// The chunks that hold the picture of a still: `VP8L`, or `VP8 ` with an `ALPH` before it or not.
pub(crate) fn image_chunks(webp: &[u8]) -> Result<Vec<Chunk<'_>>, Error> {
    let image: Vec<Chunk<'_>> =
        chunks(webp).filter(|chunk| matches!(&chunk.id, b"ALPH" | b"VP8 " | b"VP8L")).collect();
    let pictures = image.iter().filter(|chunk| chunk.id != *b"ALPH").count();
    if pictures == 1 { Ok(image) } else { Err(Error::InvalidInput { reason: "not a still WebP" }) }
}

/// Writes a container with a VP8X chunk.
#[derive(Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Begins a container: VP8X and the profile, which must come before the picture. `flags` beside those of the
    /// metadata.
    pub(crate) fn extended(
        flags: u8,
        icc: Option<&[u8]>,
        exif: Option<&[u8]>,
        xmp: Option<&[u8]>,
        width: u32,
        height: u32,
    ) -> Result<Self, Error> {
        if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
            return Err(Error::Dimensions { width, height });
        }
        let mut flags = flags;
        for (block, bit) in [(icc, flag::ICC), (exif, flag::EXIF), (xmp, flag::XMP)] {
            if block.is_some() {
                flags |= bit;
            }
        }
        let mut header = vec![flags, 0, 0, 0];
        header.extend_from_slice(&three_bytes(width - 1));
        header.extend_from_slice(&three_bytes(height - 1));
        let mut writer = Self { bytes: b"RIFF\0\0\0\0WEBP".to_vec() };
        writer.chunk(*b"VP8X", &header);
        if let Some(icc) = icc {
            writer.chunk(*b"ICCP", icc);
        }
        Ok(writer)
    }

    /// Appends a chunk, padded to an even length.
    pub(crate) fn chunk(&mut self, id: [u8; 4], payload: &[u8]) {
        push_chunk(&mut self.bytes, id, payload);
    }

    /// Appends finished chunks.
    pub(crate) fn raw(&mut self, chunks: &[u8]) {
        self.bytes.extend_from_slice(chunks);
    }

    /// Appends the metadata that must come after the picture, and fills in the size.
    pub(crate) fn finish(mut self, exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Result<Vec<u8>, Error> {
        if let Some(exif) = exif {
            self.chunk(*b"EXIF", exif);
        }
        if let Some(xmp) = xmp {
            self.chunk(*b"XMP ", xmp);
        }
        let size = u32::try_from(self.bytes.len() - 8)
            .map_err(|_| Error::InvalidInput { reason: "more than the 4 GB of a RIFF" })?;
        self.bytes[4..8].copy_from_slice(&size.to_le_bytes());
        Ok(self.bytes)
    }
}

/// Appends a chunk, padded to an even length. Sizes beyond 4 GB are caught when the whole is measured.
pub(crate) fn push_chunk(bytes: &mut Vec<u8>, id: [u8; 4], payload: &[u8]) {
    bytes.extend_from_slice(&id);
    bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    bytes.extend_from_slice(payload);
    if payload.len() % 2 == 1 {
        bytes.push(0);
    }
}

/// The low 24 bits, little-endian.
pub(crate) fn three_bytes(value: u32) -> [u8; 3] {
    let [a, b, c, _] = value.to_le_bytes();
    [a, b, c]
}
