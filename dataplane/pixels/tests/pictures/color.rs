//! Profiles, inks and grey.

use imgplane_codec_jpeg::{markers, read_header};
use imgplane_pixels::{Format, FormatChoice, Operation, Output, inspect};
use moxcms::ColorProfile;

use crate::{
    reference::score,
    scene::{Picture, gray_jpeg, jpeg, photo, png, raw_png, webp},
    work::{fixed, lossless, make, read, resize},
};

fn p3() -> Vec<u8> {
    ColorProfile::new_display_p3().encode().unwrap()
}

/// One colour of Display P3 whose sRGB value is known, in a container with or without the profile.
const WIDE: [u8; 3] = [200, 100, 50];
const AS_SRGB: [u8; 3] = [215, 93, 31];

fn flat(color: [u8; 3]) -> Picture {
    Picture { width: 64, height: 64, channels: 3, data: color.repeat(64 * 64) }
}

fn with_profile(picture: &Picture, profile: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let jpeg = jpeg(picture, 98, true, false);
    let lossy = webp(picture, 98.0, false);
    let size = (picture.width, picture.height);
    vec![
        ("JPEG", markers::insert_segments(&jpeg, Some(profile), None, None)),
        (
            "PNG",
            raw_png(size.0, size.1, png::ColorType::Rgb, png::BitDepth::Eight, &picture.data, |info| {
                info.icc_profile = Some(profile.to_vec().into());
            }),
        ),
        (
            "WebP",
            imgplane_codec_webp::with_metadata(lossy, Some(profile), None, None, size.0, size.1, false)
                .unwrap(),
        ),
    ]
}

fn near(got: &[u8], expected: [u8; 3], tolerance: u8) -> bool {
    got.iter().zip(expected).all(|(got, expected)| got.abs_diff(expected) <= tolerance)
}

#[test]
fn a_dropped_profile_leaves_srgb_pixels_behind() {
    for (name, source) in with_profile(&flat(WIDE), &p3()) {
        assert!(inspect(&source).unwrap().has_profile, "{name}");
        for operations in
            [vec![], vec![resize(32, 32)], vec![resize(32, 32), Operation::Rotate { quarter_turns: 1 }]]
        {
            let made = make(&source, &operations, lossless());
            assert!(near(read(&made.bytes).pixel(5, 5), AS_SRGB, 4), "{name} {operations:?}");
            assert!(!inspect(&made.bytes).unwrap().has_profile, "{name}");
        }
    }
}

#[test]
fn a_kept_profile_leaves_pixels_alone_and_travels_along() {
    for (name, source) in with_profile(&flat(WIDE), &p3()) {
        for format in [Format::Jpeg, Format::Png, Format::Webp] {
            let output = Output { keep_profile: true, ..fixed(format, 95) };
            let made = make(&source, &[resize(32, 32)], output);
            assert!(near(read(&made.bytes).pixel(5, 5), WIDE, 5), "{name} -> {format}");
            assert!(inspect(&made.bytes).unwrap().has_profile, "{name} -> {format}");
        }
    }
}

#[test]
fn a_kept_profile_rules_avif_out() {
    let (_, source) = with_profile(&flat(WIDE), &p3()).remove(0);
    let negotiated = FormatChoice::Negotiated { avif: true, webp: true };
    let output = Output { format: negotiated, keep_profile: true, ..Output::default() };
    assert_eq!(make(&source, &[], output).format, Format::Webp);
    assert_eq!(make(&source, &[], Output { keep_profile: false, ..output }).format, Format::Avif);
}

#[test]
fn an_srgb_profile_changes_nothing() {
    let scene = photo(120, 80);
    let plain = jpeg(&scene, 90, false, false);
    let srgb = ColorProfile::new_srgb().encode().unwrap();
    let marked = markers::insert_segments(&plain, Some(&srgb), None, None);
    let operations = [resize(60, 40)];
    assert_eq!(
        make(&plain, &operations, fixed(Format::Jpeg, 80)).bytes,
        make(&marked, &operations, fixed(Format::Jpeg, 80)).bytes
    );
}

#[test]
fn a_broken_profile_is_ignored() {
    let scene = photo(40, 30);
    let plain = jpeg(&scene, 90, false, false);
    let marked = markers::insert_segments(&plain, Some(b"this is no profile"), None, None);
    assert_eq!(
        read(&make(&plain, &[], lossless()).bytes).data,
        read(&make(&marked, &[], lossless()).bytes).data
    );
}

#[test]
fn inks_become_light() {
    let source = include_bytes!("data/inks.jpg");
    assert!(inspect(source).unwrap().cmyk);
    let paper_and_inks = [[255, 255, 255], [0, 255, 255], [255, 0, 255], [255, 255, 0], [0, 0, 0]];
    for format in [Format::Png, Format::Jpeg, Format::Webp] {
        // Even with `keep_profile`: no encoder writes inks.
        for keep_profile in [false, true] {
            let made = read(&make(source, &[], Output { keep_profile, ..fixed(format, 98) }).bytes);
            for (index, expected) in paper_and_inks.into_iter().enumerate() {
                let got = made.pixel(index as u32 * 8 + 4, 4);
                let tolerance = if format == Format::Png { 4 } else { 24 };
                assert!(near(got, expected, tolerance), "{format}: {got:?} for {expected:?}");
            }
        }
    }
}

#[test]
fn grey_stays_grey_in_every_format() {
    let scene = photo(203, 135);
    let luma: Vec<u8> = scene.data.chunks(3).map(|pixel| pixel[1]).collect();
    let gray_png = raw_png(203, 135, png::ColorType::Grayscale, png::BitDepth::Eight, &luma, |_| {});
    for (name, source) in [("JPEG", gray_jpeg(&scene, 92)), ("PNG", gray_png)] {
        assert!(inspect(&source).unwrap().gray, "{name}");
        for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Avif] {
            let made = read(&make(&source, &[resize(101, 67)], fixed(format, 90)).bytes);
            for pixel in made.data.chunks(3) {
                let spread = pixel.iter().max().unwrap() - pixel.iter().min().unwrap();
                assert!(spread <= 2, "{name} -> {format}: {pixel:?}");
            }
        }
    }
}

#[test]
fn grayscale_is_grey_within_one_step_and_smaller() {
    let source = jpeg(&photo(300, 200), 92, false, false);
    let operations = [resize(150, 100), Operation::Grayscale];
    let made = make(&source, &operations, fixed(Format::Jpeg, 80));
    assert!(inspect(&made.bytes).unwrap().gray);
    let from_rgb = make(&png(&read(&source)), &operations, lossless());
    let from_planes = make(&source, &operations, lossless());
    assert!(score(&read(&from_rgb.bytes), &read(&from_planes.bytes)) > 95.0);
}

#[test]
fn chroma_follows_quality_and_setting() {
    use imgplane_codec_jpeg::Sampling::{S420, S444};
    use imgplane_pixels::Chroma::{Auto, Full, Half};
    let source = png(&photo(64, 48));
    for (chroma, quality, expected) in
        [(Auto, 80, S420), (Auto, 89, S420), (Auto, 90, S444), (Full, 50, S444), (Half, 95, S420)]
    {
        let made = make(&source, &[], Output { chroma, ..fixed(Format::Jpeg, quality) });
        assert_eq!(read_header(&made.bytes).unwrap().sampling, expected, "{chroma:?} {quality}");
    }
    for progressive in [false, true] {
        let made = make(&source, &[], Output { progressive, ..fixed(Format::Jpeg, 80) });
        assert_eq!(read_header(&made.bytes).unwrap().progressive, progressive);
    }
}
