//! Files that other people's encoder wrote (libavif 1.4 with libaom, from Pillow and imagecodecs).
//!
//! All show the same 41 x 31 picture of four quarters: red, green, blue, yellow in reading order. The ones with alpha
//! are transparent in the left quarter, opaque in the right one, and a ramp in between.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

use imgplane_codec_av1_decode::{
    Error, Matrix, Mirror, Rgba, Sampling, decode_planes, decode_rgba, exif, icc, read_header, xmp,
};

const LIMIT: u64 = 1_000_000;
const RED: [u8; 3] = [220, 40, 30];
const GREEN: [u8; 3] = [40, 200, 60];
const BLUE: [u8; 3] = [40, 60, 210];
const YELLOW: [u8; 3] = [230, 220, 50];

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/files/{name}.avif", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn pixel(picture: &Rgba, x: u32, y: u32) -> [u8; 4] {
    let start = (y * picture.width + x) as usize * 4;
    picture.data[start..start + 4].try_into().unwrap()
}

/// Checks the middles of the four quarters, in reading order.
#[track_caller]
fn check_quarters(name: &str, picture: &Rgba, expected: [[u8; 3]; 4], tolerance: u8) {
    let (width, height) = (picture.width, picture.height);
    assert_eq!(picture.data.len() as u32, width * height * 4, "{name}");
    let middles = [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| (x * width / 4, y * height / 4));
    for ((x, y), expected) in middles.into_iter().zip(expected) {
        let found = pixel(picture, x, y);
        let near =
            found.iter().zip(&expected).all(|(found, expected)| found.abs_diff(*expected) <= tolerance);
        assert!(near, "{name} at {x},{y}: {found:?}, not {expected:?}");
    }
}

#[test]
fn every_sampling_range_depth_and_matrix_gives_the_same_colours() {
    use Sampling::{S420, S422, S444};
    let cases = [
        ("full-420", 8, S420, true, Matrix::Bt601),
        ("limited-420", 8, S420, false, Matrix::Bt601),
        ("limited-422", 8, S422, false, Matrix::Bt601),
        ("full-444", 8, S444, true, Matrix::Bt601),
        ("ten-bit-420", 10, S420, true, Matrix::Bt601),
        ("twelve-bit-422", 12, S422, true, Matrix::Bt601),
        ("twelve-bit-444", 12, S444, true, Matrix::Bt601),
        ("bt709", 8, S444, true, Matrix::Bt709),
        ("bt2020", 8, S444, true, Matrix::Bt2020),
        ("ycgco", 8, S444, true, Matrix::YCgCo),
        ("identity", 8, S444, true, Matrix::Identity),
    ];
    for (name, bit_depth, sampling, full_range, matrix) in cases {
        let data = file(name);
        let header = read_header(&data).unwrap();
        assert_eq!((header.width, header.height, header.bit_depth), (41, 31, bit_depth), "{name}");
        let planes = decode_planes(&data, LIMIT).unwrap();
        let found = (planes.sampling, planes.full_range, planes.matrix);
        assert_eq!(found, (sampling, full_range, matrix), "{name}");
        let (width, height) = sampling.chroma_size(41, 31);
        assert_eq!(planes.u.len() as u32, width * height, "{name}");
        check_quarters(name, &decode_rgba(&data, LIMIT).unwrap(), [RED, GREEN, BLUE, YELLOW], 3);
    }
}

#[test]
fn grey_has_no_chroma_and_equal_channels() {
    let data = file("grey");
    assert!(decode_planes(&data, LIMIT).unwrap().u.is_empty());
    let picture = decode_rgba(&data, LIMIT).unwrap();
    check_quarters("grey", &picture, [[93; 3], [136; 3], [71; 3], [204; 3]], 2);
}

#[test]
fn alpha_is_straight_whatever_the_file_stores() {
    for (name, tolerance) in [("alpha", 3), ("ten-bit-alpha", 3), ("premultiplied", 28)] {
        let data = file(name);
        assert!(read_header(&data).unwrap().alpha, "{name}");
        let picture = decode_rgba(&data, LIMIT).unwrap();
        assert!(picture.alpha, "{name}");
        let alphas = [4, 16, 20, 36].map(|x| pixel(&picture, x, 7)[3]);
        let expected = [0, 102, 127, 255];
        let near = alphas.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 2);
        assert!(near, "{name}: {alphas:?}");
        check_quarters(name, &picture, [RED, GREEN, BLUE, YELLOW], tolerance);
    }
    assert!(decode_planes(&file("premultiplied"), LIMIT).unwrap().premultiplied);
}

#[test]
fn turns_and_mirrors_are_those_of_the_exif_orientation_they_stand_for() {
    let (left, top) = (Some(Mirror::LeftRight), Some(Mirror::TopBottom));
    let cases = [
        (2, 0, left, [GREEN, RED, YELLOW, BLUE]),
        (3, 2, None, [YELLOW, BLUE, GREEN, RED]),
        (4, 0, top, [BLUE, YELLOW, RED, GREEN]),
        (5, 1, top, [RED, BLUE, GREEN, YELLOW]),
        (6, 3, None, [BLUE, RED, YELLOW, GREEN]),
        (7, 3, top, [YELLOW, GREEN, BLUE, RED]),
        (8, 1, None, [GREEN, YELLOW, RED, BLUE]),
    ];
    for (orientation, rotation, mirror, expected) in cases {
        let name = format!("orientation-{orientation}");
        let data = file(&name);
        let header = read_header(&data).unwrap();
        assert_eq!((header.rotation, header.mirror), (rotation, mirror), "{name}");
        let picture = decode_rgba(&data, LIMIT).unwrap();
        assert_eq!(header.output_size(), (picture.width, picture.height), "{name}");
        assert_eq!(
            (picture.width, picture.height),
            if orientation > 4 { (31, 41) } else { (41, 31) },
            "{name}"
        );
        check_quarters(&name, &picture, expected, 3);
    }
}

#[test]
fn documents_come_out_as_they_went_in() {
    let data = file("documents");
    assert!(read_header(&data).unwrap().icc);
    let profile = icc(&data).unwrap();
    assert_eq!((profile.len(), &profile[36..40]), (588, &b"acsp"[..]));
    assert_eq!(exif(&data).unwrap(), b"II*\0\x08\0\0\0\0\0\0\0\0\0");
    assert_eq!(xmp(&data).unwrap(), br#"<x:xmpmeta xmlns:x="adobe:ns:meta/"/>"#);
    let plain = file("full-420");
    assert_eq!((icc(&plain), exif(&plain), xmp(&plain)), (None, None, None));
}

#[test]
fn sequences_show_their_primary_item_or_else_their_first_frame() {
    for (name, alpha) in [("sequence", false), ("sequence-alpha", true)] {
        let data = file(name);
        let header = read_header(&data).unwrap();
        assert_eq!((header.sequence, header.frames, header.alpha), (true, 3, alpha), "{name}");
        let still = decode_rgba(&data, LIMIT).unwrap();
        check_quarters(name, &still, [RED, GREEN, BLUE, YELLOW], 3);

        // Without the items only the tracks are left.
        let at = data.windows(4).position(|word| word == b"meta").unwrap();
        let mut tracks = data.clone();
        tracks[at..at + 4].copy_from_slice(b"free");
        assert_eq!(read_header(&tracks).unwrap(), header, "{name}");
        assert_eq!(decode_rgba(&tracks, LIMIT).unwrap(), still, "{name}");
    }
}

#[test]
fn pictures_above_the_limit_are_refused_with_both_numbers() {
    let data = file("full-420");
    assert_eq!(decode_rgba(&data, 41 * 31 - 1), Err(Error::TooLarge { pixels: 1271, limit: 1270 }));
    assert!(decode_rgba(&data, 41 * 31).is_ok());
}

#[test]
fn a_file_that_ends_early_gives_no_picture() {
    for name in ["full-420", "alpha", "documents", "sequence"] {
        let data = file(name);
        for length in 0..data.len() {
            assert!(decode_rgba(&data[..length], LIMIT).is_err(), "{name}, {length} of {} bytes", data.len());
        }
    }
}

#[test]
fn the_header_needs_no_pixels() {
    let data = file("alpha");
    let pixels = data.windows(4).position(|word| word == b"mdat").unwrap() + 4;
    assert_eq!(read_header(&data[..pixels]), read_header(&data));
    assert_eq!(read_header(&data[..pixels - 5]), read_header(&data));
    assert_eq!(decode_rgba(&data[..pixels], LIMIT), Err(Error::Truncated));
}

#[test]
fn other_files_are_told_apart() {
    let brand = |brand: &[u8; 4]| [&[0, 0, 0, 16][..], b"ftyp", brand, &[0; 4]].concat();
    let cases: [(&str, Vec<u8>, Error); 5] = [
        ("nothing", Vec::new(), Error::NotAvif),
        ("JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01".to_vec(), Error::NotAvif),
        ("MP4", brand(b"isom"), Error::NotAvif),
        ("HEIC", brand(b"heic"), Error::Unsupported { what: "HEVC pictures (HEIC)" }),
        ("no picture", brand(b"avif"), Error::Malformed { what: "it describes no picture" }),
    ];
    for (name, data, expected) in cases {
        assert_eq!(read_header(&data), Err(expected), "{name}");
    }
}
