//! EXIF as groups of named values.
//!
//! Reads a TIFF block within bounds of its own: no directory twice, at most [`MOST_TAGS`] entries of each, no value
//! that is longer than a few hundred bytes. Offsets and lengths are hostile until they lie inside of the block. A library
//! that keeps every entry of every directory that a pointer leads to makes seven million entries and 335 MB of a block of
//! 64 KiB whose directories overlap (kamadak-exif 0.6.2, measured).

mod block;
mod names;

use std::collections::BTreeMap;

use self::block::{Block, Entry};

/// Entries that are looked at in one directory.
const MOST_TAGS: usize = 256;
/// What all values together may take, and with it the reader.
pub(super) const MOST_BYTES: u64 = 256 << 10;

/// Values by the names that `ExifTool` gives their tags.
pub type Tags = BTreeMap<&'static str, Value>;

/// What a tag says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number, always finite.
    Real(f64),
    /// A text, cut after a few hundred bytes.
    Text(String),
    /// Several values.
    List(Vec<Value>),
}

/// The groups. Notes of a camera's maker are not read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exif {
    /// Of the picture: the first directory.
    pub image: Tags,
    /// Of the embedded thumbnail: the second directory.
    pub thumbnail: Tags,
    /// How it was taken.
    pub exif: Tags,
    /// Where it was taken.
    pub gps: Tags,
    /// Which rules the file keeps to.
    pub interoperability: Tags,
}

impl Exif {
    /// Reads a TIFF block. What makes no sense is left out.
    pub fn read(block: &[u8]) -> Self {
        Reader::open(block).map(Reader::read).unwrap_or_default()
    }

    /// Nothing is said.
    pub fn is_empty(&self) -> bool {
        [&self.image, &self.thumbnail, &self.exif, &self.gps, &self.interoperability]
            .into_iter()
            .all(BTreeMap::is_empty)
    }
}

/// Names of the tags of a directory, in the order of their numbers.
type Names = &'static [(u16, &'static str)];

struct Reader<'a> {
    block: Block<'a>,
    visited: Vec<usize>,
    left: u64,
}

impl<'a> Reader<'a> {
    fn open(block: &'a [u8]) -> Option<Self> {
        Some(Self { block: Block::open(block)?, visited: Vec::new(), left: MOST_BYTES })
    }

    fn read(mut self) -> Exif {
        let (image, next) = self.directory(self.block.first(), names::IMAGE);
        let (thumbnail, _) = self.directory(next, names::IMAGE);
        let exif = self.below(&image, "ExifOffset", names::EXIF);
        let gps = self.below(&image, "GPSInfo", names::GPS);
        let interoperability = self.below(&exif, "InteropOffset", names::INTEROPERABILITY);
        Exif { image, thumbnail, exif, gps, interoperability }
    }

    fn below(&mut self, parent: &Tags, pointer: &str, names: Names) -> Tags {
        match parent.get(pointer) {
            Some(Value::Integer(at)) => self.directory(usize::try_from(*at).ok(), names).0,
            Some(_) | None => Tags::new(),
        }
    }

    /// Reads a directory, and says where the next one is.
    fn directory(&mut self, at: Option<usize>, names: Names) -> (Tags, Option<usize>) {
        let mut tags = Tags::new();
        let Some(at) = at.filter(|at| *at != 0 && !self.visited.contains(at)) else { return (tags, None) };
        self.visited.push(at);
        let Some(count) = self.block.short(at) else { return (tags, None) };
        for index in 0..usize::from(count).min(MOST_TAGS) {
            let Some(entry) = Entry::read(&self.block, at.saturating_add(2 + index * 12)) else { break };
            let Ok(found) = names.binary_search_by_key(&entry.tag, |(tag, _)| *tag) else { continue };
            let Some(value) = entry.value(&self.block) else { continue };
            let cost = cost(&value);
            if cost > self.left {
                break;
            }
            self.left -= cost;
            tags.entry(names[found].1).or_insert(value);
        }
        let next = at.saturating_add(2 + usize::from(count) * 12);
        (tags, self.block.long(next).map(|next| next as usize))
    }
}

/// Bytes that a value takes, generously.
fn cost(value: &Value) -> u64 {
    const EACH: u64 = 64;
    match value {
        Value::Integer(_) | Value::Real(_) => EACH,
        Value::Text(text) => EACH + text.len() as u64,
        Value::List(values) => EACH + values.iter().map(cost).sum::<u64>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_their_numbers() {
        for names in [names::IMAGE, names::EXIF, names::GPS, names::INTEROPERABILITY] {
            assert!(names.is_sorted_by(|one, next| one.0 < next.0));
        }
    }
}
