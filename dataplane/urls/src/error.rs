//! What is wrong with a URL: a stable code, its status, and a sentence for the person who wrote the URL.

use std::fmt;

/// A URL that is not served, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} - {message}")]
pub struct UrlError {
    /// Stable code, first word of `ik-error`.
    pub code: UrlErrorCode,
    /// One sentence in ASCII, at most about 300 bytes: it fits a response header.
    pub message: String,
    /// The character of the decoded transformation string (without `tr:`) that it is about, from 1. `None`: it is about
    /// no place in that string.
    pub character: Option<usize>,
}

/// Class of a [`UrlError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UrlErrorCode {
    /// Syntax error, bad value, unbalanced block.
    Einval,
    /// A limit on steps, layers, length or pixels.
    Elimit,
    /// A known feature that is switched off or not there yet.
    Efeature,
    /// No endpoint, or no resource, at this address.
    Enoent,
}

// === impl UrlErrorCode ===

impl UrlErrorCode {
    /// Spelling in `ik-error` and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Einval => "EINVAL",
            Self::Elimit => "ELIMIT",
            Self::Efeature => "EFEATURE",
            Self::Enoent => "ENOENT",
        }
    }

    /// HTTP status of the response.
    pub fn status(self) -> u16 {
        match self {
            Self::Einval | Self::Elimit => 400,
            Self::Efeature => 403,
            Self::Enoent => 404,
        }
    }
}

impl fmt::Display for UrlErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl UrlError ===

impl UrlError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { code: UrlErrorCode::Einval, message: message.into(), character: None }
    }

    /// The same, about a place: `character` from 1, or nothing where the place is in another string.
    pub(crate) fn at(self, character: Option<usize>) -> Self {
        Self { character, ..self }
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self { code: UrlErrorCode::Elimit, message: message.into(), character: None }
    }

    /// `what` is a noun: the message is "`what` is not supported yet".
    pub(crate) fn feature(what: &str) -> Self {
        Self {
            code: UrlErrorCode::Efeature,
            message: format!("{what} is not supported yet"),
            character: None,
        }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { code: UrlErrorCode::Enoent, message: message.into(), character: None }
    }
}
