//! Validators: does the client already have this version, and may it be given a part of it?

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What identifies the version of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Validators {
    /// `ETag`, with its quotes.
    pub(super) etag: Option<String>,
    /// `Last-Modified`.
    pub(super) last_modified: Option<String>,
}

impl Validators {
    /// Whether a conditional request needs no body. `If-None-Match` wins over `If-Modified-Since`.
    pub(super) fn not_modified(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(header::IF_NONE_MATCH) {
            return headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
                value.to_str().is_ok_and(|list| self.etag.as_deref().is_some_and(|etag| lists(list, etag)))
            });
        }
        match (date(headers, &header::IF_MODIFIED_SINCE), self.modified()) {
            (Some(since), Some(modified)) => modified <= since,
            _ => false,
        }
    }

    /// Whether the `Range` header counts. With `If-Range` it does only for exactly this version.
    pub(super) fn range_holds(&self, headers: &HeaderMap) -> bool {
        let Some(condition) = headers.get(header::IF_RANGE) else { return true };
        let Ok(condition) = condition.to_str().map(str::trim) else { return false };
        if condition.starts_with('"') {
            return self.etag.as_deref() == Some(condition);
        }
        // A weak tag says "alike", and bytes of two versions that are alike do not fit together.
        !condition.starts_with("W/")
            && httpdate::parse_http_date(condition).is_ok_and(|since| self.modified() == Some(since))
    }

    fn modified(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.last_modified.as_deref()?).ok()
    }
}

/// Whether a list of entity tags holds this one; weak and strong ones count as the same here.
fn lists(list: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    // Our own tags hold no comma, so a tag of somebody else that does cannot match by being cut.
    list.trim() == "*" || list.split(',').any(|tag| opaque(tag) == opaque(etag))
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?.trim()).ok()
}

/// Strong tag of bytes.
pub(super) fn etag_of(bytes: &[u8]) -> String {
    quoted(&Sha256::digest(bytes))
}

/// Tag of a file that is passed through, from what the origin says of it and its size, so that the answer need not
/// wait for its bytes. Weak where the origin's is. `None`: the origin says nothing.
pub(super) fn etag_from(
    origin_etag: Option<&str>,
    last_modified: Option<&str>,
    size: Option<u64>,
) -> Option<String> {
    let validator = origin_etag.or(last_modified)?;
    let (weak, opaque) = match validator.strip_prefix("W/") {
        Some(opaque) => ("W/", opaque),
        None => ("", validator),
    };
    let mut digest = Sha256::new();
    digest.update(opaque.as_bytes());
    digest.update(size.unwrap_or(u64::MAX).to_le_bytes());
    Some(format!("{weak}{}", quoted(&digest.finalize())))
}

/// The first 16 bytes in hex: enough to tell versions of one URL apart.
fn quoted(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in digest.iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: &str = "Mon, 05 Jan 2026 10:00:00 GMT";
    const TUESDAY: &str = "Tue, 06 Jan 2026 10:00:00 GMT";

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn strong() -> Validators {
        Validators { etag: Some("\"abc\"".into()), last_modified: Some(MONDAY.into()) }
    }

    #[test]
    fn a_version_that_the_client_has_is_not_sent_again() {
        use header::{IF_MODIFIED_SINCE as SINCE, IF_NONE_MATCH as NONE};
        let table = [
            (vec![(NONE, "\"abc\"")], true),
            (vec![(NONE, "W/\"abc\"")], true),
            (vec![(NONE, "\"x\", \"abc\"")], true),
            (vec![(NONE, "*")], true),
            (vec![(NONE, "\"x\"")], false),
            (vec![(NONE, "\"x\""), (SINCE, TUESDAY)], false),
            (vec![(SINCE, MONDAY)], true),
            (vec![(SINCE, TUESDAY)], true),
            (vec![(SINCE, "Sun, 04 Jan 2026 10:00:00 GMT")], false),
            (vec![(SINCE, "yesterday")], false),
            (vec![], false),
        ];
        for (pairs, expected) in table {
            assert_eq!(strong().not_modified(&headers(&pairs)), expected, "{pairs:?}");
        }
        assert!(!Validators::default().not_modified(&headers(&[(NONE, "\"abc\"")])));
    }

    #[test]
    fn a_part_is_given_only_of_exactly_the_version_that_is_meant() {
        for (condition, expected) in [
            ("\"abc\"", true),
            ("\"x\"", false),
            ("W/\"abc\"", false),
            (MONDAY, true),
            (TUESDAY, false),
            ("nonsense", false),
        ] {
            let headers = headers(&[(header::IF_RANGE, condition)]);
            assert_eq!(strong().range_holds(&headers), expected, "{condition}");
        }
        assert!(strong().range_holds(&HeaderMap::new()));
        let weak = Validators { etag: Some("W/\"abc\"".into()), last_modified: None };
        assert!(!weak.range_holds(&headers(&[(header::IF_RANGE, "\"abc\"")])));
    }

    #[test]
    fn a_passed_through_file_is_tagged_by_validator_and_size() {
        let tag = |etag, modified, size| etag_from(etag, modified, size);
        let strong = tag(Some("\"v1\""), None, Some(7)).unwrap();
        assert!(strong.starts_with('"') && strong.len() == 34);
        assert_eq!(tag(Some("W/\"v1\""), None, Some(7)), Some(format!("W/{strong}")));
        assert_ne!(tag(Some("\"v1\""), None, Some(8)).unwrap(), strong);
        assert_ne!(tag(Some("\"v2\""), Some(MONDAY), Some(7)).unwrap(), strong);
        assert!(tag(None, Some(MONDAY), Some(7)).is_some());
        assert_eq!(tag(None, None, Some(7)), None);
    }
}
