//! What an origin delivered.

use crate::{Body, CustomCoordinates, Lifetime};

/// A file, or a part of it, on its way; or the word that it is still the one that is known.
#[derive(Debug)]
pub struct Fetched {
    /// How much of the file comes.
    pub status: FetchedStatus,
    /// What the origin says of it.
    pub meta: Meta,
    /// Its bytes.
    pub body: Body,
}

/// How much of the file comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchedStatus {
    /// All of it (200).
    Whole,
    /// The range that was asked for (206).
    Partial,
    /// The range lies outside the file (416); the body is empty.
    Unsatisfiable,
    /// The file is the one that [`crate::Request::condition`] knows (304); the body is empty. Only for a request with
    /// a condition.
    NotModified,
}

/// What an origin says of a file. Texts are header values as received.
///
/// Of a file that is the known one it says little, often only `etag`: what is absent is as it was, but `is_private` is
/// what it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meta {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// Bytes of the body that follows; absent where only its end tells.
    pub content_length: Option<u64>,
    /// `Content-Range` of a partial or unsatisfiable answer.
    pub content_range: Option<String>,
    /// `Content-Encoding` of the body as it comes; absent also after an encoding was undone.
    pub content_encoding: Option<String>,
    /// `ETag` with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// How long the file may be kept, as far as its headers say.
    pub lifetime: Lifetime,
    /// Whether ranges of this file can be asked for.
    pub accepts_ranges: bool,
    /// Whether the file is marked as private.
    pub is_private: bool,
    /// The part of a picture that matters.
    pub custom_coordinates: Option<CustomCoordinates>,
}
