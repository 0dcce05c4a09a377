//! Stores that all pods of a DataPlane share: from what is written to where they are, and what opens them.

use std::collections::BTreeMap;

use imgplane_config::{ObjectId, StoreConfig, StoreKind, StoreRole, Stores};
use imgplane_crds::{
    DataPlaneSpec,
    data_plane::{Mode, Store, StoreType},
};

use super::{
    Findings,
    origin::{Found, Places},
};
use crate::{Snapshot, StoreCredential};

/// What was read of the stores of one DataPlane.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) stores: Stores,
    pub(super) credentials: BTreeMap<StoreRole, StoreCredential>,
}

/// Reads both stores, with the Secrets and ConfigMaps that they name in the DataPlane's namespace.
pub(super) fn stores(
    id: &ObjectId,
    spec: &DataPlaneSpec,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> Read {
    let mut read = Read::default();
    for (role, store) in of_spec(spec) {
        let base = format!("spec.{role}");
        if store.kind == StoreType::Volume && spec.mode == Mode::Managed && claim(store).is_none() {
            findings.invalid(
                format!("{base}.volume.claimName"),
                "is required when mode is Managed: the pods mount it",
            );
        }
        let mut places =
            Places { id, base: &base, snapshot, findings: &mut *findings, found: Found::default() };
        let kind = place(&mut places, store);
        let Found { credential, expiry, secret_name } = places.found;
        let Some(kind) = kind else {
            let what = format!("is required when type is {}", store.kind.as_str());
            findings.invalid(format!("{base}.{}", store.kind.member()), what);
            continue;
        };
        if let Some(credential) = credential {
            read.credentials.insert(role, StoreCredential { credential, expiry });
        }
        *read.stores.of_mut(role) = Some(StoreConfig { kind, secret_name });
    }
    read
}

/// The stores that a DataPlane names.
pub(crate) fn of_spec(spec: &DataPlaneSpec) -> impl Iterator<Item = (StoreRole, &Store)> {
    let shared = spec.cache.as_ref().and_then(|cache| cache.shared.as_ref());
    let shared = shared.map(|store| (StoreRole::Shared, store));
    shared.into_iter().chain(spec.originals_store.as_ref().map(|store| (StoreRole::Originals, store)))
}

/// The claim of a store on a volume.
pub(crate) fn claim(store: &Store) -> Option<&str> {
    let volume = store.volume.as_ref().filter(|_| store.kind == StoreType::Volume)?;
    volume.claim_name.as_deref()
}

/// The place; `None` where the member of the type is missing.
fn place(places: &mut Places<'_>, store: &Store) -> Option<StoreKind> {
    Some(match store.kind {
        StoreType::S3 => StoreKind::S3(places.s3(store.s3.as_ref()?)),
        StoreType::S3Compatible => {
            StoreKind::S3Compatible(places.s3_compatible(store.s3_compatible.as_ref()?))
        }
        StoreType::Gcs => StoreKind::Gcs(places.gcs(store.gcs.as_ref()?)),
        StoreType::AzureBlob => StoreKind::AzureBlob(places.azure(store.azure_blob.as_ref()?)),
        StoreType::Volume => {
            store.volume.as_ref()?;
            StoreKind::Volume
        }
    })
}
