//! A bucket of Amazon S3 that Cloudinary backs up to. It differs from [`crate::s3`] in how keys may be spelled.

use imgplane_config::CloudinaryBackup as Config;

use crate::{
    SetupError,
    opening::Opening,
    s3::{Address, Member, Region, S3},
};

/// Opens a bucket.
pub(crate) fn open(config: &Config, opening: &Opening<'_>) -> Result<S3, SetupError> {
    let member = Member {
        label: "Cloudinary backup bucket",
        bucket: &config.bucket,
        field: "cloudinaryBackup.bucket",
        prefix: &config.prefix,
        encode_keys: config.encode_object_keys,
        address: Address::amazon_or("cloudinaryBackup.endpoint", config.endpoint.as_deref(), &config.bucket)?,
        region: Region::new("cloudinaryBackup.region", config.region.as_deref(), None)?,
        auth: config.auth,
        client: opening.client()?,
    };
    S3::member(member, opening)
}
