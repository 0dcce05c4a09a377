//! What every object of a DataPlane carries: name, labels, owner.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_crds::{API_VERSION, Kind};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, OwnerReference};
use serde::Serialize;

use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{APP_INSTANCE, APP_NAME, DATA_PLANE, DATA_PLANE_APP, MANAGED_BY, OPERATOR},
};

/// Labels of every object, and of the pods of a Managed DataPlane.
pub(super) fn labels(data_plane: &ObjectId) -> BTreeMap<String, String> {
    let mut labels = pod_labels(data_plane);
    labels.insert(MANAGED_BY.to_owned(), OPERATOR.to_owned());
    labels.insert(APP_INSTANCE.to_owned(), data_plane.name.clone());
    labels
}

/// Labels by which the pods of a Managed DataPlane are selected. [`DATA_PLANE`] alone would take in the sidecars of
/// others, which carry it too.
pub(super) fn pod_labels(data_plane: &ObjectId) -> BTreeMap<String, String> {
    BTreeMap::from([
        (APP_NAME.to_owned(), DATA_PLANE_APP.to_owned()),
        (DATA_PLANE.to_owned(), data_plane.name.clone()),
    ])
}

/// Selects the pods of a Managed DataPlane.
pub(super) fn pod_selector(data_plane: &ObjectId) -> LabelSelector {
    LabelSelector { match_labels: Some(pod_labels(data_plane)), match_expressions: None }
}

/// Metadata of an object of this name.
pub(super) fn metadata(owner: &Owner, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(owner.id.namespace.clone()),
        labels: Some(labels(&owner.id)),
        owner_references: Some(vec![OwnerReference {
            api_version: API_VERSION.to_owned(),
            kind: Kind::DataPlane.as_str().to_owned(),
            name: owner.id.name.clone(),
            uid: owner.uid.clone(),
            controller: Some(true),
            // A delete of the DataPlane must not wait for its objects.
            block_owner_deletion: Some(false),
        }]),
        ..ObjectMeta::default()
    }
}

/// The object as it is applied.
pub(super) fn desired(
    kind: OwnedKind,
    owner: &Owner,
    name: &str,
    manager: &'static str,
    object: &impl Serialize,
) -> Desired {
    Desired {
        kind,
        id: ObjectId::new(&owner.id.namespace, name),
        manager,
        // Plain data always becomes JSON; null would make every golden file of these objects fail.
        object: serde_json::to_value(object).unwrap_or_default(),
    }
}
