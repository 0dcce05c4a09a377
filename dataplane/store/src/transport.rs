//! The HTTP client of one store: whom it trusts, and which way it goes.

use std::{net::IpAddr, time::Duration};

use opendal::{HttpTransporter, OperationContext};
use opendal_http_transport_reqwest::ReqwestTransport;
use reqwest::{Certificate, Client, Proxy, Url, redirect};

use crate::OpenError;

/// Connecting within a region takes milliseconds, and between regions some hundred.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an unused connection is kept; shorter than what usual stores keep theirs (S3 about 20 s).
const IDLE: Duration = Duration::from_secs(15);
/// Keep-alive probes find peers that vanished while nothing was sent.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Stores send a request on when a bucket is new, and no further.
const REDIRECTS: usize = 3;

/// Whom a client trusts, and which way it goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way<'a> {
    /// Authorities that are trusted besides those of the system: PEM text.
    pub(crate) ca_bundle: Option<&'a str>,
    /// Every certificate is taken.
    pub(crate) insecure: bool,
    /// Proxy through which public addresses are reached.
    pub(crate) proxy: Option<&'a str>,
}

/// Makes the client.
pub(crate) fn client(way: &Way<'_>) -> Result<Client, OpenError> {
    // The library panics without one. Somebody else's choice stands.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let found = rustls_native_certs::load_native_certs();
    let mut trusted: Vec<Certificate> =
        found.certs.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    if let Some(bundle) = way.ca_bundle {
        let bundle = Certificate::from_pem_bundle(bundle.as_bytes())
            .map_err(|_| OpenError::Field("tls.caBundleRef", "holds no certificates as PEM text"))?;
        trusted.extend(bundle);
    }
    let mut builder = Client::builder()
        .user_agent(concat!("imgplane/", env!("CARGO_PKG_VERSION")))
        .tls_certs_only(trusted)
        .tls_danger_accept_invalid_certs(way.insecure)
        .redirect(redirect::Policy::limited(REDIRECTS))
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .tcp_keepalive(KEEPALIVE)
        // What the environment says of proxies is for other programs: the DataPlane says it.
        .no_proxy();
    if let Some(proxy) = way.proxy {
        let proxy: Url = proxy
            .parse()
            .map_err(|_| OpenError::Field("spec.network.egressProxy", "must be http://HOST:PORT"))?;
        builder = builder.proxy(Proxy::custom(move |url| (!is_inside(url)).then(|| proxy.clone())));
    }
    builder.build().map_err(|_| OpenError::Client)
}

/// The client as the library of stores takes it.
pub(crate) fn context(client: Client) -> OperationContext {
    OperationContext::new().with_http_transport(HttpTransporter::new(ReqwestTransport::new(client)))
}

/// Whether an address is inside the network, which a proxy is the way out of: what names no public server.
fn is_inside(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        // Names of the cluster, of its cloud's own services, and of nobody else.
        Err(_) => {
            !host.contains('.')
                || [".svc", ".cluster.local", ".internal", ".local"].iter().any(|end| host.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_the_way_to_public_addresses_only() {
        for (url, inside) in [
            ("http://10.1.2.3:9000/", true),
            ("http://127.0.0.1/", true),
            ("http://169.254.169.254/latest", true),
            ("http://[fd00::1]/", true),
            ("http://minio/", true),
            ("http://minio.shop.svc:9000/", true),
            ("http://minio.shop.svc.cluster.local/", true),
            ("http://metadata.google.internal/", true),
            ("https://s3.eu-west-1.amazonaws.com/", false),
            ("https://sts.amazonaws.com/", false),
            ("http://93.184.216.34/", false),
        ] {
            assert_eq!(is_inside(&url.parse().unwrap()), inside, "{url}");
        }
    }
}
