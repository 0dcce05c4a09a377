//! Buckets of Google Cloud Storage.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use imgplane_config::{Auth, Credential, Gcs};
use opendal::services;
use serde_json::json;

use super::{OpenError, Place};

/// Reading and writing objects, and nothing of the bucket itself.
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

pub(super) fn builder(config: &Gcs, place: &Place) -> Result<services::Gcs, OpenError> {
    let mut builder = services::Gcs::default().bucket(&config.bucket).root(&config.prefix).scope(SCOPE);
    if let Some(endpoint) = config.endpoint.as_deref().filter(|endpoint| !endpoint.is_empty()) {
        builder = builder.endpoint(endpoint.trim_end_matches('/'));
    }
    Ok(match (config.auth, &place.credential) {
        (Auth::Anonymous, _) => builder.skip_signature(),
        (Auth::WorkloadIdentity, _) => builder,
        (Auth::Secret, Some(Credential::Gcs { client_email, private_key, private_key_id, token_uri: _ })) => {
            let mut key = json!({
                "type": "service_account",
                "client_email": client_email,
                "private_key": private_key.expose(),
            });
            if let Some(id) = private_key_id {
                key["private_key_id"] = id.expose().into();
            }
            let key = BASE64_STANDARD.encode(key.to_string());
            builder.credential(&key).disable_config_load().disable_vm_metadata()
        }
        (Auth::Secret, _) => return Err(place.no_credential()),
    })
}
