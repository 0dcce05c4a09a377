//! Signs requests with the key of a storage account ("Shared Key" of the Blob service).

use std::{fmt, time::SystemTime};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Uri,
    header::{AUTHORIZATION, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE},
};
use imgplane_config::SecretText;
use ring::hmac;

const X_MS_DATE: HeaderName = HeaderName::from_static("x-ms-date");

/// The key of a storage account.
pub(super) struct SharedKey {
    account: String,
    key: hmac::Key,
}

impl SharedKey {
    /// Reads the key: Base64 text. `None` for anything else.
    pub(super) fn new(account: &str, key: &SecretText) -> Option<Self> {
        let key = BASE64_STANDARD.decode(key.expose().trim()).ok()?;
        Some(Self { account: account.to_owned(), key: hmac::Key::new(hmac::HMAC_SHA256, &key) })
    }

    /// Adds the date and the signature of a GET without body and query.
    pub(super) fn sign(&self, place: &Uri, headers: &mut HeaderMap, now: SystemTime) -> Result<(), ()> {
        let date = HeaderValue::from_str(&httpdate::fmt_http_date(now)).map_err(|_| ())?;
        headers.insert(X_MS_DATE, date);
        let signature = hmac::sign(&self.key, self.text(place, headers).as_bytes());
        let value = format!("SharedKey {}:{}", self.account, BASE64_STANDARD.encode(signature));
        let mut value = HeaderValue::from_str(&value).map_err(|_| ())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        Ok(())
    }

    /// What is signed: eleven lines of standard headers, of which a GET of ours has three at most; those of the service
    /// by name; the account and the path as it is sent.
    fn text(&self, place: &Uri, headers: &HeaderMap) -> String {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let line = |name: HeaderName| headers.get(name).map(text).unwrap_or_default();
        let (since, none_match, range) = (line(IF_MODIFIED_SINCE), line(IF_NONE_MATCH), line(RANGE));
        let mut own: Vec<_> = headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("x-ms-"))
            .map(|(name, value)| format!("{name}:{}\n", text(value)))
            .collect();
        own.sort();
        // Before the first: the encoding, language, length, digest and type of a body, and the date, which has a header
        // of the service. Between: If-Match, and If-Unmodified-Since.
        let standard = format!("\n\n\n\n\n\n{since}\n\n{none_match}\n\n{range}\n");
        format!("GET\n{standard}{}/{}{}", own.concat(), self.account, place.path())
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn date_version_range_and_path_are_signed() {
        let key = SharedKey::new("acct1", &SecretText::new("a2V5MWtleTFrZXkxa2V5MQ==")).unwrap();
        let place = "http://127.0.0.1:10000/acct1/img/a%20b.jpg".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-ms-version", HeaderValue::from_static("2021-12-02"));
        headers.insert(RANGE, HeaderValue::from_static("bytes=0-3"));
        key.sign(&place, &mut headers, UNIX_EPOCH + Duration::from_hours(380_376)).unwrap();
        assert_eq!(
            key.text(&place, &headers),
            "GET\n\n\n\n\n\n\n\n\n\n\nbytes=0-3\nx-ms-date:Fri, 24 May 2013 00:00:00 \
             GMT\nx-ms-version:2021-12-02\n/acct1/acct1/img/a%20b.jpg"
        );
        assert!(headers[AUTHORIZATION].to_str().unwrap().starts_with("SharedKey acct1:"));
        assert!(!format!("{headers:?} {key:?}").contains("SharedKey acct1"));
    }

    #[test]
    fn conditions_stand_in_lines_of_their_own() {
        let key = SharedKey::new("acct1", &SecretText::new("a2V5MWtleTFrZXkxa2V5MQ==")).unwrap();
        let place = "http://127.0.0.1:10000/acct1/img/a.jpg".parse().unwrap();
        for (name, value, expected) in [
            (IF_NONE_MATCH, "\"0x8D\"", "GET\n\n\n\n\n\n\n\n\n\"0x8D\"\n\n\n/acct1/acct1/img/a.jpg"),
            (
                IF_MODIFIED_SINCE,
                "Fri, 24 May 2013 00:00:00 GMT",
                "GET\n\n\n\n\n\n\nFri, 24 May 2013 00:00:00 GMT\n\n\n\n\n/acct1/acct1/img/a.jpg",
            ),
        ] {
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
            assert_eq!(key.text(&place, &headers), expected);
        }
    }

    #[test]
    fn a_key_that_is_not_base64_is_none() {
        assert!(SharedKey::new("acct1", &SecretText::new("not base64!")).is_none());
    }
}
