//! `iloc`: where the bytes of each item are.

use std::{borrow::Cow, collections::BTreeMap};

use super::cursor::Cursor;
use crate::{
    Error,
    error::{malformed, unsupported},
};

/// Most pieces of all items together. Writers use one or two for each.
const MAX_EXTENTS: usize = 131_072;

/// What offsets count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    File,
    /// The `idat` box beside `iloc`.
    Data,
    /// Another item, or another file.
    Elsewhere,
}

/// The pieces of one item.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    base: Base,
    /// Offset and length; a length of 0 means the whole source.
    extents: Vec<(u64, u64)>,
}

impl Location {
    /// The item's bytes: borrowed where they are in one piece.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the file ends first. Pieces that overlap so much that the item would be larger than
    /// the file are refused, so that a small file cannot become a large item.
    pub(crate) fn read<'a>(&self, file: &'a [u8], data: &'a [u8]) -> Result<Cow<'a, [u8]>, Error> {
        let source = match self.base {
            Base::File => file,
            Base::Data => data,
            Base::Elsewhere => return Err(unsupported("data kept in another item or file")),
        };
        let piece = |&(offset, length): &(u64, u64)| {
            let start = usize::try_from(offset).map_err(|_| Error::Truncated)?;
            let tail = source.get(start..).ok_or(Error::Truncated)?;
            if length == 0 {
                return Ok(tail);
            }
            let length = usize::try_from(length).map_err(|_| Error::Truncated)?;
            tail.get(..length).ok_or(Error::Truncated)
        };
        match &self.extents[..] {
            [] => Err(malformed("an item has no data")),
            [one] => piece(one).map(Cow::Borrowed),
            many => {
                let mut whole = Vec::new();
                for extent in many {
                    let part = piece(extent)?;
                    if whole.len() + part.len() > source.len() {
                        return Err(malformed("the pieces of an item overlap"));
                    }
                    whole.extend_from_slice(part);
                }
                Ok(Cow::Owned(whole))
            }
        }
    }
}

/// Reads the box; `most` bounds the number of items.
pub(crate) fn read(content: &[u8], most: usize) -> Result<BTreeMap<u32, Location>, Error> {
    let mut cursor = Cursor::new(content);
    let (version, _) = cursor.version()?;
    if version > 2 {
        return Err(unsupported("an unknown version of the item locations"));
    }
    let [sizes, more] = cursor.array()?;
    let (offset_size, length_size, base_size) = (sizes >> 4, sizes & 0xf, more >> 4);
    let index_size = if version == 0 { 0 } else { more & 0xf };
    let count = cursor.id(version == 2)?;
    if count as usize > most {
        return Err(malformed("there are too many items"));
    }
    let (mut locations, mut extents_left) = (BTreeMap::new(), MAX_EXTENTS);
    for _ in 0..count {
        let id = cursor.id(version == 2)?;
        let method = if version == 0 { 0 } else { cursor.u16()? & 0xf };
        let here = cursor.u16()? == 0;
        let base = match (method, here) {
            (0, true) => Base::File,
            (1, true) => Base::Data,
            _ => Base::Elsewhere,
        };
        let base_offset = cursor.sized(base_size)?;
        let extent_count = usize::from(cursor.u16()?);
        extents_left =
            extents_left.checked_sub(extent_count).ok_or(malformed("items are in too many pieces"))?;
        let mut extents = Vec::new();
        for _ in 0..extent_count {
            cursor.sized(index_size)?;
            let offset = cursor.sized(offset_size)?;
            let offset = base_offset.checked_add(offset).ok_or(malformed("an item offset overflows"))?;
            extents.push((offset, cursor.sized(length_size)?));
        }
        if locations.insert(id, Location { base, extents }).is_some() {
            return Err(malformed("an item has two locations"));
        }
    }
    Ok(locations)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'a> = (&'a str, Location, Result<&'a [u8], Error>);

    fn locate(base: Base, extents: &[(u64, u64)]) -> Location {
        Location { base, extents: extents.to_vec() }
    }

    #[test]
    fn pieces_are_joined_and_must_lie_inside() {
        let (file, data) = (&b"0123456789"[..], &b"abc"[..]);
        let cases: [Case<'_>; 8] = [
            ("one piece", locate(Base::File, &[(2, 3)]), Ok(b"234")),
            ("two pieces", locate(Base::File, &[(8, 2), (0, 1)]), Ok(b"890")),
            ("beside iloc", locate(Base::Data, &[(1, 2)]), Ok(b"bc")),
            ("length 0 is the rest", locate(Base::File, &[(7, 0)]), Ok(b"789")),
            ("beyond the end", locate(Base::File, &[(8, 3)]), Err(Error::Truncated)),
            ("offset that no address holds", locate(Base::File, &[(u64::MAX, 1)]), Err(Error::Truncated)),
            ("nowhere", locate(Base::File, &[]), Err(malformed("an item has no data"))),
            (
                "larger than the file",
                locate(Base::File, &[(0, 10), (0, 1)]),
                Err(malformed("the pieces of an item overlap")),
            ),
        ];
        for (name, location, expected) in cases {
            assert_eq!(location.read(file, data).as_deref(), expected.as_ref().copied(), "{name}");
        }
        assert!(matches!(
            locate(Base::Elsewhere, &[(0, 1)]).read(file, data),
            Err(Error::Unsupported { .. })
        ));
    }

    #[test]
    fn all_versions_read_alike() {
        // One item 7 at base 256 + 16, length 32.
        let v0 =
            [&[0, 0, 0, 0, 0x44, 0x40, 0, 1, 0, 7, 0, 0, 0, 0, 1, 0, 0, 1][..], &[0, 0, 0, 16, 0, 0, 0, 32]]
                .concat();
        let v1 = [
            &[1, 0, 0, 0, 0x44, 0x40, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1][..],
            &[0, 0, 0, 16, 0, 0, 0, 32],
        ]
        .concat();
        let v2 = [
            &[2, 0, 0, 0, 0x88, 0x44, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 9][..],
            &[0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 32],
        ]
        .concat();
        for (version, content) in [v0, v1, v2].iter().enumerate() {
            let found = read(content, 10).unwrap();
            assert_eq!(found[&7].extents, [(272, 32)], "version {version}");
            assert_eq!(found[&7].base, Base::File, "version {version}");
        }
    }

    #[test]
    fn counts_beyond_the_limits_are_refused_before_allocation() {
        let many = [0, 0, 0, 0, 0, 0, 255, 255];
        assert_eq!(read(&many, 100).unwrap_err(), malformed("there are too many items"));
        let short = [0, 0, 0, 0, 0, 0, 0, 255];
        assert_eq!(read(&short, 1000).unwrap_err(), malformed("a box is shorter than its fields"));
    }
}
