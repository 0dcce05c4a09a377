//! A folder of a web server.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use imgplane_config::{FetchPolicy, WebFolder as Config};
use url::{Host, Url};

use crate::{
    Cause, Connector, Failure, FetchedStatus, Request, SetupError,
    client::Client,
    guard::{self, Guard},
    path::{Resource, encode_path, encode_query},
    range::ByteRange,
    source::{Answer, Setback, Slot, Source, content_range, found, other_status},
    steps::Steps,
};

const LABEL: &str = "the web server";
/// Most redirects that are followed for one file.
const HOPS: usize = 5;

/// A folder of a web server, opened.
#[derive(Debug)]
pub(crate) struct WebFolder {
    /// Without trailing slash.
    base: String,
    host: String,
    client: Client,
    /// For redirects to other hosts, if the base is public.
    elsewhere: Client,
    connector: Connector,
    /// For finding out whether the base is public.
    timeout: Duration,
}

impl WebFolder {
    pub(crate) fn open(
        config: &Config,
        policy: &FetchPolicy,
        connector: &Connector,
    ) -> Result<Self, SetupError> {
        let base = base_address("webFolder.baseUrl", &config.base_url)?;
        Ok(Self {
            base: base.as_str().trim_end_matches('/').to_owned(),
            host: base.host_str().unwrap_or_default().to_owned(),
            client: connector.client(policy),
            elsewhere: connector.client_with(Guard::of_public_redirects(), policy),
            connector: connector.clone(),
            timeout: policy.connect_timeout,
        })
    }

    /// Whether any address of the base is public. One that cannot be found counts as public, which allows less.
    async fn is_public(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        match tokio::time::timeout(self.timeout, self.connector.names().resolve(host)).await {
            Ok(Ok(addresses)) => addresses.into_iter().any(guard::is_public),
            Ok(Err(_)) | Err(_) => true,
        }
    }

    /// The client for a hop: a public server may not lead to a private address.
    async fn client_for(&self, uri: &Uri) -> &Client {
        let is_base = uri.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.host));
        if is_base || !self.is_public().await { &self.client } else { &self.elsewhere }
    }
}

impl Source for WebFolder {
    type Place = Uri;

    fn label(&self) -> &'static str {
        LABEL
    }

    fn locate(&self, request: &Request) -> Result<Uri, Failure> {
        let resource = Resource::parse(&request.resource, LABEL)?;
        address(&self.base, resource, request.query.as_deref())
            .parse()
            .map_err(|error| Failure::missing(LABEL, format!("the address cannot be requested: {error}")))
    }

    async fn approach(&self, place: &Uri, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        self.client.try_out(place, steps).await.map_err(|trouble| trouble.failure(LABEL))
    }

    fn identity(&self) -> Result<&'static str, Failure> {
        Ok("requests carry no credentials")
    }

    async fn ask(&self, place: &Uri, range: Option<ByteRange>, _slot: &Slot) -> Result<Answer, Setback> {
        let mut visited = vec![place.clone()];
        let mut client = &self.client;
        loop {
            // The last one is always there: the list starts with one and only grows.
            let uri = visited.last().unwrap_or(place).clone();
            let mut headers = HeaderMap::new();
            if let Some(range) = range.and_then(|range| HeaderValue::from_str(&range.to_string()).ok()) {
                headers.insert(header::RANGE, range);
            }
            let response =
                client.get(uri.clone(), headers).await.map_err(|trouble| Setback::of(&trouble, LABEL))?;
            let (status, headers) = (response.status(), response.headers());
            match classify(status, headers, range.is_some()) {
                Seen::Found(FetchedStatus::Unsatisfiable) => {
                    let size = content_range(headers);
                    client.discard(response.into_body());
                    return Ok(Answer::unsatisfiable(size));
                }
                Seen::Found(status) => return Ok(Answer::of(response, status, LABEL)),
                Seen::Failed(failure) => {
                    client.discard(response.into_body());
                    return Err(failure.into());
                }
                Seen::Redirect => {
                    let next = follow(&uri, headers.get(header::LOCATION), &visited);
                    client.discard(response.into_body());
                    let next = next.map_err(|failure| failure.with_status(status.as_u16()))?;
                    client = self.client_for(&next).await;
                    visited.push(next);
                }
            }
        }
    }
}

/// The address of a file: the base and the path as received.
fn address(base: &str, resource: Resource<'_>, query: Option<&str>) -> String {
    let path = encode_path(resource.raw());
    match query.filter(|query| !query.is_empty()) {
        Some(query) => format!("{base}/{path}?{}", encode_query(query)),
        None => format!("{base}/{path}"),
    }
}

/// What an answer is.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Found(FetchedStatus),
    Redirect,
    Failed(Failure),
}

fn classify(status: StatusCode, headers: &HeaderMap, ranged: bool) -> Seen {
    if let Some(found) = found(status, headers, ranged) {
        return Seen::Found(found);
    }
    let number = status.as_u16();
    let failure = match number {
        301 | 302 | 303 | 307 | 308 => return Seen::Redirect,
        404 | 410 => Failure::missing(LABEL, format!("the server answered with status {number}")),
        401 | 403 | 407 | 451 => {
            let failure = Failure::new(
                Cause::AccessDenied,
                format!("access was denied by {LABEL} ({number})"),
                "let our requests through: each carries the header x-req-from: imagekit",
            );
            // The others are about who asks; this one is also what stores without a right to list say of no file.
            if number == 403 { failure.or_absent() } else { failure }
        }
        _ => other_status(status, LABEL, "see the server's log"),
    };
    Seen::Failed(failure.with_status(number))
}

/// Where a redirect leads.
fn follow(from: &Uri, location: Option<&HeaderValue>, visited: &[Uri]) -> Result<Uri, Failure> {
    let invalid = |what: &str| {
        Failure::new(
            Cause::InvalidResponse,
            format!("{LABEL} gave an invalid response (redirect {what})"),
            "",
        )
    };
    let location = location.ok_or_else(|| invalid("without Location"))?;
    let location =
        std::str::from_utf8(location.as_bytes()).map_err(|_| invalid("to an unreadable address"))?;
    let mut next = Url::parse(&from.to_string())
        .and_then(|from| from.join(location))
        .map_err(|_| invalid("to an unreadable address"))?;
    next.set_fragment(None);
    if !matches!(next.scheme(), "http" | "https") || !next.username().is_empty() || next.password().is_some()
    {
        return Err(Failure::new(
            Cause::AddressBlocked,
            "the requested host is not allowed",
            "the server redirected to an address that is not plain http or https",
        ));
    }
    if from.scheme_str() == Some("https") && next.scheme() == "http" {
        return Err(invalid("from https to http"));
    }
    let next: Uri = next.as_str().parse().map_err(|_| invalid("to an unreadable address"))?;
    if visited.contains(&next) || visited.len() > HOPS {
        let detail = format!("{} redirects were followed", visited.len() - 1);
        return Err(Failure::new(Cause::TooManyRedirects, format!("too many redirects by {LABEL}"), detail));
    }
    Ok(next)
}

/// Reads the address of a server or folder from a manifest.
pub(crate) fn base_address(field: &'static str, text: &str) -> Result<Url, SetupError> {
    let wrong = |what: &str| SetupError::Field { field, what: what.to_owned() };
    let url = Url::parse(text).map_err(|error| wrong(&format!("{error}; write https://HOST/PATH")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("must start with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not carry a user or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("must not carry a query or fragment"));
    }
    match url.host() {
        None | Some(Host::Domain("")) => Err(wrong("must name a host")),
        Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)) => Ok(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_at_the_base_and_the_path_as_received() {
        let cases = [
            ("https://shop.example.org", "hats/h1.jpg", None, "https://shop.example.org/hats/h1.jpg"),
            (
                "https://shop.example.org/media/",
                "a%20b.jpg",
                Some("v=3"),
                "https://shop.example.org/media/a%20b.jpg?v=3",
            ),
            (
                "https://firebasestorage.googleapis.com",
                "v0/b/app/o/images%2Fstars.jpg",
                Some("alt=media&token=T"),
                "https://firebasestorage.googleapis.com/v0/b/app/o/images%2Fstars.jpg?alt=media&token=T",
            ),
            ("http://h:8080/x", "//dir//a/", Some(""), "http://h:8080/x/dir//a/"),
            ("http://2130706433/", "a.jpg", None, "http://127.0.0.1/a.jpg"),
        ];
        for (base, raw, query, expected) in cases {
            let base = base_address("webFolder.baseUrl", base).unwrap();
            let seen =
                address(base.as_str().trim_end_matches('/'), Resource::parse(raw, LABEL).unwrap(), query);
            assert_eq!(seen, expected);
            assert_eq!(seen.parse::<Uri>().unwrap().to_string(), expected, "goes out as it is");
        }
    }

    #[test]
    fn an_address_that_cannot_be_a_base_is_refused_with_its_field() {
        let cases = [
            ("ftp://h/", "must start with http:// or https://"),
            ("https://u:p@h/", "must not carry a user or password"),
            ("https://h/?a=b", "must not carry a query or fragment"),
            ("https://h/#x", "must not carry a query or fragment"),
            ("h.example.org", "relative URL without a base; write https://HOST/PATH"),
        ];
        for (text, expected) in cases {
            let error = base_address("webFolder.baseUrl", text).unwrap_err();
            assert_eq!(error.to_string(), format!("webFolder.baseUrl: {expected}"), "{text}");
        }
    }

    #[test]
    fn each_status_has_its_class() {
        let denied = |n: u16| format!("EACCES - access was denied by the web server ({n})");
        let missing = "ENOENT - No file was found on the web server at the specified path".to_owned();
        let busy = |n: u16| format!("UNIDENTIFIED - the web server is refusing requests for now ({n})");
        let other = |n: u16| format!("UNIDENTIFIED - the web server answered with status {n}");
        let invalid = |n: u16| format!("UNIDENTIFIED - the web server gave an invalid response ({n})");
        let cases = [
            (404, missing.clone()),
            (410, missing),
            (401, denied(401)),
            (403, denied(403)),
            (407, denied(407)),
            (451, denied(451)),
            (429, busy(429)),
            (503, busy(503)),
            (400, other(400)),
            (405, other(405)),
            (406, other(406)),
            (414, other(414)),
            (416, other(416)),
            (418, other(418)),
            (500, other(500)),
            (502, other(502)),
            (504, other(504)),
            (599, other(599)),
            (204, invalid(204)),
            (205, invalid(205)),
            (206, invalid(206)),
            (304, invalid(304)),
            (300, invalid(300)),
        ];
        for (status, expected) in cases {
            match classify(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), false) {
                Seen::Failed(failure) => {
                    assert_eq!(failure.to_string(), expected);
                    assert_eq!(failure.http_status, Some(status));
                    assert_eq!(failure.ambiguous, status == 403, "{status}");
                }
                seen => panic!("{status}: {seen:?}"),
            }
        }
        for status in [200, 203] {
            let seen = classify(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), false);
            assert_eq!(seen, Seen::Found(FetchedStatus::Whole));
        }
        for status in [301, 302, 303, 307, 308] {
            let seen = classify(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), true);
            assert_eq!(seen, Seen::Redirect, "{status}");
        }
    }

    #[test]
    fn a_redirect_leads_to_http_addresses_only_and_never_back() {
        let invalid = "UNIDENTIFIED - the web server gave an invalid response (redirect ";
        let refused = "EACCES - the requested host is not allowed";
        let cases = [
            ("http://a/x", Some("/y"), Ok("http://a/y")),
            ("http://a/x/z", Some("y?q=1#f"), Ok("http://a/x/y?q=1")),
            ("http://a/x", Some("https://b/y"), Ok("https://b/y")),
            ("http://a/x", Some("//b/y"), Ok("http://b/y")),
            ("http://a/x", Some("http://0x7f.1/y"), Ok("http://127.0.0.1/y")),
            ("https://a/x", Some("http://a/x"), Err(invalid)),
            ("http://a/x", None, Err(invalid)),
            ("http://a/x", Some("http://"), Err(invalid)),
            ("http://a/x", Some("file:///etc/passwd"), Err(refused)),
            ("http://a/x", Some("http://u:p@b/y"), Err(refused)),
            ("http://a/x", Some("/x"), Err("UNIDENTIFIED - too many redirects by the web server")),
        ];
        for (from, location, expected) in cases {
            let from: Uri = from.parse().unwrap();
            let header = location.map(|text| HeaderValue::from_str(text).unwrap());
            let seen = follow(&from, header.as_ref(), std::slice::from_ref(&from));
            match (seen, expected) {
                (Ok(uri), Ok(expected)) => assert_eq!(uri.to_string(), expected),
                (Err(failure), Err(expected)) => {
                    assert!(failure.to_string().starts_with(expected), "{location:?}: {failure}");
                }
                (seen, expected) => panic!("{location:?}: {seen:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn five_redirects_are_followed_and_a_sixth_is_not() {
        let mut visited: Vec<Uri> = vec!["http://a/0".parse().unwrap()];
        for hop in 1..=HOPS {
            let location = HeaderValue::from_str(&format!("/{hop}")).unwrap();
            let next = follow(visited.last().unwrap(), Some(&location), &visited).unwrap();
            visited.push(next);
        }
        let location = HeaderValue::from_static("/6");
        assert!(follow(visited.last().unwrap(), Some(&location), &visited).is_err());
    }
}
