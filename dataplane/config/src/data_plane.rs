//! What holds for the whole pool of pods: hosts, network policy, limits.

use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{Cache, Purges, Stores, duration};

/// Settings of one DataPlane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataPlaneConfig {
    /// Shared hosts, lower case, without port. Empty: every host that is no custom domain is shared.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Custom domains that imply an account and are tied to no endpoint.
    #[serde(default)]
    pub domains: Vec<DomainAccount>,
    /// Which addresses origins may reach.
    #[serde(default)]
    pub network: Network,
    /// Bounds of each pod.
    #[serde(default)]
    pub limits: PodLimits,
    /// Where results are kept.
    #[serde(default, skip_serializing_if = "Cache::is_off")]
    pub cache: Cache,
    /// Where results and originals are kept for all pods.
    #[serde(default, skip_serializing_if = "Stores::is_empty")]
    pub stores: Stores,
    /// What was purged of it.
    #[serde(default, skip_serializing_if = "Purges::is_empty")]
    pub purges: Purges,
}

/// A host that stands for an account: prefixes stay in the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DomainAccount {
    /// Host, lower case, without port.
    pub host: String,
    /// The account it implies.
    pub account: String,
}

/// Network policy of origins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// Private addresses that origins may reach; empty means public addresses only.
    pub allowed_cidrs: Vec<IpNet>,
    /// Peers whose `X-Forwarded-Host` counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<IpNet>,
    /// Proxy through which public addresses are reached, `http://HOST:PORT`; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub egress_proxy: Option<String>,
}

impl Default for Network {
    /// RFC 1918 and unique-local ranges, because servers inside the cluster are a normal origin.
    fn default() -> Self {
        let allowed_cidrs = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect();
        Self { allowed_cidrs, trusted_proxies: Vec::new(), egress_proxy: None }
    }
}

/// Bounds of one pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodLimits {
    /// Bytes that images in flight may take; absent: derived from the cgroup limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_budget: Option<u64>,
    /// Transformations at once; 0: one per core.
    pub max_concurrency: u32,
    /// Requests that may wait for a worker or for memory; beyond it the answer is 503.
    pub queue: u32,
    /// How long a request waits there before it is answered 503, in milliseconds on the wire.
    #[serde(with = "duration")]
    pub queue_timeout: Duration,
}

impl Default for PodLimits {
    fn default() -> Self {
        Self { memory_budget: None, max_concurrency: 0, queue: 256, queue_timeout: Duration::from_secs(5) }
    }
}
