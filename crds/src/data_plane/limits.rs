//! Network policy and bounds of the pods.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::{duration::Duration, size::OptionalSize, text::Cidr};

/// Which addresses origins may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// Private address ranges that origins may reach besides public addresses; an empty list means public
    /// addresses only. Link-local and cloud metadata addresses are never reached.
    /// Default: `[10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "fc00::/7"]`.
    #[serde(rename = "allowedCIDRs", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub allowed_cidrs: Option<Vec<Cidr>>,
}

/// Bounds of each pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodLimits {
    /// Memory that the images in work may take. Default: derived from the pod's memory limit. Example: `1Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_budget: Option<OptionalSize>,
    /// Transformations at once. Default: `0`, which means one per core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1024))]
    pub max_concurrency: Option<u32>,
    /// Requests that may wait for a worker or for memory; further ones are answered 503. Default: `256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub queue: Option<u32>,
    /// Longest wait in the queue before a request is answered 503. Default: `5s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_timeout: Option<Duration>,
}
