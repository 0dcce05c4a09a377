//! A file that is about to be delivered: what all phases before have found out about it.

use bytes::Bytes;
use imgplane_origins::Body;
use serde::{Deserialize, Serialize};

use super::{compression::Compressed, conditional::Validators, keeping::Keep, product::Hold};
use crate::{cache_control::CacheControl, error::Failure};

/// The file and its headers, before the client's conditions and ranges are looked at.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The bytes, or where they come from.
    pub(super) content: Content,
    /// `Content-Type`.
    pub(super) content_type: String,
    /// `Content-Encoding`: the origin's, or what it was compressed with here.
    pub(super) content_encoding: Option<String>,
    /// It gets smaller by compression, and may be compressed.
    pub(super) compressible: bool,
    /// `ETag` and `Last-Modified`.
    pub(super) validators: Validators,
    /// Request headers that influenced it.
    pub(super) vary: Vec<&'static str>,
    /// `Content-DPR`.
    pub(super) content_dpr: Option<f64>,
    /// `Link`.
    pub(super) link: Option<String>,
    /// What was not done as asked.
    pub(super) warnings: Vec<String>,
    /// Name of a download.
    pub(super) download_name: Option<String>,
    /// Ranges of it can be asked for.
    pub(super) accepts_ranges: bool,
    /// `Cache-Control`, and what CDNs are told instead.
    pub(super) cache_control: CacheControl,
    /// `Age`: seconds since it was made, where it was kept.
    pub(super) age: Option<u64>,
    /// How it is to be kept on its way, if it is.
    pub(super) keep: Option<Box<Keep>>,
    /// The failure of the file in whose place this is delivered, as in `ik-error`.
    pub(super) instead_of: Option<InsteadOf>,
}

/// What is delivered of an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Of {
    /// A picture that was made of it.
    Picture,
    /// Its own bytes.
    Original {
        /// The transformation asks for them (`orig-true`).
        asked: bool,
    },
}

/// Why another file was delivered than the one that was asked for.
#[derive(Debug)]
pub(super) struct InsteadOf {
    /// First word of `ik-error`.
    pub(super) code: Option<&'static str>,
    /// All of it.
    pub(super) ik_error: Option<String>,
}

impl InsteadOf {
    pub(super) fn of(failure: &Failure) -> Self {
        Self { code: failure.code(), ik_error: failure.ik_error() }
    }
}

/// The bytes, or where they come from.
pub(super) enum Content {
    /// All of them, here.
    Bytes(Bytes, Hold),
    /// All of them, on their way from the origin; the length where it is known.
    Stream(Body, Option<u64>),
    /// All of them, compressed while they come.
    Compressed(Compressed),
    /// A part that the origin cut out, with its length and `Content-Range`.
    Part(Body, Option<u64>, String),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes(..) => "Bytes",
            Self::Stream(..) => "Stream",
            Self::Compressed(_) => "Compressed",
            Self::Part(..) => "Part",
        })
    }
}
