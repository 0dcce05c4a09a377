//! Buckets of Amazon S3, and of what speaks its API.

use std::time::Duration;

use imgplane_config::{Auth, Credential, S3, S3Compatible};
use imgplane_origins::{amazon_host, region_of_host, respelled, stands_in_path};
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
        let given = self.endpoint.map(rightly_spelled).transpose()?;
        let region = match self.region.filter(|region| !region.is_empty()) {
            Some(region) => region.to_owned(),
            None => self.found_region(given.as_ref(), client).await,
        };
        // Never what the environment says: the manifest has said it, or has nothing to say.
        let url = match given {
            Some(url) => url,
            None => address(&format!("https://{}", amazon_host(&region)))?,
        };
        let endpoint = url.as_str().trim_end_matches('/');
        let mut builder =
            services::S3::default().bucket(self.name).root(self.prefix).region(&region).endpoint(endpoint);
        if !self.in_path && !stands_in_path(&url, self.name) {
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

    /// The region that the host's name tells, else the one that the store names to everybody who asks for the bucket.
    async fn found_region(&self, endpoint: Option<&Url>, client: &Client) -> String {
        if let Some(region) = endpoint.and_then(Url::host_str).and_then(region_of_host) {
            return region.to_owned();
        }
        let endpoint = endpoint.map_or("https://s3.amazonaws.com", Url::as_str).trim_end_matches('/');
        let answer = client.head(format!("{endpoint}/{}", self.name)).timeout(REGION).send().await.ok();
        let told = answer.as_ref().and_then(|answer| answer.headers().get("x-amz-bucket-region"));
        told.and_then(|region| region.to_str().ok()).unwrap_or(USUAL_REGION).to_owned()
    }
}

fn address(text: &str) -> Result<Url, OpenError> {
    text.parse().map_err(|_| OpenError::Field("endpoint", "must be an address: https://HOST"))
}

/// An endpoint, with the right spelling of a host that is often written wrong.
fn rightly_spelled(endpoint: &str) -> Result<Url, OpenError> {
    let mut url = address(endpoint)?;
    let host = respelled(url.host_str().unwrap_or_default());
    // What was a host stays one.
    let _ = url.set_host(Some(&host));
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_region_is_that_of_a_well_known_host_and_hosts_are_rightly_spelled() {
        let client = crate::transport::client(&crate::transport::Way::default()).unwrap();
        for (endpoint, host, region) in [
            ("https://nyc3.digitaloceanspaces.com", "nyc3.digitaloceanspaces.com", "nyc3"),
            ("https://s3.eu-central-2.wasabisys.com/", "s3.eu-central-2.wasabisys.com", "eu-central-2"),
            ("https://eu-west-1.s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", "eu-west-1"),
            ("https://abc.r2.cloudflarestorage.com", "abc.r2.cloudflarestorage.com", "auto"),
        ] {
            let url = rightly_spelled(endpoint).unwrap();
            assert_eq!(url.host_str(), Some(host));
            let bucket = Bucket {
                name: "b",
                endpoint: Some(endpoint),
                region: None,
                prefix: "",
                in_path: false,
                auth: Auth::Anonymous,
            };
            assert_eq!(bucket.found_region(Some(&url), &client).await, region, "{endpoint}");
        }
        assert!(rightly_spelled("no address").is_err());
    }
}
