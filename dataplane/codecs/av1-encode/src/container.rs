//! The AVIF file around the AV1 payloads: one colour item, perhaps its alpha item, perhaps EXIF.
//!
//! Everything a reader needs stands before the pixels, so a viewer can lay out the page from the first packet.

use crate::{Error, Sampling, payload::Payload};

/// Item ids; the EXIF item takes the last.
const COLOR: u16 = 1;
const ALPHA: u16 = 2;
const EXIF: u16 = 3;

/// What goes into one file.
pub(crate) struct File<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) sampling: Sampling,
    pub(crate) color: &'a Payload,
    pub(crate) alpha: Option<&'a Payload>,
    pub(crate) icc: Option<&'a [u8]>,
    /// TIFF bytes.
    pub(crate) exif: Option<&'a [u8]>,
}

/// An item: its id, kind, data, and the 1-based properties that describe it.
struct Item<'a> {
    id: u16,
    kind: [u8; 4],
    data: Vec<&'a [u8]>,
    /// `true` marks a property that a reader must understand.
    properties: Vec<(u8, bool)>,
}

impl Item<'_> {
    fn length(&self) -> usize {
        self.data.iter().map(|part| part.len()).sum()
    }
}

/// Writes the file.
pub(crate) fn write(file: &File<'_>) -> Result<Vec<u8>, Error> {
    let mut properties = Vec::new();
    let items = items(file, &mut properties);
    let data: usize = items.iter().map(Item::length).sum();

    let start = file_type(file.sampling);
    // The length of `meta` does not depend on the offsets in it.
    let unplaced = meta(file, &items, &properties, 0);
    let header = start.len() + unplaced.len() + 8;
    let bytes = header + data;
    let (Ok(offset), Ok(_)) = (u32::try_from(header), u32::try_from(bytes)) else {
        return Err(Error::TooLarge { bytes });
    };

    let mut out = Vec::with_capacity(bytes);
    out.extend_from_slice(&start);
    out.extend_from_slice(&meta(file, &items, &properties, offset));
    out.extend_from_slice(&((data + 8) as u32).to_be_bytes());
    out.extend_from_slice(b"mdat");
    for part in items.iter().flat_map(|item| &item.data) {
        out.extend_from_slice(part);
    }
    Ok(out)
}

/// Lists the items and fills in the property boxes they share.
fn items<'a>(file: &File<'a>, boxes: &mut Vec<Vec<u8>>) -> Vec<Item<'a>> {
    let mut add = |content: Vec<u8>| {
        boxes.push(content);
        boxes.len() as u8
    };
    let size = add(full_box(*b"ispe", 0, 0, &[file.width.to_be_bytes(), file.height.to_be_bytes()].concat()));

    let channels: &[u8] = if file.sampling == Sampling::Gray { &[1, 8] } else { &[3, 8, 8, 8] };
    let mut color = vec![
        (size, false),
        (add(full_box(*b"pixi", 0, 0, channels)), false),
        (add(configuration(file.color, file.sampling)), true),
        // BT.709 primaries, sRGB transfer, BT.601 matrix, full range: what sRGB pixels and JPEG planes are.
        (add(plain_box(*b"colr", &[b"nclx", &[0, 1, 0, 13, 0, 6, 0x80][..]].concat())), false),
    ];
    if let Some(icc) = file.icc {
        color.push((add(plain_box(*b"colr", &[b"prof", icc].concat())), false));
    }
    let mut items = vec![Item { id: COLOR, kind: *b"av01", data: vec![&file.color.data], properties: color }];
    if let Some(alpha) = file.alpha {
        let properties = vec![
            (size, false),
            (add(full_box(*b"pixi", 0, 0, &[1, 8])), false),
            (add(configuration(alpha, Sampling::Gray)), true),
            (add(full_box(*b"auxC", 0, 0, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")), false),
        ];
        items.push(Item { id: ALPHA, kind: *b"av01", data: vec![&alpha.data], properties });
    }
    if let Some(exif) = file.exif {
        // Four bytes say how far behind them the TIFF header stands.
        items.push(Item { id: EXIF, kind: *b"Exif", data: vec![&[0; 4], exif], properties: Vec::new() });
    }
    items
}

fn file_type(sampling: Sampling) -> Vec<u8> {
    // The baseline profile has no 4:4:4.
    let profile = match sampling {
        Sampling::S420 | Sampling::Gray => b"MA1B",
        Sampling::S444 => b"MA1A",
    };
    plain_box(*b"ftyp", &[*b"avif", [0; 4], *b"avif", *b"mif1", *b"miaf", *profile].concat())
}

fn meta(file: &File<'_>, items: &[Item<'_>], properties: &[Vec<u8>], offset: u32) -> Vec<u8> {
    let handler = full_box(*b"hdlr", 0, 0, &[&[0; 4][..], b"pict", &[0; 12], b"\0"].concat());
    let primary = full_box(*b"pitm", 0, 0, &COLOR.to_be_bytes());
    let content = [
        handler,
        primary,
        locations(items, offset),
        infos(items),
        references(file),
        plain_box(*b"iprp", &[plain_box(*b"ipco", &properties.concat()), associations(items)].concat()),
    ];
    full_box(*b"meta", 0, 0, &content.concat())
}

fn locations(items: &[Item<'_>], offset: u32) -> Vec<u8> {
    // 4-byte offsets, 4-byte lengths, no base offset.
    let mut content = vec![0x44, 0];
    content.extend_from_slice(&(items.len() as u16).to_be_bytes());
    let mut at = offset;
    for item in items {
        let length = item.length() as u32;
        content.extend_from_slice(&item.id.to_be_bytes());
        content.extend_from_slice(&[0, 0, 0, 1]); // this file, one extent
        content.extend_from_slice(&at.to_be_bytes());
        content.extend_from_slice(&length.to_be_bytes());
        at = at.wrapping_add(length); // `write` has checked the sum
    }
    full_box(*b"iloc", 0, 0, &content)
}

fn infos(items: &[Item<'_>]) -> Vec<u8> {
    let mut content = (items.len() as u16).to_be_bytes().to_vec();
    for item in items {
        // Hidden: what is not a picture of its own.
        let flags = u32::from(item.id != COLOR);
        let entry = [&item.id.to_be_bytes()[..], &[0; 2], &item.kind, b"\0"].concat();
        content.extend_from_slice(&full_box(*b"infe", 2, flags, &entry));
    }
    full_box(*b"iinf", 0, 0, &content)
}

fn references(file: &File<'_>) -> Vec<u8> {
    let reference = |kind: [u8; 4], from: u16| {
        plain_box(kind, &[from.to_be_bytes(), 1_u16.to_be_bytes(), COLOR.to_be_bytes()].concat())
    };
    let mut content = Vec::new();
    if file.alpha.is_some() {
        content.extend_from_slice(&reference(*b"auxl", ALPHA));
    }
    if file.exif.is_some() {
        content.extend_from_slice(&reference(*b"cdsc", EXIF));
    }
    if content.is_empty() { content } else { full_box(*b"iref", 0, 0, &content) }
}

fn associations(items: &[Item<'_>]) -> Vec<u8> {
    let described: Vec<_> = items.iter().filter(|item| !item.properties.is_empty()).collect();
    let mut content = (described.len() as u32).to_be_bytes().to_vec();
    for item in described {
        content.extend_from_slice(&item.id.to_be_bytes());
        content.push(item.properties.len() as u8);
        content.extend(item.properties.iter().map(|(index, essential)| index | u8::from(*essential) << 7));
    }
    full_box(*b"ipma", 0, 0, &content)
}

/// `av1C`: profile and level as the stream has them, 8 bits, chroma position unknown (centred in practice).
fn configuration(payload: &Payload, sampling: Sampling) -> Vec<u8> {
    let chroma = match sampling {
        Sampling::S420 => 0b0000_1100,
        Sampling::S444 => 0,
        Sampling::Gray => 0b0001_1100,
    };
    plain_box(*b"av1C", &[0x81, payload.profile << 5 | payload.level, chroma, 0])
}

fn plain_box(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = (content.len() + 8) as u32;
    [&size.to_be_bytes()[..], &kind, content].concat()
}

fn full_box(kind: [u8; 4], version: u8, flags: u32, content: &[u8]) -> Vec<u8> {
    let prefix = u32::from(version) << 24 | flags;
    plain_box(kind, &[&prefix.to_be_bytes()[..], content].concat())
}
