//! EXIF, XMP and colour profiles: taken from a source, written by the encoders.

use std::{borrow::Cow, io::Cursor};

use imgplane_codec_av1_decode as av1;
use imgplane_codec_jpeg::markers;

use crate::{
    Facts, Format,
    facts::{png::chunks, tiff, webp::chunk},
};

/// Largest decompressed profile that is read from a PNG.
const PROFILE_BYTES: usize = 4 << 20;

/// What marks the XMP packet among the texts of a PNG; an uncompressed flag, method, language and translation follow.
const PNG_XMP: &[u8] = b"XML:com.adobe.xmp\0";

/// Metadata blocks without the prefixes of their containers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub icc: Option<Vec<u8>>,
    /// TIFF data.
    pub exif: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
}

/// Takes the colour profile out of a source.
pub(crate) fn profile(bytes: &[u8], facts: &Facts) -> Option<Vec<u8>> {
    if !facts.has_profile {
        return None;
    }
    match facts.format {
        Format::Jpeg => markers::icc(bytes),
        Format::Png => png_profile(bytes),
        Format::Webp => chunk(bytes, b"ICCP").map(<[u8]>::to_vec),
        Format::Avif => av1::icc(bytes),
        Format::Tiff => tiff::profile(bytes),
        Format::Gif | Format::Svg | Format::Bmp | Format::Ico => None,
    }
}

/// Whether a source carries EXIF or XMP.
pub fn has_metadata(bytes: &[u8], facts: &Facts) -> bool {
    let Metadata { exif, xmp, .. } = texts(bytes, facts);
    exif.is_some() || xmp.is_some()
}

/// Takes EXIF and XMP out of a source.
pub(crate) fn texts(bytes: &[u8], facts: &Facts) -> Metadata {
    let owned = |block: Option<&[u8]>| block.map(<[u8]>::to_vec);
    let xmp = match facts.format {
        Format::Jpeg => owned(markers::xmp(bytes)),
        Format::Png => owned(png_xmp(bytes)),
        Format::Webp => owned(chunk(bytes, b"XMP ")),
        Format::Avif => av1::xmp(bytes),
        Format::Gif | Format::Svg | Format::Tiff | Format::Bmp | Format::Ico => None,
    };
    Metadata { icc: None, exif: exif(bytes, facts).map(Cow::into_owned), xmp }
}

/// Finds EXIF in a source, as TIFF data.
pub(crate) fn exif<'a>(bytes: &'a [u8], facts: &Facts) -> Option<Cow<'a, [u8]>> {
    const PREFIX: &[u8] = b"Exif\0\0";
    let exif = match facts.format {
        Format::Jpeg => markers::exif(bytes).map(Cow::Borrowed),
        Format::Png => {
            chunks(bytes).find(|chunk| chunk.name == b"eXIf").map(|chunk| Cow::Borrowed(chunk.data))
        }
        Format::Webp => chunk(bytes, b"EXIF").map(Cow::Borrowed),
        Format::Avif => av1::exif(bytes).map(Cow::Owned),
        // The tags of a TIFF are the file itself; its pixels are no metadata.
        Format::Gif | Format::Svg | Format::Tiff | Format::Bmp | Format::Ico => None,
    }?;
    Some(if exif.starts_with(PREFIX) {
        match exif {
            Cow::Borrowed(exif) => Cow::Borrowed(&exif[PREFIX.len()..]),
            Cow::Owned(exif) => Cow::Owned(exif[PREFIX.len()..].to_vec()),
        }
    } else {
        exif
    })
}

impl Metadata {
    /// Says that the pixels are upright now.
    pub(crate) fn upright(mut self) -> Self {
        self.exif = self.exif.map(|exif| markers::with_orientation_one(&exif));
        self
    }
}

fn png_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let limits = png::Limits { bytes: PROFILE_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_ignore_text_chunk(true);
    let reader = decoder.read_info().ok()?;
    reader.info().icc_profile.as_ref().map(|profile| profile.to_vec())
}

fn png_xmp(bytes: &[u8]) -> Option<&[u8]> {
    let mut texts = chunks(bytes).filter(|chunk| chunk.name == b"iTXt");
    let text = texts.find_map(|chunk| chunk.data.strip_prefix(PNG_XMP))?;
    // Compressed packets are not read: writers of XMP leave them plain, so that they can be found.
    let text = text.strip_prefix(b"\0\0")?;
    let mut parts = text.splitn(3, |byte| *byte == 0);
    parts.nth(2)
}
