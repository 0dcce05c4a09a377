//! How good the pixels are, against the float reference.

use imgplane_codec_av1_encode as avif;
use imgplane_pixels::{Format, Operation, Output, Rect, Shrink, Size};

use crate::{
    reference::{on_gray, scaled, score},
    scene::{Picture, cutout, jpeg, photo, png, raw_png, webp},
    work::{fixed, lossless, make, read, resize},
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
        _ => png(reference),
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
fn what_shrinks_while_it_is_decoded_is_nearly_as_good_as_all_of_its_pixels() {
    // Sides that are no multiple of anything, and steps of 7 and 13.
    let (scene, cut_out) = (photo(1403, 1001), cutout(1403, 1001));
    let raw = |color, depth, data: &[u8]| raw_png(1403, 1001, color, depth, data, |_| {});
    let gray: Vec<u8> = scene.data.chunks(3).map(|pixel| pixel[1]).collect();
    let deep: Vec<u8> = scene.data.iter().flat_map(|sample| [*sample; 2]).collect();
    let sources = [
        ("JPEG", jpeg(&scene, 95, true, false), 80.0),
        ("PNG", png(&scene), 90.0),
        ("PNG of 16 bits", raw(png::ColorType::Rgb, png::BitDepth::Sixteen, &deep), 90.0),
        ("grey PNG", raw(png::ColorType::Grayscale, png::BitDepth::Eight, &gray), 90.0),
        ("PNG with alpha", png(&cut_out), 88.0),
        ("WebP", webp(&scene, 95.0, false), 80.0),
        ("WebP lossless", webp(&scene, 95.0, true), 90.0),
    ];
    for (name, source, least) in &sources {
        for (width, height) in [(200, 143), (107, 76)] {
            let reference = on_gray(&scaled(&read(source), width, height));
            let made = make(source, &[resize(width, height)], lossless());
            let score = score(&reference, &on_gray(&read(&made.bytes)));
            println!("{name} to {width}: {score:.2}");
            assert!(score > *least, "{name} to {width}: {score:.2}");
        }
    }
}

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

/// The scores that a format gets from quality to quality.
fn scores(format: Format, qualities: &[u8]) -> Vec<(usize, f64)> {
    let source = png(&photo(640, 427));
    let reference = scaled(&read(&source), 320, 214);
    let one = |quality: &u8| {
        let made = make(&source, &[resize(320, 214)], fixed(format, *quality));
        let now = (made.bytes.len(), score(&reference, &read(&made.bytes)));
        println!("{format} {quality}: {} bytes, score {:.2}", now.0, now.1);
        now
    };
    qualities.iter().map(one).collect()
}

#[test]
fn more_quality_is_more_bytes_and_a_better_score() {
    let qualities: Vec<u8> = [1].into_iter().chain((5..=100).step_by(5)).collect();
    for format in [Format::Jpeg, Format::Webp, Format::Avif] {
        let scores = scores(format, &qualities);
        for (pair, quality) in scores.windows(2).zip(&qualities[1..]) {
            let [(before, worse), (bytes, score)] = [pair[0], pair[1]];
            assert!(bytes >= before, "{format} {quality}: {bytes} bytes after {before}");
            assert!(score > worse - 0.3, "{format} {quality}: {score} after {worse}");
        }
        let (first, last) = (scores[0], scores[qualities.len() - 1]);
        assert!(last.0 > 4 * first.0 && last.1 > first.1 + 40.0, "{format}: {first:?} to {last:?}");
    }
}

#[test]
fn equal_numbers_look_about_alike_in_all_formats() {
    // From 90 on JPEG and AVIF keep the whole chroma, which WebP cannot.
    let qualities = [50, 60, 70, 80, 85];
    let [jpeg, webp, avif] =
        [Format::Jpeg, Format::Webp, Format::Avif].map(|format| scores(format, &qualities));
    for (index, quality) in qualities.iter().enumerate() {
        for (format, other) in [("WebP", webp[index].1), ("AVIF", avif[index].1)] {
            let off = other - jpeg[index].1;
            assert!(off.abs() < ALIKE, "{format} at {quality} scores {off:+.1} beside JPEG");
        }
    }
}

/// Points of SSIMULACRA2 by which formats may differ at the same number.
const ALIKE: f64 = 12.0;
