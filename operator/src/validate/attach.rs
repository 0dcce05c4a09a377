//! Which DataPlane serves an endpoint, and whether it may.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_crds::UrlEndpointSpec;

use super::{
    Fault, Findings,
    data_plane::{Plane, Planes},
};

/// The DataPlane that an endpoint attaches to; reports why it attaches to none.
pub(super) fn attach<'p, 'a>(
    id: &ObjectId,
    spec: &UrlEndpointSpec,
    account: &str,
    planes: &'p Planes<'a>,
    namespaces: &BTreeMap<String, BTreeMap<String, String>>,
    findings: &mut Findings,
) -> Option<&'p Plane<'a>> {
    let plane = match find(id, spec, planes) {
        Ok(plane) => plane,
        Err(fault) => {
            findings.report("spec.dataPlaneRef", &fault);
            return None;
        }
    };
    let data_plane = plane.id.clone();
    let namespace = id.namespace.clone();
    if !plane.admits(&namespace, namespaces) {
        findings.report("spec.dataPlaneRef", &Fault::NamespaceNotAdmitted { data_plane, namespace });
        return None;
    }
    if !plane.grants(&namespace, account) {
        let account = account.to_owned();
        findings.report("spec.accountId", &Fault::AccountNotGranted { account, namespace, data_plane });
        return None;
    }
    if plane.config.is_none() {
        findings.report("spec.dataPlaneRef", &Fault::DataPlaneNotAccepted { data_plane });
        return None;
    }
    Some(plane)
}

fn find<'p, 'a>(
    id: &ObjectId,
    spec: &UrlEndpointSpec,
    planes: &'p Planes<'a>,
) -> Result<&'p Plane<'a>, Fault> {
    let wanted = match &spec.data_plane_ref {
        Some(wanted) => {
            let namespace = wanted.namespace.as_ref().map_or(id.namespace.as_str(), |name| name.as_str());
            ObjectId::new(namespace, wanted.name.as_str())
        }
        None => match &planes.default {
            Some(default) => default.clone(),
            None => return Err(Fault::NoDefaultDataPlane { existing: planes.names() }),
        },
    };
    match planes.by_id.get(&wanted) {
        Some(plane) => Ok(plane),
        None if planes.is_unreadable(&wanted) => Err(Fault::DataPlaneNotAccepted { data_plane: wanted }),
        None => Err(Fault::NoSuchDataPlane { data_plane: wanted, existing: planes.names() }),
    }
}
