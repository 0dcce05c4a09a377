//! Buckets of Amazon S3 and of stores that speak its API.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{Auth, StoreTls};
use crate::text::{AmazonBucket, Bucket, Folder, OptionalAddress, Region, WebAddress};

/// A bucket of Amazon S3. The permission `s3:GetObject` is enough; with `s3:ListBucket` an absent file is told
/// from a forbidden one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct S3 {
    /// Name of the bucket. Example: `shop-media`.
    pub bucket: AmazonBucket,
    /// Region of the bucket. Default: found out with the first request. Example: `eu-west-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Address that replaces Amazon's own, such as a private link. Default: `https://s3.REGION.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<OptionalAddress>,
    /// Folder inside the bucket that paths start from, as literal text. Default: the root. Example: `raw/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Folder>,
    /// How requests are authenticated. The Secret has the keys `accessKey`, `secretKey` and, for temporary credentials,
    /// `sessionToken`. Example: `{type: Secret, secretRef: {name: s3-media}}`.
    pub auth: Auth,
}

/// A bucket of a store that speaks the S3 API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.auth.type != 'WorkloadIdentity'")
        .message("cannot be WorkloadIdentity here: only clouds lend identities; set Secret or Anonymous")
        .field_path(".auth.type")
)]
#[serde(rename_all = "camelCase")]
pub struct S3Compatible {
    /// Name of the bucket. Example: `media`.
    pub bucket: Bucket,
    /// Address of the store. Example: `https://minio.shop.svc:9000`.
    pub endpoint: WebAddress,
    /// Region that requests are signed for. Default: read from the address of well-known stores, else
    /// `us-east-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Put the bucket into the path instead of the host name; most self-hosted stores need it. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub force_path_style: Option<bool>,
    /// Folder inside the bucket that paths start from, as literal text. Default: the root. Example: `raw/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Folder>,
    /// How requests are authenticated: `Secret` or `Anonymous`. The Secret has the keys `accessKey`, `secretKey` and, for
    /// temporary credentials, `sessionToken`. Example: `{type: Secret, secretRef: {name: minio}}`.
    pub auth: Auth,
    /// Whom to trust. Default: the public certificate authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<StoreTls>,
}

/// A bucket of Amazon S3 that Cloudinary backs up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloudinaryBackup {
    /// Name of the bucket. Example: `shop-backup`.
    pub bucket: AmazonBucket,
    /// Region of the bucket. Default: found out with the first request. Example: `eu-west-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Address that replaces Amazon's own, such as a private link. Default: `https://s3.REGION.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<OptionalAddress>,
    /// Folder inside the bucket that paths start from, as literal text. Default: the root. Example: `backup/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Folder>,
    /// Ask for keys in which special characters are percent-encoded, as some backups have them: `image+1.jpg` in the
    /// URL is the object `image%2B1.jpg`. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encode_object_keys: Option<bool>,
    /// How requests are authenticated. The Secret has the keys `accessKey`, `secretKey` and, for temporary credentials,
    /// `sessionToken`. Example: `{type: Secret, secretRef: {name: s3-backup}}`.
    pub auth: Auth,
}
