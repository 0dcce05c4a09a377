//! A folder of a web server.

use std::time::Duration;

use http::{
    HeaderValue, Uri,
    uri::{Authority, Scheme},
};
use imgplane_config::{Credential, WebFolder as Config};

use crate::{
    Connector, Failure, Request, SetupError,
    client::{Client, TlsWish},
    failure::{Facts, web::NO_SECRETS},
    guard::{self, Guard},
    opening::Opening,
    path::{Resource, encode_path, encode_query},
    source::{Answer, Slot, Source, authority},
    steps::Steps,
    web::{self, Hops, OwnHeaders, base_address},
    wish::Wish,
};

const LABEL: &str = "the web server";

/// A folder of a web server, opened.
#[derive(Debug)]
pub(crate) struct WebFolder {
    /// Without trailing slash.
    base: String,
    host: String,
    /// Scheme, host and port.
    server: (Option<Scheme>, Option<Authority>),
    forward_host: bool,
    headers: OwnHeaders,
    /// Headers or a certificate are wanted and not there.
    lacks_secrets: bool,
    client: Client,
    /// For redirects to other hosts, if the base is public.
    elsewhere: Client,
    /// For redirects to other hosts, if it is not. Neither this one nor the one above says who we are.
    inside: Client,
    connector: Connector,
    /// For finding out whether the base is public.
    timeout: Duration,
}

/// Where a file is, and which host the server is told.
#[derive(Debug)]
pub(crate) struct Place {
    uri: Uri,
    host: Option<HeaderValue>,
}

impl WebFolder {
    pub(crate) fn open(config: &Config, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let base = base_address("webFolder.baseUrl", &config.base_url)?;
        let base_uri = base.as_str().parse::<Uri>().map_err(|error| SetupError::Field {
            field: "webFolder.baseUrl".to_owned(),
            what: format!("cannot be requested: {error}"),
        })?;
        let (secret_headers, client_certificate) = match opening.credential {
            Some(Credential::Web { headers, client_certificate }) => {
                (headers.as_slice(), client_certificate.as_ref())
            }
            _ => (&[][..], None),
        };
        let lacks_secrets = (config.secret_headers && secret_headers.is_empty())
            || (config.tls.client_certificate && client_certificate.is_none());
        let wish = TlsWish {
            ca_bundle: config.tls.ca_bundle.as_deref(),
            client_certificate,
            insecure: config.tls.insecure_skip_verify,
            // With HTTP/2 the host of a request is that of its address.
            http1_only: config.forward_host_header,
        };
        let (policy, connector) = (opening.policy(), opening.connector);
        Ok(Self {
            base: base.as_str().trim_end_matches('/').to_owned(),
            host: base.host_str().unwrap_or_default().to_owned(),
            server: server(&base_uri),
            forward_host: config.forward_host_header,
            headers: OwnHeaders::new(&config.headers, secret_headers, opening.secret())?,
            lacks_secrets,
            client: opening.client_wishing("webFolder", wish)?,
            elsewhere: connector.client_with(Guard::of_public_redirects(), policy)?,
            inside: connector.client(policy)?,
            connector: connector.clone(),
            timeout: policy.connect_timeout,
        })
    }

    /// Whether the server is told which host the client asked for.
    pub(crate) const fn forwards_host(&self) -> bool {
        self.forward_host
    }

    /// Whether any address of the base is public. One that cannot be found counts as public, which allows less.
    async fn is_public(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        match tokio::time::timeout(self.timeout, self.connector.names().resolve(host)).await {
            Ok(Ok(addresses)) => addresses.into_iter().any(guard::is_public),
            Ok(Err(_)) | Err(_) => true,
        }
    }
}

impl Hops for WebFolder {
    const LABEL: &'static str = LABEL;

    /// A public server may not lead to a private address.
    async fn client(&self, uri: &Uri, first: bool) -> Result<&Client, Failure> {
        let is_base = uri.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.host));
        Ok(if first || is_base {
            &self.client
        } else if self.is_public().await {
            &self.elsewhere
        } else {
            &self.inside
        })
    }

    fn own_headers(&self, uri: &Uri) -> Option<&OwnHeaders> {
        (server(uri) == self.server).then_some(&self.headers)
    }
}

impl Source for WebFolder {
    type Place = Place;

    fn label(&self) -> &'static str {
        LABEL
    }

    fn locate(&self, request: &Request) -> Result<Place, Failure> {
        let resource = Resource::parse(&request.resource, LABEL)?;
        let uri = address(&self.base, resource, request.query.as_deref()).parse().map_err(|error| {
            Failure::not_a_name(LABEL, format!("the address cannot be requested: {error}"))
        })?;
        let host = request.host.as_deref().filter(|_| self.forward_host);
        Ok(Place { uri, host: host.and_then(|host| HeaderValue::from_str(host).ok()) })
    }

    fn whereabouts(&self, place: &Place) -> String {
        authority(&place.uri).to_owned()
    }

    async fn approach(&self, place: &Place, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        self.client.try_out(&place.uri, steps).await.map_err(|trouble| trouble.failure(LABEL))
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        if self.lacks_secrets {
            return Err(NO_SECRETS.failure(&Facts { origin: LABEL, ..Facts::default() }));
        }
        Ok(match self.headers.told() {
            None => "requests carry no credentials".to_owned(),
            Some(headers) => format!("requests carry {headers}"),
        })
    }

    async fn ask(&self, place: &Place, wish: &Wish, _slot: &Slot) -> Result<Answer, Failure> {
        self.authenticate().await?;
        web::ask(self, &place.uri, place.host.clone(), wish).await
    }
}

/// What makes two addresses those of one server.
fn server(uri: &Uri) -> (Option<Scheme>, Option<Authority>) {
    (uri.scheme().cloned(), uri.authority().cloned())
}

/// The address of a file: the base and the path as received.
fn address(base: &str, resource: Resource<'_>, query: Option<&str>) -> String {
    let path = encode_path(resource.raw());
    match query.filter(|query| !query.is_empty()) {
        Some(query) => format!("{base}/{path}?{}", encode_query(query)),
        None => format!("{base}/{path}"),
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
}
