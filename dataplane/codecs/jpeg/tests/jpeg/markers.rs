//! Metadata goes in and comes out; quality, scans and restarts are read from real files.

use imgplane_codec_jpeg::markers::{
    self, MAX_SEGMENT, Metadata, exif, icc, insert, insert_segments, is_complete, orientation, photoshop,
    quality, restart_interval, scan_count, with_orientation_one, xmp,
};
use imgplane_codec_jpeg::{Limits, Sampling, Scale, decode_planes};
use turbojpeg::raw;

use crate::pattern::{Picture, encode_raw, pixels};

/// The smallest EXIF block: one directory with the orientation.
fn tiff(value: u8) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([value, 0, 0, 0, 0, 0, 0]);
    block
}

#[test]
fn metadata_survives_and_the_picture_does_not_change() {
    let picture = Picture::new(37, 41, Sampling::S420);
    for progressive in [false, true] {
        let jpeg = picture.encode(80, progressive);
        let profile: Vec<u8> = (0..200_000_u32).map(|i| (i * 7) as u8).collect();
        let (tiff, packet) = (tiff(6), b"<x:xmpmeta/>".as_slice());
        let full = insert_segments(&jpeg, Some(&profile), Some(&tiff), Some(packet));
        assert!(icc(&full).is_some_and(|read| read == profile));
        assert_eq!(exif(&full), Some(&tiff[..]));
        assert_eq!(xmp(&full), Some(packet));
        assert_eq!(photoshop(&full), None);
        assert_eq!(exif(&full).and_then(orientation), Some(6));
        let first: Vec<u8> = markers::segments(&full).map(|segment| segment.marker).take(6).collect();
        assert_eq!(first, [0xe0, 0xe1, 0xe1, 0xe2, 0xe2, 0xe2], "JFIF first, the profile in parts");
        let decode = |data: &[u8]| decode_planes(data, Scale::Full, &Limits::default());
        assert!(decode(&full) == decode(&jpeg));
        assert_eq!(quality(&full), Some(80));

        let upright = insert_segments(&jpeg, None, Some(&with_orientation_one(&tiff)), None);
        assert_eq!(exif(&upright).and_then(orientation), Some(1));
        assert_eq!((icc(&upright), xmp(&upright)), (None, None));
        let prefixed = insert_segments(&jpeg, None, Some(&[b"Exif\0\0", &tiff[..]].concat()), None);
        assert_eq!(exif(&prefixed), Some(&tiff[..]), "the prefix is not doubled");
        let iptc = insert(&jpeg, &Metadata { photoshop: Some(b"8BIM"), ..Metadata::default() });
        assert_eq!(photoshop(&iptc), Some(&b"8BIM"[..]));
        assert!(insert_segments(&jpeg, None, None, None) == jpeg);
    }
}

#[test]
fn blocks_that_fit_no_segment_are_left_out_and_the_largest_fit() {
    let jpeg = Picture::new(8, 8, Sampling::Gray).encode(80, false);
    let largest = vec![7; MAX_SEGMENT - 6];
    assert_eq!(exif(&insert_segments(&jpeg, None, Some(&largest), None)), Some(&largest[..]));
    assert!(
        insert_segments(&jpeg, None, Some(&vec![7; MAX_SEGMENT - 5]), Some(&vec![7; MAX_SEGMENT])) == jpeg
    );
    assert!(insert_segments(&jpeg, Some(&vec![0; 255 * (MAX_SEGMENT - 14) + 1]), None, None) == jpeg);
    assert!(insert_segments(&jpeg, Some(&[]), Some(&[]), Some(&[])) == jpeg);
    assert_eq!(insert_segments(b"GIF89a", Some(&[1]), None, None), b"GIF89a");
}

#[test]
fn a_profile_with_missing_doubled_or_disagreeing_parts_is_no_profile() {
    let jpeg = Picture::new(8, 8, Sampling::Gray).encode(80, false);
    let part = |number: u8, count: u8, data: &[u8]| {
        let body = [b"ICC_PROFILE\0".as_slice(), &[number, count], data].concat();
        [&[0xff, 0xe2], &(body.len() as u16 + 2).to_be_bytes()[..], &body].concat()
    };
    let file = |parts: &[Vec<u8>]| [&jpeg[..2], &parts.concat(), &jpeg[2..]].concat();
    for (name, parts, expected) in [
        ("in order", vec![part(1, 2, b"ab"), part(2, 2, b"cd")], Some(b"abcd".to_vec())),
        ("out of order", vec![part(2, 2, b"cd"), part(1, 2, b"ab")], Some(b"abcd".to_vec())),
        ("missing", vec![part(1, 2, b"ab")], None),
        ("doubled", vec![part(1, 2, b"ab"), part(1, 2, b"ab")], None),
        ("disagreeing", vec![part(1, 2, b"ab"), part(2, 3, b"cd")], None),
        ("number 0", vec![part(0, 1, b"ab")], None),
        ("beyond the count", vec![part(2, 1, b"ab")], None),
        ("none of none", vec![part(1, 0, b"ab")], None),
        ("empty", vec![part(1, 1, b"")], None),
        ("no numbers", vec![b"\xff\xe2\0\x0eICC_PROFILE\0".to_vec()], None),
    ] {
        assert_eq!(icc(&file(&parts)), expected, "{name}");
    }
}

#[test]
fn the_quality_of_our_own_files_is_read_back_exactly() {
    for sampling in [Sampling::S420, Sampling::Gray] {
        let picture = Picture::new(16, 16, sampling);
        for wanted in 1..=100 {
            for progressive in [false, true] {
                assert_eq!(quality(&picture.encode(wanted, progressive)), Some(wanted), "{sampling:?}");
            }
        }
    }
}

#[test]
fn scans_restarts_and_the_end_are_found_in_real_files() {
    let rgb = pixels(161, 123, 3);
    let plain = encode_raw(&rgb, 161, 123, &[]);
    let restarts = encode_raw(&rgb, 161, 123, &[(raw::TJPARAM_TJPARAM_RESTARTBLOCKS, 5)]);
    let progressive = encode_raw(&rgb, 161, 123, &[(raw::TJPARAM_TJPARAM_PROGRESSIVE, 1)]);
    for (name, jpeg, scans, interval) in [
        ("plain", plain, 1, None),
        ("restarts", restarts, 1, Some(5)),
        ("progressive", progressive, 10, None),
    ] {
        assert_eq!(scan_count(&jpeg), scans, "{name}");
        assert_eq!(restart_interval(&jpeg), interval, "{name}");
        assert!(is_complete(&jpeg), "{name}");
        assert!(!is_complete(&jpeg[..jpeg.len() - 1]), "{name}");
    }
}
