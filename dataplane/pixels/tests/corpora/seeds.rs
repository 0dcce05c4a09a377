//! Small files of every kind that a decoder reads.

use std::{fs, io::Cursor, path::Path};

use bytes::Bytes;
use image::{ExtendedColorType, ImageEncoder as _, codecs};
use imgplane_codec_jpeg::markers;
use imgplane_codec_webp::Animation;
use imgplane_pixels::{Format, FormatChoice, Job, Limits, Output, Part, inspect, run};
use tiff::encoder::{
    Compression, DeflateLevel, TiffEncoder, TiffValue,
    colortype::{self, ColorType},
};

use crate::scene::{self, Picture, cutout, gray_jpeg, photo, raw_png};

/// The seeds of one target.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "jpeg" => jpegs(),
        "png" => pngs(),
        "webp" => webps(),
        "avif" => avifs(),
        "gif" => [1, 3].into_iter().flat_map(gifs).collect(),
        "tiff" => tiffs(),
        "bmp" => vec![
            bmp(&photo(19, 11)),
            bmp(&cutout(12, 9)),
            gray_bmp(&[255; 30]),
            gray_bmp(&[0, 7, 99].repeat(10)),
        ],
        "ico" => icons(),
        "svg" => SVGS.iter().map(|text| text.as_bytes().to_vec()).collect(),
        "operations" => (0..24).map(dice).collect(),
        "jpeg_differential" => {
            let foreign = files("jpeg/tests/files", "jpg");
            jpegs().into_iter().chain(foreign).chain((0..24).map(dice)).collect()
        }
        other => panic!("no seeds for {other}"),
    }
}

/// What files of a folder hold, by their ending.
fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == ending));
    paths.map(|path| fs::read(path).unwrap()).collect()
}

fn jpegs() -> Vec<Vec<u8>> {
    let plain = scene::jpeg(&photo(37, 21), 80, false, false);
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    // An EXIF block that turns the picture.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    vec![
        markers::insert_segments(&plain, Some(&profile), Some(exif), None),
        scene::jpeg(&photo(40, 24), 30, true, true),
        scene::jpeg(&photo(17, 9), 95, true, false),
        scene::jpeg(&photo(33, 33), 50, false, true),
        gray_jpeg(&photo(20, 20), 70),
        include_bytes!("../pictures/data/inks.jpg").to_vec(),
        plain,
    ]
}

fn pngs() -> Vec<Vec<u8>> {
    use png::{BitDepth, ColorType};
    let data: Vec<u8> = (0..2000_u32).map(|at| (at * 7 + at / 40) as u8).collect();
    let kinds = [
        (ColorType::Grayscale, BitDepth::One, 2),
        (ColorType::Grayscale, BitDepth::Sixteen, 24),
        (ColorType::GrayscaleAlpha, BitDepth::Eight, 24),
        (ColorType::Rgb, BitDepth::Eight, 36),
        (ColorType::Rgb, BitDepth::Sixteen, 72),
        (ColorType::Rgba, BitDepth::Eight, 48),
        (ColorType::Rgba, BitDepth::Sixteen, 96),
    ];
    let plain = kinds.map(|(color, depth, row)| raw_png(12, 10, color, depth, &data[..row * 10], |_| {}));
    let palette = raw_png(12, 10, ColorType::Indexed, BitDepth::Four, &data[..60], |info| {
        info.palette = Some(data[..48].to_vec().into());
        info.trns = Some(data[..9].to_vec().into());
    });
    let mut moving = Vec::new();
    let mut encoder = png::Encoder::new(&mut moving, 12, 10);
    encoder.set_color(ColorType::Rgb);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&data[..360]).unwrap();
    writer.write_image_data(&data[360..720]).unwrap();
    writer.finish().unwrap();
    let interlaced = include_bytes!("interlaced.png").to_vec();
    plain.into_iter().chain([palette, moving, interlaced]).collect()
}

fn webps() -> Vec<Vec<u8>> {
    let (scene, clear) = (photo(29, 18), cutout(24, 16));
    let mut animation = Animation::new(24, 16, 0).unwrap();
    for (lossless, x) in [(false, 0), (true, 0)] {
        animation.push(&scene::webp(&clear, 60.0, lossless), x, 0, 40, true).unwrap();
    }
    vec![
        scene::webp(&scene, 70.0, false),
        scene::webp(&scene, 70.0, true),
        scene::webp(&clear, 70.0, false),
        scene::webp(&clear, 70.0, true),
        animation.finish(None, Some(b"Exif\0\0II*\0"), None).unwrap(),
    ]
}

fn avifs() -> Vec<Vec<u8>> {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codecs/av1-decode/tests/files");
    let foreign = fs::read_dir(files).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let own = [photo(30, 20), cutout(21, 13)].map(|picture| {
        let source = Bytes::from(scene::png(&picture));
        let facts = inspect(&source).unwrap();
        let output = Output { format: FormatChoice::Fixed(Format::Avif), ..Output::default() };
        let limits = Limits::default();
        run(
            &Job { source, facts, orient: true, operations: vec![], output, limits, part: Part::All },
            &|| false,
        )
        .unwrap()
        .bytes
    });
    foreign.chain(own).collect()
}

fn gifs(frames: u8) -> [Vec<u8>; 2] {
    [scene::gif(&photo(24, 15), frames), scene::gif(&cutout(17, 12), frames)]
}

fn tiffs() -> Vec<Vec<u8>> {
    let (scene, clear) = (photo(19, 14), cutout(13, 9));
    let wide: Vec<u16> = scene.data.iter().map(|sample| u16::from(*sample) << 8).collect();
    let real: Vec<f32> = scene.data.iter().map(|sample| f32::from(*sample) / 255.0).collect();
    let gray = Picture { channels: 1, data: scene.data.iter().step_by(3).copied().collect(), ..scene };
    let inks = clear.with_channels(4);
    vec![
        tiff::<colortype::RGB8>(&scene, &scene.data, Compression::Lzw),
        tiff::<colortype::RGB8>(&scene, &scene.data, Compression::Packbits),
        tiff::<colortype::RGB16>(&scene, &wide, Compression::Deflate(DeflateLevel::Fast)),
        tiff::<colortype::RGB32Float>(&scene, &real, Compression::Uncompressed),
        tiff::<colortype::RGBA8>(&clear, &clear.data, Compression::Lzw),
        tiff::<colortype::Gray8>(&gray, &gray.data, Compression::Uncompressed),
        tiff::<colortype::CMYK8>(&inks, &inks.data, Compression::Uncompressed),
    ]
}

fn tiff<C: ColorType>(picture: &Picture, samples: &[C::Inner], compression: Compression) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap().with_compression(compression);
    let mut image = encoder.new_image::<C>(picture.width, picture.height).unwrap();
    image.rows_per_strip(7).unwrap();
    image.write_data(samples).unwrap();
    file.into_inner()
}

fn bmp(picture: &Picture) -> Vec<u8> {
    let color = if picture.channels == 4 { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    let mut file = Vec::new();
    let encoder = codecs::bmp::BmpEncoder::new(&mut file);
    encoder.write_image(&picture.data, picture.width, picture.height, color).unwrap();
    file
}

/// With a palette of 256.
fn gray_bmp(samples: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = codecs::bmp::BmpEncoder::new(&mut file);
    encoder.write_image(samples, 6, 5, ExtendedColorType::L8).unwrap();
    file
}

/// Of PNGs, and of bitmaps, which are half as high as they say: a mask follows.
fn icons() -> Vec<Vec<u8>> {
    let (small, large) = (cutout(8, 8), cutout(16, 16));
    let bitmap = |picture: &Picture| {
        let mut file = bmp(picture).split_off(14);
        file[8..12].copy_from_slice(&(picture.height * 2).to_le_bytes());
        file.extend(std::iter::repeat_n(0, picture.height as usize * 4));
        file
    };
    let png = |picture: &Picture| scene::png(picture);
    [
        vec![png(&small)],
        vec![png(&small), png(&large)],
        vec![bitmap(&large)],
        vec![bitmap(&small), png(&large)],
    ]
    .map(|files| {
        let mut icon = vec![0, 0, 1, 0, files.len() as u8, 0];
        let mut offset = 6 + 16 * files.len();
        for file in &files {
            icon.extend_from_slice(&[16, 16, 0, 0, 1, 0, 32, 0]);
            icon.extend_from_slice(&(file.len() as u32).to_le_bytes());
            icon.extend_from_slice(&(offset as u32).to_le_bytes());
            offset += file.len();
        }
        icon.extend(files.concat());
        icon
    })
    .into()
}

const SVGS: [&str; 7] = [
    "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'><rect width='20' height='9' fill='red'/></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 30 20'><style>path{stroke:#123}</style><defs>\
     <linearGradient id='a'><stop stop-color='red'/><stop offset='1'/></linearGradient></defs>\
     <path d='M1 2c3 4 5 6 7 8z' fill='url(#a)'/><use href='#a'/></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg' width='9mm' height='50%'><filter id='f'>\
     <feGaussianBlur stdDeviation='1'/><feTurbulence baseFrequency='.1'/></filter>\
     <g filter='url(#f)' opacity='.5'><circle cx='9' cy='9' r='5'/></g></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'><text x='1' y='20' font-size='9'>A&#231;<tspan \
     dy='2'>b</tspan></text></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'><mask id='m'><rect width='9' height='9' \
     fill='#fff'/></mask><clipPath id='c'><circle r='9'/></clipPath><g mask='url(#m)' clip-path='url(#c)'>\
     <pattern id='p' width='2' height='2'><path d='M0 0h1'/></pattern><rect width='20' height='20' fill='url(#p)'/>\
     </g></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='8' height='8'><image \
     width='8' height='8' xlink:href='data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEA\
     Ow=='/></svg>",
    "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg' width='9' \
     height='9'><g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g></svg>",
];

/// Bytes that tell of a picture or of a job.
fn dice(index: u32) -> Vec<u8> {
    let mut state = index.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..48 + index * 16).map(|_| next()).collect()
}
