//! Which hosts a `WebProxy` may fetch from. Pure.

use std::net::IpAddr;

use url::{Host, Url};

/// Endings of names that mean something inside a network.
const INSIDE: [&str; 5] = ["local", "internal", "localhost", "svc", "cluster.local"];

/// One entry of a list of hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    All,
    Exactly(String),
    /// Every name below this one, with its leading dot.
    Below(String),
}

/// What a `WebProxy` may fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rules {
    allowed: Vec<Entry>,
    denied: Vec<Entry>,
    schemes: Vec<String>,
    ports: Vec<u16>,
    /// Addresses that the list names as such, where a developer runs everything on one machine.
    literal: Vec<IpAddr>,
}

/// Why an address is not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is not listed, and may be.
    NotListed(&'static str),
    /// It is listed as one that is not fetched.
    Denied(&'static str),
    /// No list allows it.
    Never(&'static str),
}

impl Rules {
    pub(super) fn new(config: &imgplane_config::WebProxy, allow_loopback: bool) -> Self {
        let entries = |list: &[String]| list.iter().map(|text| entry(text)).collect();
        let literal = config
            .allowed_hosts
            .iter()
            .filter(|_| allow_loopback)
            .filter_map(|text| text.trim_start_matches('[').trim_end_matches(']').parse().ok())
            .collect();
        Self {
            allowed: entries(&config.allowed_hosts),
            denied: entries(&config.denied_hosts),
            schemes: config.allowed_schemes.clone(),
            ports: config.allowed_ports.clone(),
            literal,
        }
    }

    /// Addresses that may be reached although they are not public.
    pub(super) fn literal(&self) -> &[IpAddr] {
        &self.literal
    }

    /// Whether an address may be fetched, as far as its text tells; else why not.
    pub(super) fn check(&self, url: &Url) -> Result<(), Refused> {
        use Refused::{Denied, Never, NotListed};
        if !self.schemes.iter().any(|scheme| scheme == url.scheme()) {
            return Err(NotListed("the scheme is not one of webProxy.allowedSchemes"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Never("an address with a user or password is not fetched"));
        }
        let (name, address) = match url.host() {
            None => return Err(Never("the address names no host")),
            Some(Host::Domain(name)) => (name.trim_end_matches('.').to_owned(), None),
            Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::from(address))),
            Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::from(address))),
        };
        // Before the lists: what no list helps is told so.
        if address.is_none() && is_inside(&name) {
            return Err(Never("the name is one of the inside of a network"));
        }
        if self.denied.iter().any(|entry| entry.covers(&name)) {
            return Err(Denied("the host is one of webProxy.deniedHosts"));
        }
        let usual = url.port_or_known_default().is_some_and(|port| port == 80 || port == 443);
        let listed = url.port().is_some_and(|port| self.ports.contains(&port));
        if !usual && !listed {
            return Err(NotListed("the port is neither 80 nor 443 nor one of webProxy.allowedPorts"));
        }
        if !self.allowed.iter().any(|entry| entry.covers(&name)) {
            return Err(NotListed("the host is not one of webProxy.allowedHosts"));
        }
        Ok(())
    }
}

fn entry(text: &str) -> Entry {
    match text.strip_prefix('*') {
        Some("") => Entry::All,
        Some(suffix) => Entry::Below(suffix.to_ascii_lowercase()),
        None => {
            let text = text.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
            Entry::Exactly(text.to_ascii_lowercase())
        }
    }
}

impl Entry {
    fn covers(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Exactly(exact) => exact == name,
            Self::Below(suffix) => name.len() > suffix.len() && name.ends_with(suffix.as_str()),
        }
    }
}

/// A single label, or a name with an ending that is used inside networks.
fn is_inside(name: &str) -> bool {
    !name.contains('.')
        || INSIDE.iter().any(|ending| {
            name.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(allowed: &[&str], denied: &[&str], dev: bool) -> Rules {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let config = imgplane_config::WebProxy {
            allowed_hosts: owned(allowed),
            denied_hosts: owned(denied),
            allowed_schemes: owned(&["https", "http"]),
            allowed_ports: vec![8443],
        };
        Rules::new(&config, dev)
    }

    #[test]
    fn an_address_is_fetched_where_scheme_port_and_host_are_allowed() {
        let some =
            rules(&["*.example.com", "cdn.example.org", "93.184.216.34"], &["secret.example.com"], false);
        let all = rules(&["*"], &["*.example.net"], false);
        for (rules, url, expected) in [
            (&some, "https://www.example.com/a.jpg", ""),
            (&some, "https://WWW.Example.COM./a.jpg", ""),
            (&some, "https://www.example.com:8443/a.jpg", ""),
            (&some, "http://cdn.example.org/a.jpg", ""),
            (&some, "http://93.184.216.34/a.jpg", ""),
            (&some, "http://0x5db8d822/a.jpg", ""),
            (&some, "https://example.com/a.jpg", "allowedHosts"),
            (&some, "https://badexample.com/a.jpg", "allowedHosts"),
            (&some, "https://secret.example.com/a.jpg", "deniedHosts"),
            (&some, "https://www.example.com:8080/a.jpg", "allowedPorts"),
            (&some, "ftp://www.example.com/a.jpg", "allowedSchemes"),
            (&some, "https://u:p@www.example.com/a.jpg", "user or password"),
            (&all, "https://anything.example/a.jpg", ""),
            (&all, "https://x.example.net/a.jpg", "deniedHosts"),
            (&all, "http://minio/a.jpg", "inside"),
            (&all, "http://minio.shop.svc/a.jpg", "inside"),
            (&all, "http://minio.shop.svc.cluster.local/a.jpg", "inside"),
            (&all, "http://metadata.google.internal/a.jpg", "inside"),
            (&all, "http://printer.local/a.jpg", "inside"),
            (&all, "http://foo.localhost/a.jpg", "inside"),
        ] {
            match rules.check(&Url::parse(url).unwrap()) {
                Ok(()) => assert_eq!("", expected, "{url}"),
                Err(why) => {
                    let why = format!("{why:?}");
                    assert!(!expected.is_empty() && why.contains(expected), "{url}: {why}");
                }
            }
        }
    }

    #[test]
    fn an_address_that_is_listed_as_such_may_be_private_on_a_machine_of_ones_own() {
        let own: IpAddr = "127.0.0.1".parse().unwrap();
        assert_eq!(rules(&["127.0.0.1", "*"], &[], true).literal(), [own]);
        assert!(rules(&["127.0.0.1"], &[], false).literal().is_empty());
        assert!(rules(&["*"], &[], true).literal().is_empty());
    }
}
