//! Why a picture was not made, in words that may be shown to the client.

use std::fmt;

use imgplane_text::TextError;

use crate::{Foreign, Format};

/// The reason a picture was refused or could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PixelError {
    /// Something is larger than allowed. Found from the header, before pixels are allocated.
    #[error("{what} is {value}, the limit is {limit}")]
    Limit {
        /// What is too large, with its unit: `the resolution in pixels (20000x13000)`.
        what: String,
        /// What the picture has or needs.
        value: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The bytes are not a picture, or not a valid one.
    #[error("The source could not be decoded{}: {reason}", of(*format))]
    Undecodable {
        /// The format the bytes claim to be.
        format: Option<Format>,
        /// What the decoder did not accept.
        reason: String,
    },
    /// The data ends before the picture does. Half a picture is never delivered.
    #[error("The source could not be decoded: the {format} data ends early")]
    Truncated {
        /// The format the bytes claim to be.
        format: Format,
    },
    /// The file of a layer is not a picture, or not a whole one.
    #[error("The layer's file {name}: {error}")]
    Layer {
        /// What messages call the file.
        name: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// One frame of an animation is wanted that it does not have.
    #[error("pg-{number} is wanted of a file that has {frames} frames")]
    Frame {
        /// Which one, from 1.
        number: u32,
        /// How many there are.
        frames: u32,
    },
    /// A valid picture or a valid wish that this server cannot serve.
    #[error("{what} is not supported yet")]
    Unsupported {
        /// The feature, as the subject of the sentence.
        what: String,
    },
    /// The text of a layer could not be set with its font.
    #[error("The text of a layer could not be set: {reason}")]
    Text {
        /// What is wrong, with the font as a rule.
        reason: String,
    },
    /// A file of a kind that is recognised and not decoded.
    #[error("{kind} files are not decoded by this server: save the original as JPEG, PNG, WebP or AVIF")]
    Foreign {
        /// What it is.
        kind: Foreign,
    },
    /// The caller no longer wants the result.
    #[error("The job was cancelled")]
    Cancelled,
    /// The result could not be written. Always a defect of ours.
    #[error("The {format} could not be written: {reason}")]
    Encode {
        /// The format that was to be written.
        format: Format,
        /// What the encoder said.
        reason: String,
    },
    /// A stage was handed something that an earlier stage should have refused. Always a defect of ours.
    #[error("The picture could not be processed: {reason}")]
    Internal {
        /// What was inconsistent.
        reason: String,
    },
}

impl From<TextError> for PixelError {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Limit { what, value, limit } => {
                Self::Limit { what: format!("{what} of a text layer"), value, limit }
            }
            TextError::Number { .. } | TextError::Font { .. } | TextError::Complex { .. } => {
                Self::Text { reason: error.to_string() }
            }
            TextError::Internal { reason } => Self::Internal { reason },
        }
    }
}

fn of(format: Option<Format>) -> String {
    format.map(|format| format!(" as {format}")).unwrap_or_default()
}

impl PixelError {
    /// Gives the stable code: `ELIMIT`, `EINVAL`, `UNIDENTIFIED`, `EFEATURE`, `ECANCELLED` or `EINTERNAL`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Limit { .. } => "ELIMIT",
            Self::Frame { .. } => "EINVAL",
            Self::Undecodable { .. } | Self::Truncated { .. } | Self::Layer { .. } | Self::Text { .. } => {
                "UNIDENTIFIED"
            }
            Self::Unsupported { .. } | Self::Foreign { .. } => "EFEATURE",
            Self::Cancelled => "ECANCELLED",
            Self::Encode { .. } | Self::Internal { .. } => "EINTERNAL",
        }
    }

    /// The same of the file of a layer, as far as it is about a file.
    #[must_use]
    pub fn of_layer(self, name: &str) -> Self {
        match self {
            Self::Undecodable { .. } | Self::Truncated { .. } => {
                Self::Layer { name: name.to_owned(), error: Box::new(self) }
            }
            Self::Limit { what, value, limit } => {
                Self::Limit { what: format!("{what} of the layer's file {name}"), value, limit }
            }
            error => error,
        }
    }

    pub(crate) fn undecodable(format: Format, reason: impl fmt::Display) -> Self {
        Self::Undecodable { format: Some(format), reason: reason.to_string() }
    }

    pub(crate) fn encode(format: Format, reason: impl fmt::Display) -> Self {
        Self::Encode { format, reason: reason.to_string() }
    }

    pub(crate) fn internal(reason: impl fmt::Display) -> Self {
        Self::Internal { reason: reason.to_string() }
    }
}
