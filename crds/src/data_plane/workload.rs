//! How many pods there are, and the certificate that they show.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::reference::SecretRef;

/// A number of pods that follows their CPU use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("(has(self.min) ? self.min : 2) <= (has(self.max) ? self.max : 20)")
        .message("must be at least min, which is 2 where it is absent")
        .field_path(".max")
)]
#[serde(rename_all = "camelCase")]
pub struct Autoscaling {
    /// Fewest pods. Default: `2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub min: Option<i32>,
    /// Most pods. Default: `20`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub max: Option<i32>,
    /// CPU use that is aimed at, in percent of what the pods request. Default: `70`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub cpu_utilization: Option<i32>,
}

impl Autoscaling {
    /// Fewest pods where `min` is absent: one may go while the other serves.
    pub const DEFAULT_MIN: i32 = 2;
    /// Most pods where `max` is absent.
    pub const DEFAULT_MAX: i32 = 20;
    /// CPU use in percent where `cpuUtilization` is absent: leaves room for the time that a new pod needs.
    pub const DEFAULT_CPU_UTILIZATION: i32 = 70;
}

/// The certificate of the delivery port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// A Secret of type `kubernetes.io/tls` with the keys `tls.crt` and `tls.key`. A renewed certificate is taken
    /// without a restart.
    pub secret_ref: SecretRef,
}
