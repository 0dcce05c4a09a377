//! Parameters that need a model: at most one of them may stand in a step.

use std::fmt;

use crate::decode::{base64_encode, is_plain};

/// What a model is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Model {
    /// `e-bgremove`.
    RemoveBackground,
    /// `e-removedotbg`: the same by another provider.
    RemoveBackgroundElsewhere,
    /// `e-changebg`.
    ChangeBackground(Prompt),
    /// `e-edit`.
    Edit(Prompt),
    /// `e-dropshadow`.
    DropShadow(DropShadow),
    /// `e-retouch`.
    Retouch,
    /// `e-upscale`.
    Upscale,
    /// `e-genvar`.
    Vary,
}

/// What a model is told, decoded; never blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prompt(pub(crate) String);

/// A cast shadow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DropShadow {
    /// Where the light comes from: degrees, 0-360.
    pub(crate) azimuth: f64,
    /// How high it stands: degrees, 0-90.
    pub(crate) elevation: f64,
    /// Percent, 0-100.
    pub(crate) strength: f64,
}

// === impl Model ===

impl Model {
    /// The parameter, as URLs spell it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::RemoveBackground => "e-bgremove",
            Self::RemoveBackgroundElsewhere => "e-removedotbg",
            Self::ChangeBackground(_) => "e-changebg",
            Self::Edit(_) => "e-edit",
            Self::DropShadow(_) => "e-dropshadow",
            Self::Retouch => "e-retouch",
            Self::Upscale => "e-upscale",
            Self::Vary => "e-genvar",
        }
    }

    /// Its result has a size that only the model knows.
    pub(crate) fn resizes(&self) -> bool {
        match self {
            Self::Edit(_) | Self::Upscale => true,
            Self::RemoveBackground
            | Self::RemoveBackgroundElsewhere
            | Self::ChangeBackground(_)
            | Self::DropShadow(_)
            | Self::Retouch
            | Self::Vary => false,
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoveBackground
            | Self::RemoveBackgroundElsewhere
            | Self::Retouch
            | Self::Upscale
            | Self::Vary => f.write_str("true"),
            Self::ChangeBackground(prompt) | Self::Edit(prompt) => prompt.fmt(f),
            Self::DropShadow(DropShadow { azimuth, elevation, strength }) => {
                write!(f, "az-{azimuth}_el-{elevation}_st-{strength}")
            }
        }
    }
}

impl Default for DropShadow {
    fn default() -> Self {
        Self { azimuth: 215.0, elevation: 45.0, strength: 60.0 }
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        // Spaces around a value belong to nothing.
        if is_plain(text) && text.trim() == text {
            write!(f, "prompt-{text}")
        } else {
            write!(f, "prompte-{}", base64_encode(text))
        }
    }
}
