//! What a DataPlane allows: whose endpoints may attach, with which accounts, and who reads which volume.

use std::collections::BTreeMap;

use imgplane_config::{DataPlaneConfig, ObjectId};
use imgplane_crds::{DataPlaneSpec, data_plane::MountedVolume};

use super::Fault;

/// The terms of one DataPlane, for validation and for what outlives a mistake alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// The DataPlane.
    pub(crate) data_plane: &'a ObjectId,
    /// Its manifest.
    pub(crate) spec: &'a DataPlaneSpec,
}

impl Terms<'_> {
    /// Whether endpoints of a namespace may attach. `namespaces` are the labels of those that have some.
    pub(crate) fn admits(
        &self,
        namespace: &str,
        namespaces: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> bool {
        let none = BTreeMap::new();
        let labels = namespaces.get(namespace).unwrap_or(&none);
        let allowed = self.spec.allowed_namespaces.as_ref();
        allowed.is_none_or(|allowed| allowed.admits(&self.data_plane.namespace, namespace, labels))
    }

    /// Whether a namespace may use an account.
    pub(crate) fn grants(&self, namespace: &str, account: &str) -> bool {
        let mut grants = self.spec.accounts.iter().filter(|grant| grant.namespace.as_str() == namespace);
        account == namespace || grants.any(|grant| grant.account_ids.iter().any(|id| id.as_str() == account))
    }

    /// Whether a namespace may read a volume.
    ///
    /// # Errors
    /// The fault of an origin that lies there.
    pub(crate) fn lends(&self, namespace: &str, volume: &str) -> Result<(), Fault> {
        let open = |mounted: &MountedVolume| match &mounted.allowed_namespaces {
            Some(allowed) => allowed.iter().any(|allowed| allowed.as_str() == namespace),
            None => true,
        };
        let volumes = &self.spec.volumes;
        match volumes.iter().find(|mounted| mounted.name.as_str() == volume) {
            Some(mounted) if open(mounted) => Ok(()),
            Some(_) => Err(Fault::VolumeNotAllowed {
                volume: volume.to_owned(),
                data_plane: self.data_plane.clone(),
                namespace: namespace.to_owned(),
            }),
            None => Err(Fault::NoSuchVolume {
                volume: volume.to_owned(),
                data_plane: self.data_plane.clone(),
                // Volumes of others are nobody's business.
                existing: volumes
                    .iter()
                    .filter(|mounted| open(mounted))
                    .map(|mounted| mounted.name.to_string())
                    .collect(),
            }),
        }
    }
}

/// Shared hosts and hosts tied to an account, which no endpoint may claim.
pub(crate) fn own_hosts(config: &DataPlaneConfig) -> impl Iterator<Item = &str> {
    let domains = config.domains.iter().map(|domain| domain.host.as_str());
    config.hosts.iter().map(String::as_str).chain(domains)
}
