//! The estimate of a job's memory against what a process really took. Every job runs in a process of its own, because an
//! allocator keeps what it once had.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at what it did not expect"
)]

use std::{env, fs, path::Path, process::Command};

use bytes::Bytes;
use imgplane_codec_jpeg::{Options, PlaneRef, Sampling, encode_planes};
use imgplane_pixels::{
    Blend, Color, Fill, Format, FormatChoice, Job, Layer, LayerContent, Limits, Operation, Output, Part,
    PngEffort, Quality, Radius, Recolour, Rect, Selection, Shadow, Size, Unsharp, estimate, inspect, run,
};
use tiff::encoder::{
    TiffEncoder, TiffValue,
    colortype::{self, ColorType},
};

const RED: Color = Color { red: 255, green: 0, blue: 0, alpha: 255 };
const WIDTH: u32 = 3001;
const HEIGHT: u32 = 2003;

/// Beyond the estimate: allocator, stacks, tables of codecs that are built once.
const SLACK: u64 = 4 << 20;

/// An estimate that is this many times too high would keep jobs waiting for nothing.
const WASTE: u64 = 4;

/// Set in the children: which job to run, and where its source is.
const CASE: &str = "IMGPLANE_MEMORY_CASE";

type Case = (&'static str, &'static str, Vec<Operation>, Output);

fn cases() -> Vec<Case> {
    [
        ("JPEG to JPEG, small", "baseline", vec![resize(400, 267)], Format::Jpeg),
        ("JPEG to JPEG, whole", "baseline", vec![], Format::Jpeg),
        ("JPEG to WebP, large", "baseline", vec![resize(1600, 1068)], Format::Webp),
        ("JPEG to PNG, whole", "baseline", vec![], Format::Png),
        ("JPEG to AVIF", "baseline", vec![resize(1600, 1068)], Format::Avif),
        ("progressive JPEG", "progressive", vec![resize(400, 267)], Format::Jpeg),
        ("PNG to PNG", "png", vec![resize(800, 534)], Format::Png),
        ("PNG to PNG, small", "png", vec![resize(500, 334)], Format::Png),
        ("PNG with alpha to PNG", "clear", vec![resize(800, 534)], Format::Png),
        ("PNG with alpha to WebP, whole", "clear", vec![], Format::Webp),
        ("WebP to WebP", "webp", vec![resize(800, 534)], Format::Webp),
        ("WebP to JPEG, turned", "webp", vec![Operation::Rotate { quarter_turns: 1 }], Format::Jpeg),
        ("lossless WebP to WebP", "lossless", vec![resize(800, 534)], Format::Webp),
        ("AVIF to WebP", "avif", vec![resize(800, 534)], Format::Webp),
        ("GIF to GIF, whole", "gif", vec![], Format::Gif),
        ("blur at full size", "baseline", vec![Operation::Blur { sigma: 9.0 }], Format::Jpeg),
        ("enlarged", "baseline", vec![resize(4500, 3003)], Format::Jpeg),
        ("cut where the eye goes", "baseline", vec![Operation::Attend { window: square() }], Format::Jpeg),
        ("sharpened", "baseline", vec![sharpened()], Format::Jpeg),
        ("sharpened, with alpha", "clear", vec![sharpened()], Format::Png),
        ("more contrast", "baseline", vec![Operation::Contrast], Format::Jpeg),
        ("recoloured", "baseline", vec![recoloured()], Format::Jpeg),
        (
            "on a blurred background",
            "baseline",
            vec![padded(Fill::Blurred { sigma: 40.0, brightness: 9 })],
            Format::Jpeg,
        ),
        ("on colours of the border", "baseline", vec![padded(Fill::GradientOfFour)], Format::Jpeg),
        ("tilted", "baseline", vec![tilted()], Format::Png),
        ("with a shadow", "clear", vec![shadowed()], Format::Png),
        ("under a large layer", "baseline", vec![drawn(vec![])], Format::Jpeg),
        ("under a layer that is worked on", "baseline", vec![drawn(vec![sharpened()])], Format::Jpeg),
        ("TIFF to WebP", "tiff", vec![resize(800, 534)], Format::Webp),
        ("TIFF of 16 bits to JPEG", "tiff16", vec![resize(800, 534)], Format::Jpeg),
        ("BMP to JPEG, whole", "bmp", vec![], Format::Jpeg),
        ("GIF film to WebP", "film", vec![resize(800, 534)], Format::Webp),
        ("GIF film to GIF, whole", "film", vec![], Format::Gif),
        ("WebP film to WebP, whole", "moving", vec![Operation::Blur { sigma: 3.0 }], Format::Webp),
        ("WebP film to one JPEG", "moving", vec![], Format::Jpeg),
        ("SVG to PNG", "svg", vec![resize(1600, 1068)], Format::Png),
        ("SVG of text to PNG", "words", vec![resize(1600, 1068)], Format::Png),
        ("SVG with filters to WebP", "filters", vec![resize(3001, 2003)], Format::Webp),
        ("large SVG to WebP", "map", vec![resize(800, 534)], Format::Webp),
    ]
    .into_iter()
    .map(|(name, source, operations, format)| (name, source, operations, output(format)))
    .chain([
        (
            "to PNG of few colours",
            "baseline",
            vec![resize(1600, 1068)],
            Output { png: PngEffort::Maximum, ..output(Format::Png) },
        ),
        (
            "clear to PNG of few colours",
            "clear",
            vec![resize(1600, 1068)],
            Output { png: PngEffort::Maximum, ..output(Format::Png) },
        ),
        (
            "to the smallest",
            "baseline",
            vec![resize(1600, 1068)],
            Output {
                format: FormatChoice::Negotiated { avif: true, webp: true },
                selection: Selection::Smallest,
                ..output(Format::Webp)
            },
        ),
    ])
    .collect()
}

fn square() -> Size {
    Size::new(2000, 2000)
}

fn sharpened() -> Operation {
    Operation::Unsharp(Unsharp { radius: None, sigma: 2.0, amount: 1.0, threshold: 0.0 })
}

fn recoloured() -> Operation {
    Operation::Recolour(Recolour { to: RED, tolerance: 0.4, from: None })
}

fn padded(fill: Fill) -> Operation {
    Operation::Pad { canvas: Size::new(3500, 3500), x: 249, y: 748, fill }
}

fn tilted() -> Operation {
    Operation::Tilt { degrees: 30.0, canvas: Size::new(3600, 3235) }
}

fn shadowed() -> Operation {
    Operation::Shadow(Shadow { sigma: 15.0, strength: 0.5, x: 50, y: 50 })
}

fn drawn(operations: Vec<Operation>) -> Operation {
    let size = Size::new(3000, 2000);
    Operation::Draw(Box::new(Layer {
        content: LayerContent::Block { size, color: RED },
        operations,
        size,
        at: (0, 0),
        blend: Blend::Multiply,
    }))
}

#[test]
fn estimates_hold_and_are_not_far_too_high() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    if let Ok(case) = env::var(CASE) {
        return child(folder, case.parse().unwrap());
    }
    let baseline = jpeg(false);
    let rounded = Operation::Frame { border: None, radii: Some([Radius::Max; 4]) };
    let lossless = Output { lossless: true, webp_method: 0, ..output(Format::Webp) };
    for (name, bytes) in [
        ("progressive", jpeg(true)),
        ("png", made(&baseline, &[], output(Format::Png))),
        ("webp", made(&baseline, &[], output(Format::Webp))),
        ("lossless", made(&baseline, &[], lossless)),
        ("avif", made(&baseline, &[], output(Format::Avif))),
        ("gif", gif(1)),
        ("film", gif(4)),
        ("moving", made(&gif(3), &[], Output { webp_method: 0, ..output(Format::Webp) })),
        ("tiff", tiff::<colortype::RGB8>(&samples())),
        (
            "tiff16",
            tiff::<colortype::RGB16>(&samples().iter().map(|one| u16::from(*one) << 8).collect::<Vec<_>>()),
        ),
        ("bmp", bmp()),
        ("svg", drawing("<circle cx='40' cy='30' r='25' fill='#06c'/>")),
        (
            "words",
            drawing(
                &"<text x='9' y='50' font-size='9'>\u{6f22}\u{5b57} and words, 30 letters</text>".repeat(330),
            ),
        ),
        ("filters", drawing(&FILTERED.repeat(30))),
        ("map", drawing(&"<path d='M1 2h3v4z' fill='#123' stroke='red'/>".repeat(40_000))),
        ("clear", made(&baseline, &[rounded], output(Format::Png))),
        ("baseline", baseline),
    ] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let mut failures = Vec::new();
    for (index, (name, ..)) in cases().iter().enumerate() {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "estimates_hold_and_are_not_far_too_high", "--nocapture"])
            .env(CASE, index.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&child.stdout);
        let line = text
            .lines()
            .find_map(|line| line.split_once("took="))
            .unwrap_or_else(|| panic!("{name}: {text}"))
            .1;
        let (took, estimate) = line.split_once(" estimated=").unwrap();
        let (took, estimate): (u64, u64) = (took.parse().unwrap(), estimate.parse().unwrap());
        let megabytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        println!("{name}: estimated {:.1} MB, took {:.1} MB", megabytes(estimate), megabytes(took));
        if took > estimate + SLACK {
            failures.push(format!("{name}: took {took}, estimated {estimate}"));
        }
        if estimate > WASTE * took + 2 * SLACK {
            failures.push(format!("{name}: estimated {estimate}, took only {took}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

fn child(folder: &Path, case: usize) {
    let (_, source, operations, output) = cases().swap_remove(case);
    let job = job(&fs::read(folder.join(source)).unwrap(), &operations, output);
    let before = status("VmHWM:");
    run(&job, &|| false).unwrap();
    // The source was there before; the estimate counts it.
    let took = status("VmHWM:") - before + job.source.len() as u64;
    println!("took={took} estimated={}", estimate(&job));
}

fn jpeg(progressive: bool) -> Vec<u8> {
    let plane = |width: u32, height: u32, step: u32| -> Vec<u8> {
        let sample = |index: u32| {
            ((index % width) * step / 7 + (index / width) * 3 + index.wrapping_mul(7919) % 13) as u8
        };
        (0..width * height).map(sample).collect()
    };
    let (across, down) = (WIDTH.div_ceil(2), HEIGHT.div_ceil(2));
    let planes = [plane(WIDTH, HEIGHT, 2), plane(across, down, 1), plane(across, down, 3)];
    let views = [
        PlaneRef { data: &planes[0], stride: WIDTH as usize },
        PlaneRef { data: &planes[1], stride: across as usize },
        PlaneRef { data: &planes[2], stride: across as usize },
    ];
    encode_planes(&views, WIDTH, HEIGHT, Sampling::S420, &Options { quality: 85, progressive }).unwrap()
}

const FILTERED: &str = "<filter id='f'><feGaussianBlur stdDeviation='2'/><feOffset dx='1'/></filter>\
     <g filter='url(#f)' opacity='.9'><rect width='60' height='40' fill='#06c'/></g>";

fn drawing(content: &str) -> Vec<u8> {
    format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 300.1 200.3'>{content}</svg>").into_bytes()
}

fn samples() -> Vec<u8> {
    (0..WIDTH * HEIGHT * 3).map(|index| (index.wrapping_mul(7919) % 251) as u8).collect()
}

fn tiff<C: ColorType>(samples: &[C::Inner]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = std::io::Cursor::new(Vec::new());
    TiffEncoder::new(&mut file).unwrap().write_image::<C>(WIDTH, HEIGHT, samples).unwrap();
    file.into_inner()
}

fn bmp() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image::codecs::bmp::BmpEncoder::new(&mut file);
    encoder.encode(&samples(), WIDTH, HEIGHT, image::ExtendedColorType::Rgb8).unwrap();
    file
}

/// Of so many frames, all of whose pixels differ.
fn gif(frames: u32) -> Vec<u8> {
    let palette: Vec<u8> = (0..=u8::MAX).flat_map(|v| [v, v.wrapping_mul(7), u8::MAX - v]).collect();
    let (width, height) = (WIDTH as u16, HEIGHT as u16);
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &palette).unwrap();
    for frame in 0..frames {
        let pixel = |index: u32| (index.wrapping_mul(7919).wrapping_add(frame * 31) % 251) as u8;
        let buffer = (0..WIDTH * HEIGHT).map(pixel).collect();
        encoder.write_frame(&gif::Frame { width, height, buffer, ..gif::Frame::default() }).unwrap();
    }
    drop(encoder);
    bytes
}

fn resize(width: u32, height: u32) -> Operation {
    Operation::Resize { scaled: Size::new(width, height), window: Rect { x: 0, y: 0, width, height } }
}

fn output(format: Format) -> Output {
    let quality = Quality { explicit: Some(80), default: None, most: None };
    Output { format: FormatChoice::Fixed(format), quality, ..Output::default() }
}

fn job(source: &[u8], operations: &[Operation], output: Output) -> Job {
    let source = Bytes::copy_from_slice(source);
    let facts = inspect(&source).unwrap();
    Job {
        source,
        facts,
        orient: true,
        operations: operations.to_vec(),
        output,
        limits: Limits::default(),
        part: Part::All,
    }
}

fn made(source: &[u8], operations: &[Operation], output: Output) -> Vec<u8> {
    run(&job(source, operations, output), &|| false).unwrap().bytes
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
