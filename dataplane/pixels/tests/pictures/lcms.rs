//! Colours against Little CMS, which reads the same profiles: no channel may be more than 2 levels away.

use std::io::Cursor;

use imgplane_codec_jpeg::{self as jpeg, Sampling, markers};
use imgplane_codec_webp as webp;
use imgplane_pixels::{Format, Output, inspect};
use lcms2::{Intent, PixelFormat, Profile, Transform};
use moxcms::ColorProfile;
use tiff::{
    encoder::{
        TiffEncoder, TiffValue,
        colortype::{self, ColorType},
    },
    tags::Tag,
};

use crate::{
    profiles::{Table, lab_of_inks, lab_of_light, with_table},
    scene::{Picture, raw_png},
    work::{lossless, make, read},
};

/// Levels of 255 by which a channel may differ.
const TOLERANCE: u8 = 2;

fn rgb_profiles() -> Vec<(&'static str, Vec<u8>)> {
    let encoded = |profile: ColorProfile| profile.encode().unwrap();
    vec![
        ("Display P3", encoded(ColorProfile::new_display_p3())),
        ("Adobe RGB", encoded(ColorProfile::new_adobe_rgb())),
        ("ProPhoto RGB", encoded(ColorProfile::new_pro_photo_rgb())),
        ("a table of 16 bits", with_table(Table::Lut16, 17, lab_of_light)),
        ("a table of version 4", with_table(Table::LutAToB, 17, lab_of_light)),
    ]
}

fn gray_profiles() -> Vec<(&'static str, Vec<u8>)> {
    let gamma = |gamma| ColorProfile::new_gray_with_gamma(gamma).encode().unwrap();
    vec![("gamma 1.8", gamma(1.8)), ("gamma 2.2", gamma(2.2)), ("gamma 1.0", gamma(1.0))]
}

fn ink_profiles() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a table of 8 bits", with_table(Table::Lut8, 17, lab_of_inks)),
        ("a table of 16 bits", with_table(Table::Lut16, 17, lab_of_inks)),
        ("a table of version 4", with_table(Table::LutAToB, 17, lab_of_inks)),
    ]
}

/// What Little CMS makes of samples in sRGB: three bytes for each pixel, or one of grey.
fn expected(profile: &[u8], samples: &[u8], from: PixelFormat, to: PixelFormat) -> Vec<u8> {
    let source = Profile::new_icc(profile).unwrap();
    let srgb = if to == PixelFormat::GRAY_8 {
        let curve =
            lcms2::ToneCurve::new_parametric(4, &[2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45]);
        Profile::new_gray(&lcms2::CIExyY { x: 0.3457, y: 0.3585, Y: 1.0 }, &curve.unwrap()).unwrap()
    } else {
        Profile::new_srgb()
    };
    // As it is written, not by a coarser table that is made for speed.
    let flags = lcms2::Flags::NO_OPTIMIZE;
    let way: Transform<u8, u8> =
        Transform::new_flags(&source, from, &srgb, to, Intent::Perceptual, flags).unwrap();
    let mut out = vec![0; samples.len() / from.bytes_per_pixel() * to.bytes_per_pixel()];
    way.transform_pixels(samples, &mut out);
    out
}

/// No sample is more than [`TOLERANCE`] off, but for `few`, which are at most three times as far.
#[track_caller]
fn close(what: &str, got: &[u8], expected: &[u8], few: usize) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let off = |at: &usize| got[*at].abs_diff(expected[*at]);
    let beyond = (0..got.len()).filter(|at| off(at) > TOLERANCE).count();
    let worst = (0..got.len()).max_by_key(off).unwrap();
    let (from, to) = (worst / 3 * 3, (worst / 3 * 3 + 3).min(got.len()));
    let (got, expected) = (&got[from..to], &expected[from..to]);
    assert!(
        beyond <= few && off_by(got, expected) <= TOLERANCE * if few == 0 { 1 } else { 3 },
        "{what}: {beyond} beyond, such as {got:?}, where Little CMS says {expected:?}"
    );
}

fn off_by(got: &[u8], expected: &[u8]) -> u8 {
    got.iter().zip(expected).map(|(one, other)| one.abs_diff(*other)).max().unwrap_or(0)
}

/// Colours over the whole cube, one pixel each.
fn cube<const N: usize>(levels: &[u8]) -> Picture {
    let count = levels.len().pow(N as u32);
    let channel = |index: usize, at: usize| levels[index / levels.len().pow(at as u32) % levels.len()];
    let data =
        (0..count).flat_map(|index| (0..N).map(move |at| (index, at))).map(|(index, at)| channel(index, at));
    Picture {
        width: levels.len() as u32,
        height: (count / levels.len()) as u32,
        channels: N,
        data: data.collect(),
    }
}

const LEVELS: [u8; 12] = [0, 1, 3, 8, 20, 40, 70, 110, 150, 190, 230, 255];

fn png_with(
    picture: &Picture,
    color: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
    profile: &[u8],
) -> Vec<u8> {
    raw_png(picture.width, picture.height, color, depth, data, |info| {
        info.icc_profile = Some(profile.to_vec().into());
    })
}

fn tiff_with<C: ColorType>(picture: &Picture, samples: &[C::Inner], profile: &[u8]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let mut image = encoder.new_image::<C>(picture.width, picture.height).unwrap();
    image.encoder().write_tag(Tag::IccProfile, profile).unwrap();
    image.write_data(samples).unwrap();
    file.into_inner()
}

/// What a job without operations makes of a file, in colour.
fn converted(source: &[u8]) -> Picture {
    assert!(inspect(source).unwrap().has_profile);
    read(&make(source, &[], lossless()).bytes)
}

#[test]
fn colours_of_lossless_files_are_those_of_little_cms() {
    let scene = cube::<3>(&LEVELS);
    let clear = scene.with_channels(4);
    let half = Picture {
        data: clear.data.chunks(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 99]).collect(),
        ..clear
    };
    let options = webp::Options { lossless: true, exact: true, ..webp::Options::default() };
    let plain = webp::encode_rgb(&scene.data, scene.width, scene.height, &options).unwrap();
    for (name, profile) in rgb_profiles() {
        let expected = expected(&profile, &scene.data, PixelFormat::RGB_8, PixelFormat::RGB_8);
        let eight = png::BitDepth::Eight;
        let in_webp =
            webp::with_metadata(plain.clone(), Some(&profile), None, None, scene.width, scene.height, false);
        for (container, file) in [
            ("PNG", png_with(&scene, png::ColorType::Rgb, eight, &scene.data, &profile)),
            ("PNG with alpha", png_with(&half, png::ColorType::Rgba, eight, &half.data, &profile)),
            ("WebP", in_webp.unwrap()),
            ("TIFF", tiff_with::<colortype::RGB8>(&scene, &scene.data, &profile)),
        ] {
            let got = converted(&file).with_channels(3);
            close(&format!("{name} in {container}"), &got.data, &expected, 0);
        }
    }
}

#[test]
fn colours_of_16_bits_are_those_of_little_cms() {
    let scene = cube::<3>(&LEVELS);
    // Between the levels of 8 bits too.
    let wide: Vec<u16> =
        scene.data.iter().map(|sample| u16::from(*sample) * 257).map(|one| one ^ 0x55).collect();
    let native: Vec<u8> = wide.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    let network: Vec<u8> = wide.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    for (name, profile) in rgb_profiles() {
        let expected = expected(&profile, &native, PixelFormat::RGB_16, PixelFormat::RGB_8);
        for (container, file) in [
            ("PNG", png_with(&scene, png::ColorType::Rgb, png::BitDepth::Sixteen, &network, &profile)),
            ("TIFF", tiff_with::<colortype::RGB16>(&scene, &wide, &profile)),
        ] {
            // They are rounded to 8 bits first. Where a colour lies at the edge of sRGB, a third of a level in the
            // widest space is up to 5 levels.
            let few = if name == "ProPhoto RGB" { 12 } else { 0 };
            close(&format!("{name} in {container} of 16 bits"), &converted(&file).data, &expected, few);
        }
    }
}

#[test]
fn greys_are_those_of_little_cms() {
    let levels: Vec<u8> = (0..=u8::MAX).collect();
    let scene = Picture { width: 32, height: 8, channels: 1, data: levels };
    let deep: Vec<u16> = (0..256_u16).map(|level| level * 257).collect();
    let network: Vec<u8> = deep.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let half: Vec<u8> = scene.data.iter().flat_map(|gray| [*gray, 99]).collect();
    for (name, profile) in gray_profiles() {
        let gray = expected(&profile, &scene.data, PixelFormat::GRAY_8, PixelFormat::GRAY_8);
        let expected: Vec<u8> = gray.iter().flat_map(|gray| [*gray; 3]).collect();
        let kind = png::ColorType::Grayscale;
        for (container, file) in [
            ("PNG", png_with(&scene, kind, png::BitDepth::Eight, &scene.data, &profile)),
            ("PNG of 16 bits", png_with(&scene, kind, png::BitDepth::Sixteen, &network, &profile)),
            (
                "PNG with alpha",
                png_with(&scene, png::ColorType::GrayscaleAlpha, png::BitDepth::Eight, &half, &profile),
            ),
            ("TIFF", tiff_with::<colortype::Gray8>(&scene, &scene.data, &profile)),
            ("TIFF of 16 bits", tiff_with::<colortype::Gray16>(&scene, &deep, &profile)),
        ] {
            let got = converted(&file).with_channels(3);
            close(&format!("grey, {name} in {container}"), &got.data, &expected, 0);
        }
    }
}

#[test]
fn inks_are_those_of_little_cms() {
    let scene = cube::<4>(&[0, 10, 60, 130, 200, 255]);
    let photo = include_bytes!("data/inks.jpg");
    let stored = jpeg::decode_cmyk(photo, jpeg::Scale::Full, &jpeg::Limits::default()).unwrap();
    let is_light = jpeg::read_header(photo).unwrap().adobe;
    let inks: Vec<u8> =
        stored.data.iter().map(|sample| if is_light { 255 - sample } else { *sample }).collect();
    for (name, profile) in ink_profiles() {
        let of = |inks: &[u8]| expected(&profile, inks, PixelFormat::CMYK_8, PixelFormat::RGB_8);
        let file = tiff_with::<colortype::CMYK8>(&scene, &scene.data, &profile);
        // Lab of 8 bits is coarse, and each side rounds it in its own way.
        let few = if name == "a table of 8 bits" { 6 } else { 0 };
        close(&format!("inks, {name} in TIFF"), &converted(&file).data, &of(&scene.data), few);
        let file = markers::insert_segments(photo, Some(&profile), None, None);
        close(&format!("inks, {name} in JPEG"), &converted(&file).data, &of(&inks), 0);
    }
}

/// Flat patches of a lossy file, and what Little CMS makes of the pixels that are in it.
#[test]
fn colours_of_lossy_files_are_those_of_little_cms() {
    const SIDE: u32 = 16;
    let colors = cube::<3>(&[0, 60, 128, 190, 255]);
    let (width, height) = (colors.width * SIDE, colors.height * SIDE);
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x / SIDE, y / SIDE)));
    let data = places.flat_map(|(x, y)| colors.pixel(x, y).to_vec()).collect();
    let scene = Picture { width, height, channels: 3, data };
    let photo = crate::scene::jpeg(&scene, 97, true, false);
    assert_eq!(jpeg::read_header(&photo).unwrap().sampling, Sampling::S444);
    let lossy = crate::scene::webp(&scene, 97.0, false);
    let middles = |picture: &Picture| -> Vec<u8> {
        let places = (0..colors.height).flat_map(|y| (0..colors.width).map(move |x| (x, y)));
        let middle = |at: u32| at * SIDE + SIDE / 2;
        places.flat_map(|(x, y)| picture.pixel(middle(x), middle(y)).to_vec()).collect()
    };
    for (name, profile) in rgb_profiles() {
        let in_webp = webp::with_metadata(lossy.clone(), Some(&profile), None, None, width, height, false);
        for (container, file) in [
            ("JPEG", markers::insert_segments(&photo, Some(&profile), None, None)),
            ("lossy WebP", in_webp.unwrap()),
        ] {
            let kept = make(&file, &[], Output { keep_profile: true, ..lossless() });
            assert_eq!(kept.format, Format::Png);
            let stored = middles(&read(&kept.bytes));
            let expected = expected(&profile, &stored, PixelFormat::RGB_8, PixelFormat::RGB_8);
            close(&format!("{name} in {container}"), &middles(&converted(&file)), &expected, 0);
        }
    }
}
