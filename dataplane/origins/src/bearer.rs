//! Tokens that services of the clouds give for a while, and that requests carry in `Authorization`.

use std::time::Duration;

use http::HeaderValue;
use serde::Deserialize;

use crate::renewed::Fresh;

/// How long before its end such a token is renewed.
pub(crate) const EARLY: Duration = Duration::from_mins(5);
/// How long a token is used where the service does not say.
const USUAL_LIFETIME: Duration = Duration::from_hours(1);

/// A token. It is shown nowhere.
pub(crate) struct Bearer(HeaderValue);

/// What services answer; some write the number as text.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: Option<Seconds>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

impl Bearer {
    /// The value of `Authorization`.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// A token from the answer of a service; `None` where that holds none.
    pub(crate) fn read(body: &[u8]) -> Option<Fresh<Self>> {
        let answer: TokenAnswer = serde_json::from_slice(body).ok()?;
        let mut header = HeaderValue::from_str(&format!("Bearer {}", answer.access_token)).ok()?;
        header.set_sensitive(true);
        let lifetime = match answer.expires_in {
            None => USUAL_LIFETIME,
            Some(Seconds::Number(seconds)) => Duration::from_secs(seconds),
            Some(Seconds::Text(text)) => text.parse().map_or(USUAL_LIFETIME, Duration::from_secs),
        };
        Some(Fresh { value: Self(header), lifetime: Some(lifetime) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_as_long_as_its_service_says_in_a_number_or_in_text() {
        for (body, expected) in [
            (r#"{"access_token":"x","expires_in":60}"#, Some(60)),
            (r#"{"access_token":"x","expires_in":"60"}"#, Some(60)),
            (r#"{"access_token":"x"}"#, Some(3_600)),
            (r#"{"access_token":"x","expires_in":"soon"}"#, Some(3_600)),
            (r#"{"error":"invalid_grant"}"#, None),
            (r#"{"access_token":"a\nb"}"#, None),
        ] {
            let lifetime = Bearer::read(body.as_bytes()).and_then(|fresh| fresh.lifetime);
            assert_eq!(lifetime, expected.map(Duration::from_secs), "{body}");
        }
    }
}
