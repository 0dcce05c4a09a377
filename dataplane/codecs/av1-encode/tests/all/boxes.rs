//! A second box writer, so that files can be put together which the encoder never writes.

/// A property as the box it is stored in.
pub(crate) type Property = Vec<u8>;

/// An item of a file under construction.
pub(crate) struct Item {
    pub(crate) kind: [u8; 4],
    pub(crate) data: Vec<u8>,
    pub(crate) properties: Vec<Property>,
}

/// A link: kind, from, to. Items count from 1.
pub(crate) type Link = ([u8; 4], u16, Vec<u16>);

/// A box.
pub(crate) fn atom(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], &kind, content].concat()
}

/// A box with version and flags.
pub(crate) fn full(kind: [u8; 4], version: u8, content: &[u8]) -> Vec<u8> {
    atom(kind, &[&[version, 0, 0, 0][..], content].concat())
}

/// `ispe`.
pub(crate) fn size(width: u32, height: u32) -> Property {
    full(*b"ispe", 0, &[width.to_be_bytes(), height.to_be_bytes()].concat())
}

/// A file whose first item is shown. Data of `grid` items goes into `idat`, the rest into `mdat`, each in two pieces.
pub(crate) fn file(items: &[Item], links: &[Link]) -> Vec<u8> {
    let head = atom(*b"ftyp", b"mif1\0\0\0\0mif1avifmiaf");
    let length = head.len() + meta(items, links, 0).len() + 8;
    let pixels: Vec<u8> = outside(items).flat_map(|item| item.data.clone()).collect();
    [head, meta(items, links, length as u32), atom(*b"mdat", &pixels)].concat()
}

fn outside(items: &[Item]) -> impl Iterator<Item = &Item> {
    items.iter().filter(|item| item.kind != *b"grid")
}

fn meta(items: &[Item], links: &[Link], start: u32) -> Vec<u8> {
    let mut infos = (items.len() as u16).to_be_bytes().to_vec();
    // Version 1: construction methods; no base offsets.
    let mut places = [&[0x44, 0][..], &(items.len() as u16).to_be_bytes()].concat();
    let (mut inside, mut at) = (Vec::new(), start);
    let (mut properties, mut associations) = (Vec::new(), (items.len() as u32).to_be_bytes().to_vec());
    let mut count = 0_u16;
    for (item, id) in items.iter().zip(1_u16..) {
        infos.extend(full(*b"infe", 2, &[&id.to_be_bytes()[..], &[0; 2], &item.kind, b"\0"].concat()));
        let derived = item.kind == *b"grid";
        let offset = if derived { inside.len() as u32 } else { at };
        let half = item.data.len() as u32 / 2;
        places.extend([&id.to_be_bytes()[..], &[0, u8::from(derived), 0, 0, 0, 2]].concat());
        for number in [offset, half, offset + half, item.data.len() as u32 - half] {
            places.extend(number.to_be_bytes());
        }
        if derived {
            inside.extend_from_slice(&item.data);
        } else {
            at += item.data.len() as u32;
        }
        associations.extend(id.to_be_bytes());
        associations.push(item.properties.len() as u8);
        for property in &item.properties {
            properties.extend_from_slice(property);
            count += 1;
            associations.extend(count.to_be_bytes());
        }
    }
    let mut references = Vec::new();
    for (kind, from, to) in links {
        let targets: Vec<u8> = to.iter().flat_map(|to| to.to_be_bytes()).collect();
        references.extend(atom(
            *kind,
            &[&from.to_be_bytes()[..], &(to.len() as u16).to_be_bytes(), &targets].concat(),
        ));
    }
    // Flag 1: two bytes for each association.
    let associations = atom(*b"ipma", &[&[0, 0, 0, 1][..], &associations].concat());
    let content = [
        full(*b"hdlr", 0, &[&[0; 4][..], b"pict", &[0; 13]].concat()),
        full(*b"pitm", 0, &[0, 1]),
        full(*b"iloc", 1, &places),
        full(*b"iinf", 0, &infos),
        full(*b"iref", 0, &references),
        atom(*b"iprp", &[atom(*b"ipco", &properties), associations].concat()),
        atom(*b"idat", &inside),
    ];
    full(*b"meta", 0, &content.concat())
}

/// The content of the first box of a kind, wherever it is.
pub(crate) fn content(file: &[u8], kind: [u8; 4]) -> &[u8] {
    let at = file.windows(4).position(|word| *word == kind).unwrap();
    let size = u32::from_be_bytes(file[at - 4..at].try_into().unwrap()) as usize;
    &file[at + 4..at - 4 + size]
}
