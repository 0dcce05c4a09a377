//! How much memory a job will hold at its peak, from the header alone, for admission before decoding.
//!
//! The peak is the largest of these moments, each counted with the bytes of the source beside it:
//!
//! - *decoding*: the decoder's own memory (coefficients of a progressive JPEG, lines and reference frames of an AVIF,
//!   the rows of a lossless WebP) plus the decoded picture;
//! - *sampling*: the decoded picture, the rows between the two passes, and the result;
//! - *every operation*: its input, its output and one working copy;
//! - *encoding*: the last picture, the encoder's memory and the bytes written.
//!
//! Factors were set from measured peaks and rounded up; a test holds them against what a job allocates.

use imgplane_codec_jpeg as jpeg;

use crate::{
    Blend, Facts, Fill, Format, FormatChoice, Job, Layer, LayerContent, Limits, Operation, Output, Part,
    PngEffort, Selection, Size, animate,
    decode::{divisor, is_fine, svg::budget},
    encode::choose::Pick,
    operation::{
        trace::{after, trace},
        view::View,
    },
};

/// Handles, tables and stacks, whatever the picture.
const FIXED: u64 = 1 << 20;

/// Estimates the peak bytes that [`run`](crate::run) holds at once, from header facts and operations.
///
/// Meant to be a little too high. A job that `run` will refuse is estimated as if it were not.
pub fn estimate(job: &Job) -> u64 {
    let facts = &job.facts;
    let stored = Size::new(facts.width, facts.height);
    let sizes = trace(job).unwrap_or_else(|_| vec![stored]);
    let orientation = if job.orient { facts.orientation } else { 1 };
    let mut view = View::whole(stored).oriented(orientation);
    let rest = view.absorb(&job.operations).unwrap_or_default();

    let divisor = u64::from(divisor(job, &view));
    let sampled = view.size().pixels() * pixel_bytes(facts);
    // An SVG is drawn as the view shows it.
    let (decoded, decoder, rows) = match facts.format {
        Format::Svg => (sampled, budget::tree(&job.source) + budget::layers(&job.source, view.sampled()), 0),
        _ => (decoded_bytes(job, divisor), decoder_bytes(job), rows(facts, divisor, view.size())),
    };
    let decoding = decoder + decoded;
    let sampling = decoded + sampled + rows;

    // Operations behind the first look work on four bytes per pixel at most.
    let worked = sizes.windows(2).skip(job.operations.len() - rest.len());
    let working = worked.zip(rest).map(|(pair, operation)| working_bytes(operation, pair[0], pair[1])).max();
    let last = sizes.last().copied().unwrap_or(stored);
    let encoding = last.pixels() * (4 + encoder_bytes(job));
    if let Ok(Some(pick)) = animate::pick(job) {
        let drawing = sampling.max(working.unwrap_or(0)).max(encoding);
        return FIXED + job.source.len() as u64 + decoder + drawing + animation_bytes(job, pick, last);
    }
    let peak = decoding.max(sampling).max(working.unwrap_or(0)).max(encoding);
    FIXED + job.source.len() as u64 + peak
}

/// What is kept from frame to frame: what was shown, finished layers, and the bytes written. The source is no guide to
/// those: frames of one colour each are nothing in the file, and everything once a photograph lies on them.
fn animation_bytes(job: &Job, pick: Pick, size: Size) -> u64 {
    let frames = u64::from(job.facts.frames);
    let pixels = size.pixels();
    let layers = job.operations.iter().map(|operation| match operation {
        Operation::Draw(layer) => layer.size.pixels() * 4,
        _ => 0,
    });
    let written = |format: Format| {
        // Quarters of a byte that noise takes for each pixel: codes of LZW are longer than what they stand for.
        let quarters = match format {
            Format::Webp if job.output.lossless => 16,
            Format::Webp => 6,
            _ => 5,
        };
        pixels.saturating_mul(frames).saturating_mul(quarters) / 4 + frames * 1024
    };
    pick.formats().map(|format| pixels * 8 + written(format)).sum::<u64>() + layers.sum::<u64>()
}

/// Samples per pixel, in tenths, as they are stored.
fn pixel_tenths(facts: &Facts) -> u64 {
    let grid = u64::from(facts.chroma.x.max(1)) * u64::from(facts.chroma.y.max(1));
    let lossy_webp = facts.format == Format::Webp && !facts.lossless && facts.frames == 1;
    match facts.format {
        Format::Jpeg if facts.cmyk => 40,
        Format::Jpeg if facts.gray => 10,
        Format::Jpeg => 10 + 20 / grid,
        Format::Png | Format::Tiff if facts.gray && !facts.alpha => 10,
        Format::Png if !facts.alpha => 30,
        Format::Webp if lossy_webp && !facts.alpha => 15,
        Format::Tiff | Format::Bmp if !facts.alpha && !facts.cmyk => 30,
        Format::Png
        | Format::Webp
        | Format::Avif
        | Format::Gif
        | Format::Svg
        | Format::Tiff
        | Format::Bmp
        | Format::Ico => 40,
    }
}

fn pixel_bytes(facts: &Facts) -> u64 {
    if facts.alpha || facts.cmyk { 4 } else { 3 }
}

fn decoded_bytes(job: &Job, divisor: u64) -> u64 {
    let facts = &job.facts;
    // Only a WebP with planes shrinks, and has as much chroma as luma then.
    let fine = facts.format == Format::Webp && divisor > 1 && is_fine(job);
    let tenths = if fine { 30 } else { pixel_tenths(facts) };
    let scaled = |side: u32| u64::from(side).div_ceil(divisor).next_multiple_of(8);
    scaled(facts.width) * scaled(facts.height) * tenths / 10
}

/// What the decoder holds besides the picture.
fn decoder_bytes(job: &Job) -> u64 {
    let facts = &job.facts;
    let pixels = u64::from(facts.width) * u64::from(facts.height);
    match facts.format {
        Format::Jpeg => {
            jpeg::read_header(&job.source).map_or(pixels * 6, |header| jpeg::working_memory(&header))
        }
        // A canvas, a frame beside it, and a copy of what it covers.
        Format::Webp | Format::Png if facts.frames > 1 => pixels * 12,
        // Two rows and the decompressor's window; grey with alpha is unpacked into a copy.
        // What is averaged is added up in a row of sums.
        Format::Png => u64::from(facts.width) * 32 + if facts.gray && facts.alpha { pixels * 2 } else { 0 },
        Format::Webp if facts.lossless => pixels * 5,
        Format::Webp => pixels / 2,
        // Planes of 8 or 16 bits, in the decoder and copied out of it.
        Format::Avif => pixels * (if facts.bit_depth > 8 { 11 } else { 8 } + if facts.alpha { 4 } else { 0 }),
        // A canvas, and a copy of what a frame covers.
        Format::Gif => pixels * 8,
        Format::Tiff => tiff_bytes(facts, pixels),
        // A palette and a row.
        Format::Bmp => u64::from(facts.width) * 16,
        // A copy of its picture.
        Format::Ico => job.source.len() as u64 + pixels * 2,
        Format::Svg => 0,
    }
}

/// Strips and tiles as they are stored, and a copy where samples are longer or shorter than a byte, are spread over
/// planes, or come with others that are not wanted.
fn tiff_bytes(facts: &Facts, pixels: u64) -> u64 {
    let samples = pixel_tenths(facts) / 10;
    let stored = samples * u64::from(facts.bit_depth).div_ceil(8);
    pixels * (stored + samples)
}

/// Buffers between the two passes of the resampler: a few rows, but a whole picture for opaque pixels.
fn rows(facts: &Facts, divisor: u64, out: Size) -> u64 {
    const RING: u64 = 64;
    let width = u64::from(facts.width).div_ceil(divisor);
    let height = u64::from(facts.height).div_ceil(divisor);
    let between = u64::from(out.width).min(width) * height * pixel_bytes(facts);
    match (facts.format, facts.alpha) {
        (Format::Png | Format::Gif | Format::Avif | Format::Bmp | Format::Ico, false) => between,
        (Format::Tiff, false) if !facts.gray => between,
        (Format::Webp, false) if facts.lossless => between,
        (Format::Jpeg, _) if facts.cmyk => between,
        (
            Format::Jpeg
            | Format::Png
            | Format::Webp
            | Format::Avif
            | Format::Gif
            | Format::Svg
            | Format::Tiff
            | Format::Bmp
            | Format::Ico,
            _,
        ) => (width + u64::from(out.width) * RING) * 16,
    }
}

fn working_bytes(operation: &Operation, before: Size, after: Size) -> u64 {
    let copies = match operation {
        // One channel at a time, in and out.
        Operation::Blur { .. } => 2,
        Operation::Resize { .. } => 6,
        // The luma and its mask, for a picture with alpha as pixels.
        Operation::Unsharp(_) => 9,
        // A copy, what covers the canvas of it, its blur.
        Operation::Pad { fill: Fill::Blurred { .. }, .. } => {
            return before.pixels() * 8 + after.pixels() * 18;
        }
        // The shape with a margin around it, twice.
        Operation::Shadow(shadow) => {
            let margin = 8 * (shadow.sigma.max(0.0) as u64 + 1);
            let sides = (u64::from(before.width) + margin) * (u64::from(before.height) + margin);
            return before.pixels() * 5 + sides * 3;
        }
        Operation::Draw(layer) => return before.pixels() * 8 + layer_bytes(layer),
        Operation::Attend { .. }
        | Operation::Recolour(_)
        | Operation::Colorize { .. }
        | Operation::Contrast
        | Operation::Perspective { .. }
        | Operation::Arc { .. }
        | Operation::Gradient(_)
        | Operation::Tilt { .. }
        | Operation::Opacity { .. }
        | Operation::Extract { .. }
        | Operation::Pad { .. }
        | Operation::Grayscale
        | Operation::Frame { .. }
        | Operation::Rotate { .. }
        | Operation::Flip { .. }
        | Operation::Background { .. } => 1,
    };
    before.pixels() * (4 + copies) + after.pixels() * 4
}

/// What a layer holds while it is made, and beside the picture when it is.
fn layer_bytes(layer: &Layer) -> u64 {
    let finished = layer.size.pixels() * 8;
    match &layer.content {
        LayerContent::Picture { source, facts, orient, frame, .. } => {
            let own = Job {
                source: source.clone(),
                facts: facts.clone(),
                orient: *orient,
                operations: layer.operations.clone(),
                output: Output::default(),
                limits: Limits::default(),
                part: Part::Frame(*frame),
            };
            estimate(&own) + finished
        }
        LayerContent::Block { size, .. } => operated(*size, &layer.operations) + finished,
        // The box with its coverage, and a colour glyph of its own.
        LayerContent::Text { size, .. } => {
            (size.pixels() * 9).max(operated(*size, &layer.operations)) + finished
        }
    }
}

/// The largest of a chain of operations on pixels that are there.
fn operated(size: Size, operations: &[Operation]) -> u64 {
    let mut before = size;
    let mut most = size.pixels() * 8;
    for operation in operations {
        let after = after(before, operation).unwrap_or(before);
        most = most.max(working_bytes(operation, before, after));
        before = after;
    }
    most
}

/// Bytes per pixel of the encoder that may be chosen, with what it writes.
fn encoder_bytes(job: &Job) -> u64 {
    const JPEG: u64 = 6;
    const PNG: u64 = 8;
    const WEBP: u64 = 8;
    // Lossless coding, which alpha always gets, keeps hash chains and references for every pixel.
    const WEBP_LOSSLESS: u64 = 36;
    const WEBP_ALPHA: u64 = 24;
    const AVIF: u64 = 28;
    // Copies in RGBA and RGB, the Oklab samples of the palette search, and the indices.
    const GIF: u64 = 24;
    const PNG_PALETTE: u64 = 28;
    let webp = match (job.output.lossless, may_have_alpha(job)) {
        (true, _) => WEBP_LOSSLESS,
        (false, true) => WEBP_ALPHA,
        (false, false) => WEBP,
    };
    let png = if job.output.png == PngEffort::Maximum && !job.output.lossless { PNG_PALETTE } else { PNG };
    let of = |format: Format| match format {
        Format::Jpeg => JPEG,
        Format::Png | Format::Tiff | Format::Bmp | Format::Ico => png,
        Format::Webp => webp,
        Format::Avif => AVIF,
        Format::Gif => GIF,
        Format::Svg => 0,
    };
    // Which fallback it will be is known only when the pixels are.
    let fallback = of(job.facts.format).max(png);
    match job.output.format {
        FormatChoice::Fixed(format) => of(format),
        // The best so far is kept beside the next one.
        FormatChoice::Negotiated { .. } if job.output.selection == Selection::Smallest => {
            AVIF.max(webp).max(fallback) + 2
        }
        FormatChoice::Negotiated { avif: true, .. } => AVIF.max(webp),
        FormatChoice::Negotiated { webp: true, .. } => webp.max(fallback),
        FormatChoice::Negotiated { .. } | FormatChoice::Source => fallback,
    }
}

/// Alpha of the source, or made by an operation.
fn may_have_alpha(job: &Job) -> bool {
    // Parts of a frame that stay as they were are left transparent.
    job.facts.alpha
        || job.facts.frames > 1
        || job.operations.iter().any(|operation| match operation {
            Operation::Frame { border, radii } => {
                radii.is_some() || border.is_some_and(|(_, color)| !color.is_opaque())
            }
            Operation::Pad { fill: Fill::Color(color), .. } => !color.is_opaque(),
            Operation::Perspective { .. }
            | Operation::Arc { .. }
            | Operation::Tilt { .. }
            | Operation::Opacity { .. } => true,
            Operation::Draw(layer) => matches!(layer.blend, Blend::Cutout | Blend::Cutter),
            Operation::Pad { .. }
            | Operation::Resize { .. }
            | Operation::Attend { .. }
            | Operation::Recolour(_)
            | Operation::Colorize { .. }
            | Operation::Contrast
            | Operation::Unsharp(_)
            | Operation::Gradient(_)
            | Operation::Shadow(_)
            | Operation::Extract { .. }
            | Operation::Grayscale
            | Operation::Blur { .. }
            | Operation::Rotate { .. }
            | Operation::Flip { .. }
            | Operation::Background { .. } => false,
        })
}
