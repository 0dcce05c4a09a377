//! The top level of the file.

use std::borrow::Cow;

use super::{
    cursor::{Cursor, boxes},
    meta::Meta,
    sequence::Tracks,
};
use crate::{
    Error,
    error::{malformed, unsupported},
};

/// How much of the file must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completeness {
    /// The boxes that describe the picture.
    Header,
    /// These and the pixels.
    Whole,
}

/// Where a coded picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Item(u32),
    Range { offset: u64, length: u32 },
}

/// A file, taken apart into what describes its pictures.
#[derive(Debug)]
pub(crate) struct Container<'a> {
    data: &'a [u8],
    /// Does the file call itself a sequence?
    pub(crate) sequence: bool,
    pub(crate) meta: Meta<'a>,
    pub(crate) tracks: Option<Tracks<'a>>,
}

impl<'a> Container<'a> {
    /// Walks the top-level boxes.
    pub(crate) fn read(data: &'a [u8], completeness: Completeness) -> Result<Self, Error> {
        let (mut brands, mut meta, mut tracks) = (None, None, None);
        for child in boxes(data) {
            // Less than a box header at the end is padding once the picture is described.
            let child = match child {
                Ok(child) => child,
                Err(_) if brands.is_none() => return Err(Error::NotAvif),
                Err(_) if meta.is_some() || tracks.is_some() => break,
                Err(_) => return Err(Error::Truncated),
            };
            if brands.is_none() && child.kind != *b"ftyp" {
                return Err(Error::NotAvif);
            }
            if child.cut {
                let needed = match &child.kind {
                    b"ftyp" | b"meta" | b"moov" => true,
                    b"mdat" => completeness == Completeness::Whole,
                    _ => meta.is_none() && tracks.is_none(),
                };
                if needed {
                    return Err(Error::Truncated);
                }
                break;
            }
            match &child.kind {
                b"ftyp" if brands.is_none() => brands = Some(Brands::read(child.content)?),
                b"meta" if meta.is_none() => meta = Some(Meta::read(child.content)?),
                b"moov" if tracks.is_none() => tracks = Some(Tracks::read(child.content)?),
                _ => {}
            }
        }
        let brands = brands.ok_or(Error::NotAvif)?;
        if meta.is_none() && tracks.is_none() {
            return Err(if data.len() < 16 {
                Error::Truncated
            } else {
                malformed("it describes no picture")
            });
        }
        Ok(Self { data, sequence: brands.sequence, meta: meta.unwrap_or_default(), tracks: tracks.flatten() })
    }

    /// Bytes of the whole file.
    pub(crate) fn len(&self) -> usize {
        self.data.len()
    }

    /// The bytes of a coded picture, or of any item.
    pub(crate) fn payload(&self, place: Place) -> Result<Cow<'a, [u8]>, Error> {
        match place {
            Place::Item(item) => self.meta.payload(self.data, item),
            Place::Range { offset, length } => {
                let start = usize::try_from(offset).map_err(|_| Error::Truncated)?;
                let tail = self.data.get(start..).ok_or(Error::Truncated)?;
                tail.get(..length as usize).map(Cow::Borrowed).ok_or(Error::Truncated)
            }
        }
    }
}

/// What `ftyp` says.
struct Brands {
    sequence: bool,
}

impl Brands {
    fn read(content: &[u8]) -> Result<Self, Error> {
        let mut cursor = Cursor::new(content);
        let major = cursor.array::<4>().map_err(|_| Error::NotAvif)?;
        cursor.take(4).map_err(|_| Error::NotAvif)?;
        let (compatible, _) = cursor.rest().as_chunks::<4>();
        let mut all = std::iter::once(&major).chain(compatible);
        // `mif1` and `msf1` are any picture or sequence of this container: the item types decide.
        if !all.clone().any(|brand| matches!(brand, b"avif" | b"avis" | b"mif1" | b"msf1")) {
            return Err(match &major {
                b"heic" | b"heix" | b"hevc" | b"hevx" => unsupported("HEVC pictures (HEIC)"),
                _ => Error::NotAvif,
            });
        }
        Ok(Self { sequence: all.any(|brand| brand == b"avis") })
    }
}
