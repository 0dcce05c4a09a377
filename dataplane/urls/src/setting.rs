//! What one parameter means once its value is read, and its normal spelling.

mod background;
mod direction;
mod effect;
mod layer;
mod model;
mod pages;
mod support;

use std::fmt;
use std::sync::Arc;

use crate::decode::percent_decode_lossy;
use crate::expression::{Expression, Operand};
use crate::geometry::{MAX_SIDE, round_side};
use crate::{Color, FormatRequest, number};

pub(crate) use background::{Background, Blend};
pub(crate) use direction::Direction;
pub(crate) use effect::{Colorize, Distort, Effect, Gradient, Recolour, Shadow, Unsharp};
pub(crate) use layer::{BlendName, LayerSetting, Offset, Padding};
pub(crate) use model::{DropShadow, Model, Prompt};
pub(crate) use pages::{End, Pages, Range};
pub(crate) use support::Support;

/// A parameter with a value that was understood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Setting {
    Width(Length),
    Height(Length),
    Aspect(Aspect),
    /// `c`.
    Crop(Mode),
    /// `cm`, which wins over `c`.
    CropMode(Mode),
    Focus(Focus),
    X(Operand),
    Y(Operand),
    CenterX(Operand),
    CenterY(Operand),
    Dpr(Dpr),
    /// `z`, above 0.
    Zoom(f64),
    /// How far a margin may differ from its corner, 1-99; `None`: off.
    Trim(Option<u8>),
    Rotation(Rotation),
    Flip {
        horizontal: bool,
        vertical: bool,
    },
    Background(Background),
    Border {
        width: Operand,
        color: Color,
    },
    Radius(Corners),
    /// Percent, 0-100.
    Opacity(f64),
    /// 1-100.
    Blur(f64),
    Recolour(Recolour),
    Effect(Effect),
    /// What needs a model.
    Model(Model),
    Format(FormatRequest),
    /// 1-100.
    Quality(u8),
    Progressive(bool),
    Lossless(bool),
    ColorProfile(bool),
    Metadata(bool),
    Original(bool),
    /// Dots per inch; a literal lies in 1-1200.
    Density(Operand),
    ContentCredentials(bool),
    Pages(Pages),
    /// `di`: raw path.
    DefaultImage(String),
    /// Of a layer as a whole.
    Layer(LayerSetting),
    /// Valid and without effect.
    Nothing,
}

/// A requested side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Length {
    /// From the client's width hint.
    Auto,
    /// At least 1.
    Pixels(f64),
    /// Between 0 and 1: part of the step input's side.
    Fraction(f64),
    /// Pixels.
    Expression(Arc<Expression>),
}

/// Width over height.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Aspect {
    /// Two positive numbers.
    Fraction(f64, f64),
    /// A positive number, or an expression.
    Ratio(Operand),
}

/// Pixel ratio of the display.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Dpr {
    /// From the client's hint.
    Auto,
    /// A number or an expression.
    Value(Operand),
}

/// How a requested size is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    MaintainRatio,
    MaintainRatioNoEnlarge,
    Force,
    AtMax,
    AtMaxEnlarge,
    AtLeast,
    PadResize,
    PadResizeNoEnlarge,
    Extract,
    PadExtract,
    PadExtractNoShrink,
}

/// What matters in the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Focus {
    Position(Position),
    /// `auto`, `custom` and their kin.
    Automatic(&'static str),
    /// `face`, object names: what a detector would have to find.
    Detected(String),
}

/// One of nine places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Position {
    pub(crate) horizontal: Edge,
    pub(crate) vertical: Edge,
}

/// A place on one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Edge {
    Start,
    #[default]
    Center,
    End,
}

/// `rt`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rotation {
    /// Apply the EXIF orientation.
    Auto,
    /// Clockwise, from 0 to below 360.
    Degrees(f64),
}

/// `r`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Corners {
    /// `max` alone: an ellipse.
    Ellipse,
    /// Top left, top right, bottom right, bottom left.
    Each([Corner; 4]),
}

/// One corner of `r`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Corner {
    Pixels(f64),
    Max,
}

// === impl Focus ===

impl Focus {
    /// What draws the eye decides: asked for, or for want of what else is.
    ///
    /// `auto-custom_override` is `auto` where no area is stored with the file, and `custom` is the centre there; nothing
    /// detects faces or objects, so these fall back to `auto`.
    pub(crate) fn attends(&self) -> bool {
        match self {
            Self::Position(_) => false,
            Self::Automatic(name) => *name != "custom",
            Self::Detected(_) => true,
        }
    }

    /// The area that is stored with the file decides, where there is one.
    pub(crate) fn is_custom(&self) -> bool {
        matches!(self, Self::Automatic("custom" | "auto-custom_override"))
    }
}

// === impl Rotation ===

impl Rotation {
    /// Clockwise quarter turns, 0-3, where it is nothing else.
    pub(crate) fn turns(self) -> Option<u8> {
        match self {
            Self::Degrees(degrees) if degrees % 90.0 == 0.0 => Some((degrees / 90.0) as u8 % 4),
            Self::Degrees(_) | Self::Auto => None,
        }
    }
}

// === impl Mode ===

impl Mode {
    /// Its value in `c` or `cm`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MaintainRatio => "maintain_ratio",
            Self::MaintainRatioNoEnlarge => "maintain_ratio_no_enlarge",
            Self::Force => "force",
            Self::AtMax => "at_max",
            Self::AtMaxEnlarge => "at_max_enlarge",
            Self::AtLeast => "at_least",
            Self::PadResize => "pad_resize",
            Self::PadResizeNoEnlarge => "pad_resize_no_enlarge",
            Self::Extract => "extract",
            Self::PadExtract => "pad_extract",
            Self::PadExtractNoShrink => "pad_extract_no_shrink",
        }
    }
}

// === impl Position ===

impl Position {
    /// The nine places of `fo`, `lfo` and `lap`.
    pub(crate) const ALL: [(&'static str, Self); 9] = [
        ("center", Self::at(Edge::Center, Edge::Center)),
        ("top", Self::at(Edge::Center, Edge::Start)),
        ("left", Self::at(Edge::Start, Edge::Center)),
        ("bottom", Self::at(Edge::Center, Edge::End)),
        ("right", Self::at(Edge::End, Edge::Center)),
        ("top_left", Self::at(Edge::Start, Edge::Start)),
        ("top_right", Self::at(Edge::End, Edge::Start)),
        ("bottom_left", Self::at(Edge::Start, Edge::End)),
        ("bottom_right", Self::at(Edge::End, Edge::End)),
    ];

    const fn at(horizontal: Edge, vertical: Edge) -> Self {
        Self { horizontal, vertical }
    }

    /// Reads one of the nine names.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, position)| *position)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, position)| *position == self).map_or("", |(name, _)| name)
    }
}

// === normal spellings ===

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Width(length) | Self::Height(length) => length.fmt(f),
            Self::Aspect(aspect) => aspect.fmt(f),
            Self::Crop(mode) | Self::CropMode(mode) => f.write_str(mode.name()),
            Self::Focus(Focus::Position(position)) => f.write_str(position.name()),
            Self::Focus(Focus::Detected(name)) => f.write_str(name),
            Self::Focus(Focus::Automatic(name)) => f.write_str(name),
            Self::X(operand) | Self::Y(operand) | Self::CenterX(operand) | Self::CenterY(operand) => {
                operand.fmt(f)
            }
            Self::Dpr(Dpr::Auto) | Self::Rotation(Rotation::Auto) => f.write_str("auto"),
            Self::Dpr(Dpr::Value(operand)) => operand.fmt(f),
            Self::Rotation(Rotation::Degrees(degrees)) => f.write_str(&number::show(*degrees)),
            Self::Trim(threshold) => match threshold {
                Some(threshold) => threshold.fmt(f),
                None => f.write_str("false"),
            },
            Self::Flip { horizontal, vertical } => f.write_str(match (horizontal, vertical) {
                (true, true) => "h_v",
                (false, true) => "v",
                (true | false, false) => "h",
            }),
            Self::Background(background) => background.fmt(f),
            Self::Border { width, color } => write!(f, "{width}_{color}"),
            Self::Radius(corners) => corners.fmt(f),
            Self::Recolour(recolour) => recolour.fmt(f),
            Self::Effect(effect) => effect.fmt(f),
            Self::Model(model) => model.fmt(f),
            Self::Density(density) => density.fmt(f),
            Self::Pages(pages) => pages.fmt(f),
            Self::Zoom(value) | Self::Blur(value) | Self::Opacity(value) => {
                f.write_str(&number::show(*value))
            }
            Self::Format(format) => f.write_str(format_name(*format)),
            Self::Quality(quality) => quality.fmt(f),
            Self::Progressive(on)
            | Self::Lossless(on)
            | Self::ColorProfile(on)
            | Self::Metadata(on)
            | Self::Original(on)
            | Self::ContentCredentials(on) => on.fmt(f),
            Self::Nothing => f.write_str("true"),
            Self::DefaultImage(path) => f.write_str(&default_image(path)),
            Self::Layer(setting) => setting.fmt(f),
        }
    }
}

impl Length {
    /// A number of pixels for which the side is ignored, whatever the source.
    pub(crate) fn is_too_long(&self) -> bool {
        matches!(self, Self::Pixels(value) if round_side(*value) > MAX_SIDE)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Pixels(value) | Self::Fraction(value) => f.write_str(&number::show(*value)),
            Self::Expression(expression) => expression.fmt(f),
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fraction(width, height) => write!(f, "{}-{}", number::show(*width), number::show(*height)),
            Self::Ratio(ratio) => ratio.fmt(f),
        }
    }
}

impl fmt::Display for Corners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ellipse => f.write_str("max"),
            Self::Each([first, rest @ ..]) if rest.iter().all(|corner| corner == first) => match first {
                Corner::Pixels(value) => f.write_str(&number::show(*value)),
                // `max` alone would be the ellipse.
                Corner::Max => f.write_str("max_max_max_max"),
            },
            Self::Each(corners) => {
                let names = corners.map(|corner| match corner {
                    Corner::Pixels(value) => number::show(value),
                    Corner::Max => "max".to_owned(),
                });
                f.write_str(&names.join("_"))
            }
        }
    }
}

/// The value of `di` that means this raw path.
fn default_image(raw: &str) -> String {
    let path = percent_decode_lossy(raw);
    // A space in front would be taken for one around the value.
    let lead = if path.starts_with(char::is_whitespace) { "@@" } else { "" };
    let signs = path.replace('/', "@@");
    let path = if signs.replace("@@", "/") == path { signs } else { path };
    format!("{lead}{path}")
}

fn format_name(format: FormatRequest) -> &'static str {
    match format {
        FormatRequest::Auto => "auto",
        FormatRequest::Jpeg => "jpg",
        FormatRequest::Png => "png",
        FormatRequest::Webp => "webp",
        FormatRequest::Avif => "avif",
        FormatRequest::Gif => "gif",
        FormatRequest::Svg => "svg",
        FormatRequest::Source => "orig",
    }
}
