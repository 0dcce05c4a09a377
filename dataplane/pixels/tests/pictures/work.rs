//! Running jobs and reading what they made.

use bytes::Bytes;
use imgplane_codec_av1_decode as avif;
use imgplane_codec_jpeg as jpeg;
use imgplane_codec_webp as webp;
use imgplane_pixels::{
    Format, FormatChoice, Job, Limits, Operation, Output, Part, PixelError, Produced, Quality, Rect, Size,
    inspect, run,
};

use crate::scene::Picture;

/// A job on `source` with default limits.
pub(crate) fn job(source: &[u8], operations: &[Operation], output: Output) -> Job {
    let source = Bytes::copy_from_slice(source);
    let facts = inspect(&source).expect("the header is readable");
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

/// Inspects and runs.
pub(crate) fn try_make(
    source: &[u8],
    operations: &[Operation],
    output: Output,
) -> Result<Produced, PixelError> {
    inspect(source)?;
    run(&job(source, operations, output), &|| false)
}

/// Runs a job that must fail.
pub(crate) fn refuse(source: &[u8], operations: &[Operation], output: Output) -> PixelError {
    match try_make(source, operations, output) {
        Ok(made) => panic!("{operations:?} made {} bytes of {}", made.bytes.len(), made.format),
        Err(error) => error,
    }
}

/// Runs a job that must succeed.
pub(crate) fn make(source: &[u8], operations: &[Operation], output: Output) -> Produced {
    try_make(source, operations, output).unwrap_or_else(|error| panic!("{operations:?}: {error}"))
}

/// One format at one quality.
pub(crate) fn fixed(format: Format, quality: u8) -> Output {
    let quality = Quality { explicit: Some(quality), default: None, most: None };
    Output { format: FormatChoice::Fixed(format), quality, ..Output::default() }
}

/// PNG: what comes out is exactly what was made.
pub(crate) fn lossless() -> Output {
    fixed(Format::Png, 80)
}

/// Scales the whole picture.
pub(crate) fn resize(width: u32, height: u32) -> Operation {
    Operation::Resize { scaled: Size::new(width, height), window: Rect { x: 0, y: 0, width, height } }
}

/// Decodes a finished picture with the codecs alone: RGB, or RGBA when there is alpha.
pub(crate) fn read(bytes: &[u8]) -> Picture {
    match inspect(bytes).unwrap().format {
        Format::Jpeg => {
            let pixels = jpeg::decode_rgb(bytes, jpeg::Scale::Full, &jpeg::Limits::default()).unwrap();
            Picture { width: pixels.width, height: pixels.height, channels: 3, data: pixels.data }
        }
        Format::Png => read_png(bytes),
        Format::Webp => {
            let pixels = webp::decode_rgba(bytes).unwrap();
            opaque_or_not(Picture {
                width: pixels.width,
                height: pixels.height,
                channels: 4,
                data: pixels.data,
            })
        }
        Format::Avif => {
            let pixels = avif::decode_rgba(bytes, 100_000_000).unwrap();
            opaque_or_not(Picture {
                width: pixels.width,
                height: pixels.height,
                channels: 4,
                data: pixels.data,
            })
        }
        Format::Gif => {
            let mut options = gif::DecodeOptions::new();
            options.set_color_output(gif::ColorOutput::RGBA);
            let mut decoder = options.read_info(bytes).unwrap();
            let frame = decoder.read_next_frame().unwrap().unwrap();
            let (width, height) = (frame.width.into(), frame.height.into());
            opaque_or_not(Picture { width, height, channels: 4, data: frame.buffer.to_vec() })
        }
        format => panic!("{format} is never written"),
    }
}

fn read_png(bytes: &[u8]) -> Picture {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut data).unwrap();
    let channels = frame.color_type.samples();
    let picture = Picture { width: frame.width, height: frame.height, channels, data };
    let unfold = |picture: &Picture, alpha: bool| {
        let pixel = |pixel: &[u8]| {
            let gray = [pixel[0], pixel[0], pixel[0]];
            if alpha { [gray[0], gray[1], gray[2], pixel[1]].to_vec() } else { gray.to_vec() }
        };
        let data = picture.data.chunks(channels).flat_map(pixel).collect();
        Picture { channels: if alpha { 4 } else { 3 }, data, ..*picture }
    };
    match channels {
        1 => unfold(&picture, false),
        2 => unfold(&picture, true),
        _ => picture,
    }
}

fn opaque_or_not(picture: Picture) -> Picture {
    if picture.data.chunks(4).all(|pixel| pixel[3] == 255) { picture.with_channels(3) } else { picture }
}
