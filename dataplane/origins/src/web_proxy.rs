//! Any address on the web that the request names, within what the manifest allows. The URL decides what is fetched, so
//! everything is judged: scheme, port and host by their text, and the address that a name has when it is dialled,
//! for every redirect anew.

use http::Uri;
use imgplane_config::WebProxy as Config;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::{
    Failure, Request, SetupError,
    client::Client,
    failure::{
        Facts,
        web::{HOST_NOT_ALLOWED, OWN_HOST},
    },
    guard::Guard,
    opening::Opening,
    path::{Resource, encode_query},
    range::ByteRange,
    source::{Answer, Slot, Source, authority},
    steps::{Notes as _, Step, Steps},
    web::{self, Hops, OwnHeaders},
};

mod hosts;

use hosts::Rules;

const LABEL: &str = "the proxied URL";
/// How often an address may have been percent-encoded: clients do it once, and some libraries once more.
const ENCODINGS: usize = 2;

/// A proxy for addresses on the web, opened.
#[derive(Debug)]
pub(crate) struct WebProxy {
    rules: Rules,
    client: Client,
}

impl WebProxy {
    pub(crate) fn open(config: &Config, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let rules = Rules::new(config, opening.connector.settings.allow_loopback);
        let guard = Guard::of_web_proxy(rules.literal().to_vec());
        Ok(Self { rules, client: opening.connector.client_with(guard, opening.policy())? })
    }

    /// The path of the address that a resource names, for the canonical link.
    pub(crate) fn path(resource: &str) -> Option<String> {
        let url = Url::parse(&target(resource)?).ok()?;
        Some(url.path().trim_start_matches('/').to_owned())
    }

    fn admit(&self, url: &Url) -> Result<(), Failure> {
        self.rules.check(url).map_err(|why| {
            let more = vec![("host", url.host_str().unwrap_or_default().to_owned())];
            HOST_NOT_ALLOWED.failure(&Facts { origin: LABEL, what: why.to_owned(), more, ..Facts::default() })
        })
    }
}

impl Hops for WebProxy {
    const LABEL: &'static str = LABEL;

    async fn client(&self, uri: &Uri, first: bool) -> Result<&Client, Failure> {
        // The first one was judged when it was located.
        if !first {
            let url = Url::parse(&uri.to_string()).map_err(|_| no_address())?;
            self.admit(&url)?;
        }
        Ok(&self.client)
    }

    fn own_headers(&self, _: &Uri) -> Option<&OwnHeaders> {
        None
    }
}

impl Source for WebProxy {
    type Place = Uri;

    fn label(&self) -> &'static str {
        LABEL
    }

    fn locate(&self, request: &Request) -> Result<Uri, Failure> {
        let resource = Resource::parse(&request.resource, LABEL)?;
        let target = target(resource.raw()).ok_or_else(no_address)?;
        let mut url = Url::parse(&target).map_err(|_| no_address())?;
        url.set_fragment(None);
        if let Some(more) = request.query.as_deref().filter(|query| !query.is_empty()) {
            let query = match url.query().filter(|query| !query.is_empty()) {
                Some(query) => format!("{query}&{}", encode_query(more)),
                None => encode_query(more),
            };
            url.set_query(Some(&query));
        }
        self.admit(&url)?;
        if request.from_ourselves && is_own_host(&url, request.host.as_deref()) {
            return Err(OWN_HOST.failure(&Facts { origin: LABEL, ..Facts::default() }));
        }
        url.as_str().parse().map_err(|_| no_address())
    }

    fn whereabouts(&self, place: &Uri) -> String {
        authority(place).to_owned()
    }

    async fn approach(&self, place: &Uri, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        self.client.try_out(place, steps).await.map_err(|trouble| trouble.failure(LABEL))
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        Ok("requests carry no credentials".to_owned())
    }

    async fn ask(&self, place: &Uri, range: Option<ByteRange>, _slot: &Slot) -> Result<Answer, Failure> {
        web::ask(self, place, None, range).await
    }

    /// Without a file of which it is known that it is there, there is nobody to ask.
    fn probe_unasked(&self, steps: &mut Steps) -> Option<String> {
        steps.begin(Step::Guard);
        steps.passed(|| "the lists of hosts can be used".to_owned());
        Some(
            "a WebProxy has no server of its own to ask; set spec.probe.path to a URL that it should fetch"
                .to_owned(),
        )
    }
}

fn no_address() -> Failure {
    Failure::not_a_name(LABEL, "the path is no http or https address, as a WebProxy needs")
}

/// The address that a raw resource path is: plain, with a slash lost on the way, or percent-encoded.
fn target(resource: &str) -> Option<String> {
    let mut text = resource.to_owned();
    for _ in 0..ENCODINGS {
        if starts_with_scheme(&text, "%3a").or_else(|| starts_with_scheme(&text, "%253a")).is_none() {
            break;
        }
        text = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
    }
    let scheme = starts_with_scheme(&text, ":")?;
    let rest = text.get(scheme.len() + 1..)?;
    // Some proxies merge slashes.
    let rest = rest.strip_prefix("//").or_else(|| rest.strip_prefix('/'))?;
    (!rest.is_empty() && !rest.starts_with('/')).then(|| format!("{scheme}://{rest}"))
}

/// The scheme before a separator, in lower case.
fn starts_with_scheme(text: &str, separator: &str) -> Option<&'static str> {
    ["https", "http"].into_iter().find(|scheme| {
        let length = scheme.len() + separator.len();
        text.get(..length).is_some_and(|start| {
            start.len() == length && start.to_ascii_lowercase() == format!("{scheme}{separator}")
        })
    })
}

/// Whether an address is on the host by which the client reached us.
fn is_own_host(url: &Url, host: Option<&str>) -> bool {
    let own = host.and_then(|host| Url::parse(&format!("http://{host}/")).ok());
    own.is_some_and(|own| own.host() == url.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_or_encoded_up_to_twice() {
        let cat = Some("https://www.example.com/pics/cat.jpg");
        for (resource, expected) in [
            ("https://www.example.com/pics/cat.jpg", cat),
            ("HTTPS://www.example.com/pics/cat.jpg", cat),
            ("https:/www.example.com/pics/cat.jpg", cat),
            ("https%3A%2F%2Fwww.example.com%2Fpics%2Fcat.jpg", cat),
            ("https%3a%2f%2fwww.example.com%2fpics%2fcat.jpg", cat),
            ("https%253A%252F%252Fwww.example.com%252Fpics%252Fcat.jpg", cat),
            (
                "https%3A%2F%2Fwww.example.com%2Fcat.jpg%3Fsize%3Dlarge",
                Some("https://www.example.com/cat.jpg?size=large"),
            ),
            ("https%25253A%25252F%25252Fwww.example.com%25252Fcat.jpg", None),
            ("http://www.example.com/images%2Fcat.jpg", Some("http://www.example.com/images%2Fcat.jpg")),
            ("cat.jpg", None),
            ("ftp://www.example.com/cat.jpg", None),
            ("https:", None),
            ("https://", None),
            ("https:///cat.jpg", None),
            ("http\u{e9}", None),
        ] {
            assert_eq!(target(resource).as_deref(), expected, "{resource}");
        }
    }

    #[test]
    fn the_path_of_the_canonical_link_is_that_of_the_address() {
        let resource = "https%3A%2F%2Fwww.example.com%2Fpics%2Fcat.jpg%3Fsize%3Dlarge";
        assert_eq!(WebProxy::path(resource).as_deref(), Some("pics/cat.jpg"));
    }

    #[test]
    fn ones_own_host_is_told_by_name_whatever_the_port() {
        let url = Url::parse("https://img.example.com/x/a.jpg").unwrap();
        assert!(is_own_host(&url, Some("img.example.com:8080")));
        assert!(!is_own_host(&url, Some("other.example.com")));
        assert!(!is_own_host(&url, None));
    }
}
