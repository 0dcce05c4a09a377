//! Operations with any parameters on small pictures, in planes and in pixels.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use bytes::Bytes;
use imgplane_codec_jpeg::{Options, PlaneRef, Sampling, encode_planes};
use imgplane_pixels::{
    Blend, Color, Fill, Format, FormatChoice, Gradient, Job, Layer, LayerContent, Limits, Operation, Output,
    Part, PngEffort, Quality, Radius, Recolour, Rect, Shadow, Size, Unsharp, estimate, inspect, run,
};

use super::{LONGEST, memory::within};

/// Longest side of any picture on the way.
const MAX_SIDE: u32 = 96;
/// Most operations of one job, and of one layer.
const MAX_LENGTH: usize = 5;

/// Files of every way in which pixels are held: planes with and without chroma, pixels with and without alpha.
static SOURCES: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    let color = written(Sampling::S420, 37, 23);
    let round = Operation::Frame { border: None, radii: Some([Radius::Max; 4]) };
    let gray = written(Sampling::Gray, 9, 31);
    let as_png = |source: &Bytes, operations: Vec<Operation>| {
        let made = run(&job(source, operations, Format::Png), &|| false).expect("a legal picture");
        Bytes::from(made.bytes)
    };
    let pixels = as_png(&color, Vec::new());
    let clear = as_png(&color, vec![round]);
    let gray_pixels = as_png(&gray, Vec::new());
    vec![
        color,
        gray,
        pixels,
        clear,
        gray_pixels,
        written(Sampling::S444, 1, 1),
        written(Sampling::S422, 64, 3),
    ]
});

/// Bytes that tell of a source and of what is done to it: it is done, and the size is as promised.
pub fn operations(bytes: &[u8]) {
    if bytes.len() > LONGEST {
        return;
    }
    // Bytes that end early tell of what they have told of.
    if let Ok((job, size)) = told(&mut Unstructured::new(bytes)) {
        let made = within(estimate(&job), || run(&job, &|| false));
        let made = made.unwrap_or_else(|error| panic!("{error}: {:?}", job.operations));
        assert_eq!((made.width, made.height), (size.width, size.height), "{:?}", job.operations);
    }
}

fn told(bytes: &mut Unstructured<'_>) -> Result<(Job, Size)> {
    let source = bytes.choose(&SOURCES)?;
    let format = *bytes.choose(&[Format::Png, Format::Jpeg, Format::Webp])?;
    let mut job = job(source, Vec::new(), format);
    let mut size = Size::new(job.facts.width, job.facts.height);
    job.operations = chain(bytes, &mut size, 0)?;
    Ok((job, size))
}

/// Operations one after another, and the size after the last.
fn chain(bytes: &mut Unstructured<'_>, size: &mut Size, depth: usize) -> Result<Vec<Operation>> {
    let length = bytes.int_in_range(0..=MAX_LENGTH)?;
    (0..length).map(|_| operation(bytes, size, depth)).collect()
}

fn operation(bytes: &mut Unstructured<'_>, size: &mut Size, depth: usize) -> Result<Operation> {
    let before = *size;
    let (operation, after) = match bytes.int_in_range(0..=19)? {
        0 => {
            let scaled = any_size(bytes)?;
            let window = part(bytes, scaled)?;
            (Operation::Resize { scaled, window }, window.size())
        }
        1 => {
            let rect = part(bytes, before)?;
            (Operation::Extract { rect }, rect.size())
        }
        2 => {
            let canvas = any_size(bytes)?;
            let (x, y) = place(bytes)?;
            (Operation::Pad { canvas, x, y, fill: fill(bytes)? }, canvas)
        }
        3 => {
            let window = part(bytes, before)?.size();
            (Operation::Attend { window }, window)
        }
        4 => {
            let from = if bytes.arbitrary()? { Some(color(bytes)?) } else { None };
            (Operation::Recolour(Recolour { to: color(bytes)?, tolerance: share(bytes)?, from }), before)
        }
        5 => (Operation::Colorize { color: color(bytes)?, share: share(bytes)? }, before),
        6 => (Operation::Contrast, before),
        7 => {
            let radius = if bytes.arbitrary()? { Some(length(bytes)?) } else { None };
            let (sigma, amount, threshold) = (length(bytes)?, length(bytes)?, share(bytes)?);
            (Operation::Unsharp(Unsharp { radius, sigma, amount, threshold }), before)
        }
        8 => {
            let mut corner = || Ok((distance(bytes)?, distance(bytes)?));
            let corners = [corner()?, corner()?, corner()?, corner()?];
            (Operation::Perspective { corners }, before)
        }
        9 => {
            let canvas = any_size(bytes)?;
            (Operation::Arc { degrees: angle(bytes)?, canvas }, canvas)
        }
        10 => {
            let (degrees, stop) = (angle(bytes)?, distance(bytes)?.abs());
            let (from, to) = (color(bytes)?, color(bytes)?);
            (Operation::Gradient(Gradient { degrees, from, to, stop }), before)
        }
        11 => {
            let (sigma, strength) = (length(bytes)?, share(bytes)?);
            let (x, y) = (bytes.int_in_range(-200..=200)?, bytes.int_in_range(-200..=200)?);
            (Operation::Shadow(Shadow { sigma, strength, x, y }), before)
        }
        12 => {
            let canvas = any_size(bytes)?;
            (Operation::Tilt { degrees: angle(bytes)?, canvas }, canvas)
        }
        13 => (Operation::Opacity { share: share(bytes)? }, before),
        14 => (Operation::Grayscale, before),
        15 => (Operation::Blur { sigma: length(bytes)? }, before),
        16 => framed(bytes, before)?,
        17 => {
            let quarter_turns = bytes.arbitrary()?;
            let turned = Size::new(before.height, before.width);
            (Operation::Rotate { quarter_turns }, if quarter_turns % 2 == 1 { turned } else { before })
        }
        18 => {
            let (horizontal, vertical) = (bytes.arbitrary()?, bytes.arbitrary()?);
            (Operation::Flip { horizontal, vertical }, before)
        }
        // Layers on layers on layers are the same again.
        _ if depth > 0 => (Operation::Background { fill: fill(bytes)? }, before),
        _ => drawn(bytes, before, depth)?,
    };
    *size = after;
    Ok(operation)
}

fn framed(bytes: &mut Unstructured<'_>, before: Size) -> Result<(Operation, Size)> {
    // Chains of wide borders would outgrow what is fast.
    let most = MAX_SIDE.saturating_sub(before.width.max(before.height)) / 2;
    let width = bytes.int_in_range(0..=most)?;
    let border = if bytes.arbitrary()? { Some((width, color(bytes)?)) } else { None };
    let mut radius =
        || Ok(if bytes.arbitrary()? { Radius::Max } else { Radius::Pixels(distance(bytes)?.abs()) });
    let radii = [radius()?, radius()?, radius()?, radius()?];
    let radii = if bytes.arbitrary()? { Some(radii) } else { None };
    let grown = border.map_or(0, |(width, _)| width * 2);
    Ok((Operation::Frame { border, radii }, Size::new(before.width + grown, before.height + grown)))
}

fn drawn(bytes: &mut Unstructured<'_>, before: Size, depth: usize) -> Result<(Operation, Size)> {
    let (content, mut size) = if bytes.arbitrary()? {
        let source = bytes.choose(&SOURCES)?.clone();
        let facts = inspect(&source).expect("a legal picture");
        let size = Size::new(facts.width, facts.height);
        (LayerContent::Picture { name: "logo".to_owned(), source, facts, orient: true, frame: 1 }, size)
    } else {
        let size = any_size(bytes)?;
        (LayerContent::Block { size, color: color(bytes)? }, size)
    };
    let operations = chain(bytes, &mut size, depth + 1)?;
    let (x, y) = (distance(bytes)?, distance(bytes)?);
    let blend = *bytes.choose(&[
        Blend::Over,
        Blend::Multiply,
        Blend::Displace { x, y },
        Blend::Cutout,
        Blend::Cutter,
    ])?;
    // A cutter must leave something.
    let at = if blend == Blend::Cutter { (0, 0) } else { place(bytes)? };
    let after = match blend {
        Blend::Cutter => Size::new(before.width.min(size.width), before.height.min(size.height)),
        _ => before,
    };
    Ok((Operation::Draw(Box::new(Layer { content, operations, size, at, blend })), after))
}

fn any_size(bytes: &mut Unstructured<'_>) -> Result<Size> {
    Ok(Size::new(bytes.int_in_range(1..=MAX_SIDE)?, bytes.int_in_range(1..=MAX_SIDE)?))
}

/// A part of a picture of this size, at least one pixel.
fn part(bytes: &mut Unstructured<'_>, of: Size) -> Result<Rect> {
    let (x, y) = (bytes.int_in_range(0..=of.width - 1)?, bytes.int_in_range(0..=of.height - 1)?);
    let (width, height) = (bytes.int_in_range(1..=of.width - x)?, bytes.int_in_range(1..=of.height - y)?);
    Ok(Rect { x, y, width, height })
}

/// On the picture, beside it, or far away.
fn place(bytes: &mut Unstructured<'_>) -> Result<(i64, i64)> {
    if bytes.ratio(1, 16)? {
        return Ok((bytes.int_in_range(-1 << 40..=1 << 40)?, bytes.int_in_range(-1 << 40..=1 << 40)?));
    }
    Ok((bytes.int_in_range(-100..=100)?, bytes.int_in_range(-100..=100)?))
}

fn fill(bytes: &mut Unstructured<'_>) -> Result<Fill> {
    Ok(match bytes.int_in_range(0..=4)? {
        0 => Fill::Color(color(bytes)?),
        1 => Fill::Blurred { sigma: length(bytes)?, brightness: bytes.int_in_range(-255..=255)? },
        2 => Fill::Dominant,
        3 => Fill::GradientOfTwo,
        _ => Fill::GradientOfFour,
    })
}

fn color(bytes: &mut Unstructured<'_>) -> Result<Color> {
    let [red, green, blue, alpha] = bytes.arbitrary()?;
    Ok(Color { red, green, blue, alpha })
}

/// 0 to 1.
fn share(bytes: &mut Unstructured<'_>) -> Result<f32> {
    Ok(f32::from(bytes.arbitrary::<u8>()?) / 255.0)
}

/// 0 to 512, finely at the beginning.
fn length(bytes: &mut Unstructured<'_>) -> Result<f32> {
    let step = f32::from(bytes.arbitrary::<u16>()?) / 65_535.0;
    Ok(step * step * 512.0)
}

/// In both directions, in eighths.
fn distance(bytes: &mut Unstructured<'_>) -> Result<f64> {
    Ok(f64::from(bytes.int_in_range(-4000..=4000)?) / 8.0)
}

/// -360 to 360, in hundredths.
fn angle(bytes: &mut Unstructured<'_>) -> Result<f64> {
    Ok(f64::from(bytes.int_in_range(-36_000..=36_000)?) / 100.0)
}

fn job(source: &Bytes, operations: Vec<Operation>, format: Format) -> Job {
    let quality = Quality { explicit: Some(50), default: None, most: None };
    let output = Output {
        format: FormatChoice::Fixed(format),
        quality,
        png: PngEffort::None,
        webp_method: 0,
        ..Output::default()
    };
    let facts = inspect(source).expect("a legal picture");
    Job {
        source: source.clone(),
        facts,
        orient: true,
        operations,
        output,
        limits: Limits::default(),
        part: Part::All,
    }
}

/// A picture with smooth and with sharp parts, as a JPEG.
fn written(sampling: Sampling, width: u32, height: u32) -> Bytes {
    let (across, down) = sampling.factors();
    let count = if sampling == Sampling::Gray { 1 } else { 3 };
    let planes: Vec<(Vec<u8>, usize)> = (0..count)
        .map(|index| {
            let (across, down) = if index == 0 { (1, 1) } else { (across, down) };
            let (columns, rows) = (width.div_ceil(across), height.div_ceil(down));
            let sample = |at: u32| (at * 7 + (at / columns) * 5 + (at / 11 % 2) * 90 + index * 60) as u8;
            ((0..columns * rows).map(sample).collect(), columns as usize)
        })
        .collect();
    let views: Vec<_> = planes.iter().map(|(data, stride)| PlaneRef { data, stride: *stride }).collect();
    let options = Options { quality: 90, progressive: false };
    encode_planes(&views, width, height, sampling, &options).expect("a legal picture").into()
}
