//! Which Secrets are read: those that an object names, and no other.

use std::collections::BTreeSet;

use imgplane_config::ObjectId;
use imgplane_crds::{
    DataPlane, Origin, OriginType,
    origin::{Auth, AuthType},
};

use crate::id_of;

/// Keys of Secrets whose values are used. What lies under other keys is never kept.
pub(crate) const SECRET_KEYS: [&str; 5] = ["accessKey", "secretKey", "sessionToken", "tls.crt", "tls.key"];

/// Every Secret that Origins and DataPlanes name. It lies in the namespace of the object that names it.
pub fn referenced_secrets<'a>(
    origins: impl IntoIterator<Item = &'a Origin>,
    data_planes: impl IntoIterator<Item = &'a DataPlane>,
) -> BTreeSet<ObjectId> {
    let credentials = origins.into_iter().filter_map(|origin| {
        let secret = credential(auth(origin)?)?;
        Some(ObjectId::new(id_of(origin).namespace, secret))
    });
    let certificates = data_planes.into_iter().filter_map(|data_plane| {
        let tls = data_plane.spec.tls.as_ref()?;
        Some(ObjectId::new(id_of(data_plane).namespace, tls.secret_ref.name.as_str()))
    });
    credentials.chain(certificates).collect()
}

/// How an Origin authenticates. The member of another type than its own counts for nothing.
fn auth(origin: &Origin) -> Option<&Auth> {
    match origin.spec.kind {
        OriginType::S3 => origin.spec.s3.as_ref().map(|s3| &s3.auth),
        OriginType::S3Compatible => origin.spec.s3_compatible.as_ref().map(|s3| &s3.auth),
        OriginType::WebFolder | OriginType::Volume => None,
    }
}

fn credential(auth: &Auth) -> Option<&str> {
    match auth.kind {
        AuthType::Secret => auth.secret_ref.as_ref().map(|secret| secret.name.as_str()),
        AuthType::Anonymous => None,
    }
}
