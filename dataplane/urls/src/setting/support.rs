//! Which settings this server executes: the one place that says so.

use super::{Background, Effect, Focus, Rotation, Setting};

/// What a setting comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    /// It is done.
    Done,
    /// It is right and changes nothing.
    Idle,
    /// Something simpler is done in its place, with a warning.
    Replaced,
    /// It is right and not done yet: names the feature.
    Missing(&'static str),
}

// === impl Setting ===

impl Setting {
    /// What this server makes of it, where nothing else in its step rules it out.
    pub(crate) fn support(&self) -> Support {
        match self {
            Self::Width(_)
            | Self::Height(_)
            | Self::Aspect(_)
            | Self::Crop(_)
            | Self::CropMode(_)
            | Self::Focus(Focus::Position(_))
            | Self::X(_)
            | Self::Y(_)
            | Self::CenterX(_)
            | Self::CenterY(_)
            | Self::Dpr(_)
            | Self::Rotation(Rotation::Auto)
            | Self::Flip { .. }
            | Self::Border { .. }
            | Self::Radius(_)
            | Self::Blur(_)
            | Self::Format(_)
            | Self::Quality(_)
            | Self::Progressive(_)
            | Self::Lossless(_)
            | Self::ColorProfile(_)
            | Self::Metadata(_)
            | Self::Original(_)
            | Self::DefaultImage(_)
            // Whether its layer is drawn is a question of the kind of layer.
            | Self::Layer(_) => Support::Done,
            Self::Trim(None) | Self::ContentCredentials(false) | Self::Nothing => Support::Idle,
            Self::Opacity(percent) if *percent >= 100.0 => Support::Idle,
            Self::Focus(Focus::Automatic(_) | Focus::Detected(_)) => Support::Replaced,
            Self::Rotation(rotation @ Rotation::Degrees(_)) => match rotation.turns() {
                Some(_) => Support::Done,
                None => Support::Missing("rt by an angle that is no multiple of 90"),
            },
            Self::Trim(Some(_)) => Support::Missing("t (trim)"),
            Self::Opacity(_) => Support::Missing("o (opacity)"),
            Self::Zoom(_) => Support::Missing("z (zoom)"),
            Self::Recolour(_) => Support::Missing("cr (colour replacement)"),
            // Without this suffix it is ignored.
            Self::Pages(_) => Support::Missing("ik-thumbnail.jpg"),
            Self::Density(_) => Support::Missing("dn (density)"),
            Self::ContentCredentials(true) => Support::Missing("c2pa (content credentials)"),
            Self::Background(background) => Support::Missing(match background {
                Background::Solid(_) => return Support::Done,
                Background::Blurred { .. } => "bg-blurred",
                Background::Dominant => "bg-dominant",
                Background::GradientDominant(_) => "bg-gradient_dominant",
                Background::Generated(_) => "bg-genfill",
            }),
            Self::Effect(effect) => Support::Missing(match effect {
                Effect::Grayscale => return Support::Done,
                Effect::Contrast => "e-contrast",
                Effect::Sharpen(_) => "e-sharpen",
                Effect::Unsharp(_) => "e-usm",
                Effect::Shadow(_) => "e-shadow",
                Effect::Gradient(_) => "e-gradient",
                Effect::Colorize(_) => "e-colorize",
                Effect::Distort(_) => "e-distort",
            }),
            Self::Model(model) => Support::Missing(model.name()),
        }
    }
}
