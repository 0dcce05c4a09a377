//! Big-endian fields from a slice, and the boxes in it.

use crate::{Error, error::malformed};

/// Most boxes in one parent. Real files have tens; the limit keeps a file of nothing but box headers cheap.
const MAX_BOXES: usize = 65_536;

/// Reads fields from the front of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// What was not read yet.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or(malformed("a box is shorter than its fields"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) =
            self.0.split_first_chunk().ok_or(malformed("a box is shorter than its fields"))?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Error> {
        self.array().map(i32::from_be_bytes)
    }

    /// A number of 0, 4 or 8 bytes; 0 bytes read as 0.
    pub(crate) fn sized(&mut self, bytes: u8) -> Result<u64, Error> {
        match bytes {
            0 => Ok(0),
            4 => self.u32().map(u64::from),
            8 => self.array().map(u64::from_be_bytes),
            _ => Err(malformed("a field has an impossible width")),
        }
    }

    /// A 16-bit number, or 32 bits where `wide`.
    pub(crate) fn id(&mut self, wide: bool) -> Result<u32, Error> {
        if wide { self.u32() } else { self.u16().map(u32::from) }
    }

    /// Version and flags of a full box.
    pub(crate) fn version(&mut self) -> Result<(u8, u32), Error> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0x00ff_ffff))
    }

    /// A string up to its zero byte, which may be missing at the end of the box.
    pub(crate) fn string(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or(&[]);
        text
    }
}

/// A box.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Child<'a> {
    pub(crate) kind: [u8; 4],
    /// What stands behind the box header; cut at the end of the parent.
    pub(crate) content: &'a [u8],
    /// Did the parent end first?
    pub(crate) cut: bool,
}

/// The boxes of a parent that must hold all of them.
pub(crate) fn children(parent: &[u8]) -> impl Iterator<Item = Result<Child<'_>, Error>> {
    boxes(parent).map(|child| match child {
        Ok(Child { cut: true, .. }) => Err(malformed("a box reaches beyond its parent")),
        other => other,
    })
}

/// The boxes of a slice that may end in the middle of the last one.
pub(crate) fn boxes(parent: &[u8]) -> impl Iterator<Item = Result<Child<'_>, Error>> {
    let (mut rest, mut count, mut failed) = (parent, 0, false);
    std::iter::from_fn(move || {
        if rest.is_empty() || failed {
            return None;
        }
        count += 1;
        let next = if count > MAX_BOXES { Err(malformed("a box holds too many boxes")) } else { split(rest) };
        Some(match next {
            Ok((child, after)) => {
                rest = after;
                Ok(child)
            }
            Err(error) => {
                failed = true;
                Err(error)
            }
        })
    })
}

fn split(data: &[u8]) -> Result<(Child<'_>, &[u8]), Error> {
    let mut cursor = Cursor::new(data);
    let short = |_| malformed("a box header is cut off");
    let size = cursor.u32().map_err(short)?;
    let kind = cursor.array().map_err(short)?;
    let size = match size {
        0 => data.len() as u64, // to the end of the parent
        1 => cursor.sized(8).map_err(short)?,
        size => u64::from(size),
    };
    let header = data.len() - cursor.rest().len();
    let Some(length) = size.checked_sub(header as u64) else {
        return Err(malformed("a box is smaller than its header"));
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(match cursor.rest().split_at_checked(length) {
        Some((content, after)) => (Child { kind, content, cut: false }, after),
        None => (Child { kind, content: cursor.rest(), cut: true }, &[][..]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_zero_and_one_mean_rest_and_wide() {
        let wide = [&[0, 0, 0, 1][..], b"wide", &17_u64.to_be_bytes(), b"x"].concat();
        let data = [&wide[..], &[0, 0, 0, 0], b"rest", b"abc"].concat();
        let found: Vec<_> =
            children(&data).map(|child| child.unwrap()).map(|c| (c.kind, c.content)).collect();
        assert_eq!(found, [(*b"wide", &b"x"[..]), (*b"rest", &b"abc"[..])]);
    }

    #[test]
    fn impossible_sizes_end_the_walk_with_one_error() {
        let cases: [(&str, &[u8]); 4] = [
            ("smaller than its header", &[0, 0, 0, 7, b'a', b'b', b'c', b'd']),
            ("header cut off", &[0, 0, 0, 8, b'a', b'b', b'c']),
            ("beyond its parent", &[0, 0, 0, 9, b'a', b'b', b'c', b'd']),
            ("huge", &[0, 0, 0, 1, b'a', b'b', b'c', b'd', 255, 255, 255, 255, 255, 255, 255, 255]),
        ];
        for (name, data) in cases {
            let found: Vec<_> = children(data).collect();
            assert!(matches!(found[..], [Err(Error::Malformed { .. })]), "{name}: {found:?}");
        }
    }
}
