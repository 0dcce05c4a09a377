//! Stores whose Secret or certificates of authorities cannot be used at the moment.

use imgplane_config::{Auth, Bundle, Credential, DataPlaneConfig, Record, StoreConfig, StoreKind, StoreRole};
use imgplane_crds::Kind;

use super::{faults::Faults, origins::again};

/// Gives back to a bundle the credentials of stores that could not be read, from those that pods run. A credential is for a
/// place: it is not given to another one.
pub fn keep_store_credentials(
    previous: &DataPlaneConfig,
    credentials: &[Record<Credential>],
    bundle: &mut Bundle,
) {
    let data_plane = &bundle.data_plane;
    for role in StoreRole::ALL {
        let id = role.credential(&data_plane.id);
        let Some(store) = data_plane.body.stores.of(role).filter(|store| auth(&store.kind) == Auth::Secret)
        else {
            continue;
        };
        let is_same = previous.stores.of(role).is_some_and(|before| before.kind == store.kind);
        if is_same && bundle.credentials.iter().all(|record| record.id != id) {
            bundle.credentials.extend(credentials.iter().find(|record| record.id == id).cloned());
        }
    }
    bundle.credentials.sort_by(|a, b| a.id.cmp(&b.id));
}

/// Gives back to the stores of a bundle the certificates of authorities that went missing.
pub(super) fn keep_bundles(previous: &DataPlaneConfig, bundle: &mut Bundle, faults: &Faults<'_>) {
    let id = &bundle.data_plane.id;
    let mut body = bundle.data_plane.body.clone();
    for role in StoreRole::ALL {
        let field = format!("spec.{role}.s3Compatible.tls.caBundleRef.");
        if !faults.is_unresolved(Kind::DataPlane, id, &field) {
            continue;
        }
        let before = previous.stores.of(role).map(|store| &store.kind);
        let now = body.stores.of_mut(role).as_mut();
        if let (
            Some(StoreKind::S3Compatible(before)),
            Some(StoreConfig { kind: StoreKind::S3Compatible(now), .. }),
        ) = (before, now)
        {
            let mut old = before.clone();
            let kept = old.tls.ca_bundle.take();
            if old == *now {
                now.tls.ca_bundle = kept;
            }
        }
    }
    bundle.data_plane = again(&bundle.data_plane, body);
}

const fn auth(kind: &StoreKind) -> Auth {
    match kind {
        StoreKind::S3(s3) => s3.auth,
        StoreKind::S3Compatible(s3) => s3.auth,
        StoreKind::Gcs(gcs) => gcs.auth,
        StoreKind::AzureBlob(blob) => blob.auth,
        StoreKind::Volume => Auth::Anonymous,
    }
}
