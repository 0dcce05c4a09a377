//! Pixels and planes go in and come back; sizes, options and cut files are judged.

use imgplane_codec_webp::{
    Error, Header, MAX_SIDE, Options, Yuv, YuvRef, decode_rgb, decode_rgba, decode_scaled_rgba,
    decode_scaled_yuv, decode_yuv, encode_rgb, encode_rgba, encode_yuv, read_header,
};

use crate::pattern::{LOSSLESS, LOSSY, SIZES, distance, rgb, rgba, yuv};

#[test]
fn lossless_pixels_come_back_exactly_at_every_size() {
    for (width, height) in SIZES {
        let name = format!("{width}x{height}");
        let pixels = rgba(width, height);
        let webp = encode_rgba(&pixels, width, height, &LOSSLESS).expect(&name);
        let header = read_header(&webp).expect(&name);
        let transparent = pixels.chunks_exact(4).any(|pixel| pixel[3] < 255);
        assert_eq!((header.width, header.height, header.alpha), (width, height, transparent), "{name}");
        assert!(header.lossless && !header.animated, "{name}");
        let decoded = decode_rgba(&webp).expect(&name);
        assert_eq!((decoded.width, decoded.height), (width, height), "{name}");
        assert!(decoded.data == pixels, "{name}: hidden colours are kept with `exact`");

        let pixels = rgb(width, height);
        let webp = encode_rgb(&pixels, width, height, &LOSSLESS).expect(&name);
        assert!(!read_header(&webp).expect(&name).alpha, "{name}");
        assert!(decode_rgb(&webp).expect(&name).data == pixels, "{name}");
    }
}

#[test]
fn lossy_pixels_come_back_nearly_at_every_size_and_method() {
    for (width, height) in SIZES {
        for method in 0..=6 {
            let name = format!("{width}x{height} method {method}");
            let options = Options { method, ..LOSSY };
            let pixels = rgb(width, height);
            let webp = encode_rgb(&pixels, width, height, &options).expect(&name);
            let header = read_header(&webp).expect(&name);
            assert_eq!((header.width, header.height, header.alpha), (width, height, false), "{name}");
            assert!(!header.lossless, "{name}");
            let decoded = decode_rgb(&webp).expect(&name);
            assert!(distance(&decoded.data, &pixels) < 5.0, "{name}");
            let with_alpha = decode_rgba(&webp).expect(&name).data;
            assert!(with_alpha.chunks_exact(4).all(|pixel| pixel[3] == 255), "{name}");
        }
    }
}

#[test]
fn planes_pass_through_untouched_by_any_colour_conversion() {
    for (width, height) in SIZES {
        for alpha in [false, true] {
            for exact in [false, true] {
                let name = format!("{width}x{height} alpha {alpha} exact {exact}");
                let planes = yuv(width, height, alpha);
                let webp = encode_yuv(&planes.as_ref(), &Options { exact, ..LOSSY }).expect(&name);
                let decoded = decode_yuv(&webp).expect(&name);
                assert_eq!((decoded.width, decoded.height), (width, height), "{name}");
                // Alpha is coded losslessly, and left out when all of it is opaque.
                let transparent =
                    planes.a.as_ref().is_some_and(|alpha| alpha.iter().any(|&alpha| alpha < 255));
                assert_eq!(decoded.a, planes.a.clone().filter(|_| transparent), "{name}");
                assert_eq!(read_header(&webp).expect(&name).alpha, transparent, "{name}");
                assert!(distance(&decoded.y, &planes.y) < 4.0, "{name}");
                assert!(distance(&decoded.u, &planes.u) < 4.0, "{name}");
                assert!(distance(&decoded.v, &planes.v) < 4.0, "{name}");
            }
        }
    }
}

#[test]
fn planes_of_the_caller_are_never_written() {
    // Transparent blocks are flattened before coding unless `exact`: on a copy.
    let planes = Yuv { a: Some(vec![0; 64 * 48]), ..yuv(64, 48, true) };
    let before = planes.clone();
    let flattened = encode_yuv(&planes.as_ref(), &LOSSY).expect("encodes");
    assert!(planes == before);
    let exact = encode_yuv(&planes.as_ref(), &Options { exact: true, ..LOSSY }).expect("encodes");
    assert!(planes == before);
    assert!(flattened.len() < exact.len(), "flattening saves bytes: {} {}", flattened.len(), exact.len());
}

#[test]
fn a_wider_stride_changes_nothing_and_the_last_row_may_be_short() {
    for (width, height) in SIZES {
        let tight = yuv(width, height, true);
        let pad = |plane: &[u8], width: u32| {
            let mut rows: Vec<u8> =
                plane.chunks(width as usize).flat_map(|row| [row, &[3, 250, 3]].concat()).collect();
            rows.truncate(rows.len() - 3);
            rows
        };
        let half = width.div_ceil(2);
        let (y, u, v) = (pad(&tight.y, width), pad(&tight.u, half), pad(&tight.v, half));
        let a = tight.a.as_ref().map(|alpha| pad(alpha, width));
        let wide = YuvRef {
            width,
            height,
            y: &y,
            y_stride: width as usize + 3,
            u: &u,
            v: &v,
            uv_stride: half as usize + 3,
            a: a.as_deref(),
            a_stride: width as usize + 3,
        };
        for exact in [false, true] {
            let options = Options { exact, ..LOSSY };
            let expected = encode_yuv(&tight.as_ref(), &options).expect("tight");
            assert!(encode_yuv(&wide, &options).expect("wide") == expected, "{width}x{height} {exact}");
        }
    }
}

#[test]
fn scaled_decoding_gives_the_size_asked_for() {
    let flat: Vec<u8> = [90, 160, 30, 255].repeat(131 * 97);
    let webp = encode_rgba(&flat, 131, 97, &LOSSY).expect("encodes");
    for (width, height) in [(1, 1), (65, 48), (17, 97), (262, 194)] {
        let scaled = decode_scaled_rgba(&webp, width, height).expect("scales");
        assert_eq!((scaled.width, scaled.height), (width, height));
        assert!(distance(&scaled.data, &[90, 160, 30, 255].repeat((width * height) as usize)) < 3.0);
        let planes = decode_scaled_yuv(&webp, width, height).expect("scales");
        assert_eq!((planes.y.len(), planes.a), ((width * height) as usize, None));
        assert_eq!(planes.u.len(), (width.div_ceil(2) * height.div_ceil(2)) as usize);
    }
    let lossless = encode_rgba(&rgba(64, 48), 64, 48, &LOSSLESS).expect("encodes");
    assert_eq!(decode_scaled_rgba(&lossless, 8, 6).expect("scales").data.len(), 8 * 6 * 4);
    assert_eq!(decode_scaled_yuv(&lossless, 9, 7).expect("scales").a.map(|alpha| alpha.len()), Some(63));
    for (width, height) in [(0, 5), (5, 0), (MAX_SIDE + 1, 5), (5, u32::MAX)] {
        assert_eq!(decode_scaled_rgba(&webp, width, height), Err(Error::Dimensions { width, height }));
        assert_eq!(decode_scaled_yuv(&webp, width, height), Err(Error::Dimensions { width, height }));
    }
}

#[test]
fn lossless_files_become_planes_too() {
    let webp = encode_rgba(&[200, 200, 200, 128].repeat(35), 7, 5, &LOSSLESS).expect("encodes");
    let planes = decode_yuv(&webp).expect("decodes");
    // Limited range: 16 + 200 * 219 / 255.
    assert!(planes.y.iter().all(|&y| y.abs_diff(188) <= 1), "{:?}", planes.y);
    assert!(planes.u.iter().chain(&planes.v).all(|&chroma| chroma.abs_diff(128) <= 1));
    assert_eq!(planes.a, Some(vec![128; 35]));
}

#[test]
fn a_file_cut_anywhere_is_truncated() {
    let files = [
        ("lossy", encode_rgb(&rgb(131, 97), 131, 97, &LOSSY)),
        ("lossy with alpha", encode_rgba(&rgba(131, 97), 131, 97, &LOSSY)),
        ("lossless", encode_rgba(&rgba(131, 97), 131, 97, &LOSSLESS)),
    ];
    for (name, webp) in files {
        let webp = webp.expect(name);
        let ends = (1..=12).map(|missing| webp.len() - missing);
        for length in (0..16).map(|part| webp.len() * part / 16).chain(ends) {
            let cut = &webp[..length];
            for result in [
                decode_rgba(cut).map(|_| ()),
                decode_rgb(cut).map(|_| ()),
                decode_yuv(cut).map(|_| ()),
                decode_scaled_rgba(cut, 20, 20).map(|_| ()),
                decode_scaled_yuv(cut, 20, 20).map(|_| ()),
            ] {
                assert_eq!(result, Err(Error::Truncated), "{name} cut to {length} of {}", webp.len());
            }
        }
        // A container that claims to be whole does not hide a picture that is cut.
        let mut short = webp[..(webp.len() / 2) & !1].to_vec();
        let size = short.len() as u32 - 8;
        short[4..8].copy_from_slice(&size.to_le_bytes());
        assert!(decode_rgba(&short).is_err(), "{name}");
        assert_eq!(
            read_header(&webp[..64]),
            read_header(&webp),
            "{name}: the first bytes suffice for the header"
        );
    }
}

#[test]
fn what_is_no_webp_is_refused() {
    for data in [&b"GIF89a"[..], b"RIFX\0\0\0\0WEBP", b"RIFF\x04\0\0\0WAVE", &[0xff, 0xd8, 0xff]] {
        assert!(matches!(read_header(data), Err(Error::Corrupt { .. })), "{data:?}");
        assert!(matches!(decode_rgba(data), Err(Error::Corrupt { .. })), "{data:?}");
    }
    // libwebp itself would read the bare bitstream.
    let webp = encode_rgb(&rgb(16, 16), 16, 16, &LOSSY).expect("encodes");
    assert!(matches!(decode_rgba(&webp[20..]), Err(Error::Corrupt { .. })));
}

#[test]
fn sizes_and_options_out_of_range_are_refused() {
    let row = [9_u8; 64];
    let too_wide = Err(Error::Dimensions { width: MAX_SIDE + 1, height: 1 });
    assert_eq!(encode_rgb(&vec![0; (MAX_SIDE as usize + 1) * 3], MAX_SIDE + 1, 1, &LOSSY), too_wide);
    assert_eq!(encode_rgba(&row, 0, 4, &LOSSY), Err(Error::Dimensions { width: 0, height: 4 }));
    for (name, options) in [
        ("quality", Options { quality: 101.0, ..LOSSY }),
        ("negative", Options { quality: -1.0, ..LOSSY }),
        ("no number", Options { quality: f32::NAN, ..LOSSY }),
        ("method", Options { method: 7, ..LOSSY }),
    ] {
        assert!(matches!(encode_rgba(&row, 4, 4, &options), Err(Error::InvalidInput { .. })), "{name}");
        let planes = yuv(4, 4, false);
        assert!(matches!(encode_yuv(&planes.as_ref(), &options), Err(Error::InvalidInput { .. })), "{name}");
    }
    assert!(matches!(encode_rgba(&row[..63], 4, 4, &LOSSY), Err(Error::InvalidInput { .. })));
    assert!(matches!(encode_rgb(&row[..47], 4, 4, &LOSSY), Err(Error::InvalidInput { .. })));
    let planes = yuv(5, 5, true);
    let good = planes.as_ref();
    for (name, bad) in [
        ("short luma", YuvRef { y: &good.y[..24], ..good }),
        ("short blue", YuvRef { u: &good.u[..8], ..good }),
        ("short red", YuvRef { v: &good.v[..8], ..good }),
        ("short alpha", YuvRef { a: Some(&good.y[..24]), ..good }),
        ("narrow luma", YuvRef { y_stride: 4, ..good }),
        ("narrow chroma", YuvRef { uv_stride: 2, ..good }),
        ("narrow alpha", YuvRef { a_stride: 4, ..good }),
        ("endless luma", YuvRef { y_stride: usize::MAX, ..good }),
    ] {
        assert!(matches!(encode_yuv(&bad, &LOSSY), Err(Error::InvalidInput { .. })), "{name}");
    }
    assert!(matches!(encode_yuv(&good, &LOSSLESS), Err(Error::InvalidInput { .. })));
    assert!(matches!(encode_yuv(&YuvRef { width: 0, ..good }, &LOSSY), Err(Error::Dimensions { .. })));
}

#[test]
fn the_longest_side_can_be_written_and_read() {
    let webp = encode_rgb(&vec![50; MAX_SIDE as usize * 3], MAX_SIDE, 1, &LOSSY).expect("encodes");
    let Header { width, height, .. } = read_header(&webp).expect("header");
    assert_eq!((width, height), (MAX_SIDE, 1));
    assert_eq!(decode_rgb(&webp).expect("decodes").data.len(), MAX_SIDE as usize * 3);
}
