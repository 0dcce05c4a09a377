//! What the pods run as. It is given no right in the cluster, and no token for it is mounted. Clouds may tie it to a role
//! of theirs by annotations.

use std::collections::BTreeMap;

use imgplane_config::Hash;
use imgplane_crds::DataPlaneSpec;
use k8s_openapi::{api::core::v1::ServiceAccount, apimachinery::pkg::apis::meta::v1::ObjectMeta};

use super::metadata::{desired, metadata};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{SERVICE_ACCOUNT, WORKLOAD_MANAGER, object_name},
};

pub(super) fn service_account(owner: &Owner, spec: &DataPlaneSpec) -> Desired {
    let name = object_name(&owner.id);
    let annotations = annotations(spec);
    let account = ServiceAccount {
        metadata: ObjectMeta {
            annotations: (!annotations.is_empty()).then_some(annotations),
            ..metadata(owner, &name)
        },
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    };
    desired(OwnedKind::ServiceAccount, owner, &name, WORKLOAD_MANAGER, &account)
}

/// Annotation of the pods by which a change of the account's annotations makes new ones: what a cloud puts into a pod
/// by them, it puts there when the pod is made. Empty where there are none.
pub(super) fn pod_annotations(spec: &DataPlaneSpec) -> BTreeMap<String, String> {
    let annotations = annotations(spec);
    if annotations.is_empty() {
        return annotations;
    }
    // Plain data always becomes JSON, and a map of this kind is in order.
    let hash = Hash::of(&serde_json::to_vec(&annotations).unwrap_or_default());
    BTreeMap::from([(SERVICE_ACCOUNT.to_owned(), hash.to_string())])
}

fn annotations(spec: &DataPlaneSpec) -> BTreeMap<String, String> {
    let annotations =
        spec.workload_identity.iter().flat_map(|identity| &identity.service_account_annotations);
    annotations.map(|(key, value)| (key.clone(), value.to_string())).collect()
}
