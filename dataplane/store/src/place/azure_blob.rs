//! Containers of Azure Blob Storage.

use imgplane_config::{Auth, AzureBlob, Credential};
use opendal::services;

use super::{OpenError, Place};

pub(super) fn builder(config: &AzureBlob, place: &Place) -> Result<services::Azblob, OpenError> {
    let own = format!("https://{}.blob.core.windows.net", config.account_name);
    let endpoint = config.endpoint.as_deref().filter(|endpoint| !endpoint.is_empty()).unwrap_or(&own);
    let builder = services::Azblob::default()
        .container(&config.container)
        .root(&config.prefix)
        .endpoint(endpoint.trim_end_matches('/'))
        .account_name(&config.account_name);
    Ok(match (config.auth, &place.credential) {
        (Auth::Anonymous, _) => builder.skip_signature(),
        (Auth::WorkloadIdentity, _) => builder,
        (Auth::Secret, Some(Credential::AzureSas { sas_token })) => {
            builder.sas_token(sas_token.expose().trim_start_matches('?'))
        }
        (Auth::Secret, Some(Credential::AzureKey { account_key })) => {
            builder.account_key(account_key.expose())
        }
        (Auth::Secret, _) => return Err(place.no_credential()),
    })
}
