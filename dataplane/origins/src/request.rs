//! What is asked of an origin.

/// One file, and what it is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Resource path as it stands in the URL, still percent-encoded.
    pub resource: String,
    /// Query that is forwarded to web origins, raw; object stores and volumes ignore it.
    pub query: Option<String>,
    /// The client's `Range` header, raw; set only where the file is passed through. Anything but one byte range
    /// is ignored, and the whole file is fetched.
    pub range: Option<String>,
    /// What the file is wanted for.
    pub purpose: Purpose,
}

/// What a file is wanted for; decides its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It will be decoded: the origin's total timeout applies, and a file of more than `max_bytes` is
    /// [`crate::Code::Elimit`], judged by its announced length and again while reading.
    Whole {
        /// Largest file in bytes, after any content encoding is undone.
        max_bytes: u64,
    },
    /// It is passed through: bounded by the origin's largest object and by the pause between two pieces only.
    Stream,
}
