//! What is not as an encoder writes it is left to libjpeg-turbo, and costs no more than its bytes.

use imgplane_codec_jpeg as turbo;
use imgplane_jpeg::{Error, Limits, Scale, decode};

use crate::{
    random::Random,
    same::{LIMITS, assert_same, difference, turbo_scale},
    scripts::scripts,
    writer::{Picture, Scan},
};

const FACTORS: &[(usize, usize)] = &[(2, 2), (1, 1), (1, 1)];

/// One file of each kind.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let base = Picture::new((161, 123), FACTORS);
    let single = |component| Scan { components: vec![component], band: (0, 63), high: 0, low: 0 };
    let progressive = Picture { progressive: true, scans: scripts(3).remove(0).1, ..base.clone() };
    vec![
        ("sequential", base.write()),
        ("restarts", Picture { interval: 3, ..base.clone() }.write()),
        ("apart", Picture { scans: (0..3).map(single).collect(), ..base }.write()),
        ("progressive", progressive.write()),
        ("progressive restarts", Picture { interval: 5, ..progressive }.write()),
    ]
}

fn theirs(jpeg: &[u8], scale: Scale) -> Result<turbo::Planes, turbo::Error> {
    turbo::decode_planes(jpeg, turbo_scale(scale), &turbo::Limits { max_scans: LIMITS.max_scans })
}

#[test]
fn a_file_cut_anywhere_is_refused_by_both() {
    for (name, jpeg) in files() {
        assert_same(name, &jpeg);
        let ends =
            (1..16).map(|part| jpeg.len() * part / 16).chain((1..=12).map(|missing| jpeg.len() - missing));
        for length in ends {
            for scale in Scale::ALL {
                let cut = &jpeg[..length];
                assert_eq!(theirs(cut, scale), Err(turbo::Error::Truncated), "{name} cut to {length}");
                let own = decode(cut, scale, LIMITS);
                assert!(
                    matches!(own, Err(Error::Damaged { .. })),
                    "{name} cut to {length} {scale:?}: {own:?}"
                );
            }
        }
    }
}

#[test]
fn an_end_glued_to_a_cut_file_makes_it_whole_only_where_nothing_is_missed() {
    for (name, jpeg) in files() {
        for part in 4..16 {
            let glued = [&jpeg[..jpeg.len() * part / 16], &[0xff, 0xd9]].concat();
            for scale in Scale::ALL {
                match decode(&glued, scale, LIMITS) {
                    Err(Error::Damaged { .. }) => {}
                    // All scans are there, and the one that is cut is not read.
                    Ok(own) => {
                        assert!(
                            name.starts_with("progressive") && scale == Scale::Eighth,
                            "{name}, {part}/16"
                        );
                        assert_eq!(Ok(own), decode(&jpeg, scale, LIMITS), "{name}, {part}/16");
                    }
                    Err(error) => panic!("{name}, {part}/16, {scale:?}: {error}"),
                }
            }
        }
    }
}

#[test]
fn what_is_taken_of_damaged_files_is_what_libjpeg_turbo_gives() {
    let files = files();
    let mut random = Random(0x0bad_5eed);
    let mut taken = 0;
    for round in 0..6000 {
        let (name, jpeg) = &files[round % files.len()];
        let mut jpeg = jpeg.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(jpeg.len());
            match random.below(4) {
                0 => jpeg[at] = random.below(256) as u8,
                1 => jpeg[at] ^= 1 << random.below(8),
                2 => jpeg.insert(at, [0, 0xff, 0xd0][random.below(3)]),
                // In the headers, where it changes the meaning.
                _ => jpeg[at % 700] = [0, 1, 2, 4, 0x11, 0x22, 0x41, 0xff][random.below(8)],
            }
        }
        let Ok(header) = turbo::read_header(&jpeg) else { continue };
        if u64::from(header.width) * u64::from(header.height) > 1 << 18
            || header.sampling == turbo::Sampling::Unknown
        {
            continue;
        }
        for scale in Scale::ALL {
            let Ok(own) = decode(&jpeg, scale, LIMITS) else { continue };
            taken += 1;
            match theirs(&jpeg, scale) {
                Ok(theirs) => assert_eq!(difference(&own, &theirs), None, "{name}, round {round}, {scale:?}"),
                // Damage in a scan that this scale does not read.
                Err(error) => assert!(header.progressive, "{name}, round {round}, {scale:?}: {error}"),
            }
        }
    }
    assert!(taken > 1000, "{taken} were taken: too few to compare");
}

#[test]
fn bytes_behind_a_scan_are_passed_over_and_told_of() {
    for (name, jpeg) in files() {
        // More than the window, a stuffed byte and a restart marker among them.
        for stray in [&[7; 1][..], &[0xff, 0, 0xff, 0xd3, 9], &[1; 12_000]] {
            let dirty = [&jpeg[..jpeg.len() - 2], stray, &[0xff, 0xd9]].concat();
            assert_same(name, &dirty);
            let unseen = |scale| name.starts_with("progressive") && scale == Scale::Eighth;
            for scale in Scale::ALL {
                let decoded = decode(&dirty, scale, LIMITS).map(|planes| planes.stray);
                assert_eq!(decoded, Ok(!unseen(scale)), "{name} {scale:?}");
                assert_eq!(
                    decode(&jpeg, scale, LIMITS).map(|planes| planes.stray),
                    Ok(false),
                    "{name} {scale:?}"
                );
            }
        }
    }
}

#[test]
fn coefficients_that_are_not_told_to_the_end_are_left_to_be_smoothed() {
    let (_, script) = scripts(3).remove(0);
    let base = Picture { progressive: true, ..Picture::new((80, 60), FACTORS) };
    for count in 1..script.len() {
        let jpeg = Picture { scans: script[..count].to_vec(), ..base.clone() }.write();
        for scale in Scale::ALL {
            assert!(theirs(&jpeg, scale).is_ok(), "{count} scans, {scale:?}");
            let own = decode(&jpeg, scale, LIMITS);
            assert!(matches!(own, Err(Error::Damaged { .. })), "{count} scans, {scale:?}: {own:?}");
        }
    }
}

#[test]
fn kinds_that_are_not_taken_are_known_from_the_header() {
    let jpeg = Picture::new((40, 30), FACTORS).write();
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    for (name, at, value) in [
        ("lossless", 1, 0xc3),
        ("arithmetic", 1, 0xc9),
        ("hierarchical", 1, 0xc5),
        ("12 bits", 4, 12),
        ("luma not the finest", 11, 0x11),
        ("odd chroma", 14, 0x12),
    ] {
        let mut jpeg = jpeg[..frame + 40].to_vec();
        jpeg[frame + at] = value;
        if name.starts_with("luma") {
            jpeg[frame + 14] = 0x22;
        }
        let data = [&jpeg[..], &[0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]].concat();
        let own = decode(&data, Scale::Eighth, LIMITS);
        assert!(matches!(own, Err(Error::Unsupported { .. })), "{name}: {own:?}");
    }
}

#[test]
fn more_scans_than_allowed_are_refused_before_any_is_decoded() {
    let (_, scans) = scripts(3).remove(1);
    let jpeg = Picture { progressive: true, scans: scans.clone(), ..Picture::new((40, 30), FACTORS) }.write();
    let count = scans.len() as u32;
    for scale in Scale::ALL {
        assert!(decode(&jpeg, scale, Limits { max_scans: count }).is_ok());
        let limit = count - 1;
        assert_eq!(decode(&jpeg, scale, Limits { max_scans: limit }), Err(Error::TooManyScans { limit }));
    }
}

#[test]
fn a_large_promise_with_little_data_is_refused_at_its_end() {
    // 65500 by 65500, of which 20 bytes come: a whole pass over so many blocks would take seconds.
    for (progressive, interval) in [(false, 0), (true, 0), (false, 1), (true, 1)] {
        let (scans, small) = (scripts(3).remove(0).1, Picture::new((16, 16), FACTORS));
        let small = if progressive { Picture { progressive, scans, ..small } } else { small };
        let mut jpeg = Picture { interval, ..small }.write();
        let marker = [0xff, if progressive { 0xc2 } else { 0xc0 }, 0];
        let frame = jpeg.windows(3).position(|bytes| bytes == marker).unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
        let own = decode(&jpeg, Scale::Eighth, LIMITS);
        assert!(matches!(own, Err(Error::Damaged { .. })), "{own:?}");
    }
}
