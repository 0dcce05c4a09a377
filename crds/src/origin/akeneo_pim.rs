//! Media files of an Akeneo PIM.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::Auth;
use crate::text::WebAddress;

/// The media files of an Akeneo PIM. URLs name them as `media-files/CODE`, `asset-media-files/CODE` or
/// `reference-entities-media-files/CODE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.auth.type == 'Secret'")
        .message("must be Secret: Akeneo knows no other way; name a Secret with the keys of a connection")
        .field_path(".auth.type")
)]
#[serde(rename_all = "camelCase")]
pub struct AkeneoPim {
    /// Root address of the instance. Example: `https://pim.example.com`.
    pub base_url: WebAddress,
    /// How requests are authenticated, always by a Secret. It has the keys `clientId`, `clientSecret`, `username` and
    /// `password` of a connection that may download media files.
    /// Example: `{type: Secret, secretRef: {name: akeneo}}`.
    pub auth: Auth,
}
