//! A vendor's parameters as data: one row per key, and how its value becomes a native item.

use super::color;
use super::native::{self, Place, Why};
use super::note::Notes;
use super::value;

/// A row: one key of a vendor.
pub(super) struct Row<F: 'static> {
    /// As in the vendor's URLs.
    pub(super) key: &'static str,
    /// How its value is read.
    pub(super) reads: Reads<F>,
    /// Pieces of URLs that documents show; those of [`Reads::Words`] are shown anyway.
    pub(super) examples: &'static [&'static str],
}

/// How a value is read. `F` is what a reader may know of the rest of the URL.
pub(super) enum Reads<F: 'static> {
    /// A number, passed on as written: the value of this native key.
    Number(&'static str),
    /// Pixels or a part of a side: the value of this native key, and the native name of that side.
    Side(&'static str, &'static str),
    /// Pixels or a part of a side, counted along it: the value of this native key, and the name of that side.
    Offset(&'static str, &'static str),
    /// One of these words, each with its native item; an empty item means the native default.
    Words(&'static [(&'static str, &'static str)]),
    /// A colour: the value of this native key. The order of its digits is the vendor's.
    Color(&'static str),
    /// Whatever the reader says.
    Read(fn(&str, &F) -> Result<String, Why>),
    /// Published by the vendor and not translated.
    Nothing(&'static str),
}

/// The row of a key.
pub(super) fn find<'a, F>(rows: &'a [Row<F>], key: &str) -> Option<&'a Row<F>> {
    rows.iter().find(|row| row.key == key)
}

impl<F> Row<F> {
    pub(super) const fn new(key: &'static str, reads: Reads<F>, examples: &'static [&'static str]) -> Self {
        Self { key, reads, examples }
    }

    /// The native item for a decoded value, which the native table takes where it is going to stand; empty: nothing is
    /// to be said.
    pub(super) fn translate(
        &self,
        text: &str,
        (facts, order): (&F, color::Order),
        place: Place,
    ) -> Result<String, Why> {
        let item = match &self.reads {
            Reads::Number(key) => format!("{key}-{}", value::number(text)?),
            Reads::Side(key, full) => match value::side(text, full)? {
                // Text is as wide as it is without being asked, and its own width has no name.
                whole if whole == *full && place == Place::Text => String::new(),
                side => format!("{key}-{side}"),
            },
            Reads::Offset(key, full) => format!("{key}-{}", value::offset(text, full)?),
            Reads::Words(words) => {
                let found = words.iter().find(|(word, _)| *word == text).ok_or(Why::UnknownWord)?;
                found.1.to_owned()
            }
            Reads::Color(key) => format!("{key}-{}", color::read(text, order).ok_or(Why::NotAColor)?),
            Reads::Read(read) => read(text, facts)?,
            Reads::Nothing(why) => return Err(Why::Other(why)),
        };
        if !item.is_empty() {
            native::check(&item, place)?;
        }
        Ok(item)
    }
}

/// The examples of all rows, those of words made from key, separator and word.
pub(super) fn examples<F>(rows: &[Row<F>], separator: char) -> Vec<String> {
    let of = |row: &Row<F>| match row.reads {
        Reads::Words(words) => {
            words.iter().map(|(word, _)| format!("{}{separator}{word}", row.key)).collect()
        }
        Reads::Number(_)
        | Reads::Side(..)
        | Reads::Offset(..)
        | Reads::Color(_)
        | Reads::Read(_)
        | Reads::Nothing(_) => row.examples.iter().map(|example| (*example).to_owned()).collect::<Vec<_>>(),
    };
    rows.iter().flat_map(of).collect()
}

/// Keys whose rows give nothing.
pub(super) fn untranslated<F>(rows: &[Row<F>]) -> Vec<&'static str> {
    rows.iter().filter(|row| matches!(row.reads, Reads::Nothing(_))).map(|row| row.key).collect()
}

/// Notes what became of a piece, and keeps its item if there is one.
pub(super) fn keep(notes: &mut Notes, piece: &str, result: Result<String, Why>, items: &mut Vec<String>) {
    match result {
        Ok(item) if item.is_empty() => notes.translated(piece, "nothing, the default"),
        Ok(item) => {
            notes.translated(piece, &item);
            items.push(item);
        }
        Err(why) => notes.dropped(piece, why),
    }
}
