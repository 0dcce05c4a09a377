//! Which endpoint a request belongs to, judged by host and path alone.
//!
//! A host tied to an endpoint names it. A host that stands for an account is followed by the endpoint's prefix, a
//! shared host by account and prefix. A prefix matches one whole segment, raw and case-sensitive; what matches no
//! prefix belongs to the account's default endpoint, the one without a prefix.

use std::collections::{HashMap, HashSet};

use crate::UrlError;

/// Where one endpoint is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointAddress {
    /// First path segment on shared hosts.
    pub account: String,
    /// Second path segment; empty: the account's default endpoint.
    pub prefix: String,
    /// Hosts tied to this endpoint, without port.
    pub domains: Vec<String>,
}

/// Finds the endpoint of a request.
#[derive(Debug, Clone, Default)]
pub struct Router {
    domains: HashMap<String, Base>,
    /// Shared hosts; `None`: every host that is no domain.
    shared: Option<HashSet<String>>,
    /// Endpoint index by account, then prefix.
    accounts: HashMap<String, HashMap<String, usize>>,
}

/// What a custom domain stands for.
#[derive(Debug, Clone)]
enum Base {
    Endpoint(usize),
    Account(String),
}

/// A request that found its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route<'a> {
    /// Index of the endpoint in the order given to [`Router::new`].
    pub endpoint: usize,
    /// Raw path after the endpoint, without the slash between them.
    pub rest: &'a str,
    /// Raw path after the root of the account, prefix included: behind the account's segment on a shared host, the
    /// whole path on a domain that stands for an account. On a domain tied to an endpoint there is no account in
    /// sight, so that it is the same as `rest`. Without the slash before it.
    pub account_rest: &'a str,
}

// === impl Router ===

impl Router {
    /// `hosts` are shared hosts (empty: every host that is no domain), `domains` pairs of host and account. Where
    /// two endpoints claim the same address, the first one has it; a host tied to an endpoint wins over one that
    /// stands for an account.
    pub fn new(
        endpoints: impl IntoIterator<Item = EndpointAddress>,
        hosts: &[String],
        domains: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut router = Self {
            shared: (!hosts.is_empty()).then(|| hosts.iter().map(|host| normal_host(host)).collect()),
            ..Self::default()
        };
        for (index, endpoint) in endpoints.into_iter().enumerate() {
            for domain in &endpoint.domains {
                router.domains.entry(normal_host(domain)).or_insert(Base::Endpoint(index));
            }
            router.accounts.entry(endpoint.account).or_default().entry(endpoint.prefix).or_insert(index);
        }
        for (host, account) in domains {
            router.domains.entry(normal_host(&host)).or_insert(Base::Account(account));
        }
        router
    }

    /// Finds the endpoint for `host`, as in `Host` or `:authority` (any case, with or without port), and `path`,
    /// the raw path that starts with `/`. Fails with `ENOENT` when there is none.
    pub fn route<'a>(&self, host: &str, path: &'a str) -> Result<Route<'a>, UrlError> {
        self.find(&normal_host(host), path.strip_prefix('/').unwrap_or(path))
            .ok_or_else(|| UrlError::not_found("No URL endpoint matches this address"))
    }

    fn find<'a>(&self, host: &str, path: &'a str) -> Option<Route<'a>> {
        match self.domains.get(host) {
            Some(Base::Endpoint(endpoint)) => {
                Some(Route { endpoint: *endpoint, rest: path, account_rest: path })
            }
            Some(Base::Account(account)) => self.in_account(account, path),
            None if self.shared.as_ref().is_none_or(|shared| shared.contains(host)) => {
                let (account, rest) = first_segment(path);
                self.in_account(account, rest)
            }
            None => None,
        }
    }

    fn in_account<'a>(&self, account: &str, path: &'a str) -> Option<Route<'a>> {
        let endpoints = self.accounts.get(account)?;
        let (prefix, rest) = first_segment(path);
        match endpoints.get(prefix) {
            Some(endpoint) if !prefix.is_empty() => {
                Some(Route { endpoint: *endpoint, rest, account_rest: path })
            }
            _ => endpoints.get("").map(|endpoint| Route {
                endpoint: *endpoint,
                rest: path,
                account_rest: path,
            }),
        }
    }
}

fn first_segment(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

/// Lower case, without port and without the root's dot. Configured hosts carry no port, so any port is dropped, not
/// only the default one.
fn normal_host(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => {
            // A bare IPv6 address is full of colons; one with a port stands in brackets.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(account: &str, prefix: &str, domains: &[&str]) -> EndpointAddress {
        EndpointAddress {
            account: account.to_owned(),
            prefix: prefix.to_owned(),
            domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
        }
    }

    fn endpoints() -> [EndpointAddress; 4] {
        [
            address("shop", "", &[]),
            address("shop", "product-images", &["products.example.com", "Other.Example.com"]),
            address("blog", "cl_rewrite", &[]),
            address("wiki", "", &["wiki.example.com"]),
        ]
    }

    fn router(hosts: &[&str]) -> Router {
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let domains = [("images.example.com".to_owned(), "shop".to_owned())];
        Router::new(endpoints(), &hosts, domains)
    }

    #[test]
    fn every_address_reaches_the_endpoint_that_owns_it() {
        let router = router(&["img.example.com"]);
        let rows = [
            // Shared host: account, then prefix.
            ("img.example.com", "/shop/cat.jpg", Some((0, "cat.jpg"))),
            ("img.example.com", "/shop/product-images/cat.jpg", Some((1, "cat.jpg"))),
            ("img.example.com", "/shop/product-images-2/cat.jpg", Some((0, "product-images-2/cat.jpg"))),
            ("img.example.com", "/shop/Product-Images/cat.jpg", Some((0, "Product-Images/cat.jpg"))),
            ("img.example.com", "/shop/product%2Dimages/cat.jpg", Some((0, "product%2Dimages/cat.jpg"))),
            (
                "img.example.com",
                "/shop/tr:w-300/product-images/cat.jpg",
                Some((0, "tr:w-300/product-images/cat.jpg")),
            ),
            ("img.example.com", "/shop//product-images/cat.jpg", Some((0, "/product-images/cat.jpg"))),
            ("img.example.com", "/Shop/cat.jpg", None),
            ("img.example.com", "/nobody/cat.jpg", None),
            ("img.example.com", "//shop/cat.jpg", None),
            ("img.example.com", "/", None),
            // Nothing after the endpoint is still that endpoint; the missing resource is judged later.
            ("img.example.com", "/shop", Some((0, ""))),
            ("img.example.com", "/shop/", Some((0, ""))),
            ("img.example.com", "/shop/product-images", Some((1, ""))),
            // An account without a default endpoint serves its prefixes only.
            ("img.example.com", "/blog/cl_rewrite/a/b.png", Some((2, "a/b.png"))),
            ("img.example.com", "/blog/a/b.png", None),
            // A domain that stands for an account keeps the prefixes.
            ("images.example.com", "/cat.jpg", Some((0, "cat.jpg"))),
            ("images.example.com", "/product-images/cat.jpg", Some((1, "cat.jpg"))),
            ("images.example.com", "/shop/cat.jpg", Some((0, "shop/cat.jpg"))),
            // A domain tied to an endpoint carries neither account nor prefix.
            ("products.example.com", "/cat.jpg", Some((1, "cat.jpg"))),
            ("products.example.com", "/product-images/cat.jpg", Some((1, "product-images/cat.jpg"))),
            ("other.example.com", "/x//y.jpg", Some((1, "x//y.jpg"))),
            ("wiki.example.com", "/", Some((3, ""))),
            // Hosts are compared without case, port and final dot.
            ("IMG.Example.COM:443", "/shop/cat.jpg", Some((0, "cat.jpg"))),
            ("products.example.com:8080", "/cat.jpg", Some((1, "cat.jpg"))),
            ("products.example.com.", "/cat.jpg", Some((1, "cat.jpg"))),
            // A host that nobody named.
            ("elsewhere.example.com", "/shop/cat.jpg", None),
            ("", "/shop/cat.jpg", None),
        ];
        for (host, path, expected) in rows {
            let found = router.route(host, path).ok().map(|route| (route.endpoint, route.rest));
            assert_eq!(found, expected, "{host}{path}");
        }
    }

    #[test]
    fn the_path_behind_the_account_keeps_the_prefix_where_the_address_has_one() {
        let router = router(&["img.example.com"]);
        for (host, path, rest, account_rest) in [
            ("img.example.com", "/shop/cat.jpg", "cat.jpg", "cat.jpg"),
            ("img.example.com", "/shop/product-images/cat.jpg", "cat.jpg", "product-images/cat.jpg"),
            (
                "img.example.com",
                "/shop//product-images/a.jpg",
                "/product-images/a.jpg",
                "/product-images/a.jpg",
            ),
            ("img.example.com", "/shop", "", ""),
            ("images.example.com", "/product-images/a//b.jpg", "a//b.jpg", "product-images/a//b.jpg"),
            ("images.example.com", "/shop/cat.jpg", "shop/cat.jpg", "shop/cat.jpg"),
            ("products.example.com", "/product-images/c.jpg", "product-images/c.jpg", "product-images/c.jpg"),
        ] {
            let route = router.route(host, path).unwrap();
            assert_eq!((route.rest, route.account_rest), (rest, account_rest), "{host}{path}");
        }
    }

    #[test]
    fn without_shared_hosts_every_other_host_is_shared() {
        let router = router(&[]);
        for host in ["127.0.0.1:8080", "[::1]:8080", "::1", "anything.example", ""] {
            let route = router.route(host, "/shop/cat.jpg").map(|route| route.endpoint);
            assert_eq!(route, Ok(0), "{host}");
        }
        assert_eq!(router.route("wiki.example.com", "/shop/cat.jpg").map(|route| route.endpoint), Ok(3));
    }

    #[test]
    fn an_address_without_endpoint_is_not_found() {
        let error = router(&["img.example.com"]).route("img.example.com", "/nobody/x").unwrap_err();
        assert_eq!(error.to_string(), "ENOENT - No URL endpoint matches this address");
        assert_eq!(error.code.status(), 404);
    }

    #[test]
    fn of_two_claims_on_one_address_the_first_holds() {
        let endpoints = [address("a", "p", &["x.example"]), address("a", "p", &["x.example"])];
        let router = Router::new(endpoints, &[], [("x.example".to_owned(), "a".to_owned())]);
        assert_eq!(router.route("x.example", "/f.jpg").map(|route| route.endpoint), Ok(0));
        assert_eq!(router.route("h", "/a/p/f.jpg").map(|route| route.endpoint), Ok(0));
    }

    #[test]
    fn ports_are_dropped_from_every_kind_of_host() {
        for (host, normal) in [
            ("Example.com:80", "example.com"),
            ("example.com:", "example.com"),
            ("[2001:DB8::1]:443", "[2001:db8::1]"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("2001:db8::1", "2001:db8::1"),
            ("::1", "::1"),
        ] {
            assert_eq!(normal_host(host), normal, "{host}");
        }
    }
}
