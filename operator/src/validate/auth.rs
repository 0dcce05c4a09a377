//! How requests to a place are authenticated.

use imgplane_config::{Auth, OriginKind};

/// How requests to a place are authenticated.
pub(crate) const fn auth(kind: &OriginKind) -> Auth {
    match kind {
        OriginKind::S3(s3) => s3.auth,
        OriginKind::S3Compatible(s3) => s3.auth,
        OriginKind::CloudinaryBackup(s3) => s3.auth,
        OriginKind::Gcs(gcs) => gcs.auth,
        OriginKind::AzureBlob(blob) => blob.auth,
        OriginKind::AkeneoPim(_) => Auth::Secret,
        OriginKind::WebFolder(web) if web.secret_headers || web.tls.client_certificate => Auth::Secret,
        OriginKind::WebFolder(_) | OriginKind::WebProxy(_) | OriginKind::Volume(_) => Auth::Anonymous,
    }
}
