//! What a DataPlane allows at the moment, whatever it allowed before.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{ObjectId, OriginConfig, OriginKind};
use imgplane_crds::{DataPlaneRef, DataPlaneSpec};

use crate::{Snapshot, Validated, id_of};

/// The rights that one DataPlane gives.
pub(super) struct Rights<'a> {
    id: &'a ObjectId,
    spec: &'a DataPlaneSpec,
    default: bool,
    namespaces: &'a BTreeMap<String, BTreeMap<String, String>>,
    own_hosts: BTreeSet<&'a str>,
}

impl<'a> Rights<'a> {
    /// `None` when the DataPlane cannot be used.
    pub(super) fn of(id: &ObjectId, snapshot: &'a Snapshot, validated: &'a Validated) -> Option<Self> {
        let (id, plane) = validated.data_planes.get_key_value(id)?;
        let spec = &snapshot.data_planes.iter().find(|plane| id_of(*plane) == *id)?.spec;
        let hosts = plane.config.hosts.iter().map(String::as_str);
        let domains = plane.config.domains.iter().map(|domain| domain.host.as_str());
        Some(Self {
            id,
            spec,
            default: plane.default,
            namespaces: &snapshot.namespaces,
            own_hosts: hosts.chain(domains).collect(),
        })
    }

    /// Whether an endpoint with this reference comes to this DataPlane.
    pub(super) fn serves(&self, namespace: &str, reference: Option<&DataPlaneRef>) -> bool {
        reference.map_or(self.default, |reference| {
            let namespace = reference.namespace.as_ref().map_or(namespace, |name| name.as_str());
            self.id.name == reference.name.as_str() && self.id.namespace == namespace
        })
    }

    /// Whether endpoints of a namespace may attach.
    pub(super) fn admits(&self, namespace: &str) -> bool {
        let none = BTreeMap::new();
        let labels = self.namespaces.get(namespace).unwrap_or(&none);
        let allowed = self.spec.allowed_namespaces.as_ref();
        allowed.is_none_or(|allowed| allowed.admits(&self.id.namespace, namespace, labels))
    }

    /// Whether a namespace may use an account.
    pub(super) fn grants(&self, namespace: &str, account: &str) -> bool {
        let mut grants = self.spec.accounts.iter().filter(|grant| grant.namespace.as_str() == namespace);
        account == namespace || grants.any(|grant| grant.account_ids.iter().any(|id| id.as_str() == account))
    }

    /// Whether a host belongs to the DataPlane and so to no endpoint.
    pub(super) fn owns_host(&self, host: &str) -> bool {
        self.own_hosts.contains(host)
    }

    /// Whether namespaces without a default endpoint are served by their oldest Origin.
    pub(super) fn has_implicit_endpoints(&self) -> bool {
        self.spec.implicit_default_endpoint.unwrap_or_default()
    }

    /// Whether a namespace's origin gets what it needs of the pods: a volume must be there and be lent.
    pub(super) fn can_run(&self, namespace: &str, origin: &OriginConfig) -> bool {
        let OriginKind::Volume(wanted) = &origin.kind else { return true };
        let mounted = self.spec.volumes.iter().find(|mounted| mounted.name.as_str() == wanted.name);
        mounted.is_some_and(|mounted| {
            let allowed = mounted.allowed_namespaces.as_ref();
            allowed.is_none_or(|allowed| allowed.iter().any(|allowed| allowed.as_str() == namespace))
        })
    }
}
