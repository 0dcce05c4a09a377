//! Identities of the cloud that the pods have and lend to origins.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::text::{AnnotationValue, Audience, LabelName};

/// An identity of the cloud that the pods have, and who may use it. All pods of a DataPlane share one, so it is lent
/// only to namespaces that are named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadIdentity {
    /// Namespaces whose Origins may set `auth.type` to `WorkloadIdentity`. Default: none. Example: `[shop]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub allowed_namespaces: Vec<LabelName>,
    /// Annotations of the pods' ServiceAccount, by which clouds tie it to a role. Default: none.
    /// Example: `{eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/media-reader"}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    #[x_kube(validation = ("self.all(k, k.size() <= 317)", "has a key that is longer than an annotation's may be"))]
    pub service_account_annotations: BTreeMap<String, AnnotationValue>,
    /// Audience of a token that the pods mount at `/var/run/secrets/imgplane/identity/token`, named to the clients of the
    /// clouds by `AWS_WEB_IDENTITY_TOKEN_FILE` and `AZURE_FEDERATED_TOKEN_FILE`; what else these want, such as
    /// `AWS_ROLE_ARN`, is set in `podTemplate`. Default: none, for clouds that give pods their identity in another way.
    /// Example: `sts.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
}
