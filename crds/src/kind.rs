//! The three kinds, by name.

use std::{fmt, str::FromStr};

/// API group of all kinds.
pub const GROUP: &str = "imgplane.dev";
/// `apiVersion` of all kinds.
pub const API_VERSION: &str = "imgplane.dev/v1alpha1";

/// A kind of this API group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Where files are.
    Origin,
    /// Where files are addressed.
    UrlEndpoint,
    /// Who serves them.
    DataPlane,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Origin, Self::UrlEndpoint, Self::DataPlane];

    /// The text that stands in `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "Origin",
            Self::UrlEndpoint => "UrlEndpoint",
            Self::DataPlane => "DataPlane",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of this API group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{GROUP} has no kind {0}; it has Origin, UrlEndpoint and DataPlane")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}
