//! The hosts by which this image server itself is reached: what comes from there and leads there goes in a circle.

use std::sync::Arc;

use url::Url;

use crate::Request;

/// Our own hosts, as far as a request and the configuration tell.
#[derive(Debug)]
pub(super) struct OwnHosts {
    /// By which the client reached us.
    asked: Option<Url>,
    /// By which others may.
    all: Arc<[String]>,
}

impl OwnHosts {
    pub(super) fn of(request: &Request) -> Self {
        let asked = request.host.as_deref().and_then(|host| Url::parse(&format!("http://{host}/")).ok());
        Self { asked, all: Arc::clone(&request.own_hosts) }
    }

    /// Whether an address is on one of them, whatever its port.
    pub(super) fn hold(&self, url: &Url) -> bool {
        let Some(host) = name(url) else { return false };
        self.asked.as_ref().and_then(name) == Some(host) || self.all.iter().any(|own| own == host)
    }
}

/// The host of an address, without the dot that may end a name.
fn name(url: &Url) -> Option<&str> {
    url.host_str().map(|host| host.strip_suffix('.').unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Purpose;

    #[test]
    fn ones_own_host_is_told_by_name_whatever_the_port() {
        let all: Arc<[String]> = ["cdn.example.net".to_owned()].into();
        for (asked, url, expected) in [
            (Some("img.example.com:8080"), "https://img.example.com/x/a.jpg", true),
            (Some("IMG.example.com"), "https://img.example.com./x/a.jpg", true),
            (Some("other.example.com"), "https://img.example.com/x/a.jpg", false),
            (None, "https://img.example.com/x/a.jpg", false),
            (None, "https://cdn.example.net:8443/x/a.jpg", true),
            (Some("img.example.com"), "http://CDN.example.net/x/a.jpg", true),
        ] {
            let request = Request {
                host: asked.map(str::to_owned),
                own_hosts: Arc::clone(&all),
                ..Request::new("x", Purpose::Stream)
            };
            assert_eq!(OwnHosts::of(&request).hold(&Url::parse(url).unwrap()), expected, "{asked:?} {url}");
        }
    }
}
