//! The media files of an Akeneo PIM. Requests carry a token that the PIM gives for the credentials of a connection.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER},
};
use imgplane_config::{AkeneoPim as Config, Credential, SecretText};
use serde::Deserialize;

use crate::{
    Failure, Request, SetupError,
    client::Client,
    failure::{
        Facts,
        akeneo::{ANSWERS, LABEL, NO_KEYS, TOKENS},
        header_text as printable, of_answer,
    },
    opening::Opening,
    path::{Resource, encode_key},
    renewed::{Fresh, Renewed},
    sender::Sender,
    source::{Answer, Slot, Source, authority, file, header_text, said, whereto},
    steps::Steps,
    web::base_address,
    wish::Wish,
};

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_mins(1);
/// How long a token is used where the PIM does not say.
const USUAL_LIFETIME: Duration = Duration::from_hours(1);
/// Longest wait that a PIM which is busy may ask for.
const LONGEST_WAIT: u64 = 2;
/// Longest text of the PIM that is told, in bytes.
const TEXT_BYTES: usize = 300;

/// A PIM, opened.
#[derive(Debug)]
pub(crate) struct AkeneoPim {
    /// Without trailing slash.
    base: String,
    token_uri: Uri,
    keys: Option<Keys>,
    secret: Option<String>,
    token: Renewed<Token>,
    client: Client,
}

#[derive(Debug)]
struct Keys {
    client_id: SecretText,
    client_secret: SecretText,
    username: SecretText,
    password: SecretText,
}

/// What the PIM gave. It is shown nowhere.
struct Token {
    access: HeaderValue,
    refresh: Option<SecretText>,
}

/// The answer of the token service.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
}

impl AkeneoPim {
    pub(crate) fn open(config: &Config, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let base = base_address("akeneoPim.baseUrl", &config.base_url)?;
        let base = base.as_str().trim_end_matches('/').to_owned();
        let token_uri = format!("{base}/api/oauth/v1/token").parse().map_err(|error| SetupError::Field {
            field: "akeneoPim.baseUrl".to_owned(),
            what: format!("cannot be requested: {error}"),
        })?;
        let keys = match opening.credential {
            Some(Credential::Akeneo { client_id, client_secret, username, password }) => Some(Keys {
                client_id: client_id.clone(),
                client_secret: client_secret.clone(),
                username: username.clone(),
                password: password.clone(),
            }),
            _ => None,
        };
        Ok(Self {
            base,
            token_uri,
            keys,
            secret: opening.secret(),
            token: Renewed::new(EARLY),
            client: opening.client()?,
        })
    }
}

impl Source for AkeneoPim {
    type Place = Uri;

    fn label(&self) -> &'static str {
        LABEL
    }

    fn locate(&self, request: &Request) -> Result<Uri, Failure> {
        let resource = Resource::parse(&request.resource, LABEL)?;
        let path = resource.key("").as_deref().and_then(api_path).ok_or_else(|| {
            Failure::not_a_name(
                LABEL,
                "the path must be media-files/CODE, asset-media-files/CODE or reference-entities-media-files/CODE",
            )
        })?;
        format!("{}{path}", self.base)
            .parse()
            .map_err(|error| Failure::not_a_name(LABEL, format!("the address cannot be requested: {error}")))
    }

    fn whereabouts(&self, place: &Uri) -> String {
        authority(place).to_owned()
    }

    async fn approach(&self, place: &Uri, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        self.client.try_out(place, steps).await.map_err(|trouble| trouble.failure(LABEL))
    }

    /// Other paths name no kind of file, and the PIM is not asked for them.
    fn absent(&self, name: &str) -> String {
        format!("media-files/{name}")
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        self.token(None).await?;
        Ok("requests carry a token that the PIM gave".to_owned())
    }

    async fn ask(&self, place: &Uri, wish: &Wish, _slot: &Slot) -> Result<Answer, Failure> {
        let (mut renewed, mut waited) = (false, false);
        let mut refused = None;
        loop {
            let token = self.token(refused.as_deref()).await?;
            let mut headers = HeaderMap::from_iter([(AUTHORIZATION, token.access.clone())]);
            wish.add_to(&mut headers);
            let response =
                self.client.get(place.clone(), headers).await.map_err(|trouble| trouble.failure(LABEL))?;
            let sender = Sender::new(LABEL, self.whereabouts(place));
            let response = match file(&self.client, response, wish, sender, None) {
                Ok(answer) => return Ok(answer),
                Err(response) => *response,
            };
            let status = response.status();
            if status == StatusCode::UNAUTHORIZED && !renewed {
                renewed = true;
                self.client.discard(response.into_body());
                self.token.discard(&token);
                refused = Some(token);
                continue;
            }
            if status == StatusCode::TOO_MANY_REQUESTS
                && !waited
                && let Some(wait) = short_wait(response.headers())
            {
                waited = true;
                self.client.discard(response.into_body());
                tokio::time::sleep(wait).await;
                continue;
            }
            let (head, body) = response.into_parts();
            let text = self.client.refusal(body).await;
            let facts = self.facts(place, status, &head.headers, &text);
            return Err(of_answer(ANSWERS, status.as_u16(), "").failure(&facts));
        }
    }
}

impl AkeneoPim {
    /// A token that was not refused.
    async fn token(&self, refused: Option<&Token>) -> Result<std::sync::Arc<Token>, Failure> {
        let Some(keys) = &self.keys else {
            return Err(NO_KEYS.failure(&Facts { secret: Some(self.secret_name()), ..facts() }));
        };
        self.token.get(|| self.new_token(keys, refused)).await
    }

    /// By the refresh token of the one that was refused, else by the password.
    async fn new_token(&self, keys: &Keys, refused: Option<&Token>) -> Result<Fresh<Token>, Failure> {
        if let Some(refresh) = refused.and_then(|token| token.refresh.as_ref()) {
            let body =
                serde_json::json!({ "grant_type": "refresh_token", "refresh_token": refresh.expose() });
            match self.exchange(keys, &body).await {
                Err(failure) if matches!(failure.http_status, Some(400 | 401 | 422)) => {}
                exchanged => return exchanged,
            }
        }
        let body = serde_json::json!({
            "grant_type": "password",
            "username": keys.username.expose(),
            "password": keys.password.expose(),
        });
        self.exchange(keys, &body).await
    }

    async fn exchange(&self, keys: &Keys, body: &serde_json::Value) -> Result<Fresh<Token>, Failure> {
        let basic =
            BASE64_STANDARD.encode(format!("{}:{}", keys.client_id.expose(), keys.client_secret.expose()));
        let mut basic = header_value(&format!("Basic {basic}"))?;
        basic.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, basic), (CONTENT_TYPE, json)]);
        let response = self
            .client
            .send(Method::POST, self.token_uri.clone(), headers, Bytes::from(body.to_string()))
            .await
            .map_err(|trouble| trouble.failure(LABEL))?;
        let (head, body) = response.into_parts();
        let status = head.status;
        let text = self.client.refusal(body).await;
        let failed = || {
            let facts = self.facts(&self.token_uri, status, &head.headers, &text);
            Err(of_answer(TOKENS, status.as_u16(), "").failure(&facts))
        };
        if status != StatusCode::OK {
            return failed();
        }
        let Ok(answer) = serde_json::from_slice::<TokenAnswer>(&text) else { return failed() };
        let mut access = header_value(&format!("Bearer {}", answer.access_token))?;
        access.set_sensitive(true);
        let lifetime = answer.expires_in.map_or(USUAL_LIFETIME, Duration::from_secs);
        let refresh = answer.refresh_token.map(SecretText::new);
        Ok(Fresh { value: Token { access, refresh }, lifetime: Some(lifetime) })
    }

    fn secret_name(&self) -> &str {
        self.secret.as_deref().unwrap_or("the origin's Secret")
    }

    fn facts(&self, uri: &Uri, status: StatusCode, headers: &HeaderMap, text: &[u8]) -> Facts<'_> {
        let location = header_text(headers, LOCATION).and_then(whereto);
        Facts {
            place: authority(uri).to_owned(),
            status: Some(status.as_u16()),
            secret: Some(self.secret_name()),
            what: said(message(text).as_deref()),
            more: vec![("location", location.unwrap_or_else(|| "another path".to_owned()))],
            ..facts()
        }
    }
}

fn facts() -> Facts<'static> {
    Facts { origin: LABEL, ..Facts::default() }
}

fn header_value(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text)
        .map_err(|_| NO_KEYS.failure(&Facts { secret: Some("a value that no header can hold"), ..facts() }))
}

/// The message of an answer that is no file.
fn message(text: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Told {
        message: String,
    }
    let told: Told = serde_json::from_slice(text).ok()?;
    Some(printable(&told.message, TEXT_BYTES))
}

/// How long the PIM wants us to wait, where that is short.
fn short_wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = header_text(headers, RETRY_AFTER)?.trim().parse().ok()?;
    (seconds <= LONGEST_WAIT).then(|| Duration::from_secs(seconds))
}

/// The call that downloads a file, below the PIM's address. `name` is the path of the URL, decoded.
fn api_path(name: &str) -> Option<String> {
    let (kind, code) = name.split_once('/')?;
    let code = encode_key(code.trim_matches('/'));
    if code.is_empty() {
        return None;
    }
    Some(match kind {
        "media-files" | "media-file" => format!("/api/rest/v1/media-files/{code}/download"),
        "asset-media-files" | "asset-media-file" => format!("/api/rest/v1/asset-media-files/{code}"),
        "reference-entities-media-files" | "reference-entities-media-file" => {
            format!("/api/rest/v1/reference-entities-media-files/{code}")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_media_files_of_products_have_a_call_that_ends_with_download() {
        for (name, expected) in [
            (
                "media-files/f/d/1/d/fd1d_my name.png",
                Some("/api/rest/v1/media-files/f/d/1/d/fd1d_my%20name.png/download"),
            ),
            ("media-file/f/a.png", Some("/api/rest/v1/media-files/f/a.png/download")),
            ("asset-media-files/1/a+b.png", Some("/api/rest/v1/asset-media-files/1/a%2Bb.png")),
            ("asset-media-file/a.png", Some("/api/rest/v1/asset-media-files/a.png")),
            (
                "reference-entities-media-files/a.png",
                Some("/api/rest/v1/reference-entities-media-files/a.png"),
            ),
            ("products/a.png", None),
            ("media-files", None),
            ("media-files/", None),
        ] {
            assert_eq!(api_path(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_wait_of_at_most_two_seconds_is_waited() {
        for (value, expected) in [("0", Some(0)), ("2", Some(2)), ("3", None), ("soon", None)] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]);
            assert_eq!(short_wait(&headers).map(|wait| wait.as_secs()), expected, "{value}");
        }
    }

    #[test]
    fn what_is_no_pim_is_told_by_its_answer_and_the_remedy_names_base_url() {
        for (status, location, expected) in [
            (301, "https://pim.example", "address that answers by itself: https://pim.example"),
            (308, "https://pim.example", "address that answers by itself: https://pim.example"),
            (200, "", "with https:// where the PIM has it"),
        ] {
            let facts = Facts { more: vec![("location", location.to_owned())], ..facts() };
            let failure = of_answer(TOKENS, status, "").failure(&facts);
            assert!(failure.remedy.contains("baseUrl") && failure.remedy.ends_with(expected), "{failure:?}");
        }
    }

    #[test]
    fn what_the_pim_says_is_told() {
        assert_eq!(message(br#"{"code":401,"message":"Expired."}"#).as_deref(), Some("Expired."));
        assert_eq!(message(b"<html>"), None);
    }
}
