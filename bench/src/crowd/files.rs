//! Pictures at the limits: of pixels, and of what a small pod's memory takes.

use std::path::Path;

use anyhow::{Result, ensure};
use image::{
    ExtendedColorType, ImageEncoder as _, Rgb, RgbImage, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder,
};
use imgplane_pixels::{Format, FormatChoice, Job, Limits, Output, Part, PngEffort, Quality, inspect, run};

/// What is asked for of a file: its name, how it is made, and the side of the square in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File {
    pub(crate) name: &'static str,
    kind: Kind,
    side: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// With noise: a large file.
    Grainy,
    Baseline,
    Progressive,
    Png,
    DeepPng,
    Webp,
    LosslessWebp,
    Avif,
}

/// 100 megapixels, the default limit.
const MOST: u32 = 10_000;
/// The default limit of a file.
const MOST_BYTES: usize = 40 << 20;

/// Each format at the limit of pixels, and about as large as 512 MB of memory take of it.
pub(crate) const FILES: [File; 15] = [
    File { name: "grainy.jpg", kind: Kind::Grainy, side: MOST },
    File { name: "baseline.jpg", kind: Kind::Baseline, side: MOST },
    File { name: "progressive.jpg", kind: Kind::Progressive, side: MOST },
    File { name: "progressive-70.jpg", kind: Kind::Progressive, side: 8_400 },
    File { name: "plain.png", kind: Kind::Png, side: MOST },
    File { name: "plain-70.png", kind: Kind::Png, side: 8_400 },
    File { name: "deep.png", kind: Kind::DeepPng, side: MOST },
    File { name: "deep-70.png", kind: Kind::DeepPng, side: 8_400 },
    File { name: "lossy.webp", kind: Kind::Webp, side: MOST },
    File { name: "lossless.webp", kind: Kind::LosslessWebp, side: MOST },
    File { name: "lossless-25.webp", kind: Kind::LosslessWebp, side: 5_000 },
    File { name: "grid.avif", kind: Kind::Avif, side: MOST },
    File { name: "still-20.avif", kind: Kind::Avif, side: 4_500 },
    File { name: "baseline-12.jpg", kind: Kind::Grainy, side: 3_500 },
    File { name: "plain-12.png", kind: Kind::Png, side: 3_500 },
];

impl File {
    /// Writes it into a folder.
    pub(crate) fn write(self, folder: &Path) -> Result<()> {
        let bytes = self.bytes()?;
        ensure!(bytes.len() <= MOST_BYTES, "{} has {} bytes", self.name, bytes.len());
        Ok(std::fs::write(folder.join(self.name), bytes)?)
    }

    fn bytes(self) -> Result<Vec<u8>> {
        match self.kind {
            Kind::Grainy => jpeg(&picture(self.side, 27), 60),
            Kind::Baseline => jpeg(&picture(self.side, 32), 90),
            Kind::DeepPng => deep_png(&picture(self.side, 32)),
            Kind::Progressive | Kind::Png | Kind::Webp | Kind::LosslessWebp | Kind::Avif => {
                converted(jpeg(&picture(self.side, 32), 90)?, self.kind)
            }
        }
    }
}

/// A slope in every channel, with the upper bits of random numbers on it: none where `shift` is 32.
fn picture(side: u32, shift: u32) -> RgbImage {
    let mut noise = 1_u32;
    RgbImage::from_fn(side, side, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = noise.checked_shr(shift).unwrap_or(0) as u8;
        let [across, down] = [x * 200 / side, y * 200 / side].map(|part| part as u8);
        Rgb([across + grain, down + grain, 90 + grain])
    })
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

fn deep_png(picture: &RgbImage) -> Result<Vec<u8>> {
    let samples: Vec<u8> = picture.as_raw().iter().flat_map(|sample| [*sample, *sample]).collect();
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    encoder.write_image(&samples, picture.width(), picture.height(), ExtendedColorType::Rgb16)?;
    Ok(bytes)
}

/// By our own encoders, which need more memory here than the pod has.
fn converted(source: Vec<u8>, kind: Kind) -> Result<Vec<u8>> {
    let format = match kind {
        Kind::Png => Format::Png,
        Kind::Webp | Kind::LosslessWebp => Format::Webp,
        Kind::Avif => Format::Avif,
        Kind::Grainy | Kind::Baseline | Kind::Progressive | Kind::DeepPng => Format::Jpeg,
    };
    let output = Output {
        format: FormatChoice::Fixed(format),
        quality: Quality { explicit: Some(80), default: None, most: None },
        progressive: kind == Kind::Progressive,
        lossless: kind == Kind::LosslessWebp,
        png: PngEffort::None,
        webp_method: 0,
        avif_speed: 10,
        ..Output::default()
    };
    let facts = inspect(&source)?;
    let job = Job {
        source: source.into(),
        facts,
        orient: false,
        operations: Vec::new(),
        output,
        limits: Limits::default(),
        part: Part::All,
    };
    Ok(run(&job, &|| false)?.bytes)
}
