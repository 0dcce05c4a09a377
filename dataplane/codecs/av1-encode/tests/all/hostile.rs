//! Damaged and crafted files end in an error or a picture, never in a panic, an abort or a flood of memory.

use imgplane_codec_av1_decode::{Error, decode_planes, decode_rgba, exif, icc, read_header, xmp};
use imgplane_codec_av1_encode::{Options, Sampling, encode_rgb_sampled, encode_rgba};

use crate::{
    boxes::{Item, atom, content, file, size},
    picture::{Random, faded, scene},
};

const LIMIT: u64 = 1_000_000;

fn samples() -> Vec<Vec<u8>> {
    let (width, height) = (61, 45);
    let source = scene(width, height);
    let documents = Options {
        icc: Some(vec![7; 200]),
        exif: Some(b"MM\0*\0\0\0\x08\0\0".to_vec()),
        ..Options::default()
    };
    vec![
        encode_rgb_sampled(&source, width, height, Sampling::S420, &Options::default()).unwrap(),
        encode_rgb_sampled(&source, width, height, Sampling::S444, &documents).unwrap(),
        encode_rgba(&faded(&source, width), width, height, &documents).unwrap(),
    ]
}

fn read_everything(data: &[u8]) {
    let header = read_header(data);
    if let Ok(picture) = decode_rgba(data, LIMIT) {
        assert_eq!(picture.data.len() as u32, picture.width * picture.height * 4);
        assert_eq!(header.unwrap().output_size(), (picture.width, picture.height));
    }
    drop((decode_planes(data, LIMIT), exif(data), icc(data), xmp(data)));
}

#[test]
fn changed_bytes_never_bring_it_down() {
    let samples = samples();
    let mut random = Random::new(1);
    for round in 0..3000 {
        let mut data = samples[round % samples.len()].clone();
        let boxes = data.windows(4).position(|word| word == b"mdat").unwrap();
        // A third each: anywhere, in the boxes, in the coded picture.
        let (from, to) = [(0, data.len()), (0, boxes), (boxes, data.len())][round / 7 % 3];
        for _ in 0..=random.below(5) {
            let at = from + random.below(to - from);
            data[at] = match random.below(4) {
                0 => random.below(256) as u8,
                1 => data[at] ^ 1 << random.below(8),
                2 => 255,
                _ => 0,
            };
        }
        read_everything(&data);
    }
}

#[test]
fn every_byte_of_the_boxes_may_take_its_extremes() {
    for sample in samples() {
        let boxes = sample.windows(4).position(|word| word == b"mdat").unwrap() + 4;
        for at in 0..boxes {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut data = sample.clone();
                data[at] = value;
                let _ = (read_header(&data), exif(&data), icc(&data), xmp(&data));
            }
        }
    }
}

#[test]
fn a_file_cut_at_any_sixteenth_is_an_error() {
    for sample in samples() {
        for part in 0..16 {
            let data = &sample[..sample.len() * part / 16];
            assert!(decode_rgba(data, LIMIT).is_err(), "{part}/16");
        }
        assert_eq!(decode_rgba(&sample[..sample.len() - 1], LIMIT), Err(Error::Truncated));
        assert!(decode_rgba(&sample, LIMIT).is_ok());
    }
}

#[test]
fn a_picture_larger_than_announced_is_refused() {
    let source = scene(128, 128);
    let whole = encode_rgb_sampled(&source, 128, 128, Sampling::S420, &Options::default()).unwrap();
    let item = |width, height| Item {
        kind: *b"av01",
        data: content(&whole, *b"mdat").to_vec(),
        properties: vec![size(width, height), atom(*b"av1C", content(&whole, *b"av1C"))],
    };
    assert!(decode_rgba(&file(&[item(128, 128)], &[]), LIMIT).is_ok());
    // Smaller: the decoder stops before it allocates. Larger or turned: noticed afterwards.
    assert!(matches!(decode_rgba(&file(&[item(16, 16)], &[]), LIMIT), Err(Error::Damaged { .. })));
    for (width, height) in [(256, 128), (64, 256)] {
        let found = decode_rgba(&file(&[item(width, height)], &[]), LIMIT);
        assert!(matches!(found, Err(Error::Malformed { .. })), "{width}x{height}: {found:?}");
    }
    assert_eq!(
        decode_rgba(&file(&[item(65_536, 65_536)], &[]), LIMIT),
        Err(Error::TooLarge { pixels: 1 << 32, limit: LIMIT })
    );
    for (width, height) in [(0, 1), (1, 0), (65_537, 1), (u32::MAX, u32::MAX)] {
        assert!(matches!(read_header(&file(&[item(width, height)], &[])), Err(Error::Malformed { .. })));
    }
}

#[test]
fn many_frames_in_one_item_are_refused() {
    let source = scene(64, 64);
    let whole = encode_rgb_sampled(&source, 64, 64, Sampling::S420, &Options::default()).unwrap();
    let payload = content(&whole, *b"mdat");
    let film = |frames| Item {
        kind: *b"av01",
        data: payload.repeat(frames),
        properties: vec![size(64, 64), atom(*b"av1C", content(&whole, *b"av1C"))],
    };
    assert!(decode_rgba(&file(&[film(1)], &[]), LIMIT).is_ok());
    let error = decode_rgba(&file(&[film(50)], &[]), LIMIT).unwrap_err();
    assert_eq!(error, Error::Unsupported { what: "more frames than a still picture has" });
}

#[test]
fn essential_properties_that_are_not_known_are_respected() {
    let source = scene(64, 64);
    let whole = encode_rgb_sampled(&source, 64, 64, Sampling::S420, &Options::default()).unwrap();
    let with = |property: Vec<u8>| {
        let mut data = file(
            &[Item {
                kind: *b"av01",
                data: content(&whole, *b"mdat").to_vec(),
                properties: vec![size(64, 64), atom(*b"av1C", content(&whole, *b"av1C")), property],
            }],
            &[],
        );
        let essential = |data: &mut Vec<u8>| {
            // The last association of the only item.
            let at = data.windows(4).position(|word| word == b"ipma").unwrap();
            let size = u32::from_be_bytes(data[at - 4..at].try_into().unwrap()) as usize;
            data[at - 4 + size - 2] |= 0x80;
        };
        let harmless = decode_rgba(&data, LIMIT).is_ok();
        essential(&mut data);
        (harmless, decode_rgba(&data, LIMIT).is_ok())
    };
    assert_eq!(with(atom(*b"wxyz", &[1, 2, 3])), (true, false));
    assert_eq!(with(atom(*b"pasp", &[0, 0, 0, 1, 0, 0, 0, 1])), (true, true));
    assert_eq!(with(atom(*b"lsel", &[0xff, 0xff])), (true, true));
    assert_eq!(with(atom(*b"lsel", &[0, 1])), (false, false));
}
