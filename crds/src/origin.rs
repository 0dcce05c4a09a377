//! `Origin`: where files are, and how they are fetched.

mod akeneo_pim;
mod auth;
mod azure_blob;
mod fetch;
mod gcs;
mod probe;
mod s3;
mod tls;
mod volume;
mod web_folder;
mod web_proxy;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use akeneo_pim::AkeneoPim;
pub use auth::{Auth, AuthType};
pub use azure_blob::AzureBlob;
pub use fetch::Fetch;
pub use gcs::Gcs;
pub use probe::Probe;
pub use s3::{CloudinaryBackup, S3, S3Compatible};
pub use tls::{CaBundleKind, CaBundleRef, StoreTls, WebTls};
pub use volume::Volume;
pub use web_folder::{HeaderSource, RequestHeader, WebFolder};
pub use web_proxy::{Scheme, WebProxy};

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
    doc = "Origin says where files are: a bucket, a web server, a PIM or a volume. UrlEndpoints list it.",
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
    validation = Rule::new("self.type != 'CloudinaryBackup' || has(self.cloudinaryBackup)")
        .message("is required when type is CloudinaryBackup")
        .field_path(".cloudinaryBackup"),
    validation = Rule::new("!has(self.cloudinaryBackup) || self.type == 'CloudinaryBackup'")
        .message("belongs to type CloudinaryBackup: remove it, or set type to CloudinaryBackup in a new Origin")
        .field_path(".cloudinaryBackup"),
    validation = Rule::new("self.type != 'GCS' || has(self.gcs)")
        .message("is required when type is GCS")
        .field_path(".gcs"),
    validation = Rule::new("!has(self.gcs) || self.type == 'GCS'")
        .message("belongs to type GCS: remove it, or set type to GCS in a new Origin")
        .field_path(".gcs"),
    validation = Rule::new("self.type != 'AzureBlob' || has(self.azureBlob)")
        .message("is required when type is AzureBlob")
        .field_path(".azureBlob"),
    validation = Rule::new("!has(self.azureBlob) || self.type == 'AzureBlob'")
        .message("belongs to type AzureBlob: remove it, or set type to AzureBlob in a new Origin")
        .field_path(".azureBlob"),
    validation = Rule::new("self.type != 'WebFolder' || has(self.webFolder)")
        .message("is required when type is WebFolder")
        .field_path(".webFolder"),
    validation = Rule::new("!has(self.webFolder) || self.type == 'WebFolder'")
        .message("belongs to type WebFolder: remove it, or set type to WebFolder in a new Origin")
        .field_path(".webFolder"),
    validation = Rule::new("self.type != 'WebProxy' || has(self.webProxy)")
        .message("is required when type is WebProxy")
        .field_path(".webProxy"),
    validation = Rule::new("!has(self.webProxy) || self.type == 'WebProxy'")
        .message("belongs to type WebProxy: remove it, or set type to WebProxy in a new Origin")
        .field_path(".webProxy"),
    validation = Rule::new("self.type != 'AkeneoPIM' || has(self.akeneoPim)")
        .message("is required when type is AkeneoPIM")
        .field_path(".akeneoPim"),
    validation = Rule::new("!has(self.akeneoPim) || self.type == 'AkeneoPIM'")
        .message("belongs to type AkeneoPIM: remove it, or set type to AkeneoPIM in a new Origin")
        .field_path(".akeneoPim"),
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
    /// A bucket of Amazon S3 that Cloudinary backs up to, for type `CloudinaryBackup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloudinary_backup: Option<CloudinaryBackup>,
    /// A bucket of Google Cloud Storage, for type `GCS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gcs: Option<Gcs>,
    /// A container of Azure Blob Storage, for type `AzureBlob`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure_blob: Option<AzureBlob>,
    /// A folder of a web server, for type `WebFolder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_folder: Option<WebFolder>,
    /// Any address of the web that the URL names, for type `WebProxy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_proxy: Option<WebProxy>,
    /// The media files of an Akeneo PIM, for type `AkeneoPIM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub akeneo_pim: Option<AkeneoPim>,
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
    /// A bucket of Amazon S3 that Cloudinary backs up to.
    CloudinaryBackup,
    /// Google Cloud Storage.
    #[serde(rename = "GCS")]
    Gcs,
    /// Azure Blob Storage.
    AzureBlob,
    /// A folder of a web server.
    WebFolder,
    /// Any address of the web that the URL names.
    WebProxy,
    /// An Akeneo PIM.
    #[serde(rename = "AkeneoPIM")]
    AkeneoPim,
    /// A folder of a mounted volume.
    Volume,
}

impl OriginType {
    /// The text that stands in `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::S3Compatible => "S3Compatible",
            Self::CloudinaryBackup => "CloudinaryBackup",
            Self::Gcs => "GCS",
            Self::AzureBlob => "AzureBlob",
            Self::WebFolder => "WebFolder",
            Self::WebProxy => "WebProxy",
            Self::AkeneoPim => "AkeneoPIM",
            Self::Volume => "Volume",
        }
    }

    /// The member of the spec that describes such a place.
    pub const fn member(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::S3Compatible => "s3Compatible",
            Self::CloudinaryBackup => "cloudinaryBackup",
            Self::Gcs => "gcs",
            Self::AzureBlob => "azureBlob",
            Self::WebFolder => "webFolder",
            Self::WebProxy => "webProxy",
            Self::AkeneoPim => "akeneoPim",
            Self::Volume => "volume",
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
