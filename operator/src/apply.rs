//! From desired objects to the cluster: server-side apply in order, and pruning by exact name.
//!
//! Decides what is sent, what is left alone and what is deleted; what the objects say is decided by the render stage.

mod call;
mod error;
mod memory;
mod read_back;
mod replicas;
mod server_side;

use std::fmt;

use imgplane_config::ObjectId;
use k8s_openapi::api::{
    apps::v1::Deployment,
    autoscaling::v2::HorizontalPodAutoscaler,
    core::v1::{ConfigMap, Secret, Service, ServiceAccount},
    networking::v1::{Ingress, NetworkPolicy},
    policy::v1::PodDisruptionBudget,
};
use kube::discovery::ApiResource;

pub use error::{ApplyError, Subject, Verb};
pub use server_side::{Applied, Applier};

/// A kind of object that the operator makes for a DataPlane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnedKind {
    /// Endpoint and origin records.
    ConfigMap,
    /// Credential records, and the admin token.
    Secret,
    /// What pods run as; it is given no right.
    ServiceAccount,
    /// The pods of a Managed DataPlane.
    Deployment,
    /// Where they are reached.
    Service,
    /// How many of them may be evicted at once.
    PodDisruptionBudget,
    /// Who reaches which of their ports.
    NetworkPolicy,
    /// How many there are, where that depends on load.
    HorizontalPodAutoscaler,
    /// Exposure by an Ingress controller.
    Ingress,
    /// Exposure by a Gateway.
    HttpRoute,
}

impl OwnedKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::ConfigMap,
        Self::Secret,
        Self::ServiceAccount,
        Self::Deployment,
        Self::Service,
        Self::PodDisruptionBudget,
        Self::NetworkPolicy,
        Self::HorizontalPodAutoscaler,
        Self::Ingress,
        Self::HttpRoute,
    ];

    /// The text that stands in `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
            Self::ServiceAccount => "ServiceAccount",
            Self::Deployment => "Deployment",
            Self::Service => "Service",
            Self::PodDisruptionBudget => "PodDisruptionBudget",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::HorizontalPodAutoscaler => "HorizontalPodAutoscaler",
            Self::Ingress => "Ingress",
            Self::HttpRoute => "HTTPRoute",
        }
    }

    /// Group, version, kind and plural, as requests need them.
    pub fn api_resource(self) -> ApiResource {
        match self {
            Self::ConfigMap => ApiResource::erase::<ConfigMap>(&()),
            Self::Secret => ApiResource::erase::<Secret>(&()),
            Self::ServiceAccount => ApiResource::erase::<ServiceAccount>(&()),
            Self::Deployment => ApiResource::erase::<Deployment>(&()),
            Self::Service => ApiResource::erase::<Service>(&()),
            Self::PodDisruptionBudget => ApiResource::erase::<PodDisruptionBudget>(&()),
            Self::NetworkPolicy => ApiResource::erase::<NetworkPolicy>(&()),
            Self::HorizontalPodAutoscaler => ApiResource::erase::<HorizontalPodAutoscaler>(&()),
            Self::Ingress => ApiResource::erase::<Ingress>(&()),
            Self::HttpRoute => ApiResource {
                group: "gateway.networking.k8s.io".to_owned(),
                version: "v1".to_owned(),
                api_version: "gateway.networking.k8s.io/v1".to_owned(),
                kind: "HTTPRoute".to_owned(),
                plural: "httproutes".to_owned(),
            },
        }
    }
}

impl fmt::Display for OwnedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Half of what is made for a DataPlane. Each is applied and pruned by itself, so that trouble with one does not hold up the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What pods mount. It comes first: a pod must not start before its config.
    Config,
    /// The pods and what is around them.
    Workload,
}

impl Part {
    /// The part that objects of a kind belong to.
    pub const fn of(kind: OwnedKind) -> Self {
        match kind {
            OwnedKind::ConfigMap | OwnedKind::Secret => Self::Config,
            OwnedKind::ServiceAccount
            | OwnedKind::Deployment
            | OwnedKind::Service
            | OwnedKind::PodDisruptionBudget
            | OwnedKind::NetworkPolicy
            | OwnedKind::HorizontalPodAutoscaler
            | OwnedKind::Ingress
            | OwnedKind::HttpRoute => Self::Workload,
        }
    }
}

/// The DataPlane on whose behalf objects exist: it becomes their owner, so that they go when it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The DataPlane.
    pub id: ObjectId,
    /// Its `metadata.uid`.
    pub uid: String,
}

/// An object as it should be: only the fields that the operator wants to own.
#[derive(Clone, PartialEq)]
pub struct Desired {
    /// Its kind.
    pub kind: OwnedKind,
    /// Its namespace and name.
    pub id: ObjectId,
    /// The field manager it is applied by, one of [`crate::labels`].
    pub manager: &'static str,
    /// The whole object, `apiVersion`, `kind` and `metadata` included.
    pub object: serde_json::Value,
}

/// Names the object and not its content: a Secret's content must not get into a log.
impl fmt::Debug for Desired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Desired({} {} by {})", self.kind, self.id, self.manager)
    }
}

#[cfg(test)]
mod tests;
