//! Scaled planes, other colours, headers, and what is refused.

use imgplane_codec_jpeg::{
    Color, Error, Limits, Plane, Sampling, Scale, decode_cmyk, decode_planes, decode_rgb, markers,
    read_header, working_memory,
};
use turbojpeg::raw;

use crate::pattern::{Picture, SAMPLINGS, SIZES, encode_raw, pixels};

const LIMITS: Limits = Limits { max_scans: 100 };

/// The mean of the samples of `full` that one scaled sample covers, where all of them belong to the picture.
fn mean(full: &Plane, x: u32, y: u32, divisor: u32) -> Option<f64> {
    if (x + 1) * divisor > full.width || (y + 1) * divisor > full.height {
        return None;
    }
    let mut sum = 0;
    for row in y * divisor..(y + 1) * divisor {
        for column in x * divisor..(x + 1) * divisor {
            sum += u32::from(full.data[row as usize * full.stride + column as usize]);
        }
    }
    Some(f64::from(sum) / f64::from(divisor * divisor))
}

#[test]
fn scaled_planes_have_the_true_size_and_the_mean_of_what_they_cover() {
    for sampling in SAMPLINGS {
        let (across, down) = sampling.factors();
        for (width, height) in SIZES {
            for progressive in [false, true] {
                let jpeg = Picture::new(width, height, sampling).encode(95, progressive);
                let full = decode_planes(&jpeg, Scale::Full, &LIMITS).expect("decodes");
                for scale in Scale::ALL {
                    let name = format!("{sampling:?} {width}x{height} {scale:?} progressive {progressive}");
                    let divisor = scale.divisor();
                    let scaled = decode_planes(&jpeg, scale, &LIMITS).expect(&name);
                    assert!((scaled.width * f64::from(divisor) - f64::from(width)).abs() < 1e-9, "{name}");
                    assert!((scaled.height * f64::from(divisor) - f64::from(height)).abs() < 1e-9, "{name}");
                    for (index, (plane, full)) in scaled.planes.iter().zip(&full.planes).enumerate() {
                        let (across, down) = if index == 0 { (1, 1) } else { (across, down) };
                        assert_eq!(plane.width, width.div_ceil(divisor * across), "{name} plane {index}");
                        assert_eq!(plane.height, height.div_ceil(divisor * down), "{name} plane {index}");
                        assert!(plane.stride >= plane.width as usize, "{name}");
                        assert_eq!(plane.data.len(), plane.stride * plane.height as usize, "{name}");
                        for (y, row) in (0..).zip(plane.data.chunks(plane.stride)) {
                            for (x, &sample) in (0..plane.width).zip(row) {
                                let Some(mean) = mean(full, x, y, divisor) else { continue };
                                let off = (f64::from(sample) - mean).abs();
                                assert!(
                                    off <= 4.0,
                                    "{name} plane {index} at {x},{y}: {sample} is not {mean}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_tiny_size_decodes_at_every_scale_and_sampling() {
    for sampling in SAMPLINGS {
        for width in 1..=10 {
            for height in [1, 2, 3, 8, 9] {
                let jpeg = Picture::new(width, height, sampling).encode(90, false);
                for scale in Scale::ALL {
                    let planes = decode_planes(&jpeg, scale, &LIMITS).expect("decodes");
                    let luma = &planes.planes[0];
                    let size = (width.div_ceil(scale.divisor()), height.div_ceil(scale.divisor()));
                    assert_eq!((luma.width, luma.height), size, "{sampling:?} {width}x{height} {scale:?}");
                    // The wave lies between 70 and 255 in this corner: a sample outside came from elsewhere.
                    let row = &luma.data[..luma.width as usize];
                    assert!(
                        row.iter().all(|&sample| sample > 70),
                        "{sampling:?} {width}x{height} {scale:?} {row:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_header_names_every_kind_of_file() {
    let rgb = pixels(20, 10, 3);
    let inks = pixels(20, 10, 4);
    let space = raw::TJPARAM_TJPARAM_COLORSPACE;
    let kinds = [
        ("YCbCr", &rgb, vec![], Color::YCbCr, false),
        ("RGB", &rgb, vec![(space, raw::TJCS_TJCS_RGB as i32)], Color::Rgb, true),
        ("Gray", &rgb, vec![(space, raw::TJCS_TJCS_GRAY as i32)], Color::Gray, false),
        ("CMYK", &inks, vec![(space, raw::TJCS_TJCS_CMYK as i32)], Color::Cmyk, true),
        ("YCCK", &inks, vec![(space, raw::TJCS_TJCS_YCCK as i32)], Color::Ycck, true),
        ("progressive", &rgb, vec![(raw::TJPARAM_TJPARAM_PROGRESSIVE, 1)], Color::YCbCr, false),
    ];
    for (name, pixels, parameters, color, adobe) in kinds {
        let header = read_header(&encode_raw(pixels, 20, 10, &parameters)).expect(name);
        let progressive = name == "progressive";
        assert_eq!((header.width, header.height, header.precision), (20, 10, 8), "{name}");
        assert_eq!((header.color, header.adobe), (color, adobe), "{name}");
        assert_eq!((header.progressive, header.multi_scan), (progressive, progressive), "{name}");
        assert!(!header.arithmetic && !header.lossless, "{name}");
    }
}

#[test]
fn arithmetic_lossless_and_deep_files_are_refused_from_the_header() {
    let rgb = pixels(20, 10, 3);
    let on = [
        ("arithmetic coding", raw::TJPARAM_TJPARAM_ARITHMETIC, 1),
        ("lossless JPEG", raw::TJPARAM_TJPARAM_LOSSLESS, 1),
        ("a JPEG with other than 8 bits per sample", raw::TJPARAM_TJPARAM_PRECISION, 12),
    ];
    for (feature, parameter, value) in on {
        let jpeg = encode_raw(&rgb, 20, 10, &[(parameter, value)]);
        let refused = Err(Error::Unsupported { feature });
        assert_eq!(decode_planes(&jpeg, Scale::Full, &LIMITS).map(|_| ()), refused, "planes");
        assert_eq!(decode_rgb(&jpeg, Scale::Full, &LIMITS).map(|_| ()), refused, "rgb");
        assert_eq!(decode_cmyk(&jpeg, Scale::Full, &LIMITS).map(|_| ()), refused, "cmyk");
        let header = read_header(&jpeg).expect(feature);
        assert_eq!(header.precision == 12, parameter == raw::TJPARAM_TJPARAM_PRECISION);
        assert_eq!(header.lossless, parameter == raw::TJPARAM_TJPARAM_LOSSLESS);
        assert_eq!(header.arithmetic, parameter == raw::TJPARAM_TJPARAM_ARITHMETIC);
    }
}

#[test]
fn any_colour_becomes_rgb_and_only_inks_become_cmyk() {
    let (width, height) = (20, 10);
    let rgb = pixels(width, height, 3);
    let jpeg =
        encode_raw(&rgb, width, height, &[(raw::TJPARAM_TJPARAM_COLORSPACE, raw::TJCS_TJCS_RGB as i32)]);
    assert!(matches!(decode_planes(&jpeg, Scale::Full, &LIMITS), Err(Error::Unsupported { .. })));
    assert!(matches!(decode_cmyk(&jpeg, Scale::Full, &LIMITS), Err(Error::Unsupported { .. })));
    for (name, jpeg) in [("RGB", jpeg), ("YCbCr", encode_raw(&rgb, width, height, &[]))] {
        let decoded = decode_rgb(&jpeg, Scale::Full, &LIMITS).expect(name);
        assert_eq!((decoded.width, decoded.height, decoded.data.len()), (20, 10, 600), "{name}");
        let off = decoded.data.iter().zip(&rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        assert!(off < 600 * 8, "{name}: {off}");
    }
    let gray = decode_rgb(&encode_raw(&[99; 200], width, height, &[]), Scale::Half, &LIMITS).expect("gray");
    assert_eq!((gray.width, gray.height, gray.data.len()), (10, 5, 150));
    assert!(gray.data.iter().all(|&value| value.abs_diff(99) <= 1));
}

#[test]
fn cmyk_comes_as_stored_and_its_rgb_knows_the_adobe_inversion() {
    for space in [raw::TJCS_TJCS_CMYK, raw::TJCS_TJCS_YCCK] {
        let ink = [200, 100, 50, 220];
        let jpeg = encode_raw(&ink.repeat(200), 20, 10, &[(raw::TJPARAM_TJPARAM_COLORSPACE, space as i32)]);
        let stored = decode_cmyk(&jpeg, Scale::Full, &LIMITS).expect("cmyk");
        assert_eq!((stored.width, stored.height, stored.data.len()), (20, 10, 800));
        assert!(stored.data.iter().zip(ink.iter().cycle()).all(|(got, ink)| got.abs_diff(*ink) <= 3));
        // Adobe: light. 200 * 220 / 255 and so on.
        let rgb = decode_rgb(&jpeg, Scale::Full, &LIMITS).expect("rgb");
        assert!(
            rgb.data.iter().zip([173, 86, 43].iter().cycle()).all(|(got, light)| got.abs_diff(*light) <= 4)
        );
        assert!(matches!(decode_planes(&jpeg, Scale::Full, &LIMITS), Err(Error::Unsupported { .. })));
    }
    // The same file without its Adobe segment stores ink.
    let ink = [200, 100, 50, 20];
    let jpeg = encode_raw(
        &ink.repeat(200),
        20,
        10,
        &[(raw::TJPARAM_TJPARAM_COLORSPACE, raw::TJCS_TJCS_CMYK as i32)],
    );
    let adobe =
        markers::segments(&jpeg).find(|segment| segment.marker == markers::APP14).expect("Adobe segment");
    let mut plain = jpeg.clone();
    plain.drain(adobe.start..adobe.start + 4 + adobe.payload.len());
    assert!(!read_header(&plain).expect("header").adobe);
    let rgb = decode_rgb(&plain, Scale::Full, &LIMITS).expect("rgb");
    // (255 - 200) * (255 - 20) / 255 and so on
    assert!(rgb.data.iter().zip([51, 143, 189].iter().cycle()).all(|(got, light)| got.abs_diff(*light) <= 4));
}

#[test]
fn the_scan_limit_counts_scans() {
    for sampling in [Sampling::S420, Sampling::Gray] {
        let jpeg = Picture::new(131, 97, sampling).encode(90, true);
        let scans = markers::scan_count(&jpeg);
        assert!(scans > 3, "{scans}");
        for (max_scans, fits) in [(scans, true), (scans - 1, false), (1, false), (u32::MAX, true)] {
            let limits = Limits { max_scans };
            for scale in [Scale::Full, Scale::Eighth] {
                let result = decode_planes(&jpeg, scale, &limits).map(|_| ());
                let expected = if fits { Ok(()) } else { Err(Error::TooManyScans { limit: max_scans }) };
                assert_eq!(result, expected, "{sampling:?} {max_scans}");
            }
            assert_eq!(decode_rgb(&jpeg, Scale::Full, &limits).is_ok(), fits);
        }
    }
    let baseline = Picture::new(131, 97, Sampling::S420).encode(90, false);
    assert!(decode_planes(&baseline, Scale::Full, &Limits { max_scans: 0 }).is_ok(), "0 means 1");
}

#[test]
fn the_promised_memory_is_enough_for_progressive_files_of_every_sampling() {
    for sampling in SAMPLINGS {
        for (width, height) in [(1601, 1203), (3000, 9), (9, 3000)] {
            let jpeg = Picture::new(width, height, sampling).encode(60, true);
            let header = read_header(&jpeg).expect("header");
            assert!(decode_planes(&jpeg, Scale::Eighth, &LIMITS).is_ok(), "{sampling:?} {width}x{height}");
            // Two bytes per luma sample at least, and not more than for 4:4:4 with room for rounding.
            let pixels = u64::from(width * height);
            assert!(working_memory(&header) >= 2 * pixels, "{sampling:?}");
            if width == 1601 {
                assert!(working_memory(&header) < 8 * pixels, "{sampling:?}");
            }
        }
    }
    let baseline = Picture::new(1601, 1203, Sampling::S444).encode(60, false);
    assert!(working_memory(&read_header(&baseline).expect("header")) < 1 << 20);
}

#[test]
fn a_file_without_tables_does_not_decode_with_those_of_the_one_before() {
    let jpeg = Picture::new(64, 48, Sampling::S420).encode(90, false);
    let mut bare = jpeg.clone();
    while let Some(table) = markers::segments(&bare).find(|segment| segment.marker == markers::DQT) {
        let range = table.start..table.start + 4 + table.payload.len();
        bare.drain(range);
    }
    assert!(decode_planes(&jpeg, Scale::Full, &LIMITS).is_ok());
    assert!(matches!(decode_planes(&bare, Scale::Full, &LIMITS), Err(Error::Corrupt { .. })));
}
