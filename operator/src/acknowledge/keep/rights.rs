//! What a DataPlane allows at the moment, whatever it allowed before.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{ObjectId, OriginConfig};
use imgplane_crds::DataPlaneRef;

use crate::{
    Snapshot, Validated, id_of,
    validate::{Terms, own_hosts},
};

/// The rights that one DataPlane gives.
pub(super) struct Rights<'a> {
    terms: Terms<'a>,
    default: bool,
    namespaces: &'a BTreeMap<String, BTreeMap<String, String>>,
    own_hosts: BTreeSet<&'a str>,
}

impl<'a> Rights<'a> {
    /// `None` when the DataPlane cannot be used.
    pub(super) fn of(id: &ObjectId, snapshot: &'a Snapshot, validated: &'a Validated) -> Option<Self> {
        let (id, plane) = validated.data_planes.get_key_value(id)?;
        let spec = &snapshot.data_planes.iter().find(|plane| id_of(*plane) == *id)?.spec;
        Some(Self {
            terms: Terms { data_plane: id, spec },
            default: plane.default,
            namespaces: &snapshot.namespaces,
            own_hosts: own_hosts(&plane.config).collect(),
        })
    }

    /// Whether an endpoint with this reference comes to this DataPlane.
    pub(super) fn serves(&self, namespace: &str, reference: Option<&DataPlaneRef>) -> bool {
        reference.map_or(self.default, |reference| {
            let namespace = reference.namespace.as_ref().map_or(namespace, |name| name.as_str());
            let own = self.terms.data_plane;
            own.name == reference.name.as_str() && own.namespace == namespace
        })
    }

    /// Whether endpoints of a namespace may attach.
    pub(super) fn admits(&self, namespace: &str) -> bool {
        self.terms.admits(namespace, self.namespaces)
    }

    /// Whether a namespace may use an account.
    pub(super) fn grants(&self, namespace: &str, account: &str) -> bool {
        self.terms.grants(namespace, account)
    }

    /// Whether a host belongs to the DataPlane and so to no endpoint.
    pub(super) fn owns_host(&self, host: &str) -> bool {
        self.own_hosts.contains(host)
    }

    /// Whether namespaces without a default endpoint are served by their oldest Origin.
    pub(super) fn has_implicit_endpoints(&self) -> bool {
        self.terms.spec.implicit_default_endpoint.unwrap_or_default()
    }

    /// Whether a namespace's origin gets what it needs of the pods: a volume must be there and be lent, and so must an
    /// identity.
    pub(super) fn can_run(&self, namespace: &str, origin: &OriginConfig) -> bool {
        self.terms.can_run(namespace, &origin.kind).is_ok()
    }
}
