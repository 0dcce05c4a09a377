//! References between objects. Except for the DataPlane, they stay inside the namespace.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::text::{DataKey, LabelName, ObjectName};

/// An Origin of the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OriginRef {
    /// Name of an Origin of the same namespace. Example: `photos`.
    pub name: ObjectName,
}

/// A Secret of the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// Name of a Secret of the same namespace. Example: `s3-media`.
    pub name: ObjectName,
}

/// A value in a Secret of the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// Name of a Secret of the same namespace. Example: `web`.
    pub name: ObjectName,
    /// Key of the value. Example: `token`.
    pub key: DataKey,
}

/// A DataPlane of any namespace that admits the one who refers to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataPlaneRef {
    /// Name of the DataPlane. Example: `default`.
    pub name: ObjectName,
    /// Namespace of the DataPlane. Default: the namespace of the UrlEndpoint. Example: `imgplane-system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<LabelName>,
}
