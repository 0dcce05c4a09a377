//! Compression of text-like files on their way to the client: Brotli where it is accepted, else gzip, else none.
//!
//! Images are compressed already, and videos are asked for in ranges: neither is touched. What comes compressed from
//! the origin, or with the wish not to be transformed, goes on as it is.

mod coding;
mod encoder;
mod stream;

use std::sync::Arc;

use futures::TryStreamExt as _;
use http::{HeaderMap, header};
use imgplane_origins::Meta;

pub(super) use self::stream::Compressed;
use self::{coding::Coding, encoder::Encoder, stream::Means};
use super::{
    body::Broken,
    conditional::Validators,
    delivery::{Content, Delivery},
    kind::essence,
    obtain::Context,
};
use crate::metrics::CodingLabels;

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
pub(super) fn is_text_like(essence: &str) -> bool {
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || TYPES.contains(&essence)
}

/// Compresses what is delivered, if that makes sense and the client accepts it. Where there is no memory for it, the
/// file goes as it is.
pub(super) fn compress(context: &Context, headers: &HeaderMap, mut delivery: Delivery) -> Delivery {
    let Context { app, state, endpoint } = context;
    if !delivery.compressible {
        return delivery;
    }
    delivery.vary.push("Accept-Encoding");
    // What was kept may be compressed already.
    let Some(coding) = accepted(headers).filter(|_| delivery.content_encoding.is_none()) else {
        return delivery;
    };
    if matches!(delivery.content, Content::Part(..) | Content::Compressed(_)) {
        return delivery;
    }
    let count = |outcome| {
        app.metrics.compressions.get_or_create(&CodingLabels { coding: coding.as_str(), outcome }).inc();
    };
    let Some(memory) = state.admission.try_hold(&endpoint.claim, coding.memory()) else {
        count("no_memory");
        return delivery;
    };
    count("compressed");
    let means = Means {
        app: Arc::clone(app),
        admission: Arc::clone(&state.admission),
        claim: endpoint.claim.clone(),
        _memory: memory,
    };
    let encoder = Encoder::new(coding);
    let compressed = match delivery.content {
        Content::Stream(body, _) => stream::compressed(means, body.map_err(Broken::from), encoder),
        Content::Bytes(bytes, hold) => {
            // The hold lives as long as the bytes are read.
            let whole = futures::stream::once(async move {
                let _hold = hold;
                Ok(bytes)
            });
            stream::compressed(means, whole, encoder)
        }
        content @ (Content::Part(..) | Content::Compressed(_)) => return Delivery { content, ..delivery },
    };
    let validators = Validators {
        etag: delivery.validators.etag.as_deref().map(|etag| coding.tag(etag)),
        ..delivery.validators
    };
    Delivery {
        content: Content::Compressed(compressed),
        content_encoding: Some(coding.as_str().to_owned()),
        keep: delivery.keep.map(|keep| Box::new(keep.coded(coding.as_str(), &validators))),
        validators,
        accepts_ranges: false,
        ..delivery
    }
}

/// The coding in which this request gets text: none where it asks for a range, which counts bytes of the file and not of
/// what is made of it.
fn accepted(headers: &HeaderMap) -> Option<Coding> {
    Coding::accepted(headers).filter(|_| !headers.contains_key(header::RANGE))
}

/// The same by its name.
pub(super) fn accepted_coding(headers: &HeaderMap) -> Option<&'static str> {
    accepted(headers).map(Coding::as_str)
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
