//! What a DataPlane allows: whose endpoints may attach, with which accounts, who reads which volume, and who uses its
//! identity.

use std::collections::BTreeMap;

use imgplane_config::{Auth, DataPlaneConfig, ObjectId, OriginKind};
use imgplane_crds::{DataPlaneSpec, OriginType, data_plane::MountedVolume};

use super::{Fault, auth};

/// Why a DataPlane cannot run an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The field of the Origin that asks for what is not given.
    pub(crate) field: String,
    /// What is not given.
    pub(crate) fault: Box<Fault>,
}

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

    /// Whether a namespace's origin gets what it needs of the pods: a volume must be there and be lent, and so must an
    /// identity.
    ///
    /// # Errors
    /// What is not given, and which field asks for it.
    pub(crate) fn can_run(&self, namespace: &str, kind: &OriginKind) -> Result<(), Refusal> {
        if let OriginKind::Volume(volume) = kind {
            let field = "spec.volume.name".to_owned();
            return self
                .lends(namespace, &volume.name)
                .map_err(|fault| Refusal { field, fault: Box::new(fault) });
        }
        match auth(kind) {
            Auth::WorkloadIdentity if !self.lends_identity(namespace) => Err(Refusal {
                field: format!("spec.{}.auth.type", member(kind)),
                fault: Box::new(Fault::IdentityNotLent {
                    data_plane: self.data_plane.clone(),
                    namespace: namespace.to_owned(),
                }),
            }),
            Auth::WorkloadIdentity | Auth::Secret | Auth::Anonymous => Ok(()),
        }
    }

    /// Whether a namespace may use the identity of the pods. Who may is always named: all pods have the same one.
    fn lends_identity(&self, namespace: &str) -> bool {
        let identity = self.spec.workload_identity.as_ref();
        identity
            .is_some_and(|identity| identity.allowed_namespaces.iter().any(|name| name.as_str() == namespace))
    }

    fn lends(&self, namespace: &str, volume: &str) -> Result<(), Fault> {
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

/// The member of the Origin that describes a place.
const fn member(kind: &OriginKind) -> &'static str {
    let kind = match kind {
        OriginKind::S3(_) => OriginType::S3,
        OriginKind::S3Compatible(_) => OriginType::S3Compatible,
        OriginKind::CloudinaryBackup(_) => OriginType::CloudinaryBackup,
        OriginKind::Gcs(_) => OriginType::Gcs,
        OriginKind::AzureBlob(_) => OriginType::AzureBlob,
        OriginKind::WebFolder(_) => OriginType::WebFolder,
        OriginKind::WebProxy(_) => OriginType::WebProxy,
        OriginKind::AkeneoPim(_) => OriginType::AkeneoPim,
        OriginKind::Volume(_) => OriginType::Volume,
    };
    kind.member()
}

/// Shared hosts and hosts tied to an account, which no endpoint may claim.
pub(crate) fn own_hosts(config: &DataPlaneConfig) -> impl Iterator<Item = &str> {
    let domains = config.domains.iter().map(|domain| domain.host.as_str());
    config.hosts.iter().map(String::as_str).chain(domains)
}
