//! PNG in 256 colours, and the smallest of several formats.

use imgplane_pixels::{Format, FormatChoice, Output, PngEffort, Selection};

use crate::{
    reference::{on_gray, score},
    scene::{Picture, cutout, photo, png, webp},
    work::{fixed, lossless, make, read, resize},
};

fn maximum() -> Output {
    Output { png: PngEffort::Maximum, ..lossless() }
}

/// Byte 25 of a PNG is its colour type: 3 is a palette.
fn has_palette(bytes: &[u8]) -> bool {
    bytes[25] == 3
}

#[test]
fn a_photograph_in_few_colours_is_much_smaller_and_looks_alike() {
    for (name, scene, share, least) in
        [("opaque", photo(320, 240), 2, 60.0), ("cut out", cutout(320, 240), 2, 50.0)]
    {
        let source = webp(&scene, 90.0, true);
        let (all, few) = (make(&source, &[], lossless()), make(&source, &[], maximum()));
        assert!(has_palette(&few.bytes), "{name}");
        assert!(
            few.bytes.len() * share < all.bytes.len(),
            "{name}: {} of {}",
            few.bytes.len(),
            all.bytes.len()
        );
        let (whole, reduced) = (on_gray(&read(&all.bytes)), on_gray(&read(&few.bytes)));
        let score = score(&whole, &reduced);
        println!("{name}: {} of {} bytes, score {score:.1}", few.bytes.len(), all.bytes.len());
        assert!(score > least, "{name}: {score}");
    }
}

#[test]
fn alpha_keeps_its_ends_and_nearly_its_steps() {
    let scene = cutout(320, 240);
    let few = read(&make(&webp(&scene, 90.0, true), &[], maximum()).bytes);
    let mut worst = 0;
    for (got, expected) in few.data.chunks(4).zip(scene.data.chunks(4)) {
        match expected[3] {
            0 | 255 => assert_eq!(got[3], expected[3]),
            alpha => worst = worst.max(got[3].abs_diff(alpha)),
        }
    }
    assert!(worst <= 40, "an opacity is off by {worst}");
}

#[test]
fn few_colours_and_lossless_requests_lose_nothing() {
    let pixel = |index: u32| [(index % 16 * 16) as u8, (index / 640 % 8) as u8, 9];
    let drawing =
        Picture { width: 64, height: 48, channels: 3, data: (0..64 * 48).flat_map(pixel).collect() };
    assert_eq!(read(&make(&png(&drawing), &[], maximum()).bytes).data, drawing.data);
    let scene = photo(64, 48);
    let exact = Output { lossless: true, ..maximum() };
    let made = make(&png(&scene), &[], exact);
    assert!(!has_palette(&made.bytes));
    assert_eq!(read(&made.bytes).data, scene.data);
    // What is smaller with all its colours keeps them.
    let smooth = |x: u32, y: u32| [(x * 2) as u8, (y * 2) as u8, (x + y) as u8];
    let data = (0..120 * 120).flat_map(|index| smooth(index % 120, index / 120)).collect();
    let gradient = Picture { width: 120, height: 120, channels: 3, data };
    let made = make(&png(&gradient), &[], maximum());
    assert!(!has_palette(&made.bytes), "{} bytes", made.bytes.len());
    assert!(read(&made.bytes).data == gradient.data);
}

#[test]
fn more_effort_is_never_more_bytes() {
    for scene in [photo(200, 150), cutout(200, 150)] {
        let source = webp(&scene, 90.0, true);
        let sizes = [PngEffort::None, PngEffort::Minimum, PngEffort::Maximum]
            .map(|png| make(&source, &[], Output { png, ..lossless() }).bytes.len());
        assert!(sizes.is_sorted_by(|one, next| one >= next), "{sizes:?}");
    }
}

#[test]
fn the_smallest_of_all_that_may_be_sent_is_taken() {
    let output = |avif, webp, selection| Output {
        format: FormatChoice::Negotiated { avif, webp },
        selection,
        ..Output::default()
    };
    let scene = png(&photo(200, 150));
    let flat = Picture { width: 64, height: 64, channels: 3, data: [30, 60, 90].repeat(64 * 64) };
    for (name, source) in [("photograph", scene), ("one colour", png(&flat))] {
        let sizes: Vec<(Format, usize)> = [Format::Avif, Format::Webp, Format::Png, Format::Jpeg]
            .into_iter()
            .map(|format| (format, make(&source, &[resize(64, 48)], fixed(format, 80)).bytes.len()))
            .collect();
        // Of equal ones the first.
        let smallest =
            |among: &[(Format, usize)]| among.iter().copied().min_by_key(|(_, size)| *size).unwrap();
        for (avif, webp, among) in
            [(true, true, &sizes[..]), (false, true, &sizes[1..]), (false, false, &sizes[2..])]
        {
            let made = make(&source, &[resize(64, 48)], output(avif, webp, Selection::Smallest));
            assert_eq!((made.format, made.bytes.len()), smallest(among), "{name}: {sizes:?}");
        }
        let made = make(&source, &[resize(64, 48)], output(true, true, Selection::Preferred));
        assert_eq!(made.format, Format::Avif, "{name}");
    }
}
