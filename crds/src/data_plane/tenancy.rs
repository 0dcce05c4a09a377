//! What namespaces get from a DataPlane: accounts, hosts, volumes.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::text::{AccountId, HostName, LabelName, ObjectName};

/// A host that implies an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainAccount {
    /// The host. Example: `static.example.com`.
    pub host: HostName,
    /// The account that its URLs belong to. Example: `shop`.
    #[x_kube(validation = ("self != ''", "must name an account"))]
    pub account: AccountId,
}

/// Account ids that a namespace may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountGrant {
    /// The namespace. Example: `shop`.
    pub namespace: LabelName,
    /// The account ids that its UrlEndpoints may use besides the namespace's name. Example: `[acme]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(validation = ("self.all(a, a != '')", "must not hold an empty account id"))]
    pub account_ids: Vec<AccountId>,
}

/// A volume that the pods mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct MountedVolume {
    /// Name by which Origins refer to it. Example: `photos`.
    pub name: LabelName,
    /// The PersistentVolumeClaim, in the namespace of the DataPlane. Example: `photos-pvc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_name: Option<ObjectName>,
    /// Namespaces whose Origins may read it. Default: every namespace that may use the DataPlane.
    /// Example: `[shop]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub allowed_namespaces: Option<Vec<LabelName>>,
}
