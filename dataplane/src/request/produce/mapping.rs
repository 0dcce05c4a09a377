//! From the URL language's words to those of the pixel engine. The two crates do not know each other.

use imgplane_config::{ChromaSubsampling, FormatSelection, PngCompression};
use imgplane_origins::CustomCoordinates;
use imgplane_pixels as pixels;
use imgplane_text::{Align, Font, Rgba, Text};
use imgplane_urls as urls;

use super::{super::plan::Planned, keeps_metadata, keeps_profile, layers::Files, part::frame_number};
use crate::{error::Failure, server::App, state::Endpoint};

/// Speed of the AVIF encoder: below it each step costs about twice the time for a few percent of the bytes.
const AVIF_SPEED: u8 = 8;

/// The operations of these steps as one list, layers included.
pub(super) fn operations(
    steps: &[urls::ResolvedStep],
    files: &Files,
) -> Result<Vec<pixels::Operation>, Failure> {
    let mut operations = Vec::new();
    for step in steps {
        operations.extend(step.operations.iter().copied().map(operation));
        for drawn in &step.layers {
            operations.push(pixels::Operation::Draw(Box::new(layer(drawn, files)?)));
        }
    }
    Ok(operations)
}

fn layer(layer: &urls::ResolvedLayer, files: &Files) -> Result<pixels::Layer, Failure> {
    let internal = |what: &str| Failure::Internal(format!("a layer {what}"));
    let content = match &layer.content {
        urls::LayerContent::Image { input, orient, .. } => {
            let file = files.picture(&input.resource).ok_or_else(|| internal("has no file"))?;
            pixels::LayerContent::Picture {
                name: input.resource.clone(),
                source: file.original.bytes.clone(),
                facts: file.facts.clone(),
                orient: *orient,
                frame: frame_number(input.page, file.facts.frames, &input.resource)?,
            }
        }
        urls::LayerContent::Block { size: of, fill } => {
            pixels::LayerContent::Block { size: size(*of), color: color(*fill) }
        }
        urls::LayerContent::Text(set) => {
            // Its own steps begin with the size of the box.
            let first = layer.steps.first().map(|step| step.input).or(layer.size);
            let of = first.ok_or_else(|| internal("has no size"))?;
            pixels::LayerContent::Text { text: Box::new(text(set, files)?), size: size(of) }
        }
    };
    let (Some(of), Some(at)) = (layer.size, layer.at) else { return Err(internal("has no size")) };
    Ok(pixels::Layer {
        content,
        operations: operations(&layer.steps, files)?,
        size: size(of),
        at,
        blend: match layer.blend {
            urls::Blend::Over => pixels::Blend::Over,
            urls::Blend::Multiply => pixels::Blend::Multiply,
            urls::Blend::Displace { x, y } => pixels::Blend::Displace { x, y },
            urls::Blend::Cutout => pixels::Blend::Cutout,
            urls::Blend::Cutter => pixels::Blend::Cutter,
        },
    })
}

fn operation(operation: urls::Operation) -> pixels::Operation {
    use pixels::Operation as To;
    use urls::Operation as From;
    match operation {
        From::Resize { scaled, window } => To::Resize { scaled: size(scaled), window: rect(window) },
        From::Extract { rect: part } => To::Extract { rect: rect(part) },
        From::Pad { canvas, x, y, fill: behind } => {
            To::Pad { canvas: size(canvas), x, y, fill: fill(behind) }
        }
        From::Attend { window } => To::Attend { window: size(window) },
        From::Recolour(urls::Recolour { to, tolerance, from }) => {
            To::Recolour(pixels::Recolour { to: color(to), tolerance, from: from.map(color) })
        }
        From::Colorize { color: tint, share } => To::Colorize { color: color(tint), share },
        From::Grayscale => To::Grayscale,
        From::Contrast => To::Contrast,
        From::Unsharp(urls::Unsharp { radius, sigma, amount, threshold }) => {
            To::Unsharp(pixels::Unsharp { radius, sigma, amount, threshold })
        }
        From::Blur { sigma } => To::Blur { sigma },
        From::Perspective { corners } => To::Perspective { corners },
        From::Arc { degrees, canvas } => To::Arc { degrees, canvas: size(canvas) },
        From::Gradient(urls::Gradient { degrees, from, to, stop }) => {
            To::Gradient(pixels::Gradient { degrees, from: color(from), to: color(to), stop })
        }
        From::Shadow(urls::Shadow { sigma, strength, x, y }) => {
            To::Shadow(pixels::Shadow { sigma, strength, x, y })
        }
        From::Frame { border, radii } => To::Frame {
            border: border.map(|(width, fill)| (width, color(fill))),
            radii: radii.map(|corners| corners.map(radius)),
        },
        From::Rotate { quarter_turns } => To::Rotate { quarter_turns },
        From::Flip { horizontal, vertical } => To::Flip { horizontal, vertical },
        From::Tilt { degrees, canvas } => To::Tilt { degrees, canvas: size(canvas) },
        From::Opacity { share } => To::Opacity { share },
        From::Background { fill: behind } => To::Background { fill: fill(behind) },
    }
}

/// A text with its font.
pub(super) fn text(text: &urls::TextBox, files: &Files) -> Result<Text, Failure> {
    let font = match &text.font {
        urls::Font::BuiltIn(name) => Font::BuiltIn(name),
        urls::Font::File { resource, .. } => {
            let bytes = files.font(resource);
            Font::File(bytes.ok_or_else(|| Failure::Internal("a layer has no font".to_owned()))?)
        }
    };
    let color = |color: urls::Color| Rgba {
        red: color.red,
        green: color.green,
        blue: color.blue,
        alpha: color.alpha,
    };
    Ok(Text {
        content: text.text.clone(),
        font,
        size: text.font_size as f32,
        color: color(text.color),
        align: match text.align {
            urls::Align::Left => Align::Left,
            urls::Align::Center => Align::Center,
            urls::Align::Right => Align::Right,
        },
        width: text.width,
        padding: text.padding,
        line_height: text.line_height.map(|height| height as f32),
        bold: text.typography.bold,
        italic: text.typography.italic,
        strikethrough: text.typography.strikethrough,
        background: text.background.map(color),
    })
}

fn fill(fill: urls::Fill) -> pixels::Fill {
    match fill {
        urls::Fill::Color(plain) => pixels::Fill::Color(color(plain)),
        urls::Fill::Blurred { sigma, brightness } => pixels::Fill::Blurred { sigma, brightness },
        urls::Fill::Dominant => pixels::Fill::Dominant,
        urls::Fill::GradientOfTwo => pixels::Fill::GradientOfTwo,
        urls::Fill::GradientOfFour => pixels::Fill::GradientOfFour,
    }
}

fn size(size: urls::Size) -> pixels::Size {
    pixels::Size { width: size.width, height: size.height }
}

fn rect(rect: urls::Rect) -> pixels::Rect {
    pixels::Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height }
}

/// The way back: what was measured.
pub(super) fn measured(rect: pixels::Rect) -> urls::Rect {
    urls::Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height }
}

/// What an owner said of a picture.
pub(super) fn area(stored: CustomCoordinates) -> urls::Rect {
    let CustomCoordinates { x, y, width, height } = stored;
    urls::Rect { x, y, width, height }
}

fn color(color: urls::Color) -> pixels::Color {
    pixels::Color { red: color.red, green: color.green, blue: color.blue, alpha: color.alpha }
}

fn radius(radius: urls::Radius) -> pixels::Radius {
    match radius {
        urls::Radius::Pixels(pixels) => pixels::Radius::Pixels(pixels),
        urls::Radius::Max => pixels::Radius::Max,
    }
}

/// How the result is written: the URL's wishes, else the endpoint's settings.
pub(super) fn output(
    app: &App,
    endpoint: &Endpoint,
    planned: &Planned,
    resolved: &urls::Resolved,
    format: pixels::FormatChoice,
) -> pixels::Output {
    let optimization = &endpoint.config.optimization;
    let wish = &resolved.output;
    let quality = optimization.quality;
    pixels::Output {
        format,
        selection: match optimization.format_selection {
            FormatSelection::Preferred => pixels::Selection::Preferred,
            FormatSelection::Smallest => pixels::Selection::Smallest,
        },
        quality: pixels::Quality {
            explicit: wish.quality,
            default: quality.enabled.then_some(quality.default),
            most: planned.data_saver.map(|data_saver| data_saver.quality),
        },
        progressive: wish.progressive.unwrap_or(false),
        lossless: wish.lossless.unwrap_or(false),
        keep_profile: keeps_profile(endpoint, resolved),
        keep_metadata: keeps_metadata(endpoint, resolved),
        chroma: match optimization.chroma_subsampling {
            ChromaSubsampling::Auto => pixels::Chroma::Auto,
            ChromaSubsampling::Full => pixels::Chroma::Full,
            ChromaSubsampling::Half => pixels::Chroma::Half,
        },
        png: match optimization.png_compression {
            PngCompression::Minimum => pixels::PngEffort::Minimum,
            PngCompression::None => pixels::PngEffort::None,
            PngCompression::Maximum => pixels::PngEffort::Maximum,
        },
        shrink: app.shrink,
        jpeg_decoder: app.jpeg_decoder,
        webp_method: app.webp_method,
        avif_speed: AVIF_SPEED,
    }
}
