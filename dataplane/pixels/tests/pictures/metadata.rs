//! What is kept beside the pixels, and what is not.

use imgplane_codec_jpeg::markers;
use imgplane_codec_webp::chunk;
use imgplane_pixels::{Format, Output, inspect, run};
use moxcms::ColorProfile;

use crate::{
    orientation::exif,
    scene::{jpeg, photo},
    work::{fixed, job, make, resize},
};

const XMP: &[u8] = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>here</x:xmpmeta>";

fn source() -> Vec<u8> {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    markers::insert_segments(
        &jpeg(&photo(60, 40), 90, false, false),
        Some(&profile),
        Some(&exif(6)),
        Some(XMP),
    )
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn by_default_nothing_is_kept() {
    for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Avif] {
        let made = make(&source(), &[], fixed(format, 80));
        assert!(!contains(&made.bytes, b"xmpmeta") && !contains(&made.bytes, b"II*\0"), "{format}");
        let facts = inspect(&made.bytes).unwrap();
        assert!(!facts.has_profile && facts.orientation == 1, "{format}");
    }
}

#[test]
fn metadata_is_kept_where_the_format_can_hold_it_and_says_upright() {
    let output = |format| Output { keep_metadata: true, ..fixed(format, 80) };
    let upright = exif(1);
    for format in [Format::Jpeg, Format::Png, Format::Webp] {
        let made = make(&source(), &[resize(20, 30)], output(format));
        let facts = inspect(&made.bytes).unwrap();
        assert!(facts.has_profile, "{format}");
        assert_eq!((facts.width, facts.height, facts.orientation), (20, 30, 1), "{format}");
        assert!(contains(&made.bytes, &upright), "{format} has upright EXIF");
        assert!(contains(&made.bytes, XMP), "{format} has XMP");
    }
    let webp = make(&source(), &[], output(Format::Webp));
    assert_eq!(chunk(&webp.bytes, b"EXIF"), Some(upright.as_slice()));
}

#[test]
fn kept_metadata_survives_from_format_to_format() {
    let mut bytes = source();
    for format in [Format::Png, Format::Webp, Format::Png, Format::Jpeg] {
        bytes = make(&bytes, &[], Output { keep_metadata: true, ..fixed(format, 90) }).bytes;
    }
    assert_eq!(markers::exif(&bytes), Some(exif(1).as_slice()));
    assert_eq!(markers::xmp(&bytes), Some(XMP));
    assert!(markers::icc(&bytes).is_some());
}

#[test]
fn a_picture_that_was_not_turned_keeps_its_orientation_tag() {
    let mut job = job(&source(), &[], Output { keep_metadata: true, ..fixed(Format::Jpeg, 80) });
    job.orient = false;
    let made = run(&job, &|| false).unwrap();
    assert_eq!(inspect(&made.bytes).unwrap().orientation, 6);
}

#[test]
fn a_profile_can_be_kept_alone() {
    let made = make(&source(), &[], Output { keep_profile: true, ..fixed(Format::Jpeg, 80) });
    assert!(markers::icc(&made.bytes).is_some());
    assert!(markers::exif(&made.bytes).is_none() && markers::xmp(&made.bytes).is_none());
}
