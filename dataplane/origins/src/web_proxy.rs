//! Any address on the web that the request names, within what the manifest allows. The URL decides what is fetched, so
//! everything is judged: scheme, port and host by their text, and the address that a name has when it is dialled,
//! for every redirect anew.

use http::Uri;
use imgplane_config::WebProxy as Config;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::{
    Failure, Request, SetupError,
    client::{Client, Trouble, Unresolved},
    failure::{
        Facts, Row,
        web::{HOST_DENIED, HOST_NEVER, HOST_NOT_ALLOWED, OWN_HOST, PROXIED_MISSING, PROXIED_NAME},
    },
    guard::Guard,
    opening::Opening,
    path::{self, Resource, encode_path, encode_query},
    source::{Answer, Slot, Source, authority},
    steps::{Notes as _, Step, Steps},
    web::{self, Hops, OwnHeaders},
    wish::Wish,
};

mod hosts;
mod own;

use hosts::{Refused, Rules};
use own::OwnHosts;

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
        Some(address(resource).ok()?.path().trim_start_matches('/').to_owned())
    }

    fn admit(&self, url: &Url, own: Option<&OwnHosts>) -> Result<(), Failure> {
        self.rules.check(url).map_err(|refused| {
            let (row, why) = match refused {
                Refused::NotListed(why) => (&HOST_NOT_ALLOWED, why),
                Refused::Denied(why) => (&HOST_DENIED, why),
                Refused::Never(why) => (&HOST_NEVER, why),
            };
            let more = vec![("host", url.host_str().unwrap_or_default().to_owned())];
            row.failure(&Facts { origin: LABEL, what: why.to_owned(), more, ..Facts::default() })
        })?;
        if own.is_some_and(|own| own.hold(url)) {
            return Err(OWN_HOST.failure(&Facts { origin: LABEL, ..Facts::default() }));
        }
        Ok(())
    }
}

/// An address, and where it may not lead.
#[derive(Debug)]
pub(crate) struct Place {
    uri: Uri,
    /// For a request that comes from an image server of this kind.
    own: Option<OwnHosts>,
}

/// One way from address to address.
#[derive(Debug)]
struct Visit<'a> {
    proxy: &'a WebProxy,
    own: Option<&'a OwnHosts>,
}

impl Hops for Visit<'_> {
    const LABEL: &'static str = LABEL;

    async fn client(&self, uri: &Uri, first: bool) -> Result<&Client, Failure> {
        // The first one was judged when it was located.
        if !first {
            let url = Url::parse(&uri.to_string()).map_err(|_| no_address())?;
            self.proxy.admit(&url, self.own)?;
        }
        Ok(&self.proxy.client)
    }

    fn trouble(&self, trouble: &Trouble) -> Failure {
        told(trouble)
    }

    fn missing(&self) -> Option<&'static Row> {
        Some(&PROXIED_MISSING)
    }

    fn own_headers(&self, _: &Uri) -> Option<&OwnHeaders> {
        None
    }
}

/// What trouble means. The URL named the host, so nothing of the Origin is to be corrected for a wrong name, and one
/// server that cannot be reached says nothing of the others.
fn told(trouble: &Trouble) -> Failure {
    let failure = match trouble {
        Trouble::Unresolved { host, why: why @ (Unresolved::NoSuchName | Unresolved::NoAddress) } => {
            let more = vec![("host", host.clone())];
            PROXIED_NAME.failure(&Facts { origin: LABEL, what: why.to_string(), more, ..Facts::default() })
        }
        trouble => trouble.failure(LABEL),
    };
    Failure { elsewhere: true, ..failure }
}

impl Source for WebProxy {
    type Place = Place;

    fn label(&self) -> &'static str {
        LABEL
    }

    fn locate(&self, request: &Request) -> Result<Place, Failure> {
        let resource = Resource::parse(&request.resource, LABEL)?;
        let mut url = address(resource.raw())?;
        if let Some(more) = request.query.as_deref().filter(|query| !query.is_empty()) {
            let query = match url.query().filter(|query| !query.is_empty()) {
                Some(query) => format!("{query}&{}", encode_query(more)),
                None => encode_query(more),
            };
            url.set_query(Some(&query));
        }
        let own = request.from_ourselves.then(|| OwnHosts::of(request));
        self.admit(&url, own.as_ref())?;
        Ok(Place { uri: url.as_str().parse().map_err(|_| no_address())?, own })
    }

    fn whereabouts(&self, place: &Place) -> String {
        authority(&place.uri).to_owned()
    }

    async fn approach(&self, place: &Place, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        self.client.try_out(&place.uri, steps).await.map_err(|trouble| told(&trouble))
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        Ok("requests carry no credentials".to_owned())
    }

    async fn ask(&self, place: &Place, wish: &Wish, _slot: &Slot) -> Result<Answer, Failure> {
        let visit = Visit { proxy: self, own: place.own.as_ref() };
        web::ask(&visit, &place.uri, None, wish).await
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

/// The address that a raw resource path is, as it can be requested. What was encoded shows only once it is decoded,
/// so it is judged then, and before anything makes it a regular address: that would take dot segments out.
fn address(resource: &str) -> Result<Url, Failure> {
    let target = target(resource).ok_or_else(no_address)?;
    if target.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(Failure::bad_request("The path must not contain control characters"));
    }
    let (scheme, rest) = target.split_once("://").ok_or_else(no_address)?;
    let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (server, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // Which would be taken for a slash, with a path behind it that nobody looked at.
    if server.contains('\\') {
        return Err(no_address());
    }
    path::check(path)?;
    let mut text = format!("{scheme}://{server}{}", encode_path(path));
    if !query.is_empty() {
        text.push('?');
        text.push_str(&encode_query(query));
    }
    Url::parse(&text).map_err(|_| no_address())
}

/// The address in a raw resource path: plain, with a slash lost on the way, or percent-encoded.
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
    fn an_address_goes_out_with_its_escapes_and_stray_percents_escaped() {
        for (resource, expected) in [
            ("https://h.example/50%.jpg", "https://h.example/50%25.jpg"),
            ("https://h.example/50%zz/a%20b", "https://h.example/50%25zz/a%20b"),
            ("https%3A%2F%2Fh.example%2F50%25.jpg", "https://h.example/50%25.jpg"),
            ("https%3A%2F%2Fh.example%2Fa%3Fp=5%25%23top", "https://h.example/a?p=5%25"),
            ("https://h.example/a//b", "https://h.example/a//b"),
            ("https://h.example/%252e%252e/a", "https://h.example/%252e%252e/a"),
            ("https%3A%2F%2Fh.example", "https://h.example/"),
            ("https%3A%2F%2Fh.example%2Fa%3Fp=%252e%252e%252fb", "https://h.example/a?p=%2e%2e%2fb"),
        ] {
            assert_eq!(address(resource).unwrap().as_str(), expected, "{resource}");
        }
        assert!(!address("https%3A%2F%2Fh.example%5C..%5Ca.jpg").unwrap_err().bad_request);
    }

    #[test]
    fn what_shows_after_decoding_must_not_leave_the_path_nor_be_control_characters() {
        for resource in [
            "https%3A%2F%2Fh.example%2Fa%2F%252e%252E%2Fb.jpg",
            "https%3A%2F%2Fh.example%2Fa%2F.%252e",
            "https%3A%2F%2Fh.example%2Fa%252F..%252Fb.jpg",
            "https%3A%2F%2Fh.example%2F%252e%2Fb.jpg",
            "https%253A%252F%252Fh.example%252Fa%252F..%252Fb.jpg",
            "https%3A%2F%2Fh.example%2Fa%2500.jpg",
            "https%3A%2F%2Fh.example%2Fa%250d%250aX.jpg",
            "https%253A%252F%252Fh.example%252Fa%250Ab.jpg",
        ] {
            let failure = address(resource).unwrap_err();
            assert!(failure.bad_request, "{resource}: {failure}");
        }
    }

    #[test]
    fn a_name_that_does_not_resolve_is_to_be_corrected_in_the_url_and_is_not_held_against_the_origin() {
        let host = "nobody.example".to_owned();
        let failure = told(&Trouble::Unresolved { host, why: Unresolved::NoSuchName });
        assert_eq!(
            failure.to_string(),
            "UNIDENTIFIED - the host name of the proxied URL could not be resolved"
        );
        assert_eq!(failure.detail, "nobody.example: the name does not exist");
        assert!(failure.remedy.starts_with("Correct the host name in the URL"), "{}", failure.remedy);
        assert!(failure.elsewhere);
    }
}
