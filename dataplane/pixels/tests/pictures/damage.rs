//! Broken and hostile files: refused with a clear code, never half a picture, never a panic.

use std::time::Instant;

use imgplane_codec_webp::Animation;
use imgplane_pixels::{Format, Operation, PixelError, Size, inspect, run};

use crate::{
    scene::{Picture, cutout, gif, jpeg, photo, png, raw_png, webp},
    sources::{bare_tiff, bmp, icon, icon_bitmap, palette_tiff, rgb_tiff},
    work::{fixed, job, lossless, make, refuse, resize, try_make},
};

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let scene = photo(160, 120);
    let avif = make(&png(&scene), &[], fixed(Format::Avif, 80)).bytes;
    vec![
        ("JPEG", jpeg(&scene, 90, false, false)),
        ("progressive JPEG", jpeg(&scene, 90, true, true)),
        ("PNG", png(&scene)),
        ("PNG with alpha", png(&cutout(160, 120))),
        ("WebP", webp(&scene, 90.0, false)),
        ("lossless WebP", webp(&cutout(160, 120), 90.0, true)),
        ("animated WebP", animated(&[cutout(160, 120), cutout(80, 60)])),
        ("PNG of 16 bits", deep_png(&scene)),
        ("GIF", gif(&scene, 1)),
        ("AVIF", avif),
        ("TIFF", rgb_tiff(&scene)),
        ("bare TIFF", bare_tiff(160, 120, [1, 2, 8, 3], &scene.data)),
        ("JPEG in a TIFF", bare_tiff(160, 120, [7, 6, 8, 3], &jpeg(&scene, 90, true, false))),
        ("TIFF with a palette", palette_tiff(160, 120, 8, &scene.data[..160 * 120], &[[9, 8, 7]; 256])),
        ("BMP", bmp(&scene)),
        ("BMP with alpha", bmp(&cutout(160, 120))),
        ("icon of a PNG", icon(&[&cutout(48, 48)])),
        ("icon of a bitmap", icon_bitmap(&cutout(48, 48), |x, _| x == 9)),
        ("SVG", drawing()),
    ]
}

fn animated(frames: &[Picture]) -> Vec<u8> {
    let mut animation = Animation::new(160, 120, 0).unwrap();
    for frame in frames {
        animation.push(&webp(frame, 80.0, false), 0, 0, 40, true).unwrap();
    }
    animation.finish(None, None, None).unwrap()
}

fn deep_png(picture: &Picture) -> Vec<u8> {
    let samples: Vec<u8> = picture.data.iter().flat_map(|sample| [*sample, 0x7F]).collect();
    let depth = png::BitDepth::Sixteen;
    raw_png(picture.width, picture.height, png::ColorType::Rgb, depth, &samples, |_| {})
}

fn drawing() -> Vec<u8> {
    let shapes: String = (0..40)
        .map(|index| {
            format!("<path d='M{index} {index}h9v9z' fill='url(#a)' opacity='.{index}' filter='url(#f)'/>")
        })
        .collect::<Vec<_>>()
        .concat();
    let text = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='160' height='120'><style>path {{ stroke: #123 }}</style>\
         <defs><linearGradient id='a'><stop stop-color='red'/><stop offset='1'/></linearGradient><filter id='f'>\
         <feGaussianBlur stdDeviation='1'/><feOffset dx='1'/></filter></defs>{shapes}<use href='#f'/></svg>"
    );
    text.into_bytes()
}

/// Of 160x120: what JPEG and WebP shrink to while they are decoded, and what PNG does.
const SMALL: [fn() -> Operation; 2] = [|| resize(40, 30), || resize(20, 15)];

#[test]
fn data_that_ends_early_is_an_error_wherever_it_ends() {
    for (name, whole) in files() {
        make(&whole, &[], lossless());
        for share in 1..40 {
            let cut = &whole[..whole.len() * share / 40];
            for size in SMALL {
                let error = refuse(cut, &[size()], lossless());
                assert_eq!(error.code(), "UNIDENTIFIED", "{name} cut at {share}/40: {error}");
            }
        }
    }
}

#[test]
fn a_missing_last_byte_of_the_picture_is_an_error() {
    for (name, whole) in files() {
        // A GIF may lack its trailer; what is missing must be picture.
        let missing = if name == "GIF" { 4 } else { 2 };
        let error = refuse(&whole[..whole.len() - missing], &[], lossless());
        assert_eq!(error.code(), "UNIDENTIFIED", "{name}: {error}");
    }
}

#[test]
fn flipped_bits_never_panic() {
    for (name, whole) in files() {
        let mut state = 99_u32;
        for _ in 0..150 {
            let mut bytes = whole.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (state >> 8) as usize % bytes.len();
                bytes[at] ^= 1 << (state % 8);
            }
            if let Ok(facts) = inspect(&bytes)
                && u64::from(facts.width) * u64::from(facts.height) > 4_000_000
            {
                continue;
            }
            for (size, expected) in SMALL.into_iter().zip([(40, 30), (20, 15)]) {
                match try_make(&bytes, &[size()], lossless()) {
                    Ok(made) => assert_eq!((made.width, made.height), expected, "{name}"),
                    Err(error) => {
                        assert!(!["ECANCELLED", "EINTERNAL"].contains(&error.code()), "{name}: {error}");
                    }
                }
            }
        }
    }
}

/// A PNG header that promises a huge picture, with almost no data behind it.
fn bomb(size: Size) -> Vec<u8> {
    let mut bytes = png(&photo(8, 8));
    bytes[16..20].copy_from_slice(&size.width.to_be_bytes());
    bytes[20..24].copy_from_slice(&size.height.to_be_bytes());
    bytes
}

#[test]
fn a_bomb_is_refused_from_its_header_at_once() {
    let start = Instant::now();
    let error = refuse(&bomb(Size::new(60_000, 60_000)), &[], lossless());
    assert_eq!(
        error.to_string(),
        "The source's resolution in pixels (60000x60000) is 3600000000, the limit is 100000000"
    );
    assert_eq!(error.code(), "ELIMIT");
    assert!(start.elapsed().as_millis() < 100, "before anything is allocated");
}

#[test]
fn exactly_the_limit_is_allowed_and_one_more_is_not() {
    let source = png(&photo(40, 30));
    let mut job = job(&source, &[resize(60, 40)], lossless());
    job.limits.max_pixels = 2_400;
    assert!(run(&job, &|| false).is_ok());
    job.operations = vec![resize(60, 41)];
    let error = run(&job, &|| false).unwrap_err();
    assert_eq!(error.to_string(), "The result's resolution in pixels (60x41) is 2460, the limit is 2400");
    job.limits.max_pixels = 1_199;
    assert_eq!(run(&job, &|| false).unwrap_err().code(), "ELIMIT");
}

#[test]
fn too_many_scans_are_refused() {
    let source = jpeg(&photo(64, 64), 90, false, true);
    let mut job = job(&source, &[], lossless());
    job.limits.max_scans = 3;
    let error = run(&job, &|| false).unwrap_err();
    assert_eq!(error.code(), "ELIMIT", "{error}");
}

#[test]
fn what_is_not_an_image_is_told_so() {
    for bytes in [
        &b""[..],
        b"hello",
        b"<html></html>",
        b"II*\0\x08\0\0\0",
        b"MM\0*\xFF\xFF\xFF\xFF\0\0",
        b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0",
        &[0xFF, 0xD8, 0xFF],
        b"GIF89a",
        b"RIFF\x04\0\0\0WEBP",
    ] {
        assert_eq!(inspect(bytes).unwrap_err().code(), "UNIDENTIFIED", "{bytes:?}");
    }
}

#[test]
fn what_is_recognised_and_not_decoded_is_named() {
    for (bytes, name) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS\0\x01", "PSD"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
    ] {
        let error = inspect(bytes).unwrap_err();
        assert_eq!(error.code(), "EFEATURE", "{error}");
        let what = format!(
            "{name} files are not decoded by this server: save the original as JPEG, PNG, WebP or AVIF"
        );
        assert_eq!(error.to_string(), what);
    }
}

/// Every byte of a header, set to what breaks readers.
#[test]
fn hostile_headers_never_panic_and_never_take_long() {
    for (name, whole) in files() {
        let started = Instant::now();
        for at in 0..whole.len().min(140) {
            for value in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                if inspect(&bytes)
                    .is_ok_and(|facts| u64::from(facts.width) * u64::from(facts.height) > 4_000_000)
                {
                    continue;
                }
                if let Ok(made) = try_make(&bytes, &[resize(40, 30)], fixed(Format::Webp, 10)) {
                    assert_eq!((made.width, made.height), (40, 30), "{name}");
                }
            }
        }
        println!("{name}: {:?}", started.elapsed());
        assert!(started.elapsed().as_secs() < 60, "{name}");
    }
}

#[test]
fn a_cancelled_job_stops() {
    let source = png(&photo(64, 48));
    let job = job(&source, &[resize(32, 24)], lossless());
    for allowed in 0..3 {
        let asked = std::cell::Cell::new(0);
        let cancelled = || {
            asked.set(asked.get() + 1);
            asked.get() > allowed
        };
        assert_eq!(run(&job, &cancelled).unwrap_err(), PixelError::Cancelled, "after {allowed} questions");
    }
}
