//! How good the pixels are, against the float reference.

use imgplane_codec_av1_encode as avif;
use imgplane_pixels::{Format, Operation, Output, Rect, Shrink, Size};

use crate::{
    reference::{on_gray, scaled, score},
    scene::{Picture, cutout, jpeg, photo, png, webp},
    work::{fixed, make, read, resize},
};

const SOURCE: (u32, u32) = (1203, 801);
const TARGET: (u32, u32) = (403, 268);

/// What the encoder alone makes of the finished pixels.
fn direct(reference: &Picture, format: Format, quality: u8) -> Vec<u8> {
    let options = avif::Options { quality, ..avif::Options::default() };
    let (width, height) = (reference.width, reference.height);
    match format {
        Format::Jpeg => jpeg(reference, quality, quality >= 90, false),
        Format::Webp => webp(reference, f32::from(quality), false),
        Format::Avif if reference.channels == 4 => {
            avif::encode_rgba(&reference.data, width, height, &options).unwrap()
        }
        Format::Avif => avif::encode_rgb(&reference.data, width, height, &options).unwrap(),
        Format::Png | Format::Gif | Format::Svg => png(reference),
    }
}

/// Scores a job and the encoder alone, against the float reference.
fn compare(name: &str, source: &[u8], format: Format, quality: u8) -> (f64, f64) {
    let reference = scaled(&read(source), TARGET.0, TARGET.1);
    let made = make(source, &[resize(TARGET.0, TARGET.1)], fixed(format, quality));
    let picture = read(&made.bytes);
    assert_eq!(picture.channels, reference.channels, "{name} -> {format}");
    let floor = on_gray(&read(&direct(&reference, format, quality)));
    let (reference, picture) = (on_gray(&reference), on_gray(&picture));
    let scores = (score(&reference, &picture), score(&reference, &floor));
    println!("{name} -> {format} {quality}: {:.2}, the encoder alone {:.2}", scores.0, scores.1);
    scores
}

#[test]
fn every_pair_of_formats_is_as_good_as_its_encoder() {
    let scene = photo(SOURCE.0, SOURCE.1);
    let sources = [
        ("JPEG 4:2:0", jpeg(&scene, 92, false, false)),
        ("JPEG 4:4:4", jpeg(&scene, 92, true, true)),
        ("PNG", png(&scene)),
        ("WebP", webp(&scene, 92.0, false)),
        ("WebP lossless", webp(&scene, 92.0, true)),
    ];
    for (name, source) in &sources {
        for format in [Format::Jpeg, Format::Webp, Format::Avif] {
            for quality in [80, 92] {
                let (job, encoder) = compare(name, source, format, quality);
                assert!(
                    job > encoder - LOSS,
                    "{name} -> {format} {quality}: {job:.2}, the encoder alone {encoder:.2}"
                );
            }
        }
        let (job, _) = compare(name, source, Format::Png, 80);
        assert!(job > EXACT, "{name} -> PNG: {job:.2}");
    }
}

/// What a job may lose against the encoder on float pixels.
const LOSS: f64 = 2.0;

/// Least score of pixels that no encoder has touched.
const EXACT: f64 = 91.0;

#[test]
fn pictures_with_alpha_are_as_good_as_their_encoder() {
    let scene = cutout(SOURCE.0, SOURCE.1);
    for (name, source) in [("PNG", png(&scene)), ("WebP", webp(&scene, 92.0, true))] {
        for format in [Format::Webp, Format::Avif] {
            let (job, encoder) = compare(name, &source, format, 90);
            assert!(job > encoder - LOSS, "{name} -> {format}: {job:.2}, the encoder alone {encoder:.2}");
        }
        let (job, _) = compare(name, &source, Format::Png, 80);
        assert!(job > 97.0, "{name} -> PNG: {job:.2}");
    }
}

#[test]
fn a_cover_crop_shows_the_right_part_at_every_shrink() {
    let scene = photo(1603, 1207);
    let source = jpeg(&scene, 95, false, false);
    let full = read(&source);
    // Scaled sizes at which the policies differ; windows in the middle and at the edges.
    for (scaled_to, window) in [
        (Size::new(700, 527), Rect { x: 100, y: 27, width: 500, height: 500 }),
        (Size::new(350, 264), Rect { x: 0, y: 0, width: 264, height: 264 }),
        (Size::new(190, 143), Rect { x: 47, y: 0, width: 143, height: 143 }),
    ] {
        let whole = scaled(&full, scaled_to.width, scaled_to.height);
        let mut data = Vec::new();
        for y in window.y..window.y + window.height {
            for x in window.x..window.x + window.width {
                data.extend_from_slice(whole.pixel(x, y));
            }
        }
        let reference = Picture { width: window.width, height: window.height, channels: 3, data };
        let scores = [Shrink::Margin, Shrink::Fast].map(|shrink| {
            let output = Output { shrink, ..fixed(Format::Png, 80) };
            let made = make(&source, &[Operation::Resize { scaled: scaled_to, window }], output);
            score(&reference, &read(&made.bytes))
        });
        println!("{scaled_to:?}: {:.2} with a margin, {:.2} fast", scores[0], scores[1]);
        assert!(
            scores[0] > 80.0 && scores[1] > 30.0 && scores[0] > scores[1] + 1.0,
            "{scaled_to:?}: {scores:?}"
        );
    }
}

#[test]
fn more_quality_is_more_bytes_and_a_better_score() {
    let source = png(&photo(640, 427));
    let reference = scaled(&read(&source), 320, 214);
    for format in [Format::Jpeg, Format::Webp, Format::Avif] {
        let mut last = (0, f64::MIN);
        for quality in [10, 30, 50, 70, 80, 90, 100] {
            let made = make(&source, &[resize(320, 214)], fixed(format, quality));
            let now = (made.bytes.len(), score(&reference, &read(&made.bytes)));
            println!("{format} {quality}: {now:?}");
            assert!(now.0 > last.0, "{format} {quality}: {} bytes after {}", now.0, last.0);
            assert!(now.1 > last.1 - 0.3, "{format} {quality}: {} after {}", now.1, last.1);
            last = now;
        }
    }
}
