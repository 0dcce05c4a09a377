//! Which settings this server executes: the one place that says so.

use super::{Background, Focus, Setting};

/// What a setting comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    /// It is done.
    Done,
    /// It is right and changes nothing.
    Idle,
    /// Something simpler is done in its place, with a warning that says what.
    Replaced(&'static str),
    /// It is right and not done yet: names the feature.
    Missing(&'static str),
}

// === impl Setting ===

impl Setting {
    /// What this server makes of it, where nothing else in its step rules it out.
    pub(crate) fn support(&self) -> Support {
        match self {
            Self::Opacity(percent) if *percent >= 100.0 => Support::Idle,
            Self::Width(_)
            | Self::Height(_)
            | Self::Aspect(_)
            | Self::Crop(_)
            | Self::CropMode(_)
            | Self::Focus(Focus::Position(_) | Focus::Automatic(_))
            | Self::X(_)
            | Self::Y(_)
            | Self::CenterX(_)
            | Self::CenterY(_)
            | Self::Dpr(_)
            | Self::Rotation(_)
            | Self::Flip { .. }
            | Self::Border { .. }
            | Self::Background(
                Background::Solid(_)
                | Background::Blurred { .. }
                | Background::Dominant
                | Background::GradientDominant(_),
            )
            | Self::Radius(_)
            | Self::Opacity(_)
            | Self::Trim(Some(_))
            | Self::Blur(_)
            | Self::Recolour(_)
            | Self::Effect(_)
            | Self::Format(_)
            | Self::Quality(_)
            | Self::Progressive(_)
            | Self::Lossless(_)
            | Self::ColorProfile(_)
            | Self::Metadata(_)
            | Self::Original(_)
            | Self::DefaultImage(_)
            | Self::Pages(_)
            // Whether its layer is drawn is a question of the kind of layer.
            | Self::Layer(_) => Support::Done,
            Self::Trim(None) | Self::ContentCredentials(false) | Self::Nothing => Support::Idle,
            Self::Focus(Focus::Detected(_)) => Support::Replaced("counts as fo-auto"),
            Self::Zoom(_) => Support::Replaced("has no effect"),
            Self::Density(_) => Support::Missing("dn (density)"),
            Self::ContentCredentials(true) => Support::Missing("c2pa (content credentials)"),
            Self::Background(Background::Generated(_)) => Support::Missing("bg-genfill"),
            Self::Model(model) => Support::Missing(model.name()),
        }
    }
}
