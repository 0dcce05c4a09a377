//! How text of a URL is shown in messages: quoted, in ASCII, cut. Messages end up in response headers.

use std::fmt;

/// Longest piece of a URL that a message repeats, in characters.
const SHOWN: usize = 40;
/// The same with escapes, in bytes: a message that repeats two pieces fits a header.
const SHOWN_BYTES: usize = 120;
/// From here on numbers are shown with an exponent, not with all their digits.
const LARGE: f64 = 1e15;

/// Shows a piece of a URL in double quotes, other than printable ASCII escaped, cut after 40 characters or 120 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a>(pub(crate) &'a str);

/// Shows a number that was computed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount(pub(crate) f64);

/// Like [`Shown`], without the quotes: for keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bare<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Bare(self.0))
    }
}

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = 0;
        for (index, character) in self.0.chars().enumerate() {
            if index == SHOWN || bytes >= SHOWN_BYTES {
                return f.write_str("...");
            }
            bytes += if character.is_ascii() { 1 } else { character.escape_unicode().len() };
            if character == ' ' || character.is_ascii_graphic() {
                write!(f, "{character}")?;
            } else {
                write!(f, "{}", character.escape_unicode())?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_finite() && self.0.abs() >= LARGE {
            write!(f, "{:e}", self.0)
        } else {
            write!(f, "{}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_url_is_shown_in_ascii_and_cut() {
        assert_eq!(Shown("3o0").to_string(), "\"3o0\"");
        assert_eq!(Shown("a\r\nb").to_string(), "\"a\\u{d}\\u{a}b\"");
        assert_eq!(Shown("é").to_string(), "\"\\u{e9}\"");
        assert_eq!(Bare(&"x".repeat(60)).to_string(), format!("{}...", "x".repeat(40)));
        assert_eq!(Bare(&"\u{10ffff}".repeat(60)).to_string(), format!("{}...", "\\u{10ffff}".repeat(12)));
    }

    #[test]
    fn large_numbers_are_shown_short() {
        let shown =
            [0.0, -3.5, 65_536.0, 1e15, f64::MAX, f64::INFINITY].map(|value| Amount(value).to_string());
        assert_eq!(shown, ["0", "-3.5", "65536", "1e15", "1.7976931348623157e308", "inf"]);
    }
}
