//! What can go wrong with a WebP. Every variant names the cause; none of them leaves half a picture behind.

/// Why a WebP could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The data ends before the picture does.
    #[error("the WebP ends before the picture is complete")]
    Truncated,
    /// The bytes are not a WebP, or are damaged.
    #[error("the WebP is damaged: {reason}")]
    Corrupt {
        /// What does not fit.
        reason: &'static str,
    },
    /// The file is animated, but the function reads stills: use the functions of the animation.
    #[error("the WebP is animated")]
    Animated,
    /// The file is coded losslessly, and has no planes that could be shrunk.
    #[error("the WebP is lossless")]
    Lossless,
    /// The system has no memory for the picture.
    #[error("out of memory")]
    OutOfMemory,
    /// The picture cannot be a WebP: a side is 0 or above 16383 pixels.
    #[error("{width}x{height} cannot be a WebP, the longest side is 16383 pixels")]
    Dimensions {
        /// The width asked for, in pixels.
        width: u32,
        /// The height asked for, in pixels.
        height: u32,
    },
    /// The caller's buffers do not fit the size they claim, or an option is out of range.
    #[error("cannot encode as WebP: {reason}")]
    InvalidInput {
        /// What does not fit.
        reason: &'static str,
    },
    /// libwebp refused to encode.
    #[error("cannot encode as WebP: {reason}")]
    Encode {
        /// The cause by libwebp's error code.
        reason: &'static str,
    },
}
