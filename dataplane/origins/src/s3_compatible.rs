//! A bucket of any store that speaks the S3 protocol. Only where it is differs from [`crate::s3`].

use imgplane_config::{Credential, FetchPolicy, S3Compatible as Config};

use crate::{
    Connector, SetupError,
    s3::{Address, Member, Region, S3, respelled},
    web_folder::base_address,
};

/// Opens a bucket.
pub(crate) fn open(
    config: &Config,
    credential: Option<&Credential>,
    policy: &FetchPolicy,
    connector: &Connector,
) -> Result<S3, SetupError> {
    let endpoint = "s3Compatible.endpoint";
    let address = Address::at(endpoint, &config.endpoint, &config.bucket, config.force_path_style)?;
    let url = base_address(endpoint, &config.endpoint)?;
    let host = url.host_str().map(respelled);
    let member = Member {
        label: "S3-compatible storage",
        bucket: &config.bucket,
        prefix: &config.prefix,
        address,
        region: Region::new("s3Compatible.region", config.region.as_deref(), host.as_deref())?,
        auth: config.auth,
    };
    S3::member(member, "s3Compatible.bucket", credential, policy, connector)
}
