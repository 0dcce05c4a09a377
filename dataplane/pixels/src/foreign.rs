//! Kinds of files that are recognised and not decoded, so that it can be told what they are and what to do.

use std::fmt;

/// A kind of file that is recognised and not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Foreign {
    /// HEIC and HEIF: pictures of HEVC or of something else in its container, as phones take them.
    Heic,
    /// PDF, and with it what Illustrator writes today.
    Pdf,
    /// Photoshop.
    Psd,
    /// PostScript and EPS, and with it what Illustrator wrote once.
    PostScript,
}

impl Foreign {
    /// Recognises a kind by the first bytes of a file; 64 suffice.
    pub fn recognise(first_bytes: &[u8]) -> Option<Self> {
        if first_bytes.starts_with(b"8BPS") {
            return Some(Self::Psd);
        }
        // Behind the second one is a preview for who cannot draw it.
        if first_bytes.starts_with(b"%!PS") || first_bytes.starts_with(b"\xC5\xD0\xD3\xC6") {
            return Some(Self::PostScript);
        }
        let text = first_bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first_bytes).trim_ascii_start();
        if text.starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        is_heif(first_bytes).then_some(Self::Heic)
    }

    /// Recognises a kind by a media type, for where there are no bytes yet.
    pub fn of_content_type(essence: &str) -> Option<Self> {
        match essence {
            "image/heic" | "image/heif" | "image/heic-sequence" | "image/heif-sequence" => Some(Self::Heic),
            "application/pdf" => Some(Self::Pdf),
            "image/vnd.adobe.photoshop" | "image/x-photoshop" => Some(Self::Psd),
            "application/postscript" => Some(Self::PostScript),
            _ => None,
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Heic => "HEIC",
            Self::Pdf => "PDF",
            Self::Psd => "PSD",
            Self::PostScript => "PostScript",
        })
    }
}

/// Looks for a brand of HEIF in the leading `ftyp` box. AVIF lives in the same container and has been told apart before.
fn is_heif(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8; 4]; 10] =
        [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"];
    if bytes.get(4..8) != Some(b"ftyp") {
        return false;
    }
    let length = bytes.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size) as usize);
    let brands = bytes.get(8..bytes.len().min(length)).unwrap_or_default();
    brands.as_chunks::<4>().0.iter().any(|brand| BRANDS.contains(&brand))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_decoded_is_recognised_by_its_first_bytes() {
        let table: [(&str, &[u8], Option<Foreign>); 11] = [
            ("a phone's photograph", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Some(Foreign::Heic)),
            ("a general one", b"\0\0\0\x14ftypmif1\0\0\0\0mif1", Some(Foreign::Heic)),
            ("a sequence", b"\0\0\0\x18ftyphevc\0\0\0\0msf1hevc", Some(Foreign::Heic)),
            ("a film", b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", None),
            ("a brand outside of the box", b"\0\0\0\x10ftypmp42\0\0\0\0heic", None),
            ("a document", b"%PDF-1.7", Some(Foreign::Pdf)),
            ("a document behind a line end", b"\r\n%PDF-1.4", Some(Foreign::Pdf)),
            ("layers", b"8BPS\0\x01", Some(Foreign::Psd)),
            ("a page", b"%!PS-Adobe-3.0 EPSF-3.0", Some(Foreign::PostScript)),
            ("a page with a preview", b"\xC5\xD0\xD3\xC6\x20\0", Some(Foreign::PostScript)),
            ("a photograph", b"\xFF\xD8\xFF", None),
        ];
        for (name, bytes, expected) in table {
            assert_eq!(Foreign::recognise(bytes), expected, "{name}");
        }
    }
}
