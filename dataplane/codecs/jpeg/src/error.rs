//! What can go wrong with a JPEG. Every variant names the cause; none of them leaves half a picture behind.

/// Why a JPEG could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The data ends before the picture does: the end-of-image marker or a part of the entropy-coded data is missing.
    #[error("the JPEG ends before the picture is complete")]
    Truncated,
    /// The bytes are not a JPEG, or are damaged so badly that libjpeg-turbo gives up.
    #[error("the JPEG is damaged: {message}")]
    Corrupt {
        /// libjpeg-turbo's own words.
        message: String,
    },
    /// A legal JPEG of a kind this crate refuses, decided from the header.
    #[error("{feature} is not supported")]
    Unsupported {
        /// What the file uses, for example `arithmetic coding`.
        feature: &'static str,
    },
    /// A multi-scan file with more scans than allowed: each scan costs a pass over the whole picture.
    #[error("the JPEG has more than {limit} scans")]
    TooManyScans {
        /// The limit that was exceeded.
        limit: u32,
    },
    /// libjpeg-turbo would need more working memory than [`working_memory`](crate::working_memory) promises.
    #[error("the JPEG needs more memory than its header announces")]
    TooMuchMemory,
    /// The system has no memory for the picture.
    #[error("out of memory")]
    OutOfMemory,
    /// The caller's planes do not fit the size they claim, or the size is not encodable (1 to 65500).
    #[error("cannot encode as JPEG: {reason}")]
    InvalidInput {
        /// What does not fit.
        reason: &'static str,
    },
    /// libjpeg-turbo refused to encode.
    #[error("cannot encode as JPEG: {message}")]
    Encode {
        /// libjpeg-turbo's own words.
        message: String,
    },
}
