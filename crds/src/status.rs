//! What is written back into the objects: conditions, and the values of the printer columns.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// State of an Origin, as the operator last saw it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OriginStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// `Accepted`, `ResolvedRefs`, `Programmed` and `Reachable`; `Ready` sums them up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// How many UrlEndpoints list this Origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub endpoints: Option<i32>,
    /// How the Origin fares, as probes and the requests of the last minute show it: `Healthy`, `Degraded` (failures
    /// beside successes), `Failing` or `Unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// What fails while the Origin is `Degraded` or `Failing`, worst first, at most five. Counts and times are as of
    /// the last change of this status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub last_errors: Vec<LastError>,
    /// Tells one version of the credential from another without telling anything about it; changes when the Secret's
    /// used keys change. Example: `9f86d081`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub credential_fingerprint: Option<String>,
    /// When the credential expires, where it tells: the end of a shared access signature of Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_expiry: Option<Time>,
}

/// How an Origin fares, never as a number.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[schemars(transform = crate::schema::without_description)]
pub enum Health {
    /// Files arrive.
    Healthy,
    /// Some requests fail beside others that succeed.
    Degraded,
    /// Requests fail.
    Failing,
    /// Nothing is known.
    #[default]
    Unknown,
}

impl Health {
    /// The text that stands in `health`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Degraded => "Degraded",
            Self::Failing => "Failing",
            Self::Unknown => "Unknown",
        }
    }
}

/// One class of failure of an Origin, with its latest sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastError {
    /// The `ik-error` code that clients see. Example: `EACCES`.
    #[schemars(length(max = 64))]
    pub code: String,
    /// What happened, in one word. Example: `CredentialsInvalid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub reason: Option<String>,
    /// What happened and what to do.
    #[schemars(length(max = 1024))]
    pub message: String,
    /// HTTP status of the origin's answer, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 999))]
    pub http_status: Option<u16>,
    /// The provider's own error code. Example: `InvalidAccessKeyId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub provider_code: Option<String>,
    /// Path of the file that such a request asked for; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub sample_path: Option<String>,
    /// When the first such failure of those counted was seen.
    pub first_seen: Time,
    /// When the latest such failure was seen.
    pub last_seen: Time,
    /// How many such failures pods counted within a minute.
    #[schemars(range(min = 0))]
    pub count: i64,
    /// How many pods had such failures.
    #[schemars(range(min = 0))]
    pub pods: i32,
}

/// State of a UrlEndpoint, as the operator last saw it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct UrlEndpointStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// `Accepted`, `ResolvedRefs` and `Programmed`; `Ready` sums them up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Where the endpoint's URLs begin. Example: `https://img.example.com/shop/products`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub url: Option<String>,
    /// Usable origins of all that are listed. Example: `2/3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub origins: Option<String>,
}

/// State of a DataPlane, as the operator last saw it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataPlaneStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// `Accepted`, `ResolvedRefs` and `Programmed`; `Ready` sums them up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Where the pool is reached. Example: `https://img.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub url: Option<String>,
    /// Pods that run the newest config, of all that are ready. Example: `3/3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub pods: Option<String>,
    /// How many UrlEndpoints the pool serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub endpoints: Option<i32>,
    /// Addresses from which the pool's pods reach origins, for the firewalls of those who run these: what
    /// `spec.egressIPs` says. Example: `[203.0.113.7]`.
    #[serde(rename = "egressIPs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 64)))]
    pub egress_ips: Vec<String>,
}
