//! `bg`: a colour, or something made from the picture.

use std::fmt;

use super::Prompt;
use crate::{Color, number};

/// What stands behind the picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Background {
    Solid(Color),
    /// The picture itself, blurred, behind its padding.
    Blurred {
        /// 0-100; `None`: by the size.
        intensity: Option<f64>,
        /// Added to each channel, -255 to 255.
        brightness: f64,
    },
    /// The most frequent colour of the border pixels.
    Dominant,
    GradientDominant(Blend),
    /// Made by a model, with what it was told.
    Generated(Option<Prompt>),
}

/// How many dominant colours make a gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blend {
    /// Top to bottom.
    Two,
    /// Between four corners.
    Four,
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Solid(color) => color.fmt(f),
            Self::Blurred { intensity, brightness } => {
                let intensity = intensity.map_or_else(|| "auto".to_owned(), number::show);
                write!(f, "blurred_{intensity}_{}", number::show(*brightness))
            }
            Self::Dominant => f.write_str("dominant"),
            Self::GradientDominant(Blend::Two) => f.write_str("gradient_dominant_2"),
            Self::GradientDominant(Blend::Four) => f.write_str("gradient_dominant_4"),
            Self::Generated(None) => f.write_str("genfill"),
            Self::Generated(Some(prompt)) => write!(f, "genfill-{prompt}"),
        }
    }
}
