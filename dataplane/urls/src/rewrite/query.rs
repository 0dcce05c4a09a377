//! Vendors whose parameters stand in the query: all of them together make one step.

use super::color::Order;
use super::native::Place;
use super::row::{Row, find, keep};
use super::{Notes, Rewritten};
use crate::decode::percent_decode;

/// Translates a raw query piece by piece. `published` are keys of the vendor without a row; others are left alone.
/// `None`: none of the pieces is the vendor's.
pub(super) fn rewrite<F>(
    rest: &str,
    query: &str,
    rows: &[Row<F>],
    facts: &F,
    published: fn(&str) -> bool,
) -> Option<Rewritten> {
    let mut notes = Notes::default();
    let mut items = Vec::new();
    let mut others = Vec::new();
    let mut found = false;
    for piece in query.split('&') {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        let row = find(rows, key);
        if row.is_none() && !published(key) {
            others.push(piece);
            continue;
        }
        found = true;
        match (row, percent_decode(value)) {
            (Some(row), Some(value)) => {
                let result = row.translate(&value, (facts, Order::AlphaFirst), Place::Base);
                keep(&mut notes, &format!("{key}={value}"), result, &mut items);
            }
            (Some(_), None) => notes.dropped(piece, "not UTF-8 after decoding"),
            (None, _) => notes.dropped(piece, "no equivalent"),
        }
    }
    found.then(|| Rewritten {
        rest: rest.to_owned(),
        query: Some(others.join("&")).filter(|query| !query.is_empty()),
        transformation: items.join(","),
        notes: notes.finish(),
    })
}
