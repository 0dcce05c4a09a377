//! The bearer token of the pods' admin port. Nothing here prints it.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// Random bytes in a token: as many as a SHA-256 can tell apart.
const TOKEN_BYTES: usize = 32;

/// Longest token that is taken, in bytes: what fits into a header with room to spare.
const LONGEST: usize = 4 << 10;

/// What the admin ports of one DataPlane's pods ask for. `Debug` prints a placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

/// The text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing but spaces.
    #[error("it is empty")]
    Empty,
    /// Longer than what is sent.
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    /// A header could not carry it.
    #[error("it has spaces, control characters or characters outside ASCII")]
    Unprintable,
}

impl AdminToken {
    /// Reads a token as it stands in a file or Secret; space around it does not count.
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            return Err(TokenError::Empty);
        }
        if bytes.len() > LONGEST {
            return Err(TokenError::TooLong);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Self(text.to_owned())),
            _ => Err(TokenError::Unprintable),
        }
    }

    /// Makes a new token from the system's randomness.
    ///
    /// # Errors
    /// Where the system has none to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The token, for the one place that sends it and the one that writes its Secret.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_a_header_can_carry() {
        for (text, expected) in [
            ("abc-_1", Ok("abc-_1")),
            (" abc\n", Ok("abc")),
            ("", Err(TokenError::Empty)),
            ("\n", Err(TokenError::Empty)),
            ("a b", Err(TokenError::Unprintable)),
            ("a\u{7f}", Err(TokenError::Unprintable)),
            ("schlüssel", Err(TokenError::Unprintable)),
        ] {
            let token = AdminToken::parse(text.as_bytes());
            assert_eq!(token.as_ref().map(AdminToken::expose), expected.as_ref().copied(), "{text:?}");
        }
        assert_eq!(AdminToken::parse(&[0xff]), Err(TokenError::Unprintable));
        assert_eq!(AdminToken::parse(&[b'a'; LONGEST + 1]), Err(TokenError::TooLong));
    }

    #[test]
    fn generated_tokens_are_long_and_differ() {
        let (one, two) = (AdminToken::generate().unwrap(), AdminToken::generate().unwrap());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one, two);
        assert_eq!(AdminToken::parse(one.expose().as_bytes()).as_ref(), Ok(&one));
    }

    #[test]
    fn a_token_is_never_printed() {
        let token = AdminToken::parse(b"hush").unwrap();
        assert_eq!(format!("{token:?} {:?}", Some(&token)), "AdminToken(..) Some(AdminToken(..))");
    }
}
