//! What is asked of an origin.

use std::{sync::Arc, time::Duration};

use crate::Condition;

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
    /// What is known of the file from an earlier fetch, so that it need not be sent again. Ignored where a range is
    /// asked for.
    pub condition: Option<Condition>,
    /// What the file is wanted for.
    pub purpose: Purpose,
    /// The host that the client asked for, with its port; some web servers are told it.
    pub host: Option<String>,
    /// How long an origin that did not have the file is not asked for it again.
    pub negative_ttl: Duration,
    /// Number of the last purge of the file; 0: none. What was not there before it is asked for again.
    pub purged: u64,
    /// Whether the request comes from an image server of this kind, by its `x-req-from`.
    pub from_ourselves: bool,
    /// The names by which this image server is reached, as far as they are known: lower case, without ports.
    pub own_hosts: Arc<[String]>,
}

impl Request {
    /// A file and nothing else.
    pub fn new(resource: impl Into<String>, purpose: Purpose) -> Self {
        Self {
            resource: resource.into(),
            query: None,
            range: None,
            condition: None,
            purpose,
            host: None,
            negative_ttl: Duration::ZERO,
            purged: 0,
            from_ourselves: false,
            own_hosts: Arc::default(),
        }
    }
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
    /// It is passed through: the origin's total timeout applies until the head of the answer, and where the first bytes
    /// are looked at until those are there; after that only its largest object and the pause between two pieces count.
    Stream,
}
