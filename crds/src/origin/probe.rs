//! How an origin is tried when nobody asks it for files.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::{duration::Duration, text::FilePath};

/// How the origin is tried when nobody asks it for files, so that its status tells what is wrong with it before any
/// traffic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// Whether it is tried at all. Without probes `Reachable` is known from requests only. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Path of a file that is there, as in a URL behind the endpoint; it may carry a query for a web server. Needed
    /// where the origin answers 403 instead of 404 for absent files. Default: a file that cannot be there is asked
    /// for, and that it is absent shows that the origin works. Example: `products/hat.jpg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<FilePath>,
    /// Time between two probes of an origin that works and that nobody asks for files, from `10s` to `24h`. One that
    /// does not work is tried more often. Default: `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
}
