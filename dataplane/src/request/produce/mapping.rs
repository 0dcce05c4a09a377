//! From the URL language's words to those of the pixel engine. The two crates do not know each other.

use imgplane_config::{ChromaSubsampling, FormatSelection, PngCompression};
use imgplane_pixels as pixels;
use imgplane_urls as urls;

use super::{super::plan::Planned, keeps_metadata, keeps_profile};
use crate::{server::App, state::Endpoint};

/// Speed of the AVIF encoder: below it each step costs about twice the time for a few percent of the bytes.
const AVIF_SPEED: u8 = 8;

/// All steps' operations as one list.
pub(super) fn operations(resolved: &urls::Resolved) -> Vec<pixels::Operation> {
    resolved.steps.iter().flat_map(|step| &step.operations).copied().map(operation).collect()
}

fn operation(operation: urls::Operation) -> pixels::Operation {
    use pixels::Operation as To;
    use urls::Operation as From;
    match operation {
        From::Resize { scaled, window } => To::Resize { scaled: size(scaled), window: rect(window) },
        From::Extract { rect: part } => To::Extract { rect: rect(part) },
        From::Pad { canvas, x, y, fill } => To::Pad { canvas: size(canvas), x, y, fill: color(fill) },
        From::Grayscale => To::Grayscale,
        From::Blur { sigma } => To::Blur { sigma },
        From::Frame { border, radii } => To::Frame {
            border: border.map(|(width, fill)| (width, color(fill))),
            radii: radii.map(|corners| corners.map(radius)),
        },
        From::Rotate { quarter_turns } => To::Rotate { quarter_turns },
        From::Flip { horizontal, vertical } => To::Flip { horizontal, vertical },
        From::Background { color: fill } => To::Background { color: color(fill) },
    }
}

fn size(size: urls::Size) -> pixels::Size {
    pixels::Size { width: size.width, height: size.height }
}

fn rect(rect: urls::Rect) -> pixels::Rect {
    pixels::Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height }
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
        webp_method: app.webp_method,
        avif_speed: AVIF_SPEED,
    }
}
