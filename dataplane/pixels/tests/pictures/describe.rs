//! What is told of a picture: its density, its EXIF, whether it is transparent, and what it looks like.

use bytes::Bytes;
use imgplane_codec_jpeg::markers;
use imgplane_pixels::{
    Description, Exif, Format, JpegDecoder, Limits, Look, Operation, PerceptualHash, PixelError, Subject,
    Value, inspect,
};
use proptest::prelude::*;

use crate::{
    orientation::exif,
    scene::{Picture, cutout, gif, jpeg, photo, png, raw_png, webp},
    work::{fixed, make, resize},
};

fn subject(bytes: &[u8]) -> Subject {
    Subject::new(Bytes::copy_from_slice(bytes), inspect(bytes).unwrap(), Limits::default(), JpegDecoder::Auto)
}

fn describe(bytes: &[u8]) -> Description {
    subject(bytes).describe(&|| false).unwrap()
}

fn look(bytes: &[u8]) -> Look {
    describe(bytes).look.unwrap()
}

/// A scene of soft waves that depends on a seed: other seeds look like other photographs.
fn scene(seed: u64) -> Picture {
    let (width, height) = (200_u32, 150_u32);
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let waves: Vec<[f64; 4]> =
        (0..12).map(|_| [random() * 9.0, random() * 9.0, random() * 6.3, 8.0 + 22.0 * random()]).collect();
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let level = waves.iter().map(|[across, down, phase, strength]| {
                strength * (std::f64::consts::PI * (across * u + down * v) + phase).sin()
            });
            let level = 128.0 + level.sum::<f64>();
            data.extend(
                [level, level * 0.9 + 10.0, 255.0 - level].map(|level| level.clamp(0.0, 255.0) as u8),
            );
        }
    }
    Picture { width, height, channels: 3, data }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_picture_looks_like_itself_however_it_is_scaled_and_compressed_and_like_no_other(seed in any::<u64>()) {
        let original = png(&scene(seed));
        let hash = look(&original).hash;
        for (name, other) in [
            ("small", make(&original, &[resize(120, 90)], fixed(Format::Jpeg, 80)).bytes),
            ("large", make(&original, &[resize(400, 300)], fixed(Format::Webp, 75)).bytes),
            ("poor", make(&original, &[], fixed(Format::Jpeg, 30)).bytes),
            ("soft", make(&original, &[Operation::Blur { sigma: 1.0 }], fixed(Format::Png, 80)).bytes),
        ] {
            let distance = hash.distance(look(&other).hash);
            prop_assert!(distance <= 8, "{name}: {distance}");
        }
        for other in 1..4 {
            let distance = hash.distance(look(&png(&scene(seed ^ other))).hash);
            prop_assert!(distance >= 12, "another one: {distance}");
        }
    }

    #[test]
    fn nothing_in_an_exif_block_breaks_its_reader(
        block in proptest::collection::vec(any::<u8>(), 0..400),
        big_endian: bool,
        pointers in proptest::collection::vec((0..400_usize, any::<u16>()), 0..8),
    ) {
        let mut block = block;
        let magic: &[u8] = if big_endian { b"MM\0*\0\0\0\x08" } else { b"II*\0\x08\0\0\0" };
        block.splice(0..block.len().min(8), magic.iter().copied());
        // Tags that are known, so that more than the first bytes are read.
        for (at, tag) in pointers {
            let known = [0x8769_u16, 0x8825, 0xa005, 0x010e, 0x9286, 0x9c9b][usize::from(tag) % 6];
            if let Some(place) = block.get_mut(at..at + 2) {
                place.copy_from_slice(&known.to_le_bytes());
            }
        }
        let told = Exif::read(&block);
        prop_assert!(told.image.len() <= 64 && told.exif.len() <= 128);
    }
}

/// A TIFF block in little-endian order: directories of (tag, type, count, value or offset), then further bytes.
fn tiff(directories: &[(usize, &[[u32; 4]], u32)], length: usize, extra: &[(usize, &[u8])]) -> Vec<u8> {
    let mut block = vec![0; length];
    block[..8].copy_from_slice(b"II*\0\x08\0\0\0");
    for (at, entries, next) in directories {
        let mut at = *at;
        let mut write = |bytes: &[u8]| {
            block[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        write(&(entries.len() as u16).to_le_bytes());
        for [tag, kind, count, value] in *entries {
            write(&(*tag as u16).to_le_bytes());
            write(&(*kind as u16).to_le_bytes());
            write(&count.to_le_bytes());
            write(&value.to_le_bytes());
        }
        write(&next.to_le_bytes());
    }
    for (at, bytes) in extra {
        block[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    block
}

fn camera() -> Vec<u8> {
    let rational = |above: u32, below: u32| [above.to_le_bytes(), below.to_le_bytes()].concat();
    tiff(
        &[
            (
                8,
                &[
                    [0x010f, 2, 6, 300],
                    [0x0112, 3, 1, 6],
                    [0x011a, 5, 1, 310],
                    [0x0128, 3, 1, 3],
                    [0x8769, 4, 1, 100],
                    [0x8825, 4, 1, 180],
                ],
                240,
            ),
            (
                100,
                &[
                    [0x829a, 5, 1, 320],
                    [0x9000, 7, 4, 0x3132_3230],
                    [0x9286, 7, 12, 330],
                    [0xa005, 4, 1, 220],
                ],
                0,
            ),
            (180, &[[0x0001, 2, 2, u32::from(b'N')], [0x0002, 5, 3, 350]], 0),
            (220, &[[0x0001, 2, 4, u32::from_le_bytes(*b"R98\0")]], 0),
            (240, &[[0x0103, 3, 1, 6], [0x0201, 4, 1, 1234]], 0),
        ],
        380,
        &[
            (300, b"Canon\0"),
            (310, &rational(100, 1)),
            (320, &rational(1, 160)),
            (330, b"ASCII\0\0\0good"),
            (350, &[rational(48, 1), rational(51, 1), rational(59, 2)].concat()),
        ],
    )
}

#[test]
fn exif_is_told_in_groups_under_the_names_of_exiftool() {
    let jpeg = markers::insert_segments(&jpeg(&photo(40, 30), 90, false, false), None, Some(&camera()), None);
    let Description { exif, density, .. } = describe(&jpeg);
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(
        exif.image.into_iter().collect::<Vec<_>>(),
        [
            ("ExifOffset", Value::Integer(100)),
            ("GPSInfo", Value::Integer(180)),
            ("Make", text("Canon")),
            ("Orientation", Value::Integer(6)),
            ("ResolutionUnit", Value::Integer(3)),
            ("XResolution", Value::Integer(100)),
        ]
    );
    assert_eq!(
        exif.exif.into_iter().collect::<Vec<_>>(),
        [
            ("ExifVersion", text("0221")),
            ("ExposureTime", Value::Real(0.00625)),
            ("InteropOffset", Value::Integer(220)),
            ("UserComment", text("good")),
        ]
    );
    let place = Value::List(vec![Value::Integer(48), Value::Integer(51), Value::Real(29.5)]);
    assert_eq!(
        exif.gps.into_iter().collect::<Vec<_>>(),
        [("GPSLatitude", place), ("GPSLatitudeRef", text("N"))]
    );
    assert_eq!(exif.interoperability.into_iter().collect::<Vec<_>>(), [("InteropIndex", text("R98"))]);
    assert_eq!(
        exif.thumbnail.into_iter().collect::<Vec<_>>(),
        [("Compression", Value::Integer(6)), ("ThumbnailOffset", Value::Integer(1234))]
    );
    assert_eq!(density, Some(254), "a hundred per centimetre");
}

#[test]
fn a_hostile_block_is_told_within_bounds() {
    // Every entry says that its text is the whole block; directories lead to themselves and to each other.
    let entries: Vec<[u32; 4]> = (0..4000_u32)
        .map(|index| match index % 4 {
            0 => [0x8769, 4, 1, 8],
            1 => [0x010e, 2, 60_000, 8],
            2 => [0x9c9b, 1, 60_000, 8],
            _ => [0x0111, 4, u32::MAX, 8],
        })
        .collect();
    let block = tiff(&[(8, &entries, 8)], 65_000, &[]);
    let told = Exif::read(&block);
    assert!(told.image.len() <= 4 && told.exif.is_empty() && told.thumbnail.is_empty(), "{told:?}");
    for value in told.image.values() {
        assert!(!matches!(value, Value::Text(text) if text.len() > 2048), "{}", told.image.len());
    }
}

#[test]
fn density_is_what_exif_says_then_the_file() {
    let plain = jpeg(&photo(40, 30), 90, false, false);
    let jfif = |unit: u8, density: u16| {
        let mut bytes = plain.clone();
        let at = bytes.windows(5).position(|window| window == b"JFIF\0").unwrap() + 7;
        bytes[at] = unit;
        bytes[at + 1..at + 3].copy_from_slice(&density.to_be_bytes());
        bytes
    };
    let phys = |per_metre: u32, unit: png::Unit| {
        let data = photo(4, 4).data;
        raw_png(4, 4, png::ColorType::Rgb, png::BitDepth::Eight, &data, |info| {
            info.pixel_dims = Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit });
        })
    };
    for (name, bytes, density) in [
        ("inches", jfif(1, 300), Some(300)),
        ("centimetres", jfif(2, 118), Some(300)),
        ("a ratio", jfif(0, 1), None),
        ("no dots", jfif(1, 0), None),
        ("EXIF", markers::insert_segments(&jfif(1, 300), None, Some(&camera()), None), Some(254)),
        ("EXIF without it", markers::insert_segments(&jfif(1, 300), None, Some(&exif(1)), None), Some(300)),
        ("metres", phys(11_811, png::Unit::Meter), Some(300)),
        ("a ratio", phys(2, png::Unit::Unspecified), None),
        ("nothing", png(&photo(4, 4)), None),
    ] {
        assert_eq!(describe(&bytes).density, density, "{name}");
    }
}

#[test]
fn a_picture_is_transparent_where_a_pixel_is_and_not_where_one_could_be() {
    let opaque = photo(40, 30).with_channels(4);
    for (name, bytes, translucent) in [
        ("PNG", png(&cutout(40, 30)), true),
        ("opaque PNG with alpha", png(&opaque), false),
        ("WebP", webp(&cutout(40, 30), 90.0, true), true),
        ("JPEG", jpeg(&photo(40, 30), 90, false, false), false),
        ("GIF", gif(&photo(40, 30), 2), false),
    ] {
        assert_eq!(look(&bytes).translucent, translucent, "{name}");
    }
}

#[test]
fn a_turned_picture_looks_like_itself_upright() {
    let lying = jpeg(&photo(120, 90), 90, false, false);
    let turned = make(&lying, &[Operation::Rotate { quarter_turns: 1 }], fixed(Format::Jpeg, 95)).bytes;
    let marked = markers::insert_segments(&turned, None, Some(&exif(8)), None);
    let hash = |bytes: &[u8]| -> PerceptualHash { look(bytes).hash };
    assert!(hash(&lying).distance(hash(&marked)) <= 6);
    assert!(hash(&lying).distance(hash(&turned)) >= 12);
}

#[test]
fn what_has_no_pixels_to_look_at_is_described_without_them() {
    let whole =
        markers::insert_segments(&jpeg(&photo(160, 120), 90, false, false), None, Some(&camera()), None);
    let damaged = &whole[..whole.len() / 2];
    let told = describe(damaged);
    assert!(told.look.is_none() && told.exif.image.contains_key("Make"), "{told:?}");
    let facts = inspect(&whole).unwrap();
    let limits = Limits { max_pixels: 1000, ..Limits::default() };
    let large = Subject::new(Bytes::from(whole), facts, limits, JpegDecoder::Auto);
    assert!(large.describe(&|| false).unwrap().look.is_none());
    assert!(large.estimate() < 1 << 20);
    assert!(describe(b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='3'/>").look.is_none());
    let gone = subject(&png(&photo(40, 30))).describe(&|| true);
    assert_eq!(gone, Err(PixelError::Cancelled));
}
