//! Where an object is: which host, and whether the bucket stands in the host's name or in the path.

use http::{Uri, uri::InvalidUri};
use url::{Host, Url};

use crate::{SetupError, path::encode_key, web::base_address};

/// Addresses of the objects of one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// Amazon's own endpoint of the bucket's region.
    Amazon { bucket: String },
    /// A given endpoint: everything before the key, ending with a slash.
    Fixed { base: String },
}

impl Address {
    pub(crate) fn amazon(bucket: &str) -> Self {
        Self::Amazon { bucket: bucket.to_owned() }
    }

    /// A bucket at Amazon's endpoint, or at the one that replaces it.
    ///
    /// # Errors
    /// As [`Address::at`].
    pub(crate) fn amazon_or(
        field: &'static str,
        endpoint: Option<&str>,
        bucket: &str,
    ) -> Result<Self, SetupError> {
        match endpoint.filter(|text| !text.is_empty()) {
            Some(endpoint) => Self::at(field, endpoint, bucket, false),
            None => Ok(Self::amazon(bucket)),
        }
    }

    /// A bucket at an endpoint.
    ///
    /// # Errors
    /// [`SetupError::Field`] for an endpoint that is no address.
    pub(crate) fn at(
        field: &'static str,
        endpoint: &str,
        bucket: &str,
        force_path_style: bool,
    ) -> Result<Self, SetupError> {
        let url = base_address(field, endpoint)?;
        let host = url.host_str().unwrap_or_default();
        let host = respelled(host);
        let in_path = force_path_style || stands_in_path(&url, bucket);
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let (scheme, path) = (url.scheme(), url.path().trim_end_matches('/'));
        let base = if in_path {
            format!("{scheme}://{host}{port}{path}/{}/", encode_key(bucket))
        } else {
            format!("{scheme}://{bucket}.{host}{port}{path}/")
        };
        Ok(Self::Fixed { base })
    }

    /// Whether the manifest fixes the host, whatever the region.
    pub(super) const fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed { .. })
    }

    /// The address of an object.
    pub(super) fn uri(&self, region: &str, key: &str) -> Result<Uri, InvalidUri> {
        let key = encode_key(key);
        match self {
            Self::Fixed { base } => format!("{base}{key}").parse(),
            Self::Amazon { bucket } => {
                let host = amazon_host(region);
                if bucket.contains('.') {
                    format!("https://{host}/{bucket}/{key}").parse()
                } else {
                    format!("https://{bucket}.{host}/{key}").parse()
                }
            }
        }
    }
}

/// Whether a bucket stands in the path, because it cannot be part of the host's name: IP addresses and `localhost` have no
/// subdomains, and certificates do not cover a bucket with a dot.
pub fn stands_in_path(endpoint: &Url, bucket: &str) -> bool {
    let is_named = matches!(endpoint.host(), Some(Host::Domain(name)) if name != "localhost");
    !is_named || (endpoint.scheme() == "https" && bucket.contains('.'))
}

/// The host of Amazon's endpoint of a region.
pub fn amazon_host(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("s3.{region}.{domain}")
}

/// The host of an endpoint, rightly spelled.
pub fn respelled(host: &str) -> String {
    regional(host).unwrap_or_else(|| host.to_owned())
}

/// The right spelling of `REGION.s3.amazonaws.com`, which is written in places and leads nowhere.
fn regional(host: &str) -> Option<String> {
    let region = host.strip_suffix(".s3.amazonaws.com")?;
    // A bucket's own host has the same form; a region ends with a number after a dash.
    let (name, number) = region.rsplit_once('-')?;
    let is_region = name.contains('-')
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    is_region.then(|| format!("s3.{region}.amazonaws.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(endpoint: &str, bucket: &str, force: bool) -> String {
        Address::at("s3Compatible.endpoint", endpoint, bucket, force)
            .unwrap()
            .uri("us-east-1", "hats/h 1.jpg")
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_bucket_stands_in_the_host_unless_it_cannot_or_must_not() {
        let wasabi = "https://s3.eu-central-1.wasabisys.com";
        let cases = [
            (wasabi, "shop-media", false, "https://shop-media.s3.eu-central-1.wasabisys.com/hats/h%201.jpg"),
            (wasabi, "shop-media", true, "https://s3.eu-central-1.wasabisys.com/shop-media/hats/h%201.jpg"),
            (wasabi, "shop.media", false, "https://s3.eu-central-1.wasabisys.com/shop.media/hats/h%201.jpg"),
            ("http://minio.shop.svc:9000/", "a.b", false, "http://a.b.minio.shop.svc:9000/hats/h%201.jpg"),
            ("http://127.0.0.1:7070", "img", false, "http://127.0.0.1:7070/img/hats/h%201.jpg"),
            ("http://[::1]:7070", "img", false, "http://[::1]:7070/img/hats/h%201.jpg"),
            ("http://localhost:7070", "img", false, "http://localhost:7070/img/hats/h%201.jpg"),
            (
                "https://x.supabase.co/storage/v1/s3",
                "img",
                true,
                "https://x.supabase.co/storage/v1/s3/img/hats/h%201.jpg",
            ),
            (
                "https://af-south-1.s3.amazonaws.com",
                "img",
                false,
                "https://img.s3.af-south-1.amazonaws.com/hats/h%201.jpg",
            ),
        ];
        for (endpoint, bucket, force, expected) in cases {
            assert_eq!(at(endpoint, bucket, force), expected);
        }
    }

    #[test]
    fn amazon_is_asked_at_the_endpoint_of_the_region() {
        let cases = [
            ("shop-media", "eu-west-1", "https://shop-media.s3.eu-west-1.amazonaws.com/a%2Bb.jpg"),
            ("shop.media", "eu-west-1", "https://s3.eu-west-1.amazonaws.com/shop.media/a%2Bb.jpg"),
            ("shop-media", "cn-north-1", "https://shop-media.s3.cn-north-1.amazonaws.com.cn/a%2Bb.jpg"),
        ];
        for (bucket, region, expected) in cases {
            assert_eq!(Address::amazon(bucket).uri(region, "a+b.jpg").unwrap().to_string(), expected);
        }
    }

    #[test]
    fn only_regions_are_respelled() {
        assert_eq!(regional("af-south-1.s3.amazonaws.com").as_deref(), Some("s3.af-south-1.amazonaws.com"));
        for host in ["shop-media.s3.amazonaws.com", "bucket-1.s3.amazonaws.com", "s3.eu-west-1.amazonaws.com"]
        {
            assert_eq!(regional(host), None, "{host}");
        }
    }
}
