//! Effects on pixels: what they are given, with every default filled in, and their normal spelling.

use std::fmt;

use super::Direction;
use crate::expression::Operand;
use crate::{Color, number};

/// An effect that is on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    Grayscale,
    /// `e-contrast`: stretch of the luminance.
    Contrast,
    /// `e-sharpen`, 1-99.
    Sharpen(f64),
    /// `e-usm`.
    Unsharp(Unsharp),
    /// `e-shadow`.
    Shadow(Shadow),
    /// `e-gradient`.
    Gradient(Box<Gradient>),
    /// `e-colorize`.
    Colorize(Colorize),
    /// `e-distort`.
    Distort(Distort),
}

/// An unsharp mask; no argument is negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unsharp {
    /// Half the width of the kernel in pixels.
    pub(crate) radius: f64,
    /// Standard deviation of the blur in pixels.
    pub(crate) sigma: f64,
    /// Factor.
    pub(crate) amount: f64,
    /// Part of the full scale below which nothing is sharpened.
    pub(crate) threshold: f64,
}

/// A black shadow under the picture's shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shadow {
    /// Standard deviation of its blur in pixels, 0-15.
    pub(crate) blur: f64,
    /// Opacity in percent, 0-100.
    pub(crate) strength: f64,
    /// To the right, in percent of the width, -100 to 100.
    pub(crate) x: f64,
    /// Down, in percent of the height, -100 to 100.
    pub(crate) y: f64,
}

/// A gradient over the whole canvas.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gradient {
    /// Where it goes to.
    pub(crate) direction: Direction,
    pub(crate) from: Color,
    pub(crate) to: Color,
    /// Where `to` is reached: up to 1 a fraction of the line, above it pixels.
    pub(crate) stop: Operand,
}

/// A tint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Colorize {
    pub(crate) color: Color,
    /// Percent, 0-100.
    pub(crate) intensity: f64,
}

/// A change of shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Distort {
    /// Where the corners go, x and y of each in pixels: top left, top right, bottom right, bottom left.
    Perspective([f64; 8]),
    /// Degrees of the arc that the width is bent to: positive bends upward.
    Arc(f64),
}

/// `cr`: a colour that takes the place of another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Recolour {
    pub(crate) to: Color,
    /// Percent, 0-100.
    pub(crate) tolerance: f64,
    /// `None`: the picture's dominant colour.
    pub(crate) from: Option<Color>,
}

// === defaults ===

impl Effect {
    /// Strength of a bare `e-sharpen`.
    pub(crate) const SHARPEN: f64 = 50.0;
}

impl Default for Unsharp {
    fn default() -> Self {
        Self { radius: 2.0, sigma: 2.0, amount: 0.8, threshold: 0.024 }
    }
}

impl Default for Shadow {
    fn default() -> Self {
        Self { blur: 10.0, strength: 30.0, x: 2.0, y: 2.0 }
    }
}

impl Default for Gradient {
    fn default() -> Self {
        Self {
            direction: Direction::BOTTOM,
            from: Color { red: 255, green: 255, blue: 255, alpha: 255 },
            to: Color::TRANSPARENT,
            stop: Operand::Number(1.0),
        }
    }
}

impl Default for Colorize {
    fn default() -> Self {
        Self { color: Color { red: 128, green: 128, blue: 128, alpha: 255 }, intensity: 100.0 }
    }
}

impl Recolour {
    /// Tolerance where none is given.
    pub(crate) const TOLERANCE: f64 = 35.0;
}

// === normal spellings ===

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grayscale | Self::Contrast => f.write_str("true"),
            Self::Sharpen(strength) => f.write_str(&number::show(*strength)),
            Self::Unsharp(Unsharp { radius, sigma, amount, threshold }) => {
                write!(f, "{radius}-{sigma}-{amount}-{threshold}")
            }
            Self::Shadow(Shadow { blur, strength, x, y }) => {
                write!(f, "bl-{blur}_st-{strength}_x-{}_y-{}", number::show(*x), number::show(*y))
            }
            Self::Gradient(gradient) => {
                let Gradient { direction, from, to, stop } = gradient.as_ref();
                write!(f, "ld-{direction}_from-{from}_to-{to}_sp-{stop}")
            }
            Self::Colorize(Colorize { color, intensity }) => write!(f, "co-{color}_in-{intensity}"),
            Self::Distort(Distort::Arc(degrees)) => write!(f, "a-{}", number::show(*degrees)),
            Self::Distort(Distort::Perspective(corners)) => {
                write!(f, "p-{}", corners.map(number::show).join("_"))
            }
        }
    }
}

impl fmt::Display for Recolour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.to, self.tolerance)?;
        self.from.map_or(Ok(()), |from| write!(f, "_{from}"))
    }
}
