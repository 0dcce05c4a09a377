//! An origin: where files are, and how they are fetched.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration;

/// Settings of one Origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OriginConfig {
    /// The type and its place.
    pub kind: OriginKind,
    /// Base of the `Link: <...>; rel="canonical"` header; absent: none is sent. Without trailing slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_base_url: Option<String>,
    /// Timeouts, retries and limits.
    #[serde(default)]
    pub fetch: FetchPolicy,
    /// How the origin is tried when nobody asks it for files.
    #[serde(default, skip_serializing_if = "Probe::is_default")]
    pub probe: Probe,
}

/// Origin types and what each needs to find a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "place")]
pub enum OriginKind {
    /// Amazon S3.
    S3(S3),
    /// Any store that speaks the S3 API.
    S3Compatible(S3Compatible),
    /// A folder of a web server.
    WebFolder(WebFolder),
    /// A folder of a mounted volume.
    Volume(Volume),
}

impl OriginKind {
    /// The type's name as in the manifest, for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::S3(_) => "S3",
            Self::S3Compatible(_) => "S3Compatible",
            Self::WebFolder(_) => "WebFolder",
            Self::Volume(_) => "Volume",
        }
    }
}

/// How an origin authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Auth {
    /// With the credential record of the origin's own id.
    Secret,
    /// Not at all: requests are not signed.
    Anonymous,
}

/// A bucket of Amazon S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct S3 {
    /// Bucket name.
    pub bucket: String,
    /// Region; absent: discovered on first use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Endpoint that replaces Amazon's own, e.g. a private link; absent: `https://s3.REGION.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Folder inside the bucket, literal text; empty: the root.
    #[serde(default)]
    pub prefix: String,
    /// How requests are authenticated.
    pub auth: Auth,
}

/// A bucket of a store that speaks the S3 API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct S3Compatible {
    /// Bucket name.
    pub bucket: String,
    /// The provider's endpoint, `http` or `https`.
    pub endpoint: String,
    /// Signing region; absent: read from well-known host names, else `us-east-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Bucket in the path instead of the host name.
    #[serde(default)]
    pub force_path_style: bool,
    /// Folder inside the bucket, literal text; empty: the root.
    #[serde(default)]
    pub prefix: String,
    /// How requests are authenticated.
    pub auth: Auth,
}

/// A folder of a web server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebFolder {
    /// Root address, `http` or `https`, may carry a path; no query, no fragment, no user.
    pub base_url: String,
}

/// A folder of a mounted volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Volume {
    /// Name of a volume that the pod mounts.
    pub name: String,
    /// Folder below the volume's root; empty: the root.
    #[serde(default)]
    pub path: String,
}

/// Timeouts, retries and limits of an origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FetchPolicy {
    /// DNS and TCP connect, and again for the TLS handshake; milliseconds on the wire, as all durations here.
    #[serde(with = "duration")]
    pub connect_timeout: Duration,
    /// From sending the request to the response's headers.
    #[serde(with = "duration")]
    pub headers_timeout: Duration,
    /// Longest pause between two pieces of the body.
    #[serde(with = "duration")]
    pub body_stall_timeout: Duration,
    /// Whole fetch of a file that is decoded; streamed files are bounded by the stall timeout only.
    #[serde(with = "duration")]
    pub total_timeout: Duration,
    /// Further attempts after a failure that may be repeated: 0 or 1.
    pub retries: u8,
    /// Largest file, streamed or decoded, in bytes.
    pub max_object_size: u64,
    /// Requests to this origin at once per pod.
    pub max_concurrency: u32,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            headers_timeout: Duration::from_secs(8),
            body_stall_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(30),
            retries: 1,
            max_object_size: 10 << 30,
            max_concurrency: 64,
        }
    }
}

/// How an origin is tried when nobody asks it for files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Probe {
    /// Whether it is tried at all.
    pub enabled: bool,
    /// Path of a file that is there, as in a URL behind the endpoint; empty: a file that cannot be there is asked
    /// for, and its absence is the proof.
    pub path: String,
    /// Time between two probes while the origin works and nobody asks it for files.
    #[serde(with = "duration")]
    pub interval: Duration,
}

impl Default for Probe {
    fn default() -> Self {
        Self { enabled: true, path: String::new(), interval: Duration::from_mins(5) }
    }
}

impl Probe {
    /// Settings that are the default do not appear in a record: it keeps the hash it always had.
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
