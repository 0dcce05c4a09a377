//! Why a file is not decoded here. Most of these are no verdict on the file: libjpeg-turbo may still read it.

/// Why no planes came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A legal kind of JPEG that this decoder does not take, known from the headers, before any work.
    #[error("{feature} is not taken")]
    Unsupported {
        /// What the file uses, for example `arithmetic coding`.
        feature: &'static str,
    },
    /// Something in the file is not as an encoder writes it. What a decoder makes of it is a matter of taste, and the
    /// taste that everyone knows is libjpeg's.
    #[error("the JPEG is damaged: {what}")]
    Damaged {
        /// What was found.
        what: &'static str,
    },
    /// More scans than allowed: each one can cost a pass over the whole picture.
    #[error("the JPEG has more than {limit} scans")]
    TooManyScans {
        /// The limit that was exceeded.
        limit: u32,
    },
}

/// A file that is damaged in this way.
pub(crate) const fn damaged<T>(what: &'static str) -> Result<T, Error> {
    Err(Error::Damaged { what })
}

/// A file of a kind that is not taken.
pub(crate) const fn unsupported<T>(feature: &'static str) -> Result<T, Error> {
    Err(Error::Unsupported { feature })
}
