//! Where pods keep results.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::Store;
use crate::size::Size;

/// Where every pod keeps the results that it made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cache {
    /// Memory for results: `0`, none, or from `1Mi` to `64Gi`. It comes on top of what transformations take, so the
    /// pods' memory limit must have room for both. Default: `256Mi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// A folder for results, which outlives restarts of the container and not the pod. Adding, changing or removing it
    /// restarts the pods. Default: none, and results are kept in memory alone. Example: `{size: 10Gi}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<DiskCache>,
    /// A store behind memory and disk that all pods share, so that new pods, and pods elsewhere, find what others made.
    /// Default: none. Example: `{type: S3, s3: {bucket: results, region: eu-west-1, prefix: shop/, auth: {secretRef:
    /// {name: results}}}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Store>,
}

impl Cache {
    /// Bytes of memory where `memory` is absent: some thousand pictures of a web page.
    pub const DEFAULT_MEMORY: u64 = 256 << 20;
}

/// A folder for results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiskCache {
    /// How much results may take there, from `256Mi` to `16Ti`. Each pod asks its node for so much and a tenth more.
    /// Example: `10Gi`.
    pub size: Size,
}
