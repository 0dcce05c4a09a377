//! Volumes on which pods keep what they share: where they are, and how pods come to write to them.

use std::collections::BTreeMap;

use imgplane_config::StoreRole;
use imgplane_crds::DataPlaneSpec;

use crate::validate::{claim, stores_of};

/// The folder in the container that holds one folder for each of them.
pub(super) const PATH: &str = "/var/lib/imgplane";
/// What the names of their volumes begin with.
const VOLUME: &str = "imgplane-store-";

/// The claims of the stores that are on volumes.
pub(super) fn claims(spec: &DataPlaneSpec) -> BTreeMap<StoreRole, String> {
    stores_of(spec).filter_map(|(role, store)| Some((role, claim(store)?.to_owned()))).collect()
}

/// Name of the volume in the pod.
pub(super) fn volume(role: StoreRole) -> String {
    format!("{VOLUME}{}", role.folder())
}

/// Where it is mounted.
pub(super) fn path(role: StoreRole) -> String {
    format!("{PATH}/{}", role.folder())
}
