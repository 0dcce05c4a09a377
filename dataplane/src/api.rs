//! The API of the delivery port, in the form of the hosted service: purges, and what is to be known of a file.
//!
//! `POST /v1/files/purge` with `{"url": "..."}` answers 201 with a `requestId`, `GET /v1/files/purge/ID` how far it is,
//! `GET /v1/metadata?url=URL` what a file is like. Who asks shows a signing key of the endpoint as the user of Basic
//! authentication.

mod answer;
mod metadata;

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method, Uri, header, request::Parts};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use imgplane_config::PurgeRequest;
use serde::Deserialize;

pub(crate) use self::answer::{ApiAnswer, ApiError, written};
use crate::{
    peer::host,
    purge::{AskError, Pattern, Progress, Scope},
    request::{TARGET_BYTES, Trace},
    server::App,
    state::{Endpoint, State},
};

/// Path of the API's purges.
const PURGE: &str = "/v1/files/purge";
/// Path of what is told of files.
const METADATA: &str = "/v1/metadata";
/// Longest body that is read, in bytes: a URL of the longest kind with its JSON.
const BODY_BYTES: usize = 16 << 10;
/// How long a body may take.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// What a request asks of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// A purge.
    Purge,
    /// How far a purge is.
    Progress(uuid::Uuid),
    /// What a file is like.
    Metadata,
}

impl Call {
    /// `None`: it asks for a file.
    pub(crate) fn of(head: &Parts) -> Option<Self> {
        let path = head.uri.path();
        match head.method {
            Method::POST if path == PURGE => Some(Self::Purge),
            Method::GET if path == METADATA => Some(Self::Metadata),
            Method::GET => {
                let id = path.strip_prefix(PURGE)?.strip_prefix('/')?;
                uuid::Uuid::try_parse(id).ok().map(Self::Progress)
            }
            _ => None,
        }
    }
}

/// What is asked to be purged.
#[derive(Debug, Deserialize)]
struct Wish {
    url: String,
    #[serde(default)]
    scope: WishedScope,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WishedScope {
    #[default]
    Url,
    Resource,
}

/// Answers a call.
pub(crate) async fn answer(
    app: &Arc<App>,
    call: Call,
    head: &Parts,
    body: Incoming,
    trace: &mut Trace,
) -> Result<ApiAnswer, ApiError> {
    if call != Call::Metadata && app.draining.load(Ordering::Relaxed) {
        // What it is asked now nobody would hear of.
        return Err(ApiError::NotReady);
    }
    let key = presented_key(&head.headers).ok_or(ApiError::NoKey)?;
    let state = app.state.load_full().ok_or(ApiError::NotReady)?;
    match call {
        Call::Metadata => metadata::answer(app, state, head, &key, trace).await.map(ApiAnswer::Metadata),
        Call::Purge => {
            let body = Limited::new(body, BODY_BYTES).collect();
            let body = tokio::time::timeout(BODY_DEADLINE, body).await.map_err(|_| ApiError::SlowBody)?;
            let body = body.map_err(|error| ApiError::Body(error.to_string()))?.to_bytes();
            let wish: Wish =
                serde_json::from_slice(&body).map_err(|error| ApiError::Body(error.to_string()))?;
            let request = purge_request(&state, head, &wish, &key)?;
            let id = request.id.clone();
            match app.purges.ask(request).await {
                Ok(()) => Ok(ApiAnswer::Accepted { id }),
                Err(error @ (AskError::QueueFull | AskError::EndpointQueueFull)) => {
                    Err(ApiError::TooMany(error.to_string()))
                }
                Err(error @ (AskError::NotWritten(_) | AskError::SlowDisk)) => {
                    Err(ApiError::Internal(error.to_string()))
                }
            }
        }
        Call::Progress(id) => match app.purges.progress(id, SystemTime::now()) {
            Progress::Unknown => Err(ApiError::UnknownPurge),
            // Whose it is nobody can tell yet; that it is pending is no secret.
            Progress::Pending(None) => Ok(ApiAnswer::Pending),
            Progress::Pending(Some(request)) => {
                authorised(&state, &request, &key).map(|()| ApiAnswer::Pending)
            }
            Progress::Completed(request) => authorised(&state, &request, &key).map(|()| ApiAnswer::Completed),
        },
    }
}

/// Reads the URL, finds its endpoint and judges the key.
fn purge_request(state: &State, head: &Parts, wish: &Wish, key: &str) -> Result<PurgeRequest, ApiError> {
    if wish.url.len() > TARGET_BYTES {
        return Err(ApiError::Pattern(format!("it is longer than any that is served, {TARGET_BYTES} bytes")));
    }
    let wild = wish.url.strip_suffix('*');
    let uri: Uri = wild.unwrap_or(&wish.url).parse().map_err(|_| ApiError::BadUrl(wish.url.clone()))?;
    let named = uri.authority().map(http::uri::Authority::as_str);
    let route = state.router.route(named.unwrap_or_else(|| host(head)), uri.path());
    let route = route.map_err(|_| ApiError::NoEndpoint)?;
    let endpoint = state.endpoints.get(route.endpoint).ok_or(ApiError::NoEndpoint)?;
    if !opens(endpoint, key) {
        return Err(ApiError::WrongKey);
    }
    let mut url = route.rest.to_owned();
    if let Some(query) = unsigned(uri.query()) {
        url.push('?');
        url.push_str(&query);
    }
    if wild.is_some() {
        url.push('*');
    }
    let scope = match wish.scope {
        WishedScope::Url => Scope::Url,
        WishedScope::Resource => Scope::Resource,
    };
    Pattern::parse(&url, scope, endpoint).map_err(|error| ApiError::Pattern(error.to_string()))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(PurgeRequest {
        id: uuid::Uuid::now_v7().to_string(),
        endpoint: endpoint.id.clone(),
        url,
        resource: scope == Scope::Resource,
        time: now.as_secs(),
    })
}

/// A query without its signature, which no list may hold.
fn unsigned(query: Option<&str>) -> Option<String> {
    let signed = |pair: &&str| !["ik-s", "ik-t"].contains(&pair.split('=').next().unwrap_or_default());
    query.map(|query| query.split('&').filter(signed).collect::<Vec<_>>().join("&"))
}

fn authorised(state: &State, request: &PurgeRequest, key: &str) -> Result<(), ApiError> {
    let at = state.endpoints.binary_search_by(|endpoint| endpoint.id.cmp(&request.endpoint));
    let endpoint = at.ok().and_then(|at| state.endpoints.get(at));
    if endpoint.is_some_and(|endpoint| opens(endpoint, key)) { Ok(()) } else { Err(ApiError::WrongKey) }
}

/// Every key is compared, so that the time tells nothing.
fn opens(endpoint: &Endpoint, key: &str) -> bool {
    endpoint.keys.iter().fold(false, |opens, own| opens | own.is(key))
}

/// The user of Basic authentication. The password means nothing.
fn presented_key(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let user = text.split_once(':').map_or(text.as_str(), |(user, _)| user);
    (!user.is_empty()).then(|| user.to_owned())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn head(method: &str, path: &str) -> Parts {
        Request::builder().method(method).uri(path).body(()).unwrap().into_parts().0
    }

    #[test]
    fn everything_but_the_calls_asks_for_a_file() {
        let id = uuid::Uuid::now_v7();
        for (method, path, call) in [
            ("POST", "/v1/files/purge".to_owned(), Some(Call::Purge)),
            ("GET", format!("/v1/files/purge/{id}"), Some(Call::Progress(id))),
            ("POST", "/v1/files/purge/".to_owned(), None),
            ("GET", "/v1/files/purge".to_owned(), None),
            ("GET", "/v1/files/purge/photo.jpg".to_owned(), None),
            ("HEAD", format!("/v1/files/purge/{id}"), None),
            ("GET", "/v1/metadata?url=x".to_owned(), Some(Call::Metadata)),
            ("GET", "/v1/metadata/".to_owned(), None),
            ("HEAD", "/v1/metadata?url=x".to_owned(), None),
            ("POST", "/v1/metadata?url=x".to_owned(), None),
        ] {
            assert_eq!(Call::of(&head(method, &path)), call, "{method} {path}");
        }
    }

    #[test]
    fn the_key_is_the_user_and_the_password_means_nothing() {
        for (value, key) in [
            ("Basic cHJpdmF0ZV9hPTo=", Some("private_a=")),
            ("basic cHJpdmF0ZV9hPTpkb19ub3Rfc2V0", Some("private_a=")),
            ("Basic cHJpdmF0ZV9hPQ==", Some("private_a=")),
            ("Basic OnNlY3JldA==", None),
            ("Basic %%%", None),
            ("Bearer cHJpdmF0ZV9hPTo=", None),
            ("Basic", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(presented_key(&headers).as_deref(), key, "{value}");
        }
        assert_eq!(presented_key(&HeaderMap::new()), None);
    }

    #[test]
    fn no_signature_comes_into_a_list() {
        for (query, left) in [
            (None, None),
            (Some("ik-s=a&ik-t=1"), Some("")),
            (Some("tr=w-1&ik-s=a&v=2"), Some("tr=w-1&v=2")),
            (Some("ik-sx=1"), Some("ik-sx=1")),
        ] {
            assert_eq!(unsigned(query).as_deref(), left, "{query:?}");
        }
    }
}
