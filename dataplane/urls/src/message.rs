//! How text of a URL is shown in messages: quoted, in ASCII, cut. Messages end up in response headers.

use std::fmt;

/// Longest piece of a URL that a message repeats, in characters.
const SHOWN: usize = 40;

/// Shows a piece of a URL in double quotes, other than printable ASCII escaped, cut after 40 characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a>(pub(crate) &'a str);

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
        for (index, character) in self.0.chars().enumerate() {
            if index == SHOWN {
                return f.write_str("...");
            }
            if character == ' ' || character.is_ascii_graphic() {
                write!(f, "{character}")?;
            } else {
                write!(f, "{}", character.escape_unicode())?;
            }
        }
        Ok(())
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
    }
}
