//! Files that came and cannot be transformed. They say nothing against the origin.

use super::{
    Cause::{CorruptImage, EmptyFile, HtmlPage, UnsupportedFormat},
    Facts, Failure,
    row::{On::Named, Row},
};

pub(crate) static HTML_PAGE: Row = Row::new(
    "an HTML page instead of a picture",
    Named,
    HtmlPage,
    [
        "The source is an HTML page, not an image",
        "the origin answered with an HTML page, perhaps an error or login page with status 200",
        "Open the address of the original in a browser; let the server answer 404 for files that it does not have",
    ],
);
pub(crate) static EMPTY_FILE: Row = Row::new(
    "an empty file",
    Named,
    EmptyFile,
    ["The source is an empty file", "the file has no bytes", "Upload the original again"],
);
pub(crate) static UNSUPPORTED: Row = Row::new(
    "a format that cannot be decoded",
    Named,
    UnsupportedFormat,
    [
        "The source could not be decoded: unknown format",
        "the bytes are of no picture format that is known here ({what})",
        "Use JPEG, PNG, WebP, AVIF or GIF; without a transformation every file is delivered as it is",
    ],
);
pub(crate) static CORRUPT: Row = Row::new(
    "a damaged picture, or one that ends early",
    Named,
    CorruptImage,
    ["The source could not be decoded: damaged image", "{what}", "Upload the original again"],
);

/// All rows, in the order of the guide.
pub(super) static ROWS: &[&Row] = &[&HTML_PAGE, &EMPTY_FILE, &UNSUPPORTED, &CORRUPT];

impl Failure {
    /// A file whose bytes, of which the first are given, are no picture that can be decoded; `what` the decoder said.
    /// `known`: its format is one that can be decoded.
    pub fn undecodable(start: &[u8], known: bool, what: &str) -> Self {
        let row = match start {
            [] => &EMPTY_FILE,
            _ if known => &CORRUPT,
            start if is_html(start) => &HTML_PAGE,
            _ => &UNSUPPORTED,
        };
        told(row, what)
    }

    /// A file of no format that can be decoded; `what` the decoder said.
    pub fn unsupported(what: &str) -> Self {
        told(&UNSUPPORTED, what)
    }

    /// A picture that is damaged or ends early; `what` the decoder said.
    pub fn corrupt(what: &str) -> Self {
        told(&CORRUPT, what)
    }
}

fn told(row: &Row, what: &str) -> Failure {
    row.failure(&Facts { what: what.to_owned(), ..Facts::default() })
}

/// Whether a browser would take this for an HTML page.
fn is_html(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let begins = |text: &[u8]| start.get(..text.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(text));
    begins(b"<!doctype html") || begins(b"<html") || begins(b"<head") || begins(b"<body")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_instead_of_a_picture_is_named() {
        for (start, known, expected) in [
            (&b""[..], false, HtmlPage),
            (b"\n <!DOCTYPE html><title>404", false, HtmlPage),
            (b"\xef\xbb\xbf<html lang=en>", false, HtmlPage),
            (b"%PDF-1.7", false, UnsupportedFormat),
            (b"\xff\xd8\xff", true, CorruptImage),
        ] {
            let expected = if start.is_empty() { EmptyFile } else { expected };
            assert_eq!(Failure::undecodable(start, known, "x").cause, expected, "{start:?}");
        }
    }
}
