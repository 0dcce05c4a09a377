//! How origins and stores authenticate.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reference::SecretRef;

/// How requests are authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.type != 'Secret' || has(self.secretRef)")
        .message("is required when auth.type is Secret; without credentials set auth.type to Anonymous")
        .field_path(".secretRef"),
    validation = Rule::new("self.type == 'Secret' || !has(self.secretRef)")
        .message("is used when auth.type is Secret alone: remove it, or set auth.type to Secret")
        .field_path(".secretRef")
)]
#[serde(rename_all = "camelCase")]
pub struct Auth {
    /// Where credentials come from: `Secret`; `WorkloadIdentity`, the identity that the cloud lends to the pods, which an
    /// Origin gets where the DataPlane's `workloadIdentity` lends it to its namespace; or `Anonymous` for a public place
    /// whose requests are not signed. Default: `Secret`.
    #[serde(rename = "type", default)]
    pub kind: AuthType,
    /// The Secret that holds the credentials, for type `Secret`. Its keys depend on the type of the place: see `auth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretRef>,
}

/// Where credentials come from.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[schemars(transform = crate::schema::without_description)]
pub enum AuthType {
    /// From a Secret of the same namespace.
    #[default]
    Secret,
    /// From the cloud, which lends the pods an identity.
    WorkloadIdentity,
    /// From nowhere: requests are not signed.
    Anonymous,
}

impl AuthType {
    /// The text that stands in `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::WorkloadIdentity => "WorkloadIdentity",
            Self::Anonymous => "Anonymous",
        }
    }
}
