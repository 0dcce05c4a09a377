//! TIFF, Windows bitmaps and icons: every kind of samples, exact to the bit.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder as _, codecs};
use imgplane_pixels::{Format, FormatChoice, Output, inspect};
use tiff::{
    encoder::{
        Compression, DeflateLevel, TiffEncoder, TiffValue,
        colortype::{self, ColorType},
    },
    tags::{ExtraSamples, Tag},
};

use crate::{
    scene::{Picture, cutout, jpeg, photo, png},
    work::{fixed, job, lossless, make, read, refuse, resize, try_make},
};

/// TIFF of one kind of samples, with further tags.
pub(crate) fn tiff<C: ColorType>(
    picture: &Picture,
    samples: &[C::Inner],
    compression: Compression,
    tags: &[(Tag, u16)],
) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap().with_compression(compression);
    let mut image = encoder.new_image::<C>(picture.width, picture.height).unwrap();
    image.rows_per_strip(7).unwrap();
    for (tag, value) in tags {
        image.encoder().write_tag(*tag, *value).unwrap();
    }
    image.write_data(samples).unwrap();
    file.into_inner()
}

pub(crate) fn rgb_tiff(picture: &Picture) -> Vec<u8> {
    tiff::<colortype::RGB8>(picture, &picture.data, Compression::Lzw, &[])
}

/// A TIFF by hand: the directory before its one strip. `kind`: compression, photometric interpretation, bits, samples.
pub(crate) fn bare_tiff(width: u32, height: u32, kind: [u16; 4], strip: &[u8]) -> Vec<u8> {
    let [compression, photometric, bits, samples] = kind;
    let entries: [(u16, u32); 9] = [
        (256, width),
        (257, height),
        (258, bits.into()),
        (259, compression.into()),
        (262, photometric.into()),
        (273, 8 + 2 + 9 * 12 + 4),
        (277, samples.into()),
        (278, height),
        (279, strip.len() as u32),
    ];
    let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, value) in entries {
        file.extend_from_slice(&tag.to_le_bytes());
        file.extend_from_slice(&[4, 0, 1, 0, 0, 0]);
        file.extend_from_slice(&value.to_le_bytes());
    }
    file.extend_from_slice(&[0; 4]);
    file.extend_from_slice(strip);
    file
}

fn rgba_tiff(picture: &Picture, extra: ExtraSamples, samples: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let mut image = encoder.new_image::<colortype::RGBA8>(picture.width, picture.height).unwrap();
    image.encoder().write_tag(Tag::ExtraSamples, extra.to_u16()).unwrap();
    image.write_data(samples).unwrap();
    file.into_inner()
}

pub(crate) fn bmp(picture: &Picture) -> Vec<u8> {
    let mut file = Vec::new();
    let color = if picture.channels == 4 { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    codecs::bmp::BmpEncoder::new(&mut file)
        .write_image(&picture.data, picture.width, picture.height, color)
        .unwrap();
    file
}

/// An icon of PNGs.
pub(crate) fn icon(pictures: &[&Picture]) -> Vec<u8> {
    let files: Vec<Vec<u8>> = pictures.iter().map(|picture| png(picture)).collect();
    icon_of(
        &pictures
            .iter()
            .zip(&files)
            .map(|(one, file)| (one.width, one.height, file.as_slice()))
            .collect::<Vec<_>>(),
    )
}

fn icon_of(pictures: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut icon = vec![0, 0, 1, 0, pictures.len() as u8, 0];
    let mut offset = 6 + 16 * pictures.len();
    for (width, height, file) in pictures {
        let side = |side: u32| u8::try_from(side).unwrap_or(0);
        icon.extend_from_slice(&[side(*width), side(*height), 0, 0, 1, 0, 32, 0]);
        icon.extend_from_slice(&(file.len() as u32).to_le_bytes());
        icon.extend_from_slice(&(offset as u32).to_le_bytes());
        offset += file.len();
    }
    icon.extend(pictures.iter().flat_map(|(.., file)| file.iter()));
    icon
}

/// A bitmap as icons have it: without its file header, bottom up, with a mask behind it.
pub(crate) fn icon_bitmap(picture: &Picture, hidden: impl Fn(u32, u32) -> bool) -> Vec<u8> {
    let Picture { width, height, .. } = *picture;
    let mut file = Vec::new();
    for number in [40, width, height * 2] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&[1, 0, 32, 0]);
    file.extend_from_slice(&[0; 24]);
    for y in (0..height).rev() {
        for x in 0..width {
            let pixel = picture.pixel(x, y);
            file.extend_from_slice(&[pixel[2], pixel[1], pixel[0], pixel[3]]);
        }
    }
    for y in (0..height).rev() {
        let mut row = vec![0_u8; width.div_ceil(32) as usize * 4];
        (0..width).filter(|x| hidden(*x, y)).for_each(|x| row[x as usize / 8] |= 0x80 >> (x % 8));
        file.extend_from_slice(&row);
    }
    icon_of(&[(width, height, &file)])
}

fn exact(source: &[u8]) -> Picture {
    read(&make(source, &[], lossless()).bytes)
}

#[test]
fn a_tiff_of_every_kind_of_samples_is_read_right() {
    let scene = photo(33, 21);
    let gray: Vec<u8> = scene.data.iter().step_by(3).copied().collect();
    let wide = |data: &[u8]| data.iter().map(|sample| u16::from(*sample) << 8 | 0x7F).collect::<Vec<u16>>();
    let widest =
        |data: &[u8]| data.iter().map(|sample| u32::from(*sample) << 24 | 0x7F_FFFF).collect::<Vec<u32>>();
    let real = |data: &[u8]| data.iter().map(|sample| f32::from(*sample) / 255.0).collect::<Vec<f32>>();
    let in_color: Vec<u8> = gray.iter().flat_map(|sample| [*sample; 3]).collect();
    let plain = Compression::Uncompressed;
    let table = [
        ("RGB", rgb_tiff(&scene), 8, &scene.data),
        (
            "RGB, deflate",
            tiff::<colortype::RGB8>(&scene, &scene.data, Compression::Deflate(DeflateLevel::Fast), &[]),
            8,
            &scene.data,
        ),
        (
            "RGB, pack bits",
            tiff::<colortype::RGB8>(&scene, &scene.data, Compression::Packbits, &[]),
            8,
            &scene.data,
        ),
        ("RGB of 16 bits", tiff::<colortype::RGB16>(&scene, &wide(&scene.data), plain, &[]), 16, &scene.data),
        (
            "RGB of 32 bits",
            tiff::<colortype::RGB32>(&scene, &widest(&scene.data), plain, &[]),
            32,
            &scene.data,
        ),
        (
            "RGB of fractions",
            tiff::<colortype::RGB32Float>(&scene, &real(&scene.data), plain, &[]),
            32,
            &scene.data,
        ),
        ("grey", tiff::<colortype::Gray8>(&scene, &gray, plain, &[]), 8, &in_color),
        ("grey of 16 bits", tiff::<colortype::Gray16>(&scene, &wide(&gray), plain, &[]), 16, &in_color),
    ];
    for (name, file, depth, expected) in table {
        let facts = inspect(&file).unwrap();
        assert_eq!((facts.format, facts.width, facts.height), (Format::Tiff, 33, 21), "{name}");
        assert_eq!(
            (facts.bit_depth, facts.alpha, facts.frames, facts.orientation),
            (depth, false, 1, 1),
            "{name}"
        );
        assert_eq!(&exact(&file).data, expected, "{name}");
    }
}

#[test]
fn a_tiff_with_alpha_is_straight_whatever_it_was() {
    let clear = cutout(40, 30);
    let straight = rgba_tiff(&clear, ExtraSamples::UnassociatedAlpha, &clear.data);
    let facts = inspect(&straight).unwrap();
    assert!(facts.alpha, "{facts:?}");
    let got = exact(&straight);
    for (got, expected) in got.data.chunks(4).zip(clear.data.chunks(4)) {
        assert!(got == expected || got[3] == 0, "{got:?} {expected:?}");
    }
    let multiplied: Vec<u8> = clear
        .data
        .chunks(4)
        .flat_map(|pixel| {
            let times = |at: usize| ((u32::from(pixel[at]) * u32::from(pixel[3]) + 127) / 255) as u8;
            [times(0), times(1), times(2), pixel[3]]
        })
        .collect();
    let got = exact(&rgba_tiff(&clear, ExtraSamples::AssociatedAlpha, &multiplied));
    for (got, expected) in got.data.chunks(4).zip(clear.data.chunks(4)) {
        assert_eq!(got[3], expected[3]);
        if got[3] > 128 {
            assert!(
                got.iter().zip(expected).all(|(got, expected)| got.abs_diff(*expected) <= 2),
                "{got:?} {expected:?}"
            );
        }
    }
}

#[test]
fn a_tiff_of_single_bits_is_read_right() {
    // Rows begin with a new byte; 0 is black, unless it is said to be white.
    let strip = [0b1010_0000, 0b1000_0000, 0b0101_1111, 0b0000_0000];
    let expected = |one: u8| -> Vec<u8> {
        let bits = [1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0];
        bits.into_iter().flat_map(|bit| [if bit == 1 { one } else { 255 - one }; 3]).collect()
    };
    assert_eq!(exact(&bare_tiff(9, 2, [1, 1, 1, 1], &strip)).data, expected(255));
    assert_eq!(exact(&bare_tiff(9, 2, [1, 0, 1, 1], &strip)).data, expected(0));
}

/// A TIFF whose samples are numbers of colours.
pub(crate) fn palette_tiff(width: u32, height: u32, bits: u16, strip: &[u8], palette: &[[u8; 3]]) -> Vec<u8> {
    let map = 8 + 2 + 10 * 12 + 4;
    let colors = 1_u32 << bits;
    let entries: [(u16, u32, u32); 10] = [
        (256, 1, width),
        (257, 1, height),
        (258, 1, bits.into()),
        (259, 1, 1),
        (262, 1, 3),
        (273, 1, map + colors * 6),
        (277, 1, 1),
        (278, 1, height),
        (279, 1, strip.len() as u32),
        (320, colors * 3, map),
    ];
    let mut file = b"II*\0\x08\0\0\0\x0a\0".to_vec();
    for (tag, count, value) in entries {
        let kind: u16 = if tag == 320 { 3 } else { 4 };
        file.extend_from_slice(&tag.to_le_bytes());
        file.extend_from_slice(&kind.to_le_bytes());
        file.extend_from_slice(&count.to_le_bytes());
        file.extend_from_slice(&value.to_le_bytes());
    }
    file.extend_from_slice(&[0; 4]);
    for channel in 0..3 {
        for color in 0..colors as usize {
            let light = palette.get(color).map_or(0, |color| color[channel]);
            file.extend_from_slice(&(u16::from(light) << 8 | 0x33).to_le_bytes());
        }
    }
    file.extend_from_slice(strip);
    file
}

#[test]
fn a_tiff_with_a_palette_has_its_colours() {
    let palette: Vec<[u8; 3]> = (0..=255_u8).map(|index| [index, 255 - index, index / 2]).collect();
    for (bits, strip, numbers) in [
        (8, &[0, 7, 255, 128][..], [0, 7, 255, 128]),
        (4, &[0x0F, 0x3A], [0, 15, 3, 10]),
        (1, &[0b1010_0000], [1, 0, 1, 0]),
    ] {
        let file = palette_tiff(4, 1, bits, strip, &palette);
        let facts = inspect(&file).unwrap();
        assert_eq!((facts.bit_depth, facts.gray, facts.alpha), (8, false, false), "{bits}");
        let expected: Vec<u8> = numbers.iter().flat_map(|number| palette[*number]).collect();
        assert_eq!(exact(&file).data, expected, "{bits} bits");
    }
}

#[test]
fn a_jpeg_in_a_tiff_is_read_as_the_jpeg_is() {
    let scene = photo(64, 48);
    for (name, file) in [("full", jpeg(&scene, 92, true, false)), ("half", jpeg(&scene, 92, false, false))] {
        let (alone, inside) = (exact(&file), exact(&bare_tiff(64, 48, [7, 6, 8, 3], &file)));
        let most =
            alone.data.iter().zip(&inside.data).map(|(one, other)| one.abs_diff(*other)).max().unwrap();
        // Another decoder spreads chroma in another way.
        assert!(most <= if name == "full" { 4 } else { 60 }, "{name} differs by {most}");
    }
    let error = refuse(&bare_tiff(16, 16, [7, 6, 8, 3], &jpeg(&scene, 92, true, false)), &[], lossless());
    assert!(error.to_string().contains("larger than it says"), "{error}");
}

#[test]
fn inks_of_a_tiff_become_light() {
    let scene = Picture {
        width: 4,
        height: 1,
        channels: 4,
        data: vec![0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 128],
    };
    let file = tiff::<colortype::CMYK8>(&scene, &scene.data, Compression::Uncompressed, &[]);
    assert!(inspect(&file).unwrap().cmyk);
    assert_eq!(exact(&file).data, [255, 255, 255, 0, 255, 255, 0, 0, 0, 127, 0, 0]);
}

#[test]
fn the_profile_of_a_tiff_is_applied_or_kept() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let scene = Picture { width: 8, height: 8, channels: 3, data: [200, 100, 50].repeat(64) };
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let mut image = encoder.new_image::<colortype::RGB8>(8, 8).unwrap();
    image.encoder().write_tag(Tag::IccProfile, profile.as_slice()).unwrap();
    image.write_data(&scene.data).unwrap();
    let file = file.into_inner();
    assert!(inspect(&file).unwrap().has_profile);
    // By the matrices of the two standards.
    let got = exact(&file);
    assert!(got.pixel(3, 3).iter().zip([215_u8, 93, 31]).all(|(one, other)| one.abs_diff(other) <= 1));
    let kept = make(&file, &[], Output { keep_profile: true, ..lossless() });
    assert!(inspect(&kept.bytes).unwrap().has_profile);
    assert_eq!(read(&kept.bytes).data, scene.data);
}

#[test]
fn the_orientation_of_a_tiff_is_applied() {
    let scene = photo(24, 16);
    let file = tiff::<colortype::RGB8>(&scene, &scene.data, Compression::Lzw, &[(Tag::Orientation, 6)]);
    assert_eq!(inspect(&file).unwrap().orientation, 6);
    let got = exact(&file);
    assert_eq!((got.width, got.height), (16, 24));
    assert_eq!(got.pixel(15, 0), scene.pixel(0, 0));
    let mut kept = job(&file, &[], lossless());
    kept.orient = false;
    assert_eq!(read(&imgplane_pixels::run(&kept, &|| false).unwrap().bytes).data, scene.data);
}

#[test]
fn what_is_no_picture_of_its_own_in_a_tiff_is_refused() {
    let scene = photo(24, 16);
    let preview = tiff::<colortype::RGB8>(&scene, &scene.data, Compression::Lzw, &[(Tag::NewSubfileType, 1)]);
    let raw = tiff::<colortype::RGB8>(&scene, &scene.data, Compression::Lzw, &[(Tag::Unknown(50_706), 1)]);
    for file in [preview, raw] {
        assert_eq!(inspect(&file).unwrap_err().code(), "UNIDENTIFIED");
    }
}

#[test]
fn what_is_not_read_of_a_tiff_is_told_and_is_no_damage() {
    for (name, kind) in [("fax 3", [3, 1, 1, 1]), ("Lab", [1, 8, 8, 3])] {
        let file = bare_tiff(16, 16, kind, &[0; 768]);
        let error = try_make(&file, &[], lossless()).unwrap_err();
        assert_eq!(error.code(), "EFEATURE", "{name}: {error}");
        assert!(error.to_string().starts_with("This kind of TIFF ("), "{error}");
    }
}

#[test]
fn bitmaps_are_read_right() {
    let scene = photo(33, 21);
    let file = bmp(&scene);
    let facts = inspect(&file).unwrap();
    assert_eq!((facts.format, facts.width, facts.height, facts.alpha), (Format::Bmp, 33, 21, false));
    assert_eq!(exact(&file).data, scene.data);
    let clear = cutout(33, 21);
    let file = bmp(&clear);
    assert!(inspect(&file).unwrap().alpha);
    assert!(
        exact(&file).data.chunks(4).zip(clear.data.chunks(4)).all(|(got, want)| got == want || got[3] == 0)
    );
}

#[test]
fn the_largest_picture_of_an_icon_is_taken() {
    let (small, large) = (cutout(16, 16), cutout(48, 48));
    for pictures in [[&small, &large], [&large, &small]] {
        let file = icon(&pictures);
        let facts = inspect(&file).unwrap();
        assert_eq!((facts.format, facts.width, facts.height), (Format::Ico, 48, 48));
        assert_eq!(exact(&file).width, 48);
    }
    // Browsers take PNGs of any kind, and of any size.
    let opaque = photo(300, 256);
    assert_eq!(exact(&icon(&[&opaque])).data, opaque.data);
}

#[test]
fn the_mask_of_an_icon_hides_pixels() {
    let scene = photo(20, 12).with_channels(4);
    let file = icon_bitmap(&scene, |x, y| x == 3 && y == 2);
    let facts = inspect(&file).unwrap();
    assert_eq!((facts.width, facts.height, facts.alpha), (20, 12, true));
    let got = exact(&file);
    assert_eq!((got.pixel(3, 2)[3], got.pixel(4, 2)), (0, scene.pixel(4, 2)));
}

#[test]
fn they_are_never_written() {
    let (scene, clear) = (photo(60, 40), cutout(60, 40));
    let negotiated =
        |webp| Output { format: FormatChoice::Negotiated { avif: false, webp }, ..Output::default() };
    for file in [rgb_tiff(&scene), bmp(&scene), icon(&[&scene])] {
        assert_eq!(make(&file, &[], negotiated(false)).format, Format::Jpeg);
        assert_eq!(make(&file, &[], negotiated(true)).format, Format::Webp);
        assert_eq!(make(&file, &[], Output::default()).format, Format::Jpeg);
        assert_eq!(make(&file, &[], fixed(Format::Tiff, 80)).format, Format::Jpeg);
    }
    for file in
        [rgba_tiff(&clear, ExtraSamples::UnassociatedAlpha, &clear.data), bmp(&clear), icon(&[&clear])]
    {
        assert_eq!(make(&file, &[resize(30, 20)], negotiated(false)).format, Format::Png);
    }
}

#[test]
fn a_header_that_promises_too_much_is_refused_before_anything_is_allocated() {
    let scene = photo(16, 16);
    let mut bitmap = bmp(&scene);
    bitmap[18..22].copy_from_slice(&60_000_u32.to_le_bytes());
    bitmap[22..26].copy_from_slice(&60_000_u32.to_le_bytes());
    assert_eq!(refuse(&bitmap, &[], lossless()).code(), "ELIMIT");
    let mut picture = icon(&[&scene]);
    picture[22 + 16..22 + 20].copy_from_slice(&60_000_u32.to_be_bytes());
    picture[22 + 20..22 + 24].copy_from_slice(&60_000_u32.to_be_bytes());
    assert_eq!(refuse(&picture, &[], lossless()).code(), "ELIMIT");
}
