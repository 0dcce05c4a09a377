//! What pods keep, and what was purged of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{ObjectId, duration};

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

/// What was purged, in the order in which it was.
///
/// Numbers only ever grow, and none is used twice. Whoever has taken in the list up to a number holds nothing any more that
/// a record up to it covers. What was kept before the records that were dropped came cannot be judged by the list any
/// more, and counts as purged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Purges {
    /// Highest number of a record that is no longer listed; 0: all that ever were are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: u64,
    /// Up to this number every ready pod has acknowledged; 0: none yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub completed: u64,
    /// In the order of their numbers, without gaps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Purge>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Purges {
    /// Whether nothing was ever purged.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Highest number so far; 0: none.
    pub fn last(&self) -> u64 {
        self.records.last().map_or(self.dropped, |purge| purge.number)
    }
}

/// One purge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purge {
    /// Its place in the order.
    pub number: u64,
    /// What was asked for.
    #[serde(flatten)]
    pub request: PurgeRequest,
}

/// What somebody wants to have purged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurgeRequest {
    /// The id by which it is asked for.
    pub id: String,
    /// The endpoint whose files are meant.
    pub endpoint: ObjectId,
    /// The URL behind the endpoint, raw, with its query and without a signature. A `*` at its end covers everything that
    /// begins so.
    pub url: String,
    /// Everything that was made of the file goes, not only what this URL asks for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resource: bool,
    /// Unix seconds at which it was asked for.
    pub time: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_default_does_not_appear_in_a_record() {
        let caching = serde_json::to_string(&Caching::default()).unwrap();
        assert_eq!(caching, r#"{"ttl":31536000000}"#);
        assert_eq!(serde_json::to_string(&Purges::default()).unwrap(), "{}");
    }

    #[test]
    fn a_list_of_purges_survives_its_trip_and_knows_its_end() {
        let request = PurgeRequest {
            id: "0f".into(),
            endpoint: ObjectId::new("shop", "media"),
            url: "tr:w-100/a.jpg".into(),
            resource: false,
            time: 1_800_000_000,
        };
        let list = Purges { dropped: 3, completed: 4, records: vec![Purge { number: 4, request }] };
        let text = serde_json::to_string(&list).unwrap();
        assert!(text.contains(r#""url":"tr:w-100/a.jpg""#), "{text}");
        assert_eq!(serde_json::from_str::<Purges>(&text).unwrap(), list);
        assert_eq!(list.last(), 4);
        assert_eq!(Purges { records: Vec::new(), ..list }.last(), 3);
        assert_eq!(Purges::default().last(), 0);
    }
}
