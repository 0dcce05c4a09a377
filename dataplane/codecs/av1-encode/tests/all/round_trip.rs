//! Sizes, alpha, planes and metadata survive the way out and back in.

use imgplane_codec_av1_decode::{
    ChromaPosition, Matrix, Sampling as Found, decode_planes, decode_rgba, exif, icc, read_header,
};
use imgplane_codec_av1_encode::{
    Error, Options, PlaneRef, Planes, Sampling, encode_planes, encode_rgb, encode_rgb_sampled, encode_rgba,
    encode_yuv420,
};

use crate::picture::{faded, mean_difference, opaque, scene, waves};

const LIMIT: u64 = 10_000_000;

fn options(quality: u8) -> Options {
    Options { quality, ..Options::default() }
}

#[test]
fn every_size_comes_back() {
    let sizes = [
        (1, 1),
        (1, 2),
        (2, 1),
        (1, 7),
        (7, 1),
        (3, 5),
        (8, 8),
        (15, 17),
        (64, 64),
        (65, 63),
        (131, 97),
        (1, 1000),
        (1000, 1),
        (4099, 3),
        (3, 4099),
        (65_536, 2),
        (2, 65_536),
    ];
    for (width, height) in sizes {
        let source = waves(width, height);
        for sampling in [Sampling::S420, Sampling::S444] {
            let name = format!("{width}x{height} {sampling:?}");
            let file = encode_rgb_sampled(&source, width, height, sampling, &options(90)).unwrap();
            let header = read_header(&file).unwrap();
            assert_eq!((header.width, header.height, header.alpha), (width, height, false), "{name}");
            let picture = decode_rgba(&file, LIMIT).unwrap();
            assert_eq!((picture.width, picture.height, picture.alpha), (width, height, false), "{name}");
            let difference = mean_difference(&opaque(&picture.data), &source);
            assert!(difference < 3.0, "{name}: {difference}");
        }
    }
}

#[test]
fn speeds_all_work_and_grey_stays_grey() {
    let (width, height) = (70, 50);
    let grey: Vec<u8> = scene(width, height).chunks(3).flat_map(|pixel| [pixel[1]; 3]).collect();
    for speed in [0, 4, 6, 8, 9, 200] {
        let file = encode_rgb(&grey, width, height, &Options { speed, ..options(95) }).unwrap();
        let picture = decode_rgba(&file, LIMIT).unwrap();
        assert!(mean_difference(&opaque(&picture.data), &grey) < 3.0, "speed {speed}");
        let tint = picture.data.chunks(4).map(|pixel| pixel[0].abs_diff(pixel[2])).max().unwrap();
        assert!(tint <= 3, "speed {speed}: {tint}");
    }
}

#[test]
fn plain_colours_are_kept() {
    for colour in [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [12, 200, 130]] {
        let file = encode_rgb(&colour.repeat(48 * 32), 48, 32, &options(95)).unwrap();
        let picture = decode_rgba(&file, LIMIT).unwrap();
        let worst = picture
            .data
            .chunks(4)
            .flat_map(|pixel| (0..3).map(|channel| pixel[channel].abs_diff(colour[channel])));
        assert!(worst.max().unwrap() <= 3, "{colour:?}");
    }
}

#[test]
fn alpha_is_written_only_where_something_shows_through() {
    let (width, height) = (90, 61);
    let source = scene(width, height);
    let solid: Vec<u8> = source.chunks(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    let without = encode_rgba(&solid, width, height, &options(80)).unwrap();
    assert_eq!(without, encode_rgb(&source, width, height, &options(80)).unwrap());
    assert!(!read_header(&without).unwrap().alpha);

    let mut pierced = solid;
    pierced[4 * 17 + 3] = 254;
    assert!(read_header(&encode_rgba(&pierced, width, height, &options(80)).unwrap()).unwrap().alpha);

    let faded = faded(&source, width);
    let file = encode_rgba(&faded, width, height, &options(80)).unwrap();
    let picture = decode_rgba(&file, LIMIT).unwrap();
    assert!(picture.alpha);
    let alpha = |data: &[u8]| data.chunks(4).map(|pixel| pixel[3]).collect::<Vec<_>>();
    assert!(mean_difference(&alpha(&picture.data), &alpha(&faded)) < 1.5);
    assert!(mean_difference(&opaque(&picture.data), &source) < 8.0);
    for (width, height) in [(1, 1), (1, 33), (33, 1)] {
        let file = encode_rgba(
            &[9, 9, 9, 100].repeat(33)[..(width * height * 4) as usize],
            width,
            height,
            &options(80),
        );
        let picture = decode_rgba(&file.unwrap(), LIMIT).unwrap();
        assert!(picture.data[3].abs_diff(100) < 3, "{width}x{height}");
    }
}

#[test]
fn planes_go_in_as_they_are() {
    let (width, height) = (51_u32, 37_u32);
    let luma: Vec<u8> = (0..width * height).map(|index| (index % width * 5) as u8).collect();
    let (blue, red) = (vec![90_u8; 26 * 19], vec![170_u8; 26 * 19]);
    let tight = encode_yuv420(&luma, &blue, &red, width, height, &options(95)).unwrap();
    let planes = decode_planes(&tight, LIMIT).unwrap();
    assert_eq!((planes.sampling, planes.position), (Found::S420, ChromaPosition::Center));
    assert_eq!((planes.full_range, planes.matrix), (true, Matrix::Bt601));
    assert!(mean_difference(&planes.y, &luma) < 1.5);
    assert!(mean_difference(&planes.u, &blue) < 1.0 && mean_difference(&planes.v, &red) < 1.0);

    // The same planes with padding make the same file, whatever the padding holds.
    let padded = |plane: &[u8], columns: usize, stride: usize, filler: u8| {
        let mut out: Vec<u8> = Vec::new();
        for row in plane.chunks(columns) {
            out.extend_from_slice(row);
            out.extend(std::iter::repeat_n(filler, stride - columns));
        }
        out
    };
    for filler in [0, 255] {
        let (y, cb, cr) =
            (padded(&luma, 51, 64, filler), padded(&blue, 26, 48, filler), padded(&red, 26, 48, filler));
        let wide = Planes {
            y: PlaneRef { data: &y, stride: 64 },
            cb: PlaneRef { data: &cb, stride: 48 },
            cr: PlaneRef { data: &cr, stride: 48 },
            alpha: None,
            width,
            height,
            sampling: Sampling::S420,
        };
        assert_eq!(encode_planes(&wide, &options(95)).unwrap(), tight, "filler {filler}");
    }
}

#[test]
fn grey_planes_need_no_chroma() {
    let luma: Vec<u8> = (0..64 * 40_u32).map(|index| (index / 16) as u8).collect();
    let none = PlaneRef { data: &[], stride: 0 };
    let planes = Planes {
        y: PlaneRef { data: &luma, stride: 64 },
        cb: none,
        cr: none,
        alpha: None,
        width: 64,
        height: 40,
        sampling: Sampling::Gray,
    };
    let found = decode_planes(&encode_planes(&planes, &options(95)).unwrap(), LIMIT).unwrap();
    assert_eq!((found.sampling, found.u.len()), (Found::S400, 0));
    assert!(mean_difference(&found.y, &luma) < 1.5);
}

#[test]
fn metadata_travels_along() {
    let source = scene(20, 20);
    let profile: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let tiff = b"II*\0\x08\0\0\0\0\0".to_vec();
    let prefixed = [&b"Exif\0\0"[..], &tiff].concat();
    let with = |icc: &Option<Vec<u8>>, exif: &Option<Vec<u8>>| {
        encode_rgba(
            &faded(&source, 20),
            20,
            20,
            &Options { icc: icc.clone(), exif: exif.clone(), ..options(70) },
        )
        .unwrap()
    };
    for given in [&tiff, &prefixed] {
        let file = with(&Some(profile.clone()), &Some(given.clone()));
        assert_eq!(icc(&file).as_ref(), Some(&profile));
        assert_eq!(exif(&file).as_ref(), Some(&tiff));
        assert!(read_header(&file).unwrap().icc);
        assert_eq!(decode_rgba(&file, LIMIT), decode_rgba(&with(&None, &None), LIMIT));
    }
    let plain = with(&None, &None);
    assert_eq!((icc(&plain), exif(&plain)), (None, None));
    assert_eq!(with(&Some(Vec::new()), &Some(Vec::new())), plain);
}

#[test]
fn impossible_sizes_and_short_buffers_are_refused() {
    assert_eq!(encode_rgb(&[], 0, 5, &options(80)), Err(Error::Size { width: 0, height: 5 }));
    assert_eq!(encode_rgba(&[], 65_537, 1, &options(80)), Err(Error::Size { width: 65_537, height: 1 }));
    let short = encode_rgb(&[0; 29], 2, 5, &options(80));
    assert_eq!(short, Err(Error::Buffer { plane: "pixel", found: 29, needed: 30 }));
    let short = encode_yuv420(&[0; 25], &[0; 9], &[0; 8], 5, 5, &options(80));
    assert_eq!(short, Err(Error::Buffer { plane: "Cr", found: 8, needed: 9 }));
}
