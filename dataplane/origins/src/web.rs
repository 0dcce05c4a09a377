//! What `WebFolder` and `WebProxy` share: asking a web server, following its redirects, and what its answers mean.

use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use url::{Host, Url};

use crate::{
    Failure, SetupError,
    client::{Client, Trouble},
    failure::{
        self, Facts, Row, of_answer,
        web::{
            ANSWERS, BAD_REDIRECT, CIRCLE, CLIENT_CERTIFICATE, HEADERS_REFUSED, REDIRECT_BLOCKED, REDIRECTS,
        },
    },
    marks::Marks,
    sender::Sender,
    source::{Answer, authority, file, header_text},
    wish::Wish,
};

mod own_headers;

pub(crate) use own_headers::OwnHeaders;

/// Most redirects that are followed for one file.
const HOPS: usize = 5;
/// What owners say of files.
const MARKS: Marks = Marks { private: "is-private-file", coordinates: "custom-coordinates" };
/// Longest address that a message repeats, in bytes.
const ADDRESS_BYTES: usize = 200;

/// What distinguishes the types.
pub(crate) trait Hops: Sync {
    /// What messages call the server.
    const LABEL: &'static str;

    /// Whether an address may be asked, and by which client. `first`: it is the one that was asked for, not one that
    /// a redirect leads to.
    fn client(&self, uri: &Uri, first: bool) -> impl Future<Output = Result<&Client, Failure>> + Send;

    /// What trouble on the way to an answer means.
    fn trouble(&self, trouble: &Trouble) -> Failure {
        trouble.failure(Self::LABEL)
    }

    /// What it means that a server has no such file, where that is something of its own.
    fn missing(&self) -> Option<&'static Row> {
        None
    }

    /// Headers for an address, which may hold credentials: none for a server that is not the origin's own.
    fn own_headers(&self, uri: &Uri) -> Option<&OwnHeaders>;
}

/// Asks for a file and follows redirects, each time with the same wish: a condition is met where the file is. `host` is
/// the host that the first address is told.
pub(crate) async fn ask<H: Hops>(
    hops: &H,
    place: &Uri,
    mut host: Option<HeaderValue>,
    wish: &Wish,
) -> Result<Answer, Failure> {
    let mut visited = vec![place.clone()];
    loop {
        // The last one is always there: the list starts with one and only grows.
        let uri = visited.last().unwrap_or(place).clone();
        let client = hops.client(&uri, visited.len() == 1).await?;
        let own = hops.own_headers(&uri);
        let mut headers = own.map(|own| own.map().clone()).unwrap_or_default();
        if let Some(host) = host.take() {
            headers.insert(header::HOST, host);
        }
        wish.add_to(&mut headers);
        let response = client.get(uri.clone(), headers).await.map_err(|trouble| {
            let failure = hops.trouble(&trouble);
            Failure { elsewhere: failure.elsewhere || authority(&uri) != authority(place), ..failure }
        })?;
        let sender = Sender::new(H::LABEL, authority(&uri));
        let response = match file(client, response, wish, sender, Some(&MARKS)) {
            Ok(answer) => return Ok(answer),
            Err(response) => *response,
        };
        let (status, headers) = (response.status(), response.headers());
        if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            let next = follow(&uri, headers.get(header::LOCATION), &visited, H::LABEL);
            client.discard(response.into_body());
            let with_status = |failure: Failure| Failure { http_status: Some(status.as_u16()), ..failure };
            visited.push(next.map_err(with_status)?);
            continue;
        }
        let (parts, body) = response.into_parts();
        if let (404 | 410, Some(row)) = (status.as_u16(), hops.missing()) {
            client.discard(body);
            let (place, status) = (authority(&uri).to_owned(), Some(status.as_u16()));
            return Err(row.failure(&Facts { origin: H::LABEL, place, status, ..Facts::default() }));
        }
        // Only here the body says more than the status does.
        let text = if status == StatusCode::BAD_REQUEST && uri.scheme_str() == Some("https") {
            client.refusal(body).await
        } else {
            client.discard(body);
            bytes::Bytes::new()
        };
        let answer = Refused { status: parts.status, headers: &parts.headers, body: &text };
        return Err(classify(&answer, own, authority(&uri), H::LABEL));
    }
}

/// An answer that is no file.
struct Refused<'a> {
    status: StatusCode,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// What an answer to a request with `own` headers means.
fn classify(answer: &Refused<'_>, own: Option<&OwnHeaders>, host: &str, label: &str) -> Failure {
    let &Refused { status, headers, body } = answer;
    let challenge = header_text(headers, header::WWW_AUTHENTICATE)
        .and_then(|challenge| challenge.split_whitespace().next())
        .filter(|scheme| scheme.len() <= 16 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .map(|scheme| format!(" ({scheme})"));
    let retry_after = header_text(headers, header::RETRY_AFTER)
        .filter(|text| text.len() <= 40)
        .map(|text| format!("; it says to wait ({text})"));
    let mut facts = Facts {
        origin: label,
        place: host.to_owned(),
        status: Some(status.as_u16()),
        more: vec![
            ("challenge", challenge.unwrap_or_default()),
            ("retry_after", retry_after.unwrap_or_default()),
        ],
        ..Facts::default()
    };
    let said = |text: &[u8]| body.windows(text.len()).any(|part| part == text);
    // nginx answers so, and not with an alert of TLS.
    for text in ["No required SSL certificate was sent", "The SSL certificate error"] {
        if status == StatusCode::BAD_REQUEST && said(text.as_bytes()) {
            return CLIENT_CERTIFICATE.failure(&Facts { what: text.to_owned(), ..facts });
        }
    }
    if let (StatusCode::UNAUTHORIZED, Some(own)) = (status, own.and_then(OwnHeaders::facts)) {
        facts.more.extend(own);
        return HEADERS_REFUSED.failure(&facts);
    }
    of_answer(ANSWERS, status.as_u16(), "").failure(&facts)
}

/// Where a redirect leads.
fn follow(from: &Uri, location: Option<&HeaderValue>, visited: &[Uri], label: &str) -> Result<Uri, Failure> {
    let facts = |what: &str| Facts {
        origin: label,
        place: authority(from).to_owned(),
        what: what.to_owned(),
        more: vec![("hops", (visited.len() - 1).to_string())],
        ..Facts::default()
    };
    let invalid = |what: &str| BAD_REDIRECT.failure(&facts(what));
    let location = location.ok_or_else(|| invalid("without Location"))?;
    let location =
        std::str::from_utf8(location.as_bytes()).map_err(|_| invalid("to an unreadable address"))?;
    let mut next = Url::parse(&from.to_string())
        .and_then(|from| from.join(location))
        .map_err(|_| invalid("to an unreadable address"))?;
    next.set_fragment(None);
    if !matches!(next.scheme(), "http" | "https") || !next.username().is_empty() || next.password().is_some()
    {
        return Err(REDIRECT_BLOCKED.failure(&facts("")));
    }
    if from.scheme_str() == Some("https") && next.scheme() == "http" {
        return Err(invalid("from https to http"));
    }
    let next: Uri = next.as_str().parse().map_err(|_| invalid("to an unreadable address"))?;
    if visited.contains(&next) {
        return Err(CIRCLE.failure(&facts(&without_query(&next))));
    }
    if visited.len() > HOPS {
        return Err(REDIRECTS.failure(&facts("")));
    }
    Ok(next)
}

/// An address for the operator. Queries of servers that sign theirs are secret for a while.
fn without_query(uri: &Uri) -> String {
    let text = format!("{}://{}{}", uri.scheme_str().unwrap_or_default(), authority(uri), uri.path());
    failure::header_text(&text, ADDRESS_BYTES)
}

/// Reads the address of a server or folder from a manifest.
pub(crate) fn base_address(field: &'static str, text: &str) -> Result<Url, SetupError> {
    let wrong = |what: &str| SetupError::Field { field: field.to_owned(), what: what.to_owned() };
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

    const LABEL: &str = "the web server";

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
            let seen = StatusCode::from_u16(status).unwrap();
            let answer = Refused { status: seen, headers: &HeaderMap::new(), body: b"" };
            let failure = classify(&answer, None, "h.example", LABEL);
            assert_eq!(failure.to_string(), expected);
            assert_eq!(failure.http_status, Some(status));
            assert_eq!(failure.ambiguous, status == 403, "{status}");
            assert!(failure.detail.starts_with(&format!("{status} from h.example: ")), "{}", failure.detail);
        }
    }

    #[test]
    fn the_operator_reads_what_the_server_wants() {
        let told = |status: u16, name: &'static str, value: &'static str, body: &str| {
            let headers = HeaderMap::from_iter([(
                header::HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]);
            let status = StatusCode::from_u16(status).unwrap();
            let answer = Refused { status, headers: &headers, body: body.as_bytes() };
            classify(&answer, None, "h.example", LABEL).detail
        };
        for (seen, expected) in [
            (
                told(401, "www-authenticate", "Bearer realm=\"x\"", ""),
                "the server wants credentials (Bearer)",
            ),
            (
                told(429, "retry-after", "2", ""),
                "the server is overloaded, or limits our requests; it says to wait (2)",
            ),
            (
                told(400, "server", "nginx", "<center>No required SSL certificate was sent</center>"),
                "the server wants a client certificate that it trusts (No required SSL certificate was sent)",
            ),
        ] {
            assert!(seen.ends_with(expected), "{seen}");
        }
    }

    #[test]
    fn headers_that_are_refused_are_to_be_corrected_and_not_to_be_added() {
        let told = |own: &OwnHeaders| {
            let challenge = HeaderValue::from_static("Basic realm=\"media\"");
            let headers = HeaderMap::from_iter([(header::WWW_AUTHENTICATE, challenge)]);
            let answer = Refused { status: StatusCode::UNAUTHORIZED, headers: &headers, body: b"" };
            classify(&answer, Some(own), "h.example", LABEL)
        };
        let none = told(&OwnHeaders::default());
        assert!(none.detail.ends_with("the server wants credentials (Basic)"), "{}", none.detail);
        let secret = imgplane_config::SecretHeader {
            name: "Authorization".to_owned(),
            value: imgplane_config::SecretText::new("Bearer hush"),
        };
        let own = OwnHeaders::new(&[], &[secret], Some("Secret shop/web".to_owned())).unwrap();
        let failure = told(&own);
        assert_eq!(failure.to_string(), "EACCES - access was denied by the web server (401)");
        assert_eq!(
            failure.detail,
            "401 from h.example: the server refuses what the Origin sends (Authorization of Secret shop/web) and \
             wants other credentials (Basic)"
        );
        assert!(
            failure.remedy.starts_with("Correct the value of Authorization in Secret shop/web"),
            "{}",
            failure.remedy
        );
    }

    #[test]
    fn a_circle_names_the_address_that_it_leads_back_to_without_its_query() {
        let visited = ["http://a/x?token=hush", "http://a/y"].map(|text| text.parse::<Uri>().unwrap());
        let back = HeaderValue::from_static("/x?token=hush");
        let failure = follow(&visited[1], Some(&back), &visited, LABEL).unwrap_err();
        assert_eq!(failure.to_string(), "UNIDENTIFIED - too many redirects by the web server");
        assert_eq!(
            failure.detail,
            "a: the server redirects in a circle: back to http://a/x, an address already visited"
        );
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
            let seen = follow(&from, header.as_ref(), std::slice::from_ref(&from), LABEL);
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
            let next = follow(visited.last().unwrap(), Some(&location), &visited, LABEL).unwrap();
            visited.push(next);
        }
        let location = HeaderValue::from_static("/6");
        assert!(follow(visited.last().unwrap(), Some(&location), &visited, LABEL).is_err());
    }
}
