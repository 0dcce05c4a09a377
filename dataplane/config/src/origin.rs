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
    /// Name of the Secret that its credentials come from, for messages; absent where it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_name: Option<String>,
}

impl OriginConfig {
    /// An origin with nothing but a place.
    pub fn new(kind: OriginKind) -> Self {
        Self {
            kind,
            canonical_base_url: None,
            fetch: FetchPolicy::default(),
            probe: Probe::default(),
            secret_name: None,
        }
    }
}

/// Origin types and what each needs to find a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "place")]
pub enum OriginKind {
    /// Amazon S3.
    S3(S3),
    /// Any store that speaks the S3 API.
    S3Compatible(S3Compatible),
    /// A bucket of S3 that Cloudinary backs up to.
    CloudinaryBackup(CloudinaryBackup),
    /// A bucket of Google Cloud Storage.
    #[serde(rename = "GCS")]
    Gcs(Gcs),
    /// A container of Azure Blob Storage.
    AzureBlob(AzureBlob),
    /// A folder of a web server.
    WebFolder(WebFolder),
    /// Any address on the web that the request names.
    WebProxy(WebProxy),
    /// The media files of an Akeneo PIM.
    #[serde(rename = "AkeneoPIM")]
    AkeneoPim(AkeneoPim),
    /// A folder of a mounted volume.
    Volume(Volume),
}

impl OriginKind {
    /// The type's name as in the manifest, for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::S3(_) => "S3",
            Self::S3Compatible(_) => "S3Compatible",
            Self::CloudinaryBackup(_) => "CloudinaryBackup",
            Self::Gcs(_) => "GCS",
            Self::AzureBlob(_) => "AzureBlob",
            Self::WebFolder(_) => "WebFolder",
            Self::WebProxy(_) => "WebProxy",
            Self::AkeneoPim(_) => "AkeneoPIM",
            Self::Volume(_) => "Volume",
        }
    }
}

/// How an origin authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Auth {
    /// With the credential record of the origin's own id.
    Secret,
    /// With the identity that the cloud lends to the pod.
    WorkloadIdentity,
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
    /// Whom to trust.
    #[serde(default, skip_serializing_if = "Tls::is_default")]
    pub tls: Tls,
}

/// A bucket of S3 that Cloudinary backs up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloudinaryBackup {
    /// Bucket name.
    pub bucket: String,
    /// Region; absent: discovered on first use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Endpoint that replaces Amazon's own; absent: `https://s3.REGION.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Folder inside the bucket, literal text; empty: the root.
    #[serde(default)]
    pub prefix: String,
    /// Ask for keys in which special characters are percent-encoded, as some backups store them.
    #[serde(default)]
    pub encode_object_keys: bool,
    /// How requests are authenticated.
    pub auth: Auth,
}

/// A bucket of Google Cloud Storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gcs {
    /// Bucket name.
    pub bucket: String,
    /// Endpoint that replaces Google's own; absent: `https://storage.googleapis.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Folder inside the bucket, literal text; empty: the root.
    #[serde(default)]
    pub prefix: String,
    /// How requests are authenticated.
    pub auth: Auth,
}

/// A container of Azure Blob Storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AzureBlob {
    /// Storage account.
    pub account_name: String,
    /// Container.
    pub container: String,
    /// Endpoint of the account that replaces Azure's own, without the container, such as
    /// `https://shop.blob.core.chinacloudapi.cn` or `http://127.0.0.1:10000/shop`; absent:
    /// `https://ACCOUNT.blob.core.windows.net`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Folder inside the container, literal text; empty: the root.
    #[serde(default)]
    pub prefix: String,
    /// How requests are authenticated.
    pub auth: Auth,
}

/// A folder of a web server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebFolder {
    /// Root address, `http` or `https`, may carry a path; no query, no fragment, no user.
    pub base_url: String,
    /// Send the host that the client asked for instead of that of `base_url`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub forward_host_header: bool,
    /// Headers of every request to `base_url`, in order; those whose value is secret stand in the credential.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<WebHeader>,
    /// Whether the credential holds secret headers; without them nothing is fetched.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret_headers: bool,
    /// Whom to trust, and who we are.
    #[serde(default, skip_serializing_if = "Tls::is_default")]
    pub tls: Tls,
}

/// A header of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Whom a client trusts, and who it says it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tls {
    /// Certificates of authorities that are trusted besides the public ones: PEM text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_bundle: Option<String>,
    /// Whether the credential holds a client certificate; without it nothing is fetched.
    #[serde(skip_serializing_if = "is_false")]
    pub client_certificate: bool,
    /// Take every certificate of the server.
    #[serde(skip_serializing_if = "is_false")]
    pub insecure_skip_verify: bool,
}

impl Tls {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Any address on the web that the request names, within bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebProxy {
    /// Hosts that may be asked: exact names, `*.example.com` for every name below it, `*` for all. Lower case.
    pub allowed_hosts: Vec<String>,
    /// Hosts that may not, whatever `allowed_hosts` says; the same forms.
    #[serde(default)]
    pub denied_hosts: Vec<String>,
    /// Schemes that may be asked: `http`, `https`.
    pub allowed_schemes: Vec<String>,
    /// Ports that may be asked besides the scheme's own.
    #[serde(default)]
    pub allowed_ports: Vec<u16>,
}

/// The media files of an Akeneo PIM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AkeneoPim {
    /// Root address of the instance.
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
    /// Whole fetch of a file that is decoded; of a streamed one, until its first bytes are there: from then on the stall
    /// timeout alone counts.
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
