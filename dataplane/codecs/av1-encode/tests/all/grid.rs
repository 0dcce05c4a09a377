//! Pictures put together from tiles, as phones and tiling encoders write them.

use imgplane_codec_av1_decode::{Crop, Error, decode_rgba, read_header};
use imgplane_codec_av1_encode::{Options, Sampling, encode_rgb_sampled, encode_rgba_sampled};

use crate::{
    boxes::{Item, Link, atom, content, file, full, size},
    picture::{faded, mean_difference, opaque, scene},
};

const LIMIT: u64 = 1_000_000;
const TILE: (u32, u32) = (80, 64);
const ALPHA: &[u8] = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0";

/// The AV1 payload and configuration of a tile.
fn coded(data: &[u8], sampling: Sampling) -> (Vec<u8>, Vec<u8>) {
    let options = Options { quality: 90, ..Options::default() };
    let whole = encode_rgb_sampled(data, TILE.0, TILE.1, sampling, &options).unwrap();
    (content(&whole, *b"mdat").to_vec(), atom(*b"av1C", content(&whole, *b"av1C")))
}

/// A tile of the scene, repeating its edges.
fn cut(source: &[u8], (width, height): (u32, u32), column: u32, row: u32) -> Vec<u8> {
    let mut data = Vec::new();
    for y in 0..TILE.1 {
        for x in 0..TILE.0 {
            let (x, y) = ((column * TILE.0 + x).min(width - 1), (row * TILE.1 + y).min(height - 1));
            let start = (y * width + x) as usize * 3;
            data.extend_from_slice(&source[start..start + 3]);
        }
    }
    data
}

fn shape(columns: u32, rows: u32, width: u32, height: u32) -> Vec<u8> {
    let [width, height] = [width as u16, height as u16].map(u16::to_be_bytes);
    [&[0, 0, rows as u8 - 1, columns as u8 - 1][..], &width, &height].concat()
}

/// Items of a grid over `source`: first the grid, then its tiles.
fn items(source: &[u8], width: u32, height: u32, sampling: Sampling) -> Vec<Item> {
    let (columns, rows) = (width.div_ceil(TILE.0), height.div_ceil(TILE.1));
    let mut items = vec![Item {
        kind: *b"grid",
        data: shape(columns, rows, width, height),
        properties: vec![size(width, height), full_range()],
    }];
    for index in 0..columns * rows {
        let (data, configuration) =
            coded(&cut(source, (width, height), index % columns, index / columns), sampling);
        items.push(Item { kind: *b"av01", data, properties: vec![size(TILE.0, TILE.1), configuration] });
    }
    items
}

fn full_range() -> Vec<u8> {
    atom(*b"colr", b"nclx\0\x01\0\x0d\0\x06\x80")
}

fn tiles_of(grid: u16, first: u16, items: usize) -> Link {
    (*b"dimg", grid, (first..first + items as u16).collect())
}

#[test]
fn tiles_fall_into_place_and_are_cut_at_the_edges() {
    for (width, height) in [(160, 128), (81, 65), (200, 64), (80, 150), (33, 21)] {
        let source = scene(width, height);
        for sampling in [Sampling::S420, Sampling::S444] {
            let items = items(&source, width, height, sampling);
            let links = [tiles_of(1, 2, items.len() - 1)];
            let data = file(&items, &links);
            let name = format!("{width}x{height} {sampling:?}");
            let header = read_header(&data).unwrap();
            assert_eq!((header.width, header.height, header.grid), (width, height, true), "{name}");
            let picture = decode_rgba(&data, LIMIT).unwrap();
            assert_eq!((picture.width, picture.height), (width, height), "{name}");
            let difference = mean_difference(&opaque(&picture.data), &source);
            assert!(difference < 8.0, "{name}: {difference}");
        }
    }
}

#[test]
fn transparency_may_be_a_second_grid_or_belong_to_the_tiles() {
    let (width, height) = (150, 100);
    let source = scene(width, height);
    let mut all = items(&source, width, height, Sampling::S420);
    let tiles = all.len() - 1;
    let first_alpha = all.len() as u16 + 1;
    let auxiliary = full(*b"auxC", 0, ALPHA);
    for index in 0..tiles as u32 {
        // Each tile's alpha is made by the encoder, as the second payload of a file; it fades across the tile.
        let tile = faded(&cut(&source, (width, height), index % 2, index / 2), TILE.0);
        let whole = encode_rgba_sampled(&tile, TILE.0, TILE.1, Sampling::S420, &Options::default()).unwrap();
        let last = whole.windows(4).rposition(|word| word == b"av1C").unwrap();
        let configuration = atom(*b"av1C", &whole[last + 4..last + 8]);
        // The alpha payload stands last in the file; its length is in the second item location.
        let places = content(&whole, *b"iloc");
        let length = u32::from_be_bytes(places[32..36].try_into().unwrap()) as usize;
        let data = whole[whole.len() - length..].to_vec();
        let properties = vec![size(TILE.0, TILE.1), configuration, auxiliary.clone()];
        all.push(Item { kind: *b"av01", data, properties });
    }
    let per_tile: Vec<Link> =
        (0..tiles as u16).map(|index| (*b"auxl", first_alpha + index, vec![2 + index])).collect();
    let colour = tiles_of(1, 2, tiles);
    let by_tile = file(&all, &[&[colour.clone()][..], &per_tile].concat());

    all.push(Item {
        kind: *b"grid",
        data: shape(2, 2, width, height),
        properties: vec![size(width, height), auxiliary],
    });
    let second = all.len() as u16;
    let by_grid = file(&all, &[colour, tiles_of(second, first_alpha, tiles), (*b"auxl", second, vec![1])]);

    for (name, data) in [("by tile", &by_tile), ("by grid", &by_grid)] {
        assert!(read_header(data).unwrap().alpha, "{name}");
        let picture = decode_rgba(data, LIMIT).unwrap();
        assert!(picture.alpha, "{name}");
        let alpha = |x: u32, y: u32| picture.data[(y * width + x) as usize * 4 + 3];
        for (x, y, expected) in [(2, 30, 250), (40, 30, 155), (79, 30, 58), (120, 90, 155)] {
            assert!(alpha(x, y).abs_diff(expected) < 8, "{name} at {x},{y}: {}", alpha(x, y));
        }
    }
    assert_eq!(decode_rgba(&by_tile, LIMIT), decode_rgba(&by_grid, LIMIT));
}

#[test]
fn transforms_of_the_grid_apply_to_the_whole() {
    let (width, height) = (160, 128);
    let source = scene(width, height);
    let mut items = items(&source, width, height, Sampling::S420);
    let plain = decode_rgba(&file(&items, &[tiles_of(1, 2, items.len() - 1)]), LIMIT).unwrap();
    // 40 x 30 pixels, centred; then a quarter turn anticlockwise.
    let numbers = [40, 1, 30, 1, 0, 1, 0, 1_u32].map(u32::to_be_bytes).concat();
    items[0].properties.extend([atom(*b"clap", &numbers), atom(*b"irot", &[1])]);
    let data = file(&items, &[tiles_of(1, 2, items.len() - 1)]);
    let header = read_header(&data).unwrap();
    assert_eq!(header.crop, Some(Crop { x: 60, y: 49, width: 40, height: 30 }));
    assert_eq!(header.output_size(), (30, 40));
    let turned = decode_rgba(&data, LIMIT).unwrap();
    assert_eq!((turned.width, turned.height), (30, 40));
    // The top left corner was the top right one of the part.
    let from = (49 * width + 99) as usize * 4;
    assert_eq!(turned.data[..4], plain.data[from..from + 4]);
}

#[test]
fn broken_grids_are_refused_with_a_reason() {
    let (width, height) = (150, 100);
    let source = scene(width, height);
    let good = || items(&source, width, height, Sampling::S420);
    let links = |count| vec![tiles_of(1, 2, count)];
    let refuse = |name: &str, items: &[Item], links: &[Link]| {
        let error = decode_rgba(&file(items, links), LIMIT).unwrap_err();
        let known = matches!(error, Error::Malformed { .. } | Error::Unsupported { .. } | Error::Truncated);
        assert!(known, "{name}: {error}");
    };
    assert!(decode_rgba(&file(&good(), &links(4)), LIMIT).is_ok());

    refuse("no tiles", &good(), &[]);
    refuse("too few tiles", &good(), &links(3));
    refuse("a tile that does not exist", &good(), &links(5));
    refuse("a grid of itself", &good(), &[(*b"dimg", 1, vec![1, 1, 1, 1])]);

    let mut items = good();
    items[0].data = shape(2, 2, 151, 100);
    refuse("two sizes", &items, &links(4));
    items[0].data.truncate(5);
    refuse("half a shape", &items, &links(4));

    let mut items = good();
    items[0].properties[0] = size(161, 100);
    items[0].data = shape(2, 2, 161, 100);
    refuse("a gap", &items, &links(4));

    let mut items = good();
    (items[3].data, items[3].properties[1]) = coded(&cut(&source, (width, height), 0, 1), Sampling::S444);
    refuse("tiles of different samplings", &items, &links(4));

    let mut items = good();
    items[2].properties[0] = size(64, 64);
    refuse("a tile of another size", &items, &links(4));

    let mut items = good();
    for tile in &mut items[1..] {
        tile.properties[0] = size(81, 64);
    }
    refuse("tiles that lie about their size", &items, &links(4));
}

#[test]
fn many_tiles_may_share_a_plain_item_but_not_megabytes() {
    let side = (TILE.0 * 20, TILE.1 * 20);
    let (data, configuration) = coded(&[90; 80 * 64 * 3], Sampling::S420);
    let grid = |data: &[u8]| {
        let shape = Item {
            kind: *b"grid",
            data: shape(20, 20, side.0, side.1),
            properties: vec![size(side.0, side.1), full_range()],
        };
        let properties = vec![size(TILE.0, TILE.1), configuration.clone()];
        let tile = Item { kind: *b"av01", data: data.to_vec(), properties };
        file(&[shape, tile], &[(*b"dimg", 1, vec![2; 400])])
    };
    let limit = u64::from(side.0 * side.1);
    let picture = decode_rgba(&grid(&data), limit).unwrap();
    assert!(picture.data.iter().all(|value| value.abs_diff(90) < 3 || *value == 255));

    // A megabyte of padding in the shared tile.
    let padding = [&[0x7a, 0x80, 0x80, 0x40][..], &vec![0; 1 << 20]].concat();
    let error = decode_rgba(&grid(&[&data[..], &padding].concat()), limit).unwrap_err();
    assert_eq!(error, Error::Unsupported { what: "tiles that share too much data" });
}
