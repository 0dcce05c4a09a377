//! Takes a URL apart as a client would before it sends the request, without changing a byte of path or query.

use std::net::{IpAddr, SocketAddr};

use imgplane_dataplane::TARGET_BYTES;
use imgplane_urls::{Clock, Route, Verdict, verify};

use super::answer::ErrorAnswer;

/// Host, path and query of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// Host and port; empty when only a path was given.
    pub(super) host: &'a str,
    /// Raw path, with its leading slash.
    pub(super) path: &'a str,
    /// Raw query.
    pub(super) query: Option<&'a str>,
}

impl<'a> Address<'a> {
    /// Splits `https://host/path?query#fragment`, `host/path` or `/path`. Never fails: what is odd, the router refuses.
    pub(super) fn parse(url: &'a str) -> Self {
        let url = without_fragment(url);
        let (before, query) = split_query(strip_scheme(url).unwrap_or(url));
        let (host, path) = match before.find('/') {
            Some(at) => before.split_at(at),
            None => (before, "/"),
        };
        // A user name in front of the host is sent in a header, not in the address.
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        Self { host, path, query }
    }

    /// The same where no endpoint is known: without a scheme it is all path, with or without its leading slash, because
    /// nothing else tells a host from a folder.
    pub(super) fn parse_alone(url: &'a str) -> Self {
        let whole = without_fragment(url);
        if strip_scheme(whole).is_some() {
            return Self::parse(url);
        }
        let (path, query) = split_query(whole);
        Self { host: "", path, query }
    }

    /// Refuses what is longer than a server reads. It sends no `ik-error` for that.
    pub(super) fn check_length(&self) -> Result<(), ErrorAnswer> {
        let bytes = self.path.len() + self.query.map_or(0, |query| 1 + query.len());
        if bytes <= TARGET_BYTES {
            return Ok(());
        }
        let message = format!("URI Too Long: path and query have {bytes} bytes, the limit is {TARGET_BYTES}");
        Err(ErrorAnswer { code: "414".to_owned(), message, character: None })
    }

    /// Whether the query has anything of a signature.
    pub(super) fn claims_signature(&self) -> bool {
        let route = Route { endpoint: 0, rest: "", account_rest: "" };
        verify(&route, self.query, &[], Clock { now: 0, skew: 0 }).verdict != Verdict::Absent
    }
}

/// Whether a host, with or without port, is this machine itself.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.parse::<SocketAddr>().map(|address| address.ip()).or_else(|_| {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        bare.parse::<IpAddr>()
    });
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    address.is_ok_and(|address| address.is_loopback())
        || name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost")
}

fn without_fragment(url: &str) -> &str {
    let url = url.trim();
    url.split_once('#').map_or(url, |(url, _)| url)
}

fn split_query(url: &str) -> (&str, Option<&str>) {
    url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)))
}

fn strip_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_without_touching_path_or_query() {
        for (url, host, path, query) in [
            ("http://127.0.0.1:8080/default/a.jpg", "127.0.0.1:8080", "/default/a.jpg", None),
            (
                "HTTPS://img.example/a%2Fb/../c?tr=w-1&x=%41#frag",
                "img.example",
                "/a%2Fb/../c",
                Some("tr=w-1&x=%41"),
            ),
            ("/default/a.jpg?", "", "/default/a.jpg", Some("")),
            ("img.example/a.jpg", "img.example", "/a.jpg", None),
            ("https://user:pw@img.example", "img.example", "/", None),
            ("https://h/https://other/x.jpg", "h", "/https://other/x.jpg", None),
            ("", "", "/", None),
        ] {
            assert_eq!(Address::parse(url), Address { host, path, query }, "{url}");
        }
    }

    #[test]
    fn without_an_endpoint_only_a_scheme_makes_a_host() {
        for (url, host, path, query) in [
            ("http://img.example/shop/a.jpg", "img.example", "/shop/a.jpg", None),
            ("img.example/shop/a.jpg#x", "", "img.example/shop/a.jpg", None),
            (" a.jpg?tr=w-1 ", "", "a.jpg", Some("tr=w-1")),
            ("/a.jpg", "", "/a.jpg", None),
        ] {
            assert_eq!(Address::parse_alone(url), Address { host, path, query }, "{url}");
        }
    }

    #[test]
    fn this_machine_has_many_names() {
        for (host, expected) in [
            ("127.0.0.1", true),
            ("127.8.9.1:8080", true),
            ("::1", true),
            ("[::1]", true),
            ("[::1]:8080", true),
            ("LOCALHOST.:80", true),
            ("10.0.0.1:80", false),
            ("[::2]:80", false),
            ("localhost.example", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }
}
