//! Predicts the output format and quality without decoding: the rules that the encoder follows, applied to what is
//! known of the original. Where they depend on pixels, the answer is `None`.

use imgplane_config::{EndpointConfig, FormatSelection, MetadataPolicy};
use imgplane_dataplane::{asks_for_pixels, keeps_pixels};
use imgplane_pixels::Format;
use imgplane_urls::{Blend, Fill, FormatRequest, Operation, Resolved};

use super::source::Original;

/// Largest side of a WebP.
const WEBP_SIDE: u32 = 16_383;
/// Quality of what was saved with an unknown one.
const UNKNOWN_QUALITY: u8 = 80;

/// Whether a file that could be decoded is delivered as it is: the original is asked for, or nothing asks for pixels of
/// an animation, so that it can stay one, or of a drawing.
pub(super) fn is_untouched(
    resolved: &Resolved,
    original: &Original,
    endpoint: &EndpointConfig,
    accept: &str,
) -> bool {
    let stays = |format| match format {
        Format::Svg => !asks_for_pixels(resolved),
        format => {
            let webp = accepts(accept, "image/webp");
            original.is_animated() && keeps_pixels(resolved, format, endpoint, webp)
        }
    };
    resolved.original || original.format.is_some_and(stays)
}

/// The format of the answer.
pub(super) fn format(
    resolved: &Resolved,
    original: &Original,
    endpoint: &EndpointConfig,
    accept: &str,
) -> Option<Format> {
    if is_untouched(resolved, original, endpoint, accept) {
        return original.format;
    }
    let optimization = &endpoint.optimization;
    let keeps_profile = resolved.output.color_profile.unwrap_or(match optimization.metadata {
        MetadataPolicy::Discard => false,
        MetadataPolicy::ColorProfile | MetadataPolicy::All => true,
    });
    let small = resolved.size.width <= WEBP_SIDE && resolved.size.height <= WEBP_SIDE;
    let no_avif = keeps_profile || resolved.has_unsharp_mask();
    let moves = original.is_animated();
    let avif = optimization.auto_avif && !no_avif && !moves && accepts(accept, "image/avif");
    let webp = small && accepts(accept, "image/webp");
    // Only encoding tells which one it is.
    let smallest = optimization.format_selection == FormatSelection::Smallest && (avif || webp);
    let negotiated = || match (avif, webp) {
        _ if smallest => None,
        (true, _) => Some(Format::Avif),
        (false, true) => Some(Format::Webp),
        (false, false) if moves => Some(Format::Gif),
        (false, false) => fallback(original, alpha(resolved, original)),
    };
    let same = || match (original.format?, alpha(resolved, original)) {
        (Format::Webp, _) if moves && small => Some(Format::Webp),
        _ if moves => Some(Format::Gif),
        (_, alpha) if original.part => fallback(original, alpha),
        (Format::Jpeg, Some(true)) => Some(Format::Png),
        (Format::Jpeg, None) => None,
        (format, alpha) if !format.is_written() => fallback(original, alpha),
        (format, _) => Some(format),
    };
    match resolved.output.format {
        Some(FormatRequest::Jpeg) => Some(Format::Jpeg),
        Some(FormatRequest::Png) => Some(Format::Png),
        Some(FormatRequest::Webp) => Some(Format::Webp),
        Some(FormatRequest::Avif) if no_avif => fallback(original, alpha(resolved, original)),
        Some(FormatRequest::Avif) => Some(Format::Avif),
        Some(FormatRequest::Gif) if original.format == Some(Format::Gif) => Some(Format::Gif),
        Some(FormatRequest::Source) => same(),
        None if !optimization.auto_format => same(),
        None | Some(FormatRequest::Auto | FormatRequest::Gif | FormatRequest::Svg) => negotiated(),
    }
}

/// The quality of the answer; `None` for lossless formats and where the format is not known.
pub(super) fn quality(
    resolved: &Resolved,
    format: Option<Format>,
    original: &Original,
    endpoint: &EndpointConfig,
    accept: &str,
) -> Option<u8> {
    let lossy = match format? {
        Format::Jpeg | Format::Avif => true,
        Format::Webp => resolved.output.lossless != Some(true),
        Format::Png | Format::Gif | Format::Svg | Format::Tiff | Format::Bmp | Format::Ico => false,
    };
    if !lossy || is_untouched(resolved, original, endpoint, accept) {
        return None;
    }
    let default = endpoint.optimization.quality;
    let own = original.jpeg_quality;
    resolved.output.quality.or(if default.enabled {
        Some(own.map_or(default.default, |own| own.min(default.default)))
    } else {
        Some(own.unwrap_or(UNKNOWN_QUALITY))
    })
}

/// What every client takes.
fn fallback(original: &Original, alpha: Option<bool>) -> Option<Format> {
    match (original.format?, alpha) {
        (_, Some(false)) if original.part => Some(Format::Jpeg),
        (_, alpha) if original.part => alpha.map(|_| Format::Png),
        (Format::Gif, _) => Some(Format::Gif),
        (Format::Svg, _) | (_, Some(true)) => Some(Format::Png),
        (
            Format::Jpeg | Format::Webp | Format::Avif | Format::Tiff | Format::Bmp | Format::Ico,
            Some(false),
        ) => Some(Format::Jpeg),
        // Of JPEG and PNG the smaller one is taken, and unknown pixels may be transparent: only encoding tells.
        (Format::Png, Some(false)) | (_, None) => None,
    }
}

/// Whether the result has transparent pixels, as far as that follows from the steps.
fn alpha(resolved: &Resolved, original: &Original) -> Option<bool> {
    let mut alpha = match (original.format, original.alpha) {
        (Some(Format::Jpeg), _) | (_, Some(false)) => Some(false),
        // A picture that may have transparent pixels need not have them.
        (_, Some(true) | None) => None,
    };
    for step in &resolved.steps {
        alpha = step.operations.iter().fold(alpha, after);
        let punches = |blend: Blend| matches!(blend, Blend::Cutout | Blend::Cutter);
        if step.layers.iter().any(|layer| punches(layer.blend)) {
            alpha = alpha.filter(|alpha| *alpha);
        }
    }
    alpha
}

/// The same after one operation.
fn after(alpha: Option<bool>, operation: &Operation) -> Option<bool> {
    let is_clear = |fill: &Fill| matches!(fill, Fill::Color(color) if color.alpha < u8::MAX);
    match operation {
        Operation::Frame { radii: Some(_), .. } | Operation::Tilt { .. } => Some(true),
        Operation::Pad { fill, .. } if is_clear(fill) => Some(true),
        Operation::Opacity { share } if *share < 1.0 => Some(true),
        // Whether it leaves anything uncovered only the numbers tell.
        Operation::Perspective { .. } | Operation::Arc { .. } => alpha.filter(|alpha| *alpha),
        Operation::Background { fill } if !is_clear(fill) => Some(false),
        Operation::Frame { .. }
        | Operation::Pad { .. }
        | Operation::Opacity { .. }
        | Operation::Background { .. }
        | Operation::Resize { .. }
        | Operation::Extract { .. }
        | Operation::Attend { .. }
        | Operation::Recolour(_)
        | Operation::Colorize { .. }
        | Operation::Grayscale
        | Operation::Contrast
        | Operation::Unsharp(_)
        | Operation::Blur { .. }
        | Operation::Gradient(_)
        | Operation::Shadow(_)
        | Operation::Rotate { .. }
        | Operation::Flip { .. } => alpha,
    }
}

/// Whether an Accept header lists this very type with a weight above zero.
fn accepts(accept: &str, wanted: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

#[cfg(test)]
mod tests {
    use imgplane_urls::{Color, OutputRequest, ResolvedStep, Size};

    use super::*;

    fn endpoint(settings: &serde_json::Value) -> EndpointConfig {
        serde_json::from_value(serde_json::json!({"account": "a", "optimization": settings})).unwrap()
    }

    fn resolved(format: Option<FormatRequest>, operations: Vec<Operation>) -> Resolved {
        let size = Size { width: 10, height: 10 };
        let step = ResolvedStep {
            params: vec![],
            input: size,
            output: size,
            operations,
            layers: vec![],
            notes: vec![],
        };
        Resolved {
            orient: false,
            source: size,
            steps: vec![step],
            size,
            output: OutputRequest { format, ..OutputRequest::default() },
            original: false,
            warnings: vec![],
            content_dpr: None,
            width_hinted: false,
        }
    }

    fn original(format: Format, alpha: Option<bool>) -> Original {
        Original { format: Some(format), alpha, ..Original::default() }
    }

    #[test]
    fn the_format_follows_the_request_then_accept_then_the_source() {
        const MODERN: &str = "image/avif,image/webp,*/*";
        let settings = serde_json::json!({});
        let avif = serde_json::json!({"autoAvif": true});
        let fixed = serde_json::json!({"autoFormat": false});
        let smallest = serde_json::json!({"formatSelection": "Smallest"});
        let jpeg = original(Format::Jpeg, Some(false));
        let png = original(Format::Png, Some(true));
        let tiff = original(Format::Tiff, Some(false));
        let svg = original(Format::Svg, Some(true));
        let rows = [
            ("q", &settings, None, "*/*", &jpeg, Some(Format::Jpeg)),
            ("webp", &settings, None, MODERN, &jpeg, Some(Format::Webp)),
            ("avif", &avif, None, MODERN, &jpeg, Some(Format::Avif)),
            ("refused", &avif, None, "image/avif;q=0,image/webp;q=0", &jpeg, Some(Format::Jpeg)),
            ("off", &fixed, None, MODERN, &jpeg, Some(Format::Jpeg)),
            ("f-auto", &fixed, Some(FormatRequest::Auto), MODERN, &jpeg, Some(Format::Webp)),
            ("f-png", &settings, Some(FormatRequest::Png), MODERN, &jpeg, Some(Format::Png)),
            ("f-gif", &settings, Some(FormatRequest::Gif), MODERN, &jpeg, Some(Format::Webp)),
            ("png with alpha?", &settings, None, "*/*", &png, None),
            ("the smallest", &smallest, None, MODERN, &jpeg, None),
            ("the smallest of one", &smallest, None, "*/*", &jpeg, Some(Format::Jpeg)),
            ("tiff", &settings, None, "*/*", &tiff, Some(Format::Jpeg)),
            ("tiff stays none", &fixed, None, MODERN, &tiff, Some(Format::Jpeg)),
            ("svg", &settings, None, MODERN, &svg, Some(Format::Svg)),
            ("svg as pixels", &settings, Some(FormatRequest::Png), MODERN, &svg, Some(Format::Png)),
        ];
        for (name, settings, format, accept, original, expected) in rows {
            let endpoint = endpoint(settings);
            assert_eq!(
                super::format(&resolved(format, vec![]), original, &endpoint, accept),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn an_animation_stays_one_where_nothing_asks_for_its_pixels() {
        const WEBP: &str = "image/webp";
        let blur = Operation::Blur { sigma: 1.0 };
        let endpoint = endpoint(&serde_json::json!({}));
        for (name, format, request, operations, frames, accept, untouched) in [
            ("still", Format::Gif, None, vec![], 1, "", false),
            ("nothing asked", Format::Gif, None, vec![], 2, "", true),
            ("WebP is taken", Format::Gif, None, vec![], 2, WEBP, false),
            ("WebP is there", Format::Webp, None, vec![], 2, WEBP, true),
            ("WebP is not taken", Format::Webp, None, vec![], 2, "", false),
            ("its own format", Format::Webp, Some(FormatRequest::Webp), vec![], 2, "", true),
            ("another format", Format::Gif, Some(FormatRequest::Webp), vec![], 2, "", false),
            ("as a photograph", Format::Webp, Some(FormatRequest::Jpeg), vec![], 2, "", false),
            ("other pixels", Format::Gif, None, vec![blur], 2, "", false),
        ] {
            let original = Original { frames, ..original(format, None) };
            let resolved = resolved(request, operations);
            assert_eq!(is_untouched(&resolved, &original, &endpoint, accept), untouched, "{name}");
        }
    }

    #[test]
    fn an_animation_becomes_one_and_its_parts_become_stills() {
        let endpoint = endpoint(&serde_json::json!({}));
        let blur = || resolved(None, vec![Operation::Blur { sigma: 1.0 }]);
        let frames = |frames, part| Original { frames, part, ..original(Format::Gif, Some(false)) };
        for (name, original, accept, expected) in [
            ("for every client", frames(3, false), "*/*", Format::Gif),
            ("for new ones", frames(3, false), "image/avif,image/webp", Format::Webp),
            ("one frame", frames(1, true), "*/*", Format::Jpeg),
            ("one frame for new ones", frames(1, true), "image/webp", Format::Webp),
        ] {
            assert_eq!(format(&blur(), &original, &endpoint, accept), Some(expected), "{name}");
        }
    }

    #[test]
    fn transparency_that_steps_make_or_remove_decides_the_fallback() {
        let endpoint = endpoint(&serde_json::json!({}));
        let round = Operation::Frame { border: None, radii: Some([imgplane_urls::Radius::Max; 4]) };
        let white = Color { red: 255, green: 255, blue: 255, alpha: 255 };
        let flat = Operation::Background { fill: Fill::Color(white) };
        let jpeg = original(Format::Jpeg, Some(false));
        let webp = original(Format::Webp, Some(true));
        assert_eq!(format(&resolved(None, vec![round]), &jpeg, &endpoint, ""), Some(Format::Png));
        assert_eq!(format(&resolved(None, vec![flat]), &webp, &endpoint, ""), Some(Format::Jpeg));
    }

    #[test]
    fn the_quality_is_the_requests_else_the_endpoints_but_never_above_the_originals() {
        let default = endpoint(&serde_json::json!({}));
        let off = endpoint(&serde_json::json!({"quality": {"enabled": false}}));
        let jpeg = |quality| Original { jpeg_quality: quality, ..original(Format::Jpeg, Some(false)) };
        let mut asked = resolved(None, vec![]);
        asked.output.quality = Some(95);
        let plain = resolved(None, vec![]);
        for (name, resolved, format, original, endpoint, expected) in [
            ("asked", &asked, Format::Jpeg, jpeg(Some(60)), &default, Some(95)),
            ("default", &plain, Format::Webp, jpeg(None), &default, Some(80)),
            ("not raised", &plain, Format::Jpeg, jpeg(Some(60)), &default, Some(60)),
            ("own", &plain, Format::Jpeg, jpeg(Some(92)), &off, Some(92)),
            ("lossless", &asked, Format::Png, jpeg(None), &default, None),
        ] {
            assert_eq!(quality(resolved, Some(format), &original, endpoint, ""), expected, "{name}");
        }
    }
}
