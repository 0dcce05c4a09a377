//! How many pods a drain of nodes may take at once.

use k8s_openapi::{
    api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};

use super::metadata::{desired, metadata, pod_selector};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{WORKLOAD_MANAGER, object_name},
};

pub(super) fn disruption_budget(owner: &Owner) -> Desired {
    let name = object_name(&owner.id);
    let budget = PodDisruptionBudget {
        metadata: metadata(owner, &name),
        spec: Some(PodDisruptionBudgetSpec {
            // One by one for any number of pods; `minAvailable: 1` would let no node with a single pod ever drain.
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(pod_selector(&owner.id)),
            // A pod that serves nothing must not hold a node.
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
            min_available: None,
        }),
        status: None,
    };
    desired(OwnedKind::PodDisruptionBudget, owner, &name, WORKLOAD_MANAGER, &budget)
}
