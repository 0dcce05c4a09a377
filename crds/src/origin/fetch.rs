//! Timeouts, retries and limits of fetching.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::{duration::Duration, size::Size};

/// Timeouts, retries and limits of fetching from an origin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fetch {
    /// Longest wait for a connection, name resolution included, and again for the TLS handshake. Default: `3s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_timeout: Option<Duration>,
    /// Longest wait from the request to the headers of the response. Default: `8s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers_timeout: Option<Duration>,
    /// Longest pause between two pieces of the body. Default: `10s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_stall_timeout: Option<Duration>,
    /// Longest fetch of a file that is transformed; of a file that is passed through, longest wait for its first
    /// bytes, after which `bodyStallTimeout` alone counts. Default: `30s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_timeout: Option<Duration>,
    /// Further attempts after a failure that may be repeated, such as a reset connection. Default: `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub retries: Option<u8>,
    /// Largest file that is delivered at all; what is transformed obeys the endpoint's `limits.maxInputBytes`
    /// too. Default: `10Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_object_size: Option<Size>,
    /// Requests to this origin at once, per pod. Default: `64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub max_concurrency: Option<u32>,
}
