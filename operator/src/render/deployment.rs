//! The pods: how many, and how one set of them follows another.

use imgplane_crds::{DataPlaneSpec, data_plane::DEFAULT_REPLICAS};
use k8s_openapi::{
    api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment},
    apimachinery::pkg::util::intstr::IntOrString,
};
use serde_json::Value;

use super::metadata::{desired, metadata, pod_selector};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{WORKLOAD_MANAGER, object_name},
};

/// Old replica sets that are kept for `kubectl rollout undo`; the operator would undo the undoing anyway.
const REVISION_HISTORY: i32 = 3;

/// The Deployment with this pod template.
pub(super) fn deployment(owner: &Owner, spec: &DataPlaneSpec, template: Value) -> Desired {
    let name = object_name(&owner.id);
    let deployment = Deployment {
        metadata: metadata(owner, &name),
        spec: Some(DeploymentSpec {
            // Where the autoscaler sets the number, naming one here would fight with it.
            replicas: spec.autoscaling.is_none().then(|| spec.replicas.unwrap_or(DEFAULT_REPLICAS)),
            revision_history_limit: Some(REVISION_HISTORY),
            selector: pod_selector(&owner.id),
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".to_owned()),
                // An old pod goes when a new one serves.
                rolling_update: Some(RollingUpdateDeployment {
                    max_unavailable: Some(IntOrString::Int(0)),
                    max_surge: Some(IntOrString::Int(1)),
                }),
            }),
            ..DeploymentSpec::default()
        }),
        status: None,
    };
    let mut desired = desired(OwnedKind::Deployment, owner, &name, WORKLOAD_MANAGER, &deployment);
    if let Some(spec) = desired.object.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("template".to_owned(), template);
    }
    desired
}
