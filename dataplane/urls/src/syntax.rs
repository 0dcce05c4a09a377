//! The syntax tree of a transformation string: chains of steps, items, layers, conditionals.
//!
//! Nothing here knows what a key means. Keys are split from values at the first hyphen; brackets are balanced and
//! their depth and number are bounded, so that the tree of any string can be walked recursively.

mod parser;

use crate::UrlError;
use crate::condition::Condition;

/// Longest transformation string, in bytes after decoding.
pub(crate) const MAX_BYTES: usize = 8192;
/// Most steps in the base chain with all branches, and in the chain of one layer.
pub(crate) const MAX_STEPS: usize = 30;
/// Most layers in a string.
pub(crate) const MAX_LAYERS: usize = 30;
/// Deepest layer inside layers.
pub(crate) const MAX_LAYER_DEPTH: usize = 3;
/// Deepest `if` inside branches.
pub(crate) const MAX_IF_DEPTH: usize = 3;

/// Steps in the order in which they are applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chain<'a> {
    pub(crate) steps: Vec<Step<'a>>,
}

/// One step of a chain; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step<'a> {
    /// Parameters and layers.
    Items(Vec<Item<'a>>),
    /// A conditional, which stands alone.
    If(Conditional<'a>),
}

/// One item of a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item<'a> {
    Pair(Pair<'a>),
    Layer(Layer<'a>),
}

/// A key with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair<'a> {
    /// The item as written, without spaces around it.
    pub(crate) text: &'a str,
    /// Before the first hyphen.
    pub(crate) key: &'a str,
    /// After the first hyphen; empty when there is none.
    pub(crate) value: &'a str,
    /// Byte offset of the item in the string.
    pub(crate) start: usize,
    /// Byte offset of the value.
    pub(crate) at: usize,
}

/// What a layer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerKind {
    Image,
    Text,
    Video,
    Subtitles,
}

/// `l-KIND,...,l-end`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer<'a> {
    pub(crate) kind: LayerKind,
    pub(crate) chain: Chain<'a>,
    /// Byte offset of its opener.
    pub(crate) at: usize,
}

/// `if-CONDITION,...[,if-else,...],if-end`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conditional<'a> {
    /// The condition as written.
    pub(crate) text: &'a str,
    pub(crate) condition: Condition,
    pub(crate) then: Chain<'a>,
    pub(crate) otherwise: Option<Chain<'a>>,
}

// === impl LayerKind ===

impl LayerKind {
    /// Its opener; `l-subtitle` is an older spelling of `l-subtitles`.
    pub(crate) fn opener(self) -> &'static str {
        match self {
            Self::Image => "l-image",
            Self::Text => "l-text",
            Self::Video => "l-video",
            Self::Subtitles => "l-subtitles",
        }
    }

    /// Kinds that are drawn; the others are features that are missing.
    pub(crate) const DRAWN: &'static [Self] = &[Self::Image, Self::Text];

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "image" => Self::Image,
            "text" => Self::Text,
            "video" => Self::Video,
            "subtitles" | "subtitle" => Self::Subtitles,
            _ => return None,
        })
    }
}

/// Reads the whole string.
pub(crate) fn parse(text: &str) -> Result<Chain<'_>, UrlError> {
    if text.len() > MAX_BYTES {
        return Err(UrlError::limit(format!(
            "The transformation string has {} bytes; the limit is {MAX_BYTES}",
            text.len()
        )));
    }
    parser::Parser::new(text).parse()
}

/// Where a byte offset is, for people: characters from 1.
pub(crate) fn character(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |before| before.chars().count()) + 1
}
