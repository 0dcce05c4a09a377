//! `i` and `ie`: which file, which text.

use crate::UrlError;
use crate::decode::{base64_decode_cut, encode_resource};
use crate::message::Shown;
use crate::parameter::BadValue;
use crate::plan::findings::Findings;
use crate::syntax::{Item, Layer, LayerKind, Pair, Step};
use crate::target::check_resource;

/// Base64 longer than this is cut before decoding.
const MAX_BASE64: usize = 2500;
/// The same for `ote`, the name that `ie` has among the overlay parameters of before layers.
const MAX_OLD_BASE64: usize = 144;
/// Text longer than this is cut, in characters.
const MAX_TEXT: usize = 2000;

/// What a layer starts from, as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    Image { path: String, resource: String },
    Block,
    Text(String),
}

impl Input {
    /// Reads it out of all steps of a layer; the last `ie` wins over the last `i`.
    pub(super) fn read(findings: &mut Findings<'_>, layer: &Layer<'_>) -> Result<Self, UrlError> {
        let last = |key: &str| {
            let items = layer.chain.steps.iter().flat_map(|step| match step {
                Step::Items(items) => items.as_slice(),
                // The parser lets no conditional into a layer.
                Step::If(_) => &[],
            });
            let mut pairs = items.filter_map(|item| match item {
                Item::Pair(pair) if pair.key == key && !pair.value.is_empty() => Some(*pair),
                Item::Pair(_) | Item::Layer(_) => None,
            });
            pairs.next_back()
        };
        let plain = last("i");
        if let Some(pair) = last("ie") {
            // What is read as `ie` may be written as `ote`, which is what messages have to name.
            let (key, limit) =
                if pair.text.starts_with("ote") { ("ote", MAX_OLD_BASE64) } else { ("ie", MAX_BASE64) };
            // A space at the end may be a plus.
            if let Some(decoded) = base64_decode_cut(&findings.untrimmed(&pair), limit) {
                if let Some(plain) = plain {
                    findings.ignore(&plain);
                }
                return match layer.kind {
                    LayerKind::Text => Self::text(findings, layer, decoded),
                    LayerKind::Image | LayerKind::Video | LayerKind::Subtitles => {
                        Self::image(findings, layer, &pair, &decoded)
                    }
                };
            }
            findings.bad(&pair, (key, pair.value, pair.at), &BadValue::NotBase64)?;
        }
        let Some(pair) = plain else { return Err(absent(findings, layer)) };
        match layer.kind {
            LayerKind::Text => {
                let text = findings.untrimmed(&pair);
                Self::text(findings, layer, text)
            }
            LayerKind::Image | LayerKind::Video | LayerKind::Subtitles if pair.value == "ik_canvas" => {
                Ok(Self::Block)
            }
            LayerKind::Image | LayerKind::Video | LayerKind::Subtitles => {
                Self::image(findings, layer, &pair, &pair.value.replace("@@", "/"))
            }
        }
    }

    fn image(
        findings: &Findings<'_>,
        layer: &Layer<'_>,
        pair: &Pair<'_>,
        path: &str,
    ) -> Result<Self, UrlError> {
        let path = path.trim_start_matches('/');
        if path.is_empty() {
            return Err(absent(findings, layer));
        }
        let resource = encode_resource(path);
        if let Err(error) = check_resource(&resource) {
            let message = format!("{} {}: {}", layer.kind.opener(), Shown(path), error.message);
            return Err(findings.invalid(&message, pair.at));
        }
        Ok(Self::Image { path: path.to_owned(), resource })
    }

    fn text(findings: &Findings<'_>, layer: &Layer<'_>, mut text: String) -> Result<Self, UrlError> {
        if text.trim().is_empty() {
            return Err(absent(findings, layer));
        }
        if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
            text.truncate(end);
        }
        Ok(Self::Text(text))
    }
}

fn absent(findings: &Findings<'_>, layer: &Layer<'_>) -> UrlError {
    let message = format!("{} has no input: give i-... or ie-...", layer.kind.opener());
    findings.invalid(&message, layer.at)
}
