//! All rows, by group, and how one is found.

mod geometry;
mod layer;
mod output;
mod pixels;
mod scopes;
mod text;
mod video;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use super::{Parameter, effect, model};

/// Rows that are shown together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    /// In plain words, for a heading.
    pub(crate) name: &'static str,
    pub(crate) rows: &'static [Parameter],
}

/// Every parameter.
pub(crate) const GROUPS: [Group; 8] = [
    Group { name: "Size and place", rows: geometry::ROWS },
    Group { name: "Pixels", rows: pixels::ROWS },
    Group { name: "Effects", rows: effect::ROWS },
    Group { name: "Models", rows: model::ROWS },
    Group { name: "Output", rows: output::ROWS },
    Group { name: "Layers", rows: layer::ROWS },
    Group { name: "Text", rows: text::ROWS },
    Group { name: "Videos", rows: video::ROWS },
];

/// Rows of plain keys, sorted by the number of their key: every item of a URL is looked up.
static PLAIN: LazyLock<Vec<(u64, &Parameter)>> = LazyLock::new(|| {
    let rows = GROUPS.iter().flat_map(|group| group.rows);
    let mut rows: Vec<_> = rows.filter_map(|row| Some((packed(row.key)?, row))).collect();
    rows.sort_unstable_by_key(|(number, _)| *number);
    rows
});

/// Rows of effects, sorted by their name without `e-`.
static NAMED: LazyLock<Vec<(&str, &Parameter)>> = LazyLock::new(|| {
    let rows = GROUPS.iter().flat_map(|group| group.rows);
    let mut rows: Vec<_> = rows.filter_map(|row| Some((row.key.strip_prefix("e-")?, row))).collect();
    rows.sort_unstable_by_key(|(name, _)| *name);
    rows
});

/// The row of a plain key.
pub(crate) fn find(key: &str) -> Option<&'static Parameter> {
    let number = packed(key)?;
    let found = PLAIN.binary_search_by_key(&number, |(number, _)| *number).ok()?;
    // Keys that begin with zeros have the number of others.
    PLAIN.get(found).map(|(_, row)| *row).filter(|row| row.key == key)
}

/// The row of an effect, by its name without `e-`.
pub(crate) fn find_effect(name: &str) -> Option<&'static Parameter> {
    let found = NAMED.binary_search_by_key(&name, |(name, _)| name).ok()?;
    NAMED.get(found).map(|(_, row)| *row)
}

/// A short key as one number, which compares faster than text. Plain keys have four bytes at most.
fn packed(key: &str) -> Option<u64> {
    let short = key.len() <= 4;
    short.then(|| key.bytes().fold(0, |number, byte| number << 8 | u64::from(byte)))
}
