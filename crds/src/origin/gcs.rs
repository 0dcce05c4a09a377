//! Buckets of Google Cloud Storage.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::Auth;
use crate::text::{Folder, GoogleBucket, OptionalAddress};

/// A bucket of Google Cloud Storage. The role Storage Object Viewer is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gcs {
    /// Name of the bucket. Example: `shop-media`.
    pub bucket: GoogleBucket,
    /// Folder inside the bucket that paths start from, as literal text. Default: the root. Example: `raw/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Folder>,
    /// Address that replaces Google's own, such as Private Service Connect or an emulator.
    /// Default: `https://storage.googleapis.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<OptionalAddress>,
    /// How requests are authenticated. The Secret has the key `key.json`, the key file of a service account, or the keys
    /// `clientEmail` and `privateKey`. Example: `{type: Secret, secretRef: {name: gcs-media}}`.
    pub auth: Auth,
}
