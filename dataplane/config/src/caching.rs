//! What pods keep, and how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration;

/// How long responses of an endpoint are kept, here and by others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Caching {
    /// `max-age` of successful responses, in milliseconds on the wire.
    #[serde(with = "duration")]
    pub ttl: Duration,
    /// How long an origin is not asked again for a file that it did not have; zero: it is always asked.
    #[serde(with = "duration", default = "negative_ttl", skip_serializing_if = "is_negative_ttl")]
    pub negative_ttl: Duration,
    /// The origin's own `Cache-Control` or `Expires` goes before `ttl`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub origin_cache_control: bool,
    /// How long after its end a kept response is served where the origin cannot be asked for a newer one.
    #[serde(with = "duration", default = "stale_if_error", skip_serializing_if = "is_stale_if_error")]
    pub stale_if_error: Duration,
    /// The first request for a file keeps its original in the store of originals, and later ones are made from that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub save_originals: bool,
    /// The text of the annotation `imgplane.dev/purge`. Another text makes everything kept of the endpoint unreachable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge: Option<String>,
}

/// As above.
const fn negative_ttl() -> Duration {
    Duration::from_secs(10)
}

fn is_negative_ttl(ttl: &Duration) -> bool {
    *ttl == negative_ttl()
}

/// As above.
const fn stale_if_error() -> Duration {
    Duration::from_hours(24)
}

fn is_stale_if_error(time: &Duration) -> bool {
    *time == stale_if_error()
}

impl Default for Caching {
    fn default() -> Self {
        Self {
            ttl: Duration::from_hours(365 * 24),
            negative_ttl: negative_ttl(),
            origin_cache_control: false,
            stale_if_error: stale_if_error(),
            save_originals: false,
            purge: None,
        }
    }
}

/// Where every pod of a DataPlane keeps results. The default keeps nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cache {
    /// Bytes in memory; 0: nothing is kept there.
    pub memory: u64,
    /// Bytes in the folder that the pod was given for it; absent: nothing is kept on disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<u64>,
}

impl Cache {
    /// Whether nothing is kept at all.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_default_does_not_appear_in_a_record() {
        let caching = serde_json::to_string(&Caching::default()).unwrap();
        assert_eq!(caching, r#"{"ttl":31536000000}"#);
    }
}
