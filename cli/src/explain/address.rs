//! Takes a URL apart as a client would before it sends the request, without changing a byte of path or query.

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
        let url = url.trim();
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let rest = strip_scheme(url).unwrap_or(url);
        let (before, query) = match rest.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (rest, None),
        };
        let (host, path) = match before.find('/') {
            Some(at) => before.split_at(at),
            None => (before, "/"),
        };
        // A user name in front of the host is sent in a header, not in the address.
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        Self { host, path, query }
    }
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
}
