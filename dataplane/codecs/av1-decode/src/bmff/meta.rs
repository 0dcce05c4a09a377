//! `meta`: the items of a file, how they refer to each other, and what describes them.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    cursor::{Cursor, children},
    location::{self, Location},
    property::Property,
};
use crate::{
    Error,
    error::{malformed, unsupported},
};

/// Most items. The largest grid has 256 x 256 tiles; real files have tens of items.
const MAX_ITEMS: usize = 70_000;
/// Most links between items, and between items and properties, together.
const MAX_LINKS: usize = 300_000;

/// What kind of thing an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A coded picture.
    Av1,
    /// A picture put together from tiles.
    Grid,
    Exif,
    /// A document of the given media type.
    Mime(&'a [u8]),
    Other,
}

/// The links of `iref`, by kind and either end: a grid may have thousands of tiles, each with links of its own.
#[derive(Debug, Default)]
struct Links {
    targets: BTreeMap<([u8; 4], u32), Vec<u32>>,
    sources: BTreeMap<([u8; 4], u32), Vec<u32>>,
}

/// The parsed box.
#[derive(Debug, Default)]
pub(crate) struct Meta<'a> {
    /// The item to show.
    pub(crate) primary: Option<u32>,
    items: BTreeMap<u32, Kind<'a>>,
    locations: BTreeMap<u32, Location>,
    links: Links,
    properties: Vec<Property<'a>>,
    /// 0-based properties of each item, and whether they are essential.
    associations: BTreeMap<u32, Vec<(usize, bool)>>,
    data: &'a [u8],
}

impl<'a> Meta<'a> {
    /// Parses the content of a `meta` box.
    pub(crate) fn read(content: &'a [u8]) -> Result<Self, Error> {
        let mut cursor = Cursor::new(content);
        if cursor.version()?.0 != 0 {
            return Err(unsupported("an unknown version of the meta box"));
        }
        let mut meta = Self::default();
        let mut links = MAX_LINKS;
        let mut handled = false;
        for child in children(cursor.rest()) {
            let child = child?;
            match &child.kind {
                b"hdlr" => {
                    let mut cursor = Cursor::new(child.content);
                    cursor.take(8)?;
                    handled = cursor.array()? == *b"pict";
                }
                b"pitm" => {
                    let mut cursor = Cursor::new(child.content);
                    let wide = cursor.version()?.0 != 0;
                    meta.primary = Some(cursor.id(wide)?);
                }
                b"iinf" => meta.items = items(child.content)?,
                b"iloc" => meta.locations = location::read(child.content, MAX_ITEMS)?,
                b"iref" => meta.links = references(child.content, &mut links)?,
                b"iprp" => meta.read_properties(child.content, &mut links)?,
                b"idat" => meta.data = child.content,
                _ => {}
            }
        }
        if !handled {
            return Err(malformed("the meta box is not that of a picture"));
        }
        Ok(meta)
    }

    fn read_properties(&mut self, content: &'a [u8], links: &mut usize) -> Result<(), Error> {
        for child in children(content) {
            let child = child?;
            match &child.kind {
                b"ipco" => {
                    self.properties = children(child.content)
                        .map(|child| Property::read(child?))
                        .collect::<Result<_, _>>()?;
                }
                b"ipma" => associations(child.content, &mut self.associations, links)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What an item is.
    pub(crate) fn kind(&self, item: u32) -> Option<Kind<'a>> {
        self.items.get(&item).copied()
    }

    /// The properties of an item.
    ///
    /// # Errors
    ///
    /// When an essential property is unknown: the item must not be shown without it.
    pub(crate) fn properties(&self, item: u32) -> Result<Vec<&Property<'a>>, Error> {
        let Some(list) = self.associations.get(&item) else { return Ok(Vec::new()) };
        let known = list.iter().map(|(index, essential)| {
            let property = self.properties.get(*index).ok_or(malformed("a property does not exist"))?;
            match (property, essential) {
                (Property::Other, true) => Err(unsupported("an essential property that is not known")),
                _ => Ok(property),
            }
        });
        known.collect()
    }

    /// Where the links of one kind from an item lead.
    pub(crate) fn targets(&self, kind: [u8; 4], from: u32) -> Option<&[u32]> {
        self.links.targets.get(&(kind, from)).map(Vec::as_slice)
    }

    /// Which items have a link of one kind (`auxl` or `cdsc`) to an item.
    pub(crate) fn sources(&self, kind: [u8; 4], to: u32) -> &[u32] {
        self.links.sources.get(&(kind, to)).map_or(&[], Vec::as_slice)
    }

    /// The bytes of an item.
    pub(crate) fn payload(&self, file: &'a [u8], item: u32) -> Result<Cow<'a, [u8]>, Error> {
        self.locations.get(&item).ok_or(malformed("an item has no location"))?.read(file, self.data)
    }
}

fn items(content: &[u8]) -> Result<BTreeMap<u32, Kind<'_>>, Error> {
    let mut cursor = Cursor::new(content);
    let wide = cursor.version()?.0 != 0;
    let count = cursor.id(wide)? as usize;
    if count > MAX_ITEMS {
        return Err(malformed("there are too many items"));
    }
    let mut items = BTreeMap::new();
    for child in children(cursor.rest()).take(count) {
        let child = child?;
        let mut cursor = Cursor::new(child.content);
        let (version, _) = cursor.version()?;
        // Versions 0 and 1 have no item type: nothing that this reader could show.
        if child.kind != *b"infe" || version < 2 {
            continue;
        }
        let id = cursor.id(version > 2)?;
        let protected = cursor.u16()? != 0;
        let kind = cursor.array()?;
        cursor.string(); // the name
        let kind = match &kind {
            _ if protected => Kind::Other,
            b"av01" => Kind::Av1,
            b"grid" => Kind::Grid,
            b"Exif" => Kind::Exif,
            b"mime" => Kind::Mime(cursor.string()),
            _ => Kind::Other,
        };
        if items.insert(id, kind).is_some() {
            return Err(malformed("two items have the same number"));
        }
    }
    Ok(items)
}

fn references(content: &[u8], links: &mut usize) -> Result<Links, Error> {
    let mut cursor = Cursor::new(content);
    let wide = cursor.version()?.0 != 0;
    let mut found = Links::default();
    for child in children(cursor.rest()) {
        let child = child?;
        let mut cursor = Cursor::new(child.content);
        let from = cursor.id(wide)?;
        let count = usize::from(cursor.u16()?);
        spend(links, count + 1)?;
        let to = (0..count).map(|_| cursor.id(wide)).collect::<Result<Vec<_>, _>>()?;
        if matches!(&child.kind, b"auxl" | b"cdsc") {
            for to in &to {
                found.sources.entry((child.kind, *to)).or_default().push(from);
            }
        }
        // The first link of a kind counts.
        found.targets.entry((child.kind, from)).or_insert(to);
    }
    Ok(found)
}

fn associations(
    content: &[u8],
    into: &mut BTreeMap<u32, Vec<(usize, bool)>>,
    links: &mut usize,
) -> Result<(), Error> {
    let mut cursor = Cursor::new(content);
    let (version, flags) = cursor.version()?;
    let count = cursor.u32()? as usize;
    for _ in 0..count {
        let item = cursor.id(version != 0)?;
        let list = usize::from(cursor.u8()?);
        spend(links, list + 1)?;
        let entry = into.entry(item).or_default();
        for _ in 0..list {
            let (index, essential) = if flags & 1 == 0 {
                let byte = cursor.u8()?;
                (u16::from(byte & 0x7f), byte & 0x80 != 0)
            } else {
                let word = cursor.u16()?;
                (word & 0x7fff, word & 0x8000 != 0)
            };
            // 0 says that there is no property.
            if let Some(index) = usize::from(index).checked_sub(1) {
                entry.push((index, essential));
            }
        }
    }
    Ok(())
}

fn spend(left: &mut usize, count: usize) -> Result<(), Error> {
    *left = left.checked_sub(count).ok_or(malformed("there are too many links between items"))?;
    Ok(())
}
