//! Why a file gave no picture.

/// Every way in which reading an AVIF file fails. None of them is the caller's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file does not begin as one.
    #[error("this is not an AVIF file")]
    NotAvif,
    /// Boxes or numbers contradict each other.
    #[error("the AVIF file is malformed: {what}")]
    Malformed {
        /// What was found.
        what: &'static str,
    },
    /// Data ends before what the file announces.
    #[error("the AVIF file ends early")]
    Truncated,
    /// Valid, but nothing this reader does.
    #[error("the AVIF file uses {what}, which is not supported")]
    Unsupported {
        /// The feature.
        what: &'static str,
    },
    /// More pixels than the caller allows.
    #[error("the picture has {pixels} pixels, more than the limit of {limit}")]
    TooLarge {
        /// Width x height as the file announces it.
        pixels: u64,
        /// The caller's limit.
        limit: u64,
    },
    /// The AV1 decoder found an error in the coded picture.
    #[error("the coded picture is damaged (decoder code {code})")]
    Damaged {
        /// The decoder's negative errno; 0: it accepted the data and gave no picture.
        code: i32,
    },
}

/// Shorthand for [`Error::Malformed`].
pub(crate) fn malformed(what: &'static str) -> Error {
    Error::Malformed { what }
}

/// Shorthand for [`Error::Unsupported`].
pub(crate) fn unsupported(what: &'static str) -> Error {
    Error::Unsupported { what }
}
