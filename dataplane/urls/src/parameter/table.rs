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

/// Places for rows of plain keys, by the slot of their key: every item of a URL is looked up. Several times as many as
/// there are rows, so that few keys want the same.
const SLOTS: usize = 512;

/// Rows of plain keys, each in the first free place from its slot on.
static PLAIN: LazyLock<Vec<Option<&Parameter>>> = LazyLock::new(|| {
    let mut places = vec![None; SLOTS];
    for row in GROUPS.iter().flat_map(|group| group.rows) {
        let Some(slot) = slot(row.key) else { continue };
        let free = (slot..SLOTS).chain(0..slot).find(|place| places.get(*place).is_some_and(Option::is_none));
        if let Some(place) = free.and_then(|place| places.get_mut(place)) {
            *place = Some(row);
        }
    }
    places
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
    let slot = slot(key)?;
    let places = PLAIN.get(slot..)?.iter().chain(&*PLAIN);
    places.map_while(|place| *place).find(|row| row.key == key)
}

/// The row of an effect, by its name without `e-`.
pub(crate) fn find_effect(name: &str) -> Option<&'static Parameter> {
    let found = NAMED.binary_search_by_key(&name, |(name, _)| name).ok()?;
    NAMED.get(found).map(|(_, row)| *row)
}

/// Where a key is looked for first. Plain keys have four bytes at most.
fn slot(key: &str) -> Option<usize> {
    let short = key.len() <= 4;
    short.then(|| key.bytes().fold(0, |number: usize, byte| number * 31 + usize::from(byte)) % SLOTS)
}
