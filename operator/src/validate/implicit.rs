//! `implicitDefaultEndpoint`: a namespace with Origins and no default UrlEndpoint is served by its oldest Origin.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::ObjectId;
use imgplane_crds::UrlEndpoint;

use super::{
    bound::RESERVED_ACCOUNT,
    data_plane::{Plane, Planes},
    origin::Origins,
    reference::can_run,
};
use crate::ValidEndpoint;

/// For each DataPlane that asks for it: the origin that serves each namespace's default address.
pub(super) fn choose(
    endpoints: &BTreeMap<ObjectId, &UrlEndpoint>,
    accepted: &BTreeMap<ObjectId, ValidEndpoint>,
    planes: &Planes<'_>,
    origins: &mut Origins,
    namespaces: &BTreeMap<String, BTreeMap<String, String>>,
) -> BTreeMap<ObjectId, BTreeMap<String, ObjectId>> {
    // Whoever wrote a default endpoint, even a wrong one, does not want another in its place.
    let declared: BTreeSet<&str> = endpoints
        .iter()
        .filter(|(_, endpoint)| endpoint.spec.url_prefix.as_deref().unwrap_or_default().is_empty())
        .map(|(id, _)| id.namespace.as_str())
        .collect();
    let asking = planes
        .by_id
        .values()
        .filter(|plane| plane.config.is_some() && plane.spec.implicit_default_endpoint.unwrap_or_default());
    let mut chosen = BTreeMap::new();
    for plane in asking {
        let taken: BTreeSet<&str> = accepted
            .values()
            .filter(|endpoint| endpoint.data_plane == plane.id && endpoint.config.prefix.is_empty())
            .map(|endpoint| endpoint.config.account.as_str())
            .collect();
        let open = |namespace: &str| {
            namespace != RESERVED_ACCOUNT
                && !declared.contains(namespace)
                && !taken.contains(namespace)
                && plane.admits(namespace, namespaces)
        };
        let oldest = oldest(origins, plane, open);
        for id in oldest.values() {
            if let Some(origin) = origins.get_mut(id) {
                origin.data_planes.insert(plane.id.clone());
            }
        }
        chosen.insert(plane.id.clone(), oldest);
    }
    chosen
}

/// The oldest origin of each open namespace that the DataPlane can run.
fn oldest(origins: &Origins, plane: &Plane<'_>, open: impl Fn(&str) -> bool) -> BTreeMap<String, ObjectId> {
    let mut by_age: Vec<_> = origins
        .valid()
        .filter(|(id, parsed)| open(&id.namespace) && can_run(id, &parsed.valid, plane).is_ok())
        .map(|(_, parsed)| &parsed.seniority)
        .collect();
    by_age.sort();
    let mut oldest = BTreeMap::new();
    for (_, id) in by_age {
        oldest.entry(id.namespace.clone()).or_insert_with(|| id.clone());
    }
    oldest
}
