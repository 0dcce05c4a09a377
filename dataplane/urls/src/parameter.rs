//! Parameters as data: what each key takes, which range, where it means something.
//!
//! One row per key: those of effects in [`effect`] and [`model`], all others below [`table`], which finds them. The
//! parser reads values by these rows, and the documentation shows the same ones, see [`info`]. Values that need more
//! than a number or a word have a reader in a file of their own.

mod aspect;
mod background;
mod border;
pub(crate) mod default_image;
mod density;
mod distort;
mod effect;
mod focus;
mod info;
mod layer_value;
mod length;
mod model;
mod overlay;
mod page;
mod radius;
mod recolour;
mod rotation;
mod row;
mod sub_list;
mod table;
mod trim;

use crate::ColorError;
use crate::expression::{ExpressionError, Operand, Variable};
use crate::number;
use crate::setting::{Length, Setting};
use crate::syntax::LayerKind;

pub use info::{ParameterInfo, Supported, parameters};
pub(crate) use row::Parameter;
pub(crate) use table::{find, find_effect};

/// How a value is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes {
    /// Pixels from 1, a fraction between 0 and 1, an expression, and where `auto` is set also that word.
    Length { auto: bool, set: fn(Length) -> Setting },
    /// A signed number or an expression.
    Operand(fn(Operand) -> Setting),
    /// A number, which is clamped to the range.
    Number { from: f64, to: f64, set: fn(f64) -> Setting },
    /// `true`, `false`, `1`, `0`.
    Flag(fn(bool) -> Setting),
    /// One of these words.
    Words(&'static [(&'static str, Setting)]),
    /// Whatever the reader says; an empty value drops the parameter.
    Read(fn(&str, &Context) -> Result<Setting, BadValue>),
    /// As `Read`, and an empty value means something too.
    ReadOrBare(fn(&str, &Context) -> Result<Setting, BadValue>),
    /// A flag effect: off when its suffix is `false` or `0`, else on, with what of its suffix it understands.
    Switch(fn(&str) -> Setting),
    /// For videos only: never read, never an error.
    VideoOnly,
}

/// What a reader may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    /// Names that expressions may hold here.
    pub(crate) variables: &'static [Variable],
}

/// Why a value was not understood; its text follows the quoted value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadValue {
    #[error("is not a number")]
    NotANumber,
    #[error("is not greater than 0")]
    NotPositive,
    #[error("is negative")]
    Negative,
    #[error("is not true or false")]
    NotAFlag,
    #[error("is not a known value")]
    UnknownWord,
    #[error("is not base64 text")]
    NotBase64,
    #[error("{0}")]
    Expression(#[from] ExpressionError),
    #[error("is {0}")]
    Color(#[from] ColorError),
    #[error("{0}")]
    Form(&'static str),
}

/// A set of places where parameters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scopes(u8);

// === impl Scopes ===

impl Scopes {
    /// The requested image.
    pub(crate) const BASE: Self = Self(1);
    /// A layer that shows a file.
    pub(crate) const IMAGE: Self = Self(2);
    /// A layer that is a filled block.
    pub(crate) const BLOCK: Self = Self(4);
    pub(crate) const TEXT: Self = Self(8);
    pub(crate) const VIDEO: Self = Self(16);
    pub(crate) const SUBTITLES: Self = Self(32);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Layers of a kind, blocks among those of images.
    pub(crate) const fn of(kind: LayerKind) -> Self {
        match kind {
            LayerKind::Image => Self::IMAGE.and(Self::BLOCK),
            LayerKind::Text => Self::TEXT,
            LayerKind::Video => Self::VIDEO,
            LayerKind::Subtitles => Self::SUBTITLES,
        }
    }

    /// The two have a place in common.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

// === impl Takes ===

impl Takes {
    /// Reads a value without spaces around it. `None`: there is nothing to set, because the value is empty or the
    /// parameter is for videos.
    pub(crate) fn read(self, text: &str, context: &Context) -> Result<Option<Setting>, BadValue> {
        match self {
            Self::Switch(_) if is_off(text) => return Ok(Some(Setting::Nothing)),
            Self::Switch(set) => return Ok(Some(set(text))),
            Self::ReadOrBare(read) => return read(text, context).map(Some),
            Self::VideoOnly => return Ok(None),
            _ if text.is_empty() => return Ok(None),
            Self::Length { auto, set } => length::read(text, auto, context).map(set),
            Self::Operand(set) => Operand::parse(text, context.variables).map(set).map_err(BadValue::from),
            Self::Number { from, to, set } => {
                number::signed(text).map(|value| set(value.clamp(from, to))).ok_or(BadValue::NotANumber)
            }
            Self::Flag(set) => flag(text).map(set).ok_or(BadValue::NotAFlag),
            Self::Words(words) => {
                let found = words.iter().find(|(word, _)| *word == text);
                found.map(|(_, setting)| setting.clone()).ok_or(BadValue::UnknownWord)
            }
            Self::Read(read) => read(text, context),
        }
        .map(Some)
    }
}

/// The suffix that turns a flag effect off.
pub(crate) fn is_off(text: &str) -> bool {
    matches!(text, "false" | "0")
}

pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}
