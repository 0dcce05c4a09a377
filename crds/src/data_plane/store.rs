//! Stores that all pods of a DataPlane share, and that outlive them.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    origin::{Auth, AzureBlob, Gcs, S3, S3Compatible},
    text::ObjectName,
};

/// A store that all pods share: a bucket that they may read, write and delete in, or a volume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.type != 'S3' || has(self.s3)")
        .message("is required when type is S3")
        .field_path(".s3"),
    validation = Rule::new("!has(self.s3) || self.type == 'S3'")
        .message("belongs to type S3: remove it, or set type to S3")
        .field_path(".s3"),
    validation = Rule::new("self.type != 'S3Compatible' || has(self.s3Compatible)")
        .message("is required when type is S3Compatible")
        .field_path(".s3Compatible"),
    validation = Rule::new("!has(self.s3Compatible) || self.type == 'S3Compatible'")
        .message("belongs to type S3Compatible: remove it, or set type to S3Compatible")
        .field_path(".s3Compatible"),
    validation = Rule::new("self.type != 'GCS' || has(self.gcs)")
        .message("is required when type is GCS")
        .field_path(".gcs"),
    validation = Rule::new("!has(self.gcs) || self.type == 'GCS'")
        .message("belongs to type GCS: remove it, or set type to GCS")
        .field_path(".gcs"),
    validation = Rule::new("self.type != 'AzureBlob' || has(self.azureBlob)")
        .message("is required when type is AzureBlob")
        .field_path(".azureBlob"),
    validation = Rule::new("!has(self.azureBlob) || self.type == 'AzureBlob'")
        .message("belongs to type AzureBlob: remove it, or set type to AzureBlob")
        .field_path(".azureBlob"),
    validation = Rule::new("self.type != 'Volume' || has(self.volume)")
        .message("is required when type is Volume")
        .field_path(".volume"),
    validation = Rule::new("!has(self.volume) || self.type == 'Volume'")
        .message("belongs to type Volume: remove it, or set type to Volume")
        .field_path(".volume")
)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    /// What kind of place this is; the member of the same name describes it. Another type of bucket restarts no pod.
    /// Example: `S3`.
    #[serde(rename = "type")]
    pub kind: StoreType,
    /// A bucket of Amazon S3, for type `S3`. The permissions `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject` and
    /// `s3:ListBucket` are enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3>,
    /// A bucket of another store that speaks the S3 API, such as MinIO, Ceph, R2 or Wasabi, for type `S3Compatible`. The
    /// key may read, write, delete and list objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_compatible: Option<S3Compatible>,
    /// A bucket of Google Cloud Storage, for type `GCS`. The role `roles/storage.objectUser` is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gcs: Option<Gcs>,
    /// A container of Azure Blob Storage, for type `AzureBlob`. The permissions to read, add, create, write, delete and
    /// list blobs are enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure_blob: Option<AzureBlob>,
    /// A volume that all pods mount, for type `Volume`. Adding or removing it restarts the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<StoreVolume>,
}

impl Store {
    /// How requests to it are authenticated; `None` for a volume, and where the member of the type is missing.
    pub const fn auth(&self) -> Option<&Auth> {
        match self.kind {
            StoreType::S3 => match &self.s3 {
                Some(s3) => Some(&s3.auth),
                None => None,
            },
            StoreType::S3Compatible => match &self.s3_compatible {
                Some(s3) => Some(&s3.auth),
                None => None,
            },
            StoreType::Gcs => match &self.gcs {
                Some(gcs) => Some(&gcs.auth),
                None => None,
            },
            StoreType::AzureBlob => match &self.azure_blob {
                Some(blob) => Some(&blob.auth),
                None => None,
            },
            StoreType::Volume => None,
        }
    }
}

/// What kind of place a store is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[schemars(transform = crate::schema::without_description)]
pub enum StoreType {
    /// Amazon S3.
    #[default]
    S3,
    /// Any store that speaks the S3 API.
    S3Compatible,
    /// Google Cloud Storage.
    #[serde(rename = "GCS")]
    Gcs,
    /// Azure Blob Storage.
    AzureBlob,
    /// A volume that all pods mount.
    Volume,
}

impl StoreType {
    /// The text that stands in `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::S3Compatible => "S3Compatible",
            Self::Gcs => "GCS",
            Self::AzureBlob => "AzureBlob",
            Self::Volume => "Volume",
        }
    }

    /// The member that describes such a place.
    pub const fn member(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::S3Compatible => "s3Compatible",
            Self::Gcs => "gcs",
            Self::AzureBlob => "azureBlob",
            Self::Volume => "volume",
        }
    }
}

/// A volume that all pods mount and write to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoreVolume {
    /// The PersistentVolumeClaim, in the namespace of the DataPlane; needed in mode `Managed`, where pods on several
    /// nodes want one with the access mode `ReadWriteMany`. Example: `results`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_name: Option<ObjectName>,
}
