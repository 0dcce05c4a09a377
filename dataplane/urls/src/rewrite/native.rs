//! The gate to the native grammar: nothing leaves a rewriter that the native table would refuse.

use crate::expression::{BASE_VARIABLES, Variable};
use crate::parameter::{self, BadValue, Context, Scopes};

/// Names in a layer: the image it is drawn on has a size, and so has what the layer shows, unless that is text.
const TEXT_VARIABLES: &[Variable] = &[Variable::Bw, Variable::Bh];
const IMAGE_VARIABLES: &[Variable] = &[Variable::Bw, Variable::Bh, Variable::Cw, Variable::Ch];

/// Where an item is going to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the chain of the requested image.
    Base,
    /// In a layer that shows a file.
    Image,
    /// In a layer that shows text.
    Text,
}

/// Why a piece of the vendor's syntax gives no item; its text continues "dropped: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Why {
    #[error("not a number")]
    NotANumber,
    #[error("not a known value")]
    UnknownWord,
    #[error("not a colour")]
    NotAColor,
    #[error("not from {0} to {1}")]
    Range(i32, i32),
    #[error("{}", .0.to_string().trim_start_matches("is "))]
    Value(#[from] BadValue),
    #[error("{0}")]
    Other(&'static str),
}

/// Checks an item (`KEY-VALUE`, `e-NAME-VALUE`) with the reader that will read it.
pub(super) fn check(item: &str, place: Place) -> Result<(), Why> {
    let (key, value) = item.split_once('-').unwrap_or((item, ""));
    let (row, value) = if key == "e" {
        let (name, value) = value.split_once('-').unwrap_or((value, ""));
        (parameter::find_effect(name), value)
    } else {
        (parameter::find(key), value)
    };
    let row = row.ok_or(Why::Other("no equivalent"))?;
    let (scope, variables, elsewhere) = match place {
        Place::Base => (Scopes::BASE, BASE_VARIABLES, "means something only in an overlay"),
        Place::Image => (Scopes::IMAGE, IMAGE_VARIABLES, "means nothing in an image overlay"),
        Place::Text => (Scopes::TEXT, TEXT_VARIABLES, "means nothing in a text overlay"),
    };
    if !row.scopes.meets(scope) {
        return Err(Why::Other(elsewhere));
    }
    row.takes.read(value, &Context { variables })?;
    Ok(())
}
