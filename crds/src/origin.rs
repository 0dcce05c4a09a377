//! `Origin`: where files are, and how they are fetched.

mod auth;
mod fetch;
mod probe;
mod s3;
mod volume;
mod web_folder;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use auth::{Auth, AuthType};
pub use fetch::Fetch;
pub use probe::Probe;
pub use s3::{S3, S3Compatible};
pub use volume::Volume;
pub use web_folder::WebFolder;

use crate::{status::OriginStatus, text::WebAddress};

/// Where files are, and how they are fetched. Files are read when somebody asks for them; nothing is copied.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "imgplane.dev",
    version = "v1alpha1",
    kind = "Origin",
    plural = "origins",
    namespaced,
    status = "OriginStatus",
    derive = "PartialEq",
    shortname = "ogn",
    category = "imgplane",
    selectable = ".spec.type",
    doc = "Origin says where files are: a bucket, a web server or a volume. UrlEndpoints list it.",
    printcolumn(name = "Type", type_ = "string", json_path = ".spec.type"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(name = "Endpoints", type_ = "integer", json_path = ".status.endpoints"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("self.type != 'S3' || has(self.s3)")
        .message("is required when type is S3")
        .field_path(".s3"),
    validation = Rule::new("!has(self.s3) || self.type == 'S3'")
        .message("belongs to type S3: remove it, or set type to S3 in a new Origin")
        .field_path(".s3"),
    validation = Rule::new("self.type != 'S3Compatible' || has(self.s3Compatible)")
        .message("is required when type is S3Compatible")
        .field_path(".s3Compatible"),
    validation = Rule::new("!has(self.s3Compatible) || self.type == 'S3Compatible'")
        .message("belongs to type S3Compatible: remove it, or set type to S3Compatible in a new Origin")
        .field_path(".s3Compatible"),
    validation = Rule::new("self.type != 'WebFolder' || has(self.webFolder)")
        .message("is required when type is WebFolder")
        .field_path(".webFolder"),
    validation = Rule::new("!has(self.webFolder) || self.type == 'WebFolder'")
        .message("belongs to type WebFolder: remove it, or set type to WebFolder in a new Origin")
        .field_path(".webFolder"),
    validation = Rule::new("self.type != 'Volume' || has(self.volume)")
        .message("is required when type is Volume")
        .field_path(".volume"),
    validation = Rule::new("!has(self.volume) || self.type == 'Volume'")
        .message("belongs to type Volume: remove it, or set type to Volume in a new Origin")
        .field_path(".volume")
)]
#[serde(rename_all = "camelCase")]
pub struct OriginSpec {
    /// What kind of place this is; the member of the same name describes it. Cannot be changed. Example: `S3`.
    #[serde(rename = "type")]
    #[x_kube(validation = ("self == oldSelf", "cannot be changed: create a new Origin and list that instead"))]
    pub kind: OriginType,
    /// A bucket of Amazon S3, for type `S3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3>,
    /// A bucket of another store that speaks the S3 API, such as MinIO, Ceph, R2 or Wasabi, for type
    /// `S3Compatible`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_compatible: Option<S3Compatible>,
    /// A folder of a web server, for type `WebFolder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_folder: Option<WebFolder>,
    /// A folder of a volume that the DataPlane mounts, for type `Volume`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Volume>,
    /// Send `Link: <...>; rel="canonical"` with every file, so that search engines count the original.
    /// Default: no such header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_header: Option<CanonicalHeader>,
    /// Timeouts, retries and limits of fetching. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<Fetch>,
    /// How the origin is tried when nobody asks it for files. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

/// What kind of place an Origin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum OriginType {
    /// Amazon S3.
    S3,
    /// Any store that speaks the S3 API.
    S3Compatible,
    /// A folder of a web server.
    WebFolder,
    /// A folder of a mounted volume.
    Volume,
}

impl OriginType {
    /// The text that stands in `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::S3Compatible => "S3Compatible",
            Self::WebFolder => "WebFolder",
            Self::Volume => "Volume",
        }
    }
}

/// Where the originals are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanonicalHeader {
    /// Address below which the originals are published; the path of the file is added.
    /// Example: `https://www.example.com`.
    pub base_url: WebAddress,
}
