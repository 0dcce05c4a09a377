//! Things that must be right to the last bit, or nearly.

use imgplane_pixels::{Color, Fill, Format, FormatChoice, Operation, Output, Rect, Size};
use png::{BitDepth, ColorType};

use crate::{
    scene::{Picture, cutout, photo, png, raw_png, webp},
    work::{fixed, lossless, make, read, resize},
};

#[test]
fn png_to_png_without_operations_keeps_every_pixel() {
    for scene in [photo(61, 43), cutout(61, 43)] {
        let made = read(&make(&png(&scene), &[], lossless()).bytes);
        assert_eq!(made.data, scene.data);
    }
}

#[test]
fn lossless_webp_equals_png() {
    let source = crate::scene::jpeg(&photo(120, 80), 90, false, false);
    let operations = [resize(60, 40)];
    let output = Output { lossless: true, ..fixed(Format::Webp, 80) };
    let webp = make(&source, &operations, output);
    let png = make(&source, &operations, lossless());
    assert_eq!(read(&webp.bytes).data, read(&png.bytes).data);
    assert_eq!((webp.quality, png.quality), (None, None));
}

#[test]
fn every_kind_of_png_is_read_right() {
    let two_pixels = |color, depth, data: &[u8]| raw_png(2, 1, color, depth, data, |_| {});
    let table: [(&str, Vec<u8>, Vec<u8>); 10] = [
        (
            "1-bit grey",
            two_pixels(ColorType::Grayscale, BitDepth::One, &[0b0100_0000]),
            vec![0, 0, 0, 255, 255, 255],
        ),
        (
            "4-bit grey",
            two_pixels(ColorType::Grayscale, BitDepth::Four, &[0x1F]),
            vec![17, 17, 17, 255, 255, 255],
        ),
        (
            "8-bit grey",
            two_pixels(ColorType::Grayscale, BitDepth::Eight, &[7, 200]),
            vec![7, 7, 7, 200, 200, 200],
        ),
        (
            "16-bit grey",
            two_pixels(ColorType::Grayscale, BitDepth::Sixteen, &[7, 0, 200, 255]),
            vec![7, 7, 7, 200, 200, 200],
        ),
        (
            "16-bit RGB",
            two_pixels(ColorType::Rgb, BitDepth::Sixteen, &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]),
            vec![1, 2, 3, 4, 5, 6],
        ),
        (
            "16-bit RGBA",
            two_pixels(
                ColorType::Rgba,
                BitDepth::Sixteen,
                &[1, 0, 2, 0, 3, 0, 9, 0, 4, 0, 5, 0, 6, 0, 255, 255],
            ),
            vec![1, 2, 3, 9, 4, 5, 6, 255],
        ),
        (
            "grey and alpha",
            two_pixels(ColorType::GrayscaleAlpha, BitDepth::Eight, &[7, 9, 200, 255]),
            vec![7, 7, 7, 9, 200, 200, 200, 255],
        ),
        (
            "idle alpha",
            two_pixels(ColorType::GrayscaleAlpha, BitDepth::Eight, &[7, 255, 200, 255]),
            vec![7, 7, 7, 200, 200, 200],
        ),
        (
            "palette with transparency",
            raw_png(2, 1, ColorType::Indexed, BitDepth::Two, &[0b0100_0000], |info| {
                info.palette = Some(vec![1, 2, 3, 4, 5, 6].into());
                info.trns = Some(vec![255, 8].into());
            }),
            vec![4, 5, 6, 8, 1, 2, 3, 255],
        ),
        (
            "one transparent colour",
            raw_png(2, 1, ColorType::Rgb, BitDepth::Eight, &[1, 2, 3, 4, 5, 6], |info| {
                info.trns = Some(vec![0, 1, 0, 2, 0, 3].into());
            }),
            vec![1, 2, 3, 0, 4, 5, 6, 255],
        ),
    ];
    for (name, source, expected) in table {
        assert_eq!(read(&make(&source, &[], lossless()).bytes).data, expected, "{name}");
    }
}

#[test]
fn an_interlaced_png_is_read_right() {
    let scene = photo(13, 9);
    assert_eq!(read(&make(&interlaced(&scene), &[], lossless()).bytes).data, scene.data);
}

/// Adam7 by hand: seven small pictures, each row behind a filter byte, in stored deflate blocks.
fn interlaced(scene: &Picture) -> Vec<u8> {
    let mut raw = Vec::new();
    for (x0, y0, dx, dy) in
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    {
        for y in (y0..scene.height).step_by(dy) {
            raw.push(0);
            (x0..scene.width).step_by(dx).for_each(|x| raw.extend_from_slice(scene.pixel(x, y)));
        }
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &raw {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = raw.len() as u16;
    let mut zlib = vec![0x78, 0x01, 1];
    zlib.extend_from_slice(&length.to_le_bytes());
    zlib.extend_from_slice(&(!length).to_le_bytes());
    zlib.extend_from_slice(&raw);
    zlib.extend_from_slice(&((b << 16) | a).to_be_bytes());
    let mut header = Vec::new();
    header.extend_from_slice(&scene.width.to_be_bytes());
    header.extend_from_slice(&scene.height.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 1]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [(b"IHDR", header.as_slice()), (b"IDAT", &zlib), (b"IEND", &[])] {
        let body: Vec<u8> = name.iter().chain(data).copied().collect();
        file.extend_from_slice(&(data.len() as u32).to_be_bytes());
        file.extend_from_slice(&body);
        file.extend_from_slice(&crc(&body).to_be_bytes());
    }
    file
}

fn crc(data: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !data.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

#[test]
fn few_colours_become_a_palette_and_stay_exact() {
    for (colors, with_alpha) in [(2, false), (3, true), (16, false), (17, true), (256, true), (257, false)] {
        let pixel = |index: u32| {
            let color = index % colors;
            [
                color as u8,
                (color / 2) as u8,
                (color / 256) as u8 * 9,
                if with_alpha { (color % 5 * 60) as u8 } else { 255 },
            ]
        };
        let data: Vec<u8> = (0..37 * 29).flat_map(pixel).collect();
        let picture = Picture { width: 37, height: 29, channels: 4, data };
        let made = make(&webp(&picture, 90.0, true), &[], lossless());
        let expected = if with_alpha { picture.clone() } else { picture.with_channels(3) };
        let got = read(&made.bytes);
        assert_eq!(got.channels, expected.channels, "{colors} colours");
        for (got, expected) in got.data.chunks(got.channels).zip(expected.data.chunks(expected.channels)) {
            assert_eq!(got, expected, "{colors} colours");
        }
        // Byte 25 of a PNG is its colour type: 3 is a palette.
        assert_eq!(made.bytes[25] == 3, colors <= 256, "{colors} colours");
    }
}

#[test]
fn an_opaque_png_becomes_the_smaller_of_jpeg_and_png() {
    let negotiated =
        Output { format: FormatChoice::Negotiated { avif: false, webp: false }, ..Output::default() };
    let photographic = make(&png(&photo(200, 133)), &[], negotiated);
    assert_eq!(photographic.format, Format::Jpeg);
    let mut flat = Picture { width: 200, height: 120, channels: 3, data: [255; 3].repeat(200 * 120) };
    flat.data[60 * 600..80 * 600].fill(0);
    assert_eq!(make(&png(&flat), &[], negotiated).format, Format::Png);
    assert_eq!(make(&png(&cutout(200, 133)), &[], negotiated).format, Format::Png);
}

#[test]
fn transparency_becomes_the_background_else_black_in_a_jpeg() {
    let clear = Picture { width: 16, height: 16, channels: 4, data: [200, 10, 10, 0].repeat(256) };
    let black = read(&make(&png(&clear), &[], fixed(Format::Jpeg, 90)).bytes);
    assert!(black.data.iter().all(|sample| *sample < 3), "black");
    let color = Color { red: 240, green: 0, blue: 0, alpha: 255 };
    let red = make(&png(&clear), &[Operation::Background { fill: Fill::Color(color) }], lossless());
    assert_eq!(read(&red.bytes).data, [240, 0, 0].repeat(256));
}

#[test]
fn a_pad_around_a_jpeg_is_exactly_its_colour() {
    let source = crate::scene::jpeg(&photo(64, 48), 90, false, false);
    let fill = Color { red: 0, green: 0, blue: 0, alpha: 255 };
    let pad = Operation::Pad { canvas: Size::new(101, 77), x: 17, y: 13, fill: Fill::Color(fill) };
    let made = read(&make(&source, &[pad], lossless()).bytes);
    assert_eq!(
        (made.pixel(0, 0), made.pixel(100, 76), made.pixel(16, 40)),
        (&[0; 3][..], &[0; 3][..], &[0; 3][..])
    );
    let inner = read(&make(&source, &[], lossless()).bytes);
    assert_eq!(made.pixel(17, 13), inner.pixel(0, 0));
    assert_eq!(made.pixel(17 + 63, 13 + 47), inner.pixel(63, 47));
}

#[test]
fn mirroring_twice_and_turning_four_times_is_nothing() {
    let source = png(&cutout(31, 19));
    let expected = read(&source).data;
    let flip = Operation::Flip { horizontal: true, vertical: true };
    let turn = Operation::Rotate { quarter_turns: 1 };
    for chain in [vec![flip.clone(), flip.clone()], vec![turn.clone(); 4], vec![turn.clone(), flip, turn]] {
        assert_eq!(read(&make(&source, &chain, lossless()).bytes).data, expected, "{chain:?}");
    }
}

#[test]
fn an_extract_is_cut_before_it_is_scaled() {
    // Left half black, right half white: the cut-out black half must stay black up to its edge.
    let data = (0..64 * 32).flat_map(|index| if index % 64 < 32 { [0; 3] } else { [255; 3] }).collect();
    let source = png(&Picture { width: 64, height: 32, channels: 3, data });
    let cut = Operation::Extract { rect: Rect { x: 0, y: 0, width: 32, height: 32 } };
    for chain in [vec![cut.clone(), resize(10, 10)], vec![cut, resize(80, 80)]] {
        let made = read(&make(&source, &chain, lossless()).bytes);
        assert!(made.data.iter().all(|sample| *sample == 0), "{chain:?}");
    }
}
