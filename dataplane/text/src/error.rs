//! Why a text was not set, in words that may be shown to the client.

/// The reason a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Something is larger than allowed. Found before pixels are allocated.
    #[error("{what} is {value}, the limit is {limit}")]
    Limit {
        /// What is too large, with its unit.
        what: &'static str,
        /// What the text has or needs.
        value: u64,
        /// What is allowed.
        limit: u64,
    },
    /// A number of the text is none, or negative.
    #[error("{what} is not a usable number")]
    Number {
        /// Which one.
        what: &'static str,
    },
    /// The font file cannot be used.
    #[error("The font could not be read: {reason}")]
    Font {
        /// What is wrong with it.
        reason: String,
    },
    /// The font asks for more work than any honest one.
    #[error("The font is too complex: {what}")]
    Complex {
        /// What there is too much of.
        what: &'static str,
    },
    /// A built-in font is damaged. Always a defect of ours.
    #[error("The text could not be set: {reason}")]
    Internal {
        /// What was inconsistent.
        reason: String,
    },
}

impl TextError {
    pub(crate) fn font(reason: impl std::fmt::Display) -> Self {
        Self::Font { reason: reason.to_string() }
    }
}
