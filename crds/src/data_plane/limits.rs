//! Network policy and bounds of the pods.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration,
    size::OptionalSize,
    text::{Cidr, ProxyAddress},
};

/// Which addresses origins may reach, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// Private address ranges that origins may reach besides public addresses; an empty list means public
    /// addresses only. Link-local and cloud metadata addresses are never reached.
    /// Default: `[10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "fc00::/7"]`.
    #[serde(rename = "allowedCIDRs", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub allowed_cidrs: Option<Vec<Cidr>>,
    /// Addresses of load balancers and proxies whose `X-Forwarded-For` and `X-Forwarded-Host` are believed.
    /// Default: none. Example: `[10.0.0.0/16]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub trusted_proxies: Vec<Cidr>,
    /// Proxy through which origins at public addresses are reached; private ones are reached directly. Default: none.
    /// Example: `http://proxy.example.com:3128`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub egress_proxy: Option<ProxyAddress>,
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
