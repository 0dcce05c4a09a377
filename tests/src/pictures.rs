//! Pictures that the tests deliver, made on the spot: photographs derived from the demo's, and drawn ones.
//!
//! They are written by encoders that are not the product's (except AVIF), so that a fault of ours cannot hide in
//! both the question and the answer.

mod fixtures;
mod hostile;
mod metadata;

use std::{io::Cursor, path::PathBuf};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage, imageops::FilterType};

pub use fixtures::write_fixtures;
pub use hostile::{Hostile, hostile_files};
pub use metadata::{exif, with_jpeg_segments};

/// A file of the demo's photographs.
pub fn demo_photo(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/demo/volumes/photos").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A photograph of exactly this size: the middle of a demo photograph, scaled to cover.
pub fn photograph(name: &str, width: u32, height: u32) -> RgbImage {
    let source = image::load_from_memory(&demo_photo(name)).expect("the demo's photographs decode");
    source.resize_to_fill(width, height, FilterType::CatmullRom).to_rgb8()
}

/// JPEG bytes at a quality, 4:2:0... as the encoder of the `image` crate writes them.
pub fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.encode_image(picture).expect("JPEG encodes");
    bytes
}

/// PNG bytes.
pub fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(&picture.into(), ImageFormat::Png)
}

/// Lossless WebP bytes.
pub fn webp(picture: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(&picture.into(), ImageFormat::WebP)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).expect("the picture encodes");
    bytes
}

/// A GIF of `frames` frames with a square that wanders, 100 ms each, endless.
pub fn animation(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let mut encoder = image::codecs::gif::GifEncoder::new_with_speed(&mut bytes, 30);
        encoder.set_repeat(image::codecs::gif::Repeat::Infinite).expect("GIF encodes");
        for index in 0..frames {
            let left = index * width / (frames + 1);
            let picture = RgbaImage::from_fn(width, height, |x, y| {
                let inside = (left..left + width / 8).contains(&x) && (height / 3..height / 2).contains(&y);
                if inside { Rgba([250, 204, 21, 255]) } else { Rgba([15, 23, 42, 255]) }
            });
            let delay = image::Delay::from_numer_denom_ms(100, 1);
            encoder.encode_frame(image::Frame::from_parts(picture, 0, 0, delay)).expect("GIF encodes");
        }
    }
    bytes
}

/// White with a black box, `(x, y, width, height)`.
pub fn boxed(width: u32, height: u32, inner: (u32, u32, u32, u32)) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let inside = (inner.0..inner.0 + inner.2).contains(&x) && (inner.1..inner.1 + inner.3).contains(&y);
        if inside { Rgb([0, 0, 0]) } else { Rgb([255, 255, 255]) }
    })
}

/// Transparent with an opaque square of `inner` pixels in the middle.
pub fn centred_square(side: u32, inner: u32) -> RgbaImage {
    let margin = (side - inner) / 2;
    RgbaImage::from_fn(side, side, |x, y| {
        let inside = (margin..margin + inner).contains(&x) && (margin..margin + inner).contains(&y);
        if inside { Rgba([34, 110, 230, 255]) } else { Rgba([0, 0, 0, 0]) }
    })
}

/// Squares of 20 pixels, black and transparent in turn.
pub fn checkerboard(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        Rgba([0, 0, 0, if (x / 20 + y / 20) % 2 == 0 { 255 } else { 0 }])
    })
}
