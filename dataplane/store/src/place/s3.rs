//! Buckets of Amazon S3, and of what speaks its API.

use std::time::Duration;

use imgplane_config::{Auth, Credential, S3, S3Compatible};
use opendal::services;
use reqwest::{Client, Url};

use super::{OpenError, Place};

/// How long a bucket is asked for its region.
const REGION: Duration = Duration::from_secs(2);
/// Where nothing tells.
const USUAL_REGION: &str = "us-east-1";

/// A bucket of Amazon's.
pub(super) async fn amazon(config: &S3, place: &Place, client: &Client) -> Result<services::S3, OpenError> {
    let at = Bucket {
        name: &config.bucket,
        endpoint: config.endpoint.as_deref().filter(|endpoint| !endpoint.is_empty()),
        region: config.region.as_deref(),
        prefix: &config.prefix,
        in_path: false,
        auth: config.auth,
    };
    at.builder(place, client).await
}

/// A bucket of another provider's.
pub(super) async fn compatible(
    config: &S3Compatible,
    place: &Place,
    client: &Client,
) -> Result<services::S3, OpenError> {
    let at = Bucket {
        name: &config.bucket,
        endpoint: Some(&config.endpoint),
        region: config.region.as_deref(),
        prefix: &config.prefix,
        in_path: config.force_path_style,
        auth: config.auth,
    };
    at.builder(place, client).await
}

struct Bucket<'a> {
    name: &'a str,
    endpoint: Option<&'a str>,
    region: Option<&'a str>,
    prefix: &'a str,
    in_path: bool,
    auth: Auth,
}

impl Bucket<'_> {
    async fn builder(&self, place: &Place, client: &Client) -> Result<services::S3, OpenError> {
        let region = match self.region.filter(|region| !region.is_empty()) {
            Some(region) => region.to_owned(),
            None => self.told_region(client).await.unwrap_or_else(|| USUAL_REGION.to_owned()),
        };
        // Never what the environment says: the manifest has said it, or has nothing to say.
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let amazon = format!("https://s3.{region}.{domain}");
        let endpoint = self.endpoint.unwrap_or(&amazon).trim_end_matches('/');
        let url: Url =
            endpoint.parse().map_err(|_| OpenError::Field("endpoint", "must be an address: https://HOST"))?;
        let mut builder =
            services::S3::default().bucket(self.name).root(self.prefix).region(&region).endpoint(endpoint);
        if !self.stands_in_path(&url) {
            builder = builder.enable_virtual_host_style();
        }
        Ok(match (self.auth, &place.credential) {
            (Auth::Anonymous, _) => builder.skip_signature(),
            (Auth::WorkloadIdentity, _) => builder,
            (Auth::Secret, Some(Credential::S3 { access_key, secret_key, session_token })) => {
                let builder = builder
                    .access_key_id(access_key.expose())
                    .secret_access_key(secret_key.expose())
                    .disable_config_load()
                    .disable_ec2_metadata();
                match session_token {
                    Some(token) => builder.session_token(token.expose()),
                    None => builder,
                }
            }
            (Auth::Secret, _) => return Err(place.no_credential()),
        })
    }

    /// IP addresses and `localhost` have no subdomains, and certificates do not cover a bucket with a dot.
    fn stands_in_path(&self, url: &Url) -> bool {
        let named = url.domain().is_some_and(|name| name != "localhost");
        self.in_path || !named || (url.scheme() == "https" && self.name.contains('.'))
    }

    /// The region that the store names to everybody who asks for the bucket.
    async fn told_region(&self, client: &Client) -> Option<String> {
        let endpoint = self.endpoint.unwrap_or("https://s3.amazonaws.com").trim_end_matches('/');
        let answer = client.head(format!("{endpoint}/{}", self.name)).timeout(REGION).send().await.ok()?;
        let region = answer.headers().get("x-amz-bucket-region")?.to_str().ok()?;
        Some(region.to_owned())
    }
}
