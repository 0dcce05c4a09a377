//! One small picture for each operation and kind of layer, beside a golden one in `golden_pictures/`, by SSIMULACRA2.
//!
//! `UPDATE=1` rewrites them; look at each that changed before it is committed.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{
    ImageEncoder as _, RgbImage, RgbaImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use imgplane_tests::{pictures, reference, server::imgplane::Imgplane};

/// Pictures of which every other sample is off by one score 93 and more (see the test of that below): more than another
/// processor's instructions round differently. The smallest change of a parameter that is tried scores less than 91.
const ALIKE: f64 = 92.0;

/// A name, the file, the string, and the same with a parameter a little different.
type Row = (&'static str, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    ("crop", "dogs.jpg", "w-120,h-120", "w-120,h-120,fo-bottom"),
    ("crop-focus-auto", "dogs.jpg", "w-120,h-120,fo-auto", "w-120,h-120"),
    ("crop-extract", "cat.jpg", "w-160,h-120,cm-extract", "w-160,h-120,cm-extract,fo-left"),
    ("crop-trim", "logo.png", "t-true:w-160", "t-99:w-160"),
    (
        "pad-blurred",
        "dogs.jpg",
        "w-140,h-140,cm-pad_resize,bg-blurred_20_N10",
        "w-140,h-140,cm-pad_resize,bg-blurred_20_10",
    ),
    (
        "pad-dominant",
        "fig.jpg",
        "w-140,h-140,cm-pad_resize,bg-dominant",
        "w-140,h-140,cm-pad_resize,bg-F3F3F3",
    ),
    (
        "pad-gradient",
        "mountains.jpg",
        "w-140,h-140,cm-pad_resize,bg-gradient_dominant_4",
        "w-140,h-140,cm-pad_resize,bg-gradient_dominant_2",
    ),
    ("flip", "autumn.jpg", "w-160,h-107,fl-h", "w-160,h-107,fl-v"),
    ("rotate", "autumn.jpg", "w-140,h-93:rt-20", "w-140,h-93:rt-N20"),
    ("radius", "cat.jpg", "w-160,h-107,r-40_0_30_max", "w-160,h-107,r-36_0_30_max"),
    ("border", "cat.jpg", "w-150,h-100,b-8_1D3557,r-30", "w-150,h-100,b-8_2D4567,r-30"),
    (
        "perspective",
        "brushes.jpg",
        "w-160,h-107:e-distort-p-20_7_140_20_157_100_3_87",
        "w-160,h-107:e-distort-p-20_7_140_20_152_100_3_87",
    ),
    ("arc", "brushes.jpg", "w-160,h-53:e-distort-a-120", "w-160,h-53:e-distort-a-N120"),
    (
        "shadow",
        "logo.png",
        "w-120:w-160,h-160,cm-pad_extract,bg-FFFFFF00:e-shadow-bl-6_st-60_x-4_y-6",
        "w-120:w-160,h-160,cm-pad_extract,bg-FFFFFF00:e-shadow-bl-6_st-50_x-4_y-6",
    ),
    ("grayscale", "fig.jpg", "w-160,h-107,e-grayscale", "w-160,h-107,e-grayscale,e-contrast"),
    ("contrast", "dandelion.jpg", "w-160,h-107,e-contrast", "w-160,h-107"),
    (
        "colorize",
        "fig.jpg",
        "w-160,h-107,e-colorize-co-1D3557_in-70",
        "w-160,h-107,e-colorize-co-1D3557_in-65",
    ),
    ("recolour", "fig.jpg", "w-160,h-107,cr-2A9D8F_50_E0340A", "w-160,h-107,cr-2A9D8F_45_E0340A"),
    ("opacity", "fig.jpg", "w-160,h-107,o-50", "w-160,h-107,o-46"),
    (
        "gradient",
        "mountains.jpg",
        "w-160,h-107,e-gradient-ld-45_from-E6394680_to-45769600",
        "w-160,h-107,e-gradient-ld-60_from-E6394680_to-45769600",
    ),
    ("sharpen", "cat.jpg", "w-160,h-107,e-sharpen-80", "w-160,h-107,e-sharpen-60"),
    ("unsharp-mask", "cat.jpg", "w-160,h-107,e-usm-2-2-1.5-0.02", "w-160,h-107,e-usm-2-2-1.2-0.02"),
    ("blur", "cat.jpg", "w-160,h-107,bl-3", "w-160,h-107,bl-4"),
    ("blur-large", "cat.jpg", "w-160,h-107,bl-20", "w-160,h-107,bl-24"),
    (
        "layer-picture",
        "mountains.jpg",
        "w-160,h-107:l-image,i-cat.jpg,w-60,h-60,r-max,b-3_FFFFFF,lx-N8,ly-8,l-end",
        "w-160,h-107:l-image,i-cat.jpg,w-60,h-60,r-max,b-3_FFFFFF,lx-N9,ly-8,l-end",
    ),
    (
        "layer-picture-clear",
        "mountains.jpg",
        "w-160,h-107:l-image,i-logo.png,w-80,o-60,lfo-bottom_right,l-end",
        "w-160,h-107:l-image,i-logo.png,w-80,o-50,lfo-bottom_right,l-end",
    ),
    (
        "layer-block-nested",
        "mountains.jpg",
        "w-160,h-107:l-image,i-ik_canvas,w-90,h-80,bg-FFFFFFCC,r-12,l-image,i-dogs.jpg,w-70,h-45,l-end,lx-12,l-end",
        "w-160,h-107:l-image,i-ik_canvas,w-90,h-80,bg-FFFFFFBB,r-12,l-image,i-dogs.jpg,w-70,h-45,l-end,lx-12,l-end",
    ),
    (
        "layer-multiply",
        "mountains.jpg",
        "w-160,h-107:l-image,i-cat.jpg,w-bw,h-bh,lm-multiply,l-end",
        "w-160,h-107:l-image,i-cat.jpg,w-bw,h-bh,o-90,lm-multiply,l-end",
    ),
    (
        "layer-displace",
        "mountains.jpg",
        "w-160,h-107:l-image,i-cat.jpg,lm-displace,x-15,y-15,l-end",
        "w-160,h-107:l-image,i-cat.jpg,lm-displace,x-12,y-15,l-end",
    ),
    (
        "layer-cutout",
        "mountains.jpg",
        "w-160,h-107:l-image,i-ik_canvas,w-80,h-80,r-max,lm-cutout,l-end",
        "w-160,h-107:l-image,i-ik_canvas,w-80,h-80,r-30,lm-cutout,l-end",
    ),
    (
        "layer-cutter",
        "mountains.jpg",
        "w-160,h-107:l-image,i-ik_canvas,w-100,h-100,r-max,lm-cutter,l-end",
        "w-160,h-107:l-image,i-ik_canvas,w-100,h-100,r-40,lm-cutter,l-end",
    ),
    (
        "text",
        "mountains.jpg",
        "w-160,h-107:l-text,i-Summer sale,fs-24,co-FFFFFF,l-end",
        "w-160,h-107:l-text,i-Summer sale,fs-23,co-FFFFFF,l-end",
    ),
    (
        "text-box",
        "mountains.jpg",
        "w-160,h-107:l-text,i-50% off,fs-20,ff-Montserrat,tg-b,co-FFFFFF,bg-E63946,pa-5_9,r-8,rt-N10,lfo-bottom,l-end",
        "w-160,h-107:l-text,i-50% off,fs-20,ff-Montserrat,co-FFFFFF,bg-E63946,pa-5_9,r-8,rt-N10,lfo-bottom,l-end",
    ),
    (
        "text-wrapped",
        "mountains.jpg",
        "w-160,h-107:l-text,i-A longer line that is broken,w-120,fs-16,co-FFFFFF,ia-left,ff-Lora,tg-i,l-end",
        "w-160,h-107:l-text,i-A longer line that is broken,w-120,fs-16,co-FFFFFF,ia-right,ff-Lora,tg-i,l-end",
    ),
    (
        "text-scripts",
        "mountains.jpg",
        "w-160,h-107:l-text,ie-5L2g5aW9IOOBk-OCk-OBq-OBoeOBrwrYp9mE2LPZhNin2YUK4KSo4KSu4KS44KWN4KSk4KWHIPCfjokg8J-Yig,fs-18,co-FFFFFF,l-end",
        "w-160,h-107:l-text,ie-5L2g5aW9IOOBk-OCk-OBq-OBoeOBrwrYp9mE2LPZhNin2YUK4KSo4KSu4KS44KWN4KSk4KWHIPCfjokg8J-Yig,fs-17,co-FFFFFF,l-end",
    ),
    ("svg", "plane.svg", "w-160,h-107,f-png", "w-160,h-107,f-png,fl-h"),
];

const MANIFESTS: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: photos}
spec:
  type: Volume
  volume: {name: photos}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main}
spec:
  origins: [{name: photos}]
";

const FILES: [&str; 9] = [
    "autumn.jpg",
    "brushes.jpg",
    "cat.jpg",
    "dandelion.jpg",
    "dogs.jpg",
    "fig.jpg",
    "logo.png",
    "mountains.jpg",
    "plane.svg",
];

fn fill(folder: &Path) {
    let photos = folder.join("volumes/photos");
    fs::create_dir_all(&photos).unwrap();
    for name in FILES {
        fs::write(photos.join(name), pictures::demo_photo(name)).unwrap();
    }
}

async fn draw(server: &Imgplane, file: &str, string: &str) -> RgbaImage {
    let string = string.replace('%', "%25").replace(' ', "%20");
    let answer = server.get(&format!("/default/tr:{string},f-png,lo-true/{file}")).await;
    assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{string}");
    answer.picture().into_rgba8()
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden_pictures").join(format!("{name}.png"))
}

fn write(path: &Path, picture: &RgbaImage) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive);
    let (width, height) = picture.dimensions();
    if picture.pixels().all(|pixel| pixel.0[3] == 255) {
        let opaque = image::DynamicImage::from(picture.clone()).into_rgb8();
        encoder.write_image(&opaque, width, height, image::ExtendedColorType::Rgb8).unwrap();
    } else {
        encoder.write_image(picture, width, height, image::ExtendedColorType::Rgba8).unwrap();
    }
    fs::write(path, bytes.into_inner()).unwrap();
}

/// The worse of the scores on black and on white, which show what is transparent; 0 for other sizes.
fn score(expected: &RgbaImage, found: &RgbaImage) -> f64 {
    if expected.dimensions() != found.dimensions() {
        return 0.0;
    }
    let on = |picture: &RgbaImage, ground: u8| {
        RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
            let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(u32::from);
            let over =
                |channel: u32| ((channel * alpha + u32::from(ground) * (255 - alpha) + 127) / 255) as u8;
            image::Rgb([over(red), over(green), over(blue)])
        })
    };
    [0, 255]
        .map(|ground| reference::score(&on(expected, ground), &on(found, ground)))
        .into_iter()
        .fold(100.0, f64::min)
}

#[tokio::test]
async fn every_operation_draws_its_golden_picture() {
    let update = std::env::var_os("UPDATE").is_some();
    let server = Imgplane::start(MANIFESTS, fill);
    let mut problems = Vec::new();
    for (name, file, string, other) in ROWS {
        let (path, drawn) = (golden(name), draw(&server, file, string).await);
        if update {
            write(&path, &drawn);
        }
        let Ok(bytes) = fs::read(&path) else {
            problems.push(format!("{} is missing: UPDATE=1 writes it", path.display()));
            continue;
        };
        let expected = image::load_from_memory(&bytes).unwrap().into_rgba8();
        let same = score(&expected, &drawn);
        let changed = score(&expected, &draw(&server, file, other).await);
        println!("{name:20} {:6} bytes  {same:5.1}  with {other}: {changed:.1}", bytes.len());
        if same < ALIKE {
            let seen = std::env::temp_dir().join(format!("imgplane-{name}.png"));
            write(&seen, &drawn);
            problems.push(format!("{name} ({string}): score {same:.1}, see {}", seen.display()));
        }
        if changed >= ALIKE {
            problems.push(format!("{name}: {other} would not be noticed, its score is {changed:.1}"));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn golden_pictures_are_few_bytes_and_each_has_its_row() {
    let folder = golden("x").parent().unwrap().to_owned();
    let mut bytes = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(ROWS.iter().any(|row| row.0 == name), "nothing draws {}", path.display());
        bytes += fs::metadata(&path).unwrap().len();
    }
    assert!(bytes < 1_500_000, "{bytes} bytes");
}

#[test]
fn samples_that_are_off_by_one_score_above_the_threshold() {
    let mut noise = 1_u32;
    let mut off = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as i16 % 2 * if noise & (1 << 16) == 0 { 1 } else { -1 }
    };
    for (name, ..) in ROWS {
        let expected = image::open(golden(name)).unwrap().into_rgba8();
        let mut found = expected.clone();
        for sample in found.iter_mut() {
            *sample = (i16::from(*sample) + off()).clamp(0, 255) as u8;
        }
        let score = score(&expected, &found);
        println!("{name:20} {score:.1}");
        assert!(score >= ALIKE, "{name}: {score:.1}");
    }
}
