//! Pixels and planes go in and come back; sizes, options and cut files are judged.

use imgplane_codec_webp::{
    Chroma, Error, Header, MAX_SIDE, Options, Scale, Yuv, YuvRef, decode_rgb, decode_rgba, decode_shrunk_yuv,
    decode_yuv, encode_rgb, encode_rgba, encode_yuv, read_header,
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

/// Means of squares of a plane, at its edge of what is there.
fn means(plane: &[u8], width: u32, height: u32, side: u32) -> Vec<u8> {
    let mean = |left: u32, top: u32| {
        let (right, bottom) = ((left + side).min(width), (top + side).min(height));
        let square = (top..bottom).flat_map(|y| (left..right).map(move |x| (y * width + x) as usize));
        let samples: Vec<u32> = square.map(|at| u32::from(plane[at])).collect();
        let (sum, count) = (samples.iter().sum::<u32>(), samples.len() as u32);
        ((sum + count / 2) / count) as u8
    };
    let starts = |length: u32| (0..length).step_by(side as usize);
    starts(height).flat_map(|top| starts(width).map(move |left| mean(left, top))).collect()
}

#[test]
fn a_shrunk_file_is_the_means_of_its_own_samples() {
    for (width, height) in SIZES {
        // The encoder writes the best quality without a filter on the edges of blocks, which half chroma leaves out.
        for (quality, unfiltered) in [(100.0, 0.0), (40.0, 1.5)] {
            let webp = encode_rgb(&rgb(width, height), width, height, &Options { quality, ..LOSSY })
                .expect("encodes");
            let whole = decode_yuv(&webp).expect("decodes");
            let scales = [Scale::Half, Scale::Quarter, Scale::Eighth];
            let every = scales.iter().flat_map(|scale| [(*scale, Chroma::Half), (*scale, Chroma::Full)]);
            for (scale, chroma) in every {
                let divisor = scale.divisor();
                let (of_chroma, tolerance) =
                    if chroma == Chroma::Full { (divisor / 2, 0.0) } else { (divisor, unfiltered) };
                let name = format!("{width}x{height} at {quality}, by {divisor}, {chroma:?} chroma");
                let shrunk = decode_shrunk_yuv(&webp, scale, chroma).expect(&name);
                let sides = (width.div_ceil(divisor), height.div_ceil(divisor));
                assert_eq!((shrunk.width, shrunk.height, &shrunk.a), (sides.0, sides.1, &None), "{name}");
                let (across, down) = (width.div_ceil(2), height.div_ceil(2));
                for (plane, whole, width, height, side) in [
                    (&shrunk.y, &whole.y, width, height, divisor),
                    (&shrunk.u, &whole.u, across, down, of_chroma),
                    (&shrunk.v, &whole.v, across, down, of_chroma),
                ] {
                    let expected = means(whole, width, height, side);
                    assert_eq!(plane.len(), expected.len(), "{name}");
                    assert!(
                        distance(plane, &expected) <= tolerance,
                        "{name}: {}",
                        distance(plane, &expected)
                    );
                }
            }
        }
    }
}

#[test]
fn only_lossy_stills_shrink() {
    let lossy = encode_rgba(&rgba(64, 48), 64, 48, &LOSSY).expect("encodes");
    assert_eq!(
        decode_shrunk_yuv(&lossy, Scale::Half, Chroma::Half).expect("alpha is left out").y.len(),
        32 * 24
    );
    let lossless = encode_rgba(&rgba(64, 48), 64, 48, &LOSSLESS).expect("encodes");
    assert_eq!(decode_shrunk_yuv(&lossless, Scale::Half, Chroma::Half), Err(Error::Lossless));
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
                decode_shrunk_yuv(cut, Scale::Half, Chroma::Half).map(|_| ()),
            ] {
                assert_eq!(result, Err(Error::Truncated), "{name} cut to {length} of {}", webp.len());
            }
        }
        // A container that claims to be whole does not hide a picture that is cut.
        let mut short = webp[..(webp.len() / 2) & !1].to_vec();
        let size = short.len() as u32 - 8;
        short[4..8].copy_from_slice(&size.to_le_bytes());
        assert!(decode_rgba(&short).is_err(), "{name}");
        assert!(decode_shrunk_yuv(&short, Scale::Half, Chroma::Full).is_err(), "{name}");
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
