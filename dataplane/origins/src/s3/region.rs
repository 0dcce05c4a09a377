//! The region that requests are signed for: given, known from the host, or learned from the store's answer.

use std::sync::{Arc, PoisonError, RwLock};

use crate::SetupError;

/// Where discovery starts.
const FIRST: &str = "us-east-1";

/// Hosts of providers that carry their region between these two texts.
const SHAPES: [(&str, &str); 13] = [
    ("s3.dualstack.", ".amazonaws.com"),
    ("s3.", ".amazonaws.com"),
    ("s3-", ".amazonaws.com"),
    ("s3.", ".amazonaws.com.cn"),
    ("s3.", ".wasabisys.com"),
    ("", ".digitaloceanspaces.com"),
    ("oss-", ".aliyuncs.com"),
    ("s3.oss-", ".aliyuncs.com"),
    ("s3.", ".backblazeb2.com"),
    ("s3.", ".scw.cloud"),
    ("", ".linodeobjects.com"),
    ("s3.", ".io.cloud.ovh.net"),
    ("", ".your-objectstorage.com"),
];

/// The signing region of one origin.
#[derive(Debug)]
pub(crate) struct Region {
    current: RwLock<Arc<str>>,
    /// Given in the manifest: it is not overruled by what a store says.
    given: bool,
}

impl Region {
    /// The region of the manifest, else that of a well-known host, else the first guess.
    ///
    /// # Errors
    /// [`SetupError::Field`] for a text that cannot be a region.
    pub(crate) fn new(
        field: &'static str,
        given: Option<&str>,
        host: Option<&str>,
    ) -> Result<Self, SetupError> {
        let given = given.filter(|region| !region.is_empty());
        if given.is_some_and(|region| !is_region(region)) {
            let what = "must be a region's name, e.g. eu-west-1".to_owned();
            return Err(SetupError::Field { field: field.to_owned(), what });
        }
        let first = given.or_else(|| host.and_then(of_host)).unwrap_or(FIRST);
        Ok(Self { current: RwLock::new(first.into()), given: given.is_some() })
    }

    pub(super) fn current(&self) -> Arc<str> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over the region that the store named to a request that `asked` in another one. Whether asking again may
    /// help. Requests run side by side: what counts is what this one asked, not what another has learned meanwhile.
    pub(super) fn learn(&self, told: Option<&str>, asked: &str) -> bool {
        if self.given {
            return false;
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let told = told.unwrap_or(&current);
        if told == asked {
            return false;
        }
        if **current != *told {
            *current = told.into();
        }
        true
    }
}

/// Whether a text can be the name of a region.
pub(super) fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The region that a provider's host name carries.
pub fn of_host(host: &str) -> Option<&str> {
    if host.ends_with(".r2.cloudflarestorage.com") || host == "storage.googleapis.com" {
        return Some("auto");
    }
    SHAPES
        .iter()
        .filter_map(|(before, after)| host.strip_prefix(before)?.strip_suffix(after))
        .find(|region| is_region(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_hosts_carry_their_region() {
        let cases = [
            ("s3.us-west-1.wasabisys.com", Some("us-west-1")),
            ("s3.wasabisys.com", None),
            ("sgp1.digitaloceanspaces.com", Some("sgp1")),
            ("oss-cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            ("s3.af-south-1.amazonaws.com", Some("af-south-1")),
            ("s3.dualstack.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("s3-eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("s3.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("s3.amazonaws.com", None),
            ("s3.us-west-004.backblazeb2.com", Some("us-west-004")),
            ("0123abc.r2.cloudflarestorage.com", Some("auto")),
            ("minio.shop.svc", None),
        ];
        for (host, expected) in cases {
            assert_eq!(of_host(host), expected, "{host}");
        }
    }

    #[test]
    fn a_region_is_learned_once_and_never_against_the_manifest() {
        let found = Region::new("s3.region", None, None).unwrap();
        assert_eq!(&*found.current(), "us-east-1");
        assert!(!found.learn(None, "us-east-1"));
        assert!(!found.learn(Some("us-east-1"), "us-east-1"), "asking the same again helps nobody");
        assert!(found.learn(Some("eu-west-1"), "us-east-1"));
        assert_eq!(&*found.current(), "eu-west-1");
        assert!(found.learn(Some("eu-west-1"), "us-east-1"), "another request learned it first");
        assert!(found.learn(None, "us-east-1"), "another request learned what this one was not told");
        assert!(!found.learn(Some("eu-west-1"), "eu-west-1"));

        let given = Region::new("s3.region", Some("eu-west-1"), Some("s3.us-west-1.wasabisys.com")).unwrap();
        assert!(!given.learn(Some("us-west-2"), "eu-west-1"));
        assert_eq!(&*given.current(), "eu-west-1");
        assert!(Region::new("s3.region", Some("EU West"), None).is_err());
    }
}
