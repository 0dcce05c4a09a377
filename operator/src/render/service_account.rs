//! What the pods run as. It is given no right in the cluster, and no token for it is mounted. Clouds may tie it to a role
//! of theirs by annotations.

use std::collections::BTreeMap;

use imgplane_crds::DataPlaneSpec;
use k8s_openapi::{api::core::v1::ServiceAccount, apimachinery::pkg::apis::meta::v1::ObjectMeta};

use super::metadata::{desired, metadata};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{WORKLOAD_MANAGER, object_name},
};

pub(super) fn service_account(owner: &Owner, spec: &DataPlaneSpec) -> Desired {
    let name = object_name(&owner.id);
    let annotations =
        spec.workload_identity.iter().flat_map(|identity| &identity.service_account_annotations);
    let annotations: BTreeMap<_, _> =
        annotations.map(|(key, value)| (key.clone(), value.to_string())).collect();
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
