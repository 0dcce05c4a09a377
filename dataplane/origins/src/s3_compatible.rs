//! A bucket of any store that speaks the S3 protocol. Only where it is differs from [`crate::s3`].

use imgplane_config::S3Compatible as Config;

use crate::{
    SetupError,
    client::TlsWish,
    opening::Opening,
    s3::{Address, Member, Region, S3, respelled},
    web::base_address,
};

/// Opens a bucket.
pub(crate) fn open(config: &Config, opening: &Opening<'_>) -> Result<S3, SetupError> {
    let endpoint = "s3Compatible.endpoint";
    let url = base_address(endpoint, &config.endpoint)?;
    let host = url.host_str().map(respelled);
    let wish = TlsWish {
        ca_bundle: config.tls.ca_bundle.as_deref(),
        insecure: config.tls.insecure_skip_verify,
        ..TlsWish::default()
    };
    let member = Member {
        label: "S3-compatible storage",
        bucket: &config.bucket,
        field: "s3Compatible.bucket",
        prefix: &config.prefix,
        encode_keys: false,
        address: Address::at(endpoint, &config.endpoint, &config.bucket, config.force_path_style)?,
        region: Region::new("s3Compatible.region", config.region.as_deref(), host.as_deref())?,
        auth: config.auth,
        client: opening.client_wishing("s3Compatible", wish)?,
    };
    S3::member(member, opening)
}
