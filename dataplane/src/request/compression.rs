//! Compression of text-like files on their way to the client: Brotli where it is accepted, else gzip, else none.
//!
//! Images are compressed already, and videos are asked for in ranges: neither is touched. What comes compressed from
//! the origin, or with the wish not to be transformed, goes on as it is.

mod coding;
mod encoder;
mod stream;

use std::sync::Arc;

use http::{HeaderMap, header};
use imgplane_origins::Meta;

pub(super) use self::stream::Compressed;
use self::{coding::Coding, encoder::Encoder};
use super::{
    conditional::Validators,
    delivery::{Content, Delivery},
    kind::essence,
};
use crate::{metrics::CodingLabels, server::App, state::State};

/// Shorter files are not worth it, in bytes.
const SHORTEST: u64 = 1000;

/// Types beside `text/*`, and those that end in `+json` or `+xml`.
const TYPES: [&str; 15] = [
    "application/javascript",
    "application/x-javascript",
    "application/ecmascript",
    "application/typescript",
    "application/json",
    "application/xml",
    "application/pdf",
    "application/rtf",
    "application/wasm",
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "application/vnd.ms-fontobject",
    "audio/mpegurl",
    "audio/x-mpegurl",
    "font/ttf",
];

/// Whether a file of this delivered type and size gets smaller, as far as what its origin says of it allows.
pub(super) fn is_compressible(content_type: &str, size: Option<u64>, meta: &Meta) -> bool {
    let cache_control = meta.cache_control.as_deref().unwrap_or_default().to_ascii_lowercase();
    meta.content_encoding.is_none()
        && size.is_none_or(|size| size >= SHORTEST)
        && !cache_control.contains("no-transform")
        && is_text_like(&essence(content_type))
}

/// A lower-case type without parameters.
fn is_text_like(essence: &str) -> bool {
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || TYPES.contains(&essence)
}

/// Compresses what is delivered, if that makes sense and the client accepts it. Where there is no memory for it, the
/// file goes as it is.
pub(super) fn compress(
    app: &Arc<App>,
    state: &State,
    headers: &HeaderMap,
    mut delivery: Delivery,
) -> Delivery {
    if !delivery.compressible {
        return delivery;
    }
    delivery.vary.push("Accept-Encoding");
    // A range counts bytes of the file, not of what is made of it.
    let Some(coding) = Coding::accepted(headers).filter(|_| !headers.contains_key(header::RANGE)) else {
        return delivery;
    };
    let Content::Stream(body, length) = delivery.content else { return delivery };
    let count = |outcome| {
        app.metrics.compressions.get_or_create(&CodingLabels { coding: coding.as_str(), outcome }).inc();
    };
    let Some(memory) = state.admission.originals().try_reserve(coding.memory()).ok().flatten() else {
        count("no_memory");
        return Delivery { content: Content::Stream(body, length), ..delivery };
    };
    count("compressed");
    let turns = state.admission.compressors();
    Delivery {
        content: Content::Compressed(stream::compressed(app, turns, body, Encoder::new(coding), memory)),
        content_encoding: Some(coding.as_str().to_owned()),
        validators: Validators {
            etag: delivery.validators.etag.as_deref().map(|etag| coding.tag(etag)),
            ..delivery.validators
        },
        accepts_ranges: false,
        ..delivery
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_compressed_and_what_is_compressed_already_is_not() {
        for (content_type, expected) in [
            ("text/html; charset=utf-8", true),
            ("Text/CSS", true),
            ("text/typescript", true),
            ("application/json", true),
            ("application/ld+json", true),
            ("image/svg+xml", true),
            ("application/pdf", true),
            ("application/vnd.apple.mpegurl", true),
            ("video/mp4", false),
            ("video/mp2t", false),
            ("image/jpeg", false),
            ("application/zip", false),
            ("font/woff2", false),
            ("audio/midi", false),
            ("application/octet-stream", false),
            ("", false),
        ] {
            assert_eq!(
                is_compressible(content_type, Some(1000), &Meta::default()),
                expected,
                "{content_type}"
            );
        }
    }

    #[test]
    fn what_the_origin_says_of_a_file_counts() {
        let meta = |change: fn(&mut Meta)| {
            let mut meta = Meta::default();
            change(&mut meta);
            is_compressible("text/css", None, &meta)
        };
        assert!(!is_compressible("text/css", Some(999), &Meta::default()), "too short");
        assert!(!meta(|meta| meta.content_encoding = Some("gzip".into())));
        assert!(!meta(|meta| meta.cache_control = Some("max-age=60, No-Transform".into())));
        assert!(meta(|meta| meta.cache_control = Some("max-age=60".into())));
    }
}
