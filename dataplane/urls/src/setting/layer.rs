//! Values of keys that stand only in layers, and their normal spelling.

use std::fmt;

use super::Position;
use crate::expression::Operand;
use crate::{Align, Color, Font, Typography, number};

/// A parameter of a layer as a whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LayerSetting {
    /// `lx`, `ly`, `lxc`, `lyc`: the key tells them apart.
    Offset(Offset),
    /// `lfo`, `lap`.
    Place(Position),
    Blend(BlendName),
    /// `al` as a fraction of full opacity.
    Opacity(f64),
    /// `fs`, `lh`.
    Length(Operand),
    /// `None`: a name that no built-in family has.
    Font(Option<Font>),
    /// `co`.
    Color(Color),
    Align(Align),
    Padding(Padding),
    Typography(Typography),
    /// `lso`, `leo`, `ldu` as written: they count on videos, and are kept for show.
    Timing(String),
}

/// How far from an edge.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offset {
    /// `N` stands in front.
    pub(crate) negated: bool,
    /// What stands behind it.
    pub(crate) value: Operand,
}

/// Values of `lm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlendName {
    Multiply,
    Displace,
    Cutout,
    Cutter,
}

/// Room around text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Padding {
    /// Top, right, bottom, left.
    Each([u32; 4]),
    /// The same on all sides.
    Expression(Operand),
}

// === impl BlendName ===

impl BlendName {
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("multiply", Self::Multiply),
        ("displace", Self::Displace),
        ("cutout", Self::Cutout),
        ("cutter", Self::Cutter),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

// === normal spellings ===

impl fmt::Display for LayerSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(offset) => offset.fmt(f),
            Self::Place(position) => f.write_str(position.name()),
            Self::Blend(mode) => f.write_str(mode.name()),
            Self::Opacity(part) => f.write_str(&opacity(*part)),
            Self::Length(operand) => operand.fmt(f),
            Self::Font(font) => f.write_str(&font_name(font.as_ref())),
            Self::Color(color) => color.fmt(f),
            Self::Align(align) => f.write_str(align.name()),
            Self::Padding(padding) => padding.fmt(f),
            Self::Timing(text) => f.write_str(text),
            Self::Typography(typography) => f.write_str(&styles(*typography)),
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.negated { "N" } else { "" }, self.value)
    }
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Each([all, rest @ ..]) if rest.iter().all(|side| side == all) => all.fmt(f),
            Self::Each(sides) => f.write_str(&sides.map(|side| side.to_string()).join("_")),
            Self::Expression(operand) => operand.fmt(f),
        }
    }
}

/// Tenths as whole numbers, everything else as a fraction.
fn opacity(part: f64) -> String {
    let tenths = part * 10.0;
    let spelling = if tenths.fract() == 0.0 { tenths } else { part };
    number::show(spelling)
}

fn font_name(font: Option<&Font>) -> String {
    match font {
        None => String::new(),
        Some(Font::BuiltIn(name)) => (*name).to_owned(),
        Some(Font::File { path, .. }) => path.replace('/', "@@"),
    }
}

fn styles(Typography { bold, italic, strikethrough }: Typography) -> String {
    let styles = [("b", bold), ("i", italic), ("strikethrough", strikethrough)];
    styles.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect::<Vec<_>>().join("_")
}
