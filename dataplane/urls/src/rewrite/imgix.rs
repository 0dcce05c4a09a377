//! imgix: every parameter of the query together makes one step.

mod table;
mod values;

use super::color::Order;
use super::native::Place;
use super::{Rewritten, query, row, value};
use crate::decode::percent_decode;

pub(super) use table::{PUBLISHED, PUBLISHED_PREFIXES, ROWS};

/// What a reader may know of the whole query.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// `w` has a value that is translated.
    width: bool,
    /// `h` has one.
    height: bool,
    /// `fit` has one.
    fit: bool,
    /// The last `usmrad` that is a radius, as written.
    radius: Option<String>,
}

/// As [`super::Rewriter::rewrite`].
pub(super) fn rewrite(rest: &str, query: Option<&str>) -> Option<Rewritten> {
    let query = query?;
    query::rewrite(rest, query, ROWS, &Facts::of(query), is_published)
}

/// A key without a row. Every parameter of this vendor has a variant in base64, whose name ends with `64`.
fn is_published(key: &str) -> bool {
    let base64 = key.strip_suffix("64");
    let plain = base64.unwrap_or(key);
    PUBLISHED.contains(&plain)
        || PUBLISHED_PREFIXES.iter().any(|prefix| plain.starts_with(prefix))
        || base64.is_some_and(|plain| row::find(ROWS, plain).is_some())
}

// === impl Facts ===

impl Facts {
    fn of(query: &str) -> Self {
        let mut facts = Self::default();
        for piece in query.split('&') {
            let Some((key @ ("w" | "h" | "fit" | "usmrad"), value)) = piece.split_once('=') else { continue };
            let Some(value) = percent_decode(value) else { continue };
            let means_something = |key| {
                let found = row::find(ROWS, key);
                found.is_some_and(|row| {
                    row.translate(&value, (&Self::default(), Order::AlphaFirst), Place::Base).is_ok()
                })
            };
            match key {
                "w" => facts.width |= means_something(key),
                "h" => facts.height |= means_something(key),
                "fit" => facts.fit |= means_something(key),
                _ if value::positive(&value).is_ok() => facts.radius = Some(value),
                _ => {}
            }
        }
        facts
    }
}
