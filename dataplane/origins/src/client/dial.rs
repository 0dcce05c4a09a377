//! Opens connections: resolve, judge every address, connect to exactly those addresses, encrypt. One class of
//! trouble for each of these steps.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use http::{Uri, uri::Scheme};
use hyper_util::client::legacy::connect::{HttpConnector, dns::Name, proxy::Tunnel};
use rustls::{ProtocolVersion as Version, pki_types::ServerName};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::{Names, Trouble, link::Link, names::Unresolved, tls::Handshake, trouble};
use crate::{
    guard::{self, Guard},
    steps::{Notes, Step},
};

/// Keep-alive probes find peers that vanished while nothing was sent.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

/// Most addresses that a step names.
const SHOWN: usize = 4;

/// Opens the connections of one origin.
#[derive(Clone)]
pub(super) struct Dial(Arc<Inner>);

struct Inner {
    names: Names,
    guard: Arc<Guard>,
    tls: TlsConnector,
    /// Where connections to public addresses go first.
    proxy: Option<Uri>,
    /// For resolving and connecting together, and again for the TLS handshake.
    timeout: Duration,
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dial").field("timeout", &self.0.timeout).finish_non_exhaustive()
    }
}

impl Dial {
    pub(super) fn new(
        names: Names,
        guard: Arc<Guard>,
        tls: TlsConnector,
        proxy: Option<Uri>,
        timeout: Duration,
    ) -> Self {
        Self(Arc::new(Inner { names, guard, tls, proxy, timeout }))
    }

    /// Opens a connection, tells of each step, and closes it.
    pub(super) async fn try_out(&self, uri: &Uri, notes: &mut impl Notes) -> Result<(), Trouble> {
        self.0.dial(uri, notes).await.map(drop)
    }
}

impl Inner {
    async fn dial(&self, uri: &Uri, notes: &mut impl Notes) -> Result<Link, Trouble> {
        let encrypt = uri.scheme() == Some(&Scheme::HTTPS);
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if encrypt { 443 } else { 80 });
        let deadline = Instant::now() + self.timeout;

        let addresses = self.judged(host, deadline, notes).await?;
        notes.begin(Step::Connect);
        let peer = format!("{host}:{port}");
        // What lies inside the network is reached directly; a proxy is the way out of it.
        let inside = addresses.as_ref().is_some_and(|all| !all.iter().copied().any(guard::is_public));
        let proxy = self.proxy.as_ref().filter(|_| !inside);
        let (tcp, proxied) = match (proxy, addresses) {
            (Some(proxy), _) => {
                let tunnel = encrypt.then_some(uri);
                let connected = timeout_at(deadline, self.through(proxy, tunnel, &peer, deadline)).await;
                (connected.map_err(|_| self.out_of_time(&peer))??, !encrypt)
            }
            (None, addresses) => {
                let addresses = addresses.unwrap_or_default();
                let connected = timeout_at(deadline, self.connect(uri, port, addresses, deadline)).await;
                let tcp = connected.map_err(|_| self.out_of_time(&peer))?;
                (tcp.map_err(|error| trouble::of_connecting(&peer, &*error))?, false)
            }
        };
        notes.passed(|| match proxy {
            Some(proxy) => {
                format!("through the egress proxy {}", proxy.authority().map_or("", |a| a.as_str()))
            }
            None => tcp.peer_addr().map_or_else(|_| peer.clone(), |address| address.to_string()),
        });
        if !encrypt {
            return Ok(Link::plain(tcp, proxied));
        }
        notes.begin(Step::Tls);
        let name = ServerName::try_from(host.to_owned()).map_err(|error| Trouble::Tls {
            peer: peer.clone(),
            what: Handshake::BadHostName,
            why: error.to_string(),
        })?;
        match timeout(self.timeout, self.tls.connect(name, tcp)).await {
            Ok(Ok(tls)) => {
                notes.passed(|| {
                    format!("{:?}", tls.get_ref().1.protocol_version().unwrap_or(Version::Unknown(0)))
                });
                Ok(Link::encrypted(tls))
            }
            Ok(Err(error)) => {
                Err(Trouble::Tls { what: Handshake::of(&error), why: trouble::text(&error), peer })
            }
            Err(_) => {
                let why = format!("no handshake within {} ms", self.timeout.as_millis());
                Err(Trouble::Tls { peer, what: Handshake::TimedOut, why })
            }
        }
    }

    /// The addresses of a host, each of which may be connected to. `None`: the name is unknown here, and the proxy
    /// may know it.
    async fn judged(
        &self,
        host: &str,
        deadline: Instant,
        notes: &mut impl Notes,
    ) -> Result<Option<Vec<IpAddr>>, Trouble> {
        notes.begin(Step::Resolve);
        let resolved = timeout_at(deadline, self.names.resolve(host)).await;
        let addresses = match resolved.unwrap_or(Err(Unresolved::TimedOut(self.timeout))) {
            Ok(addresses) => addresses,
            Err(_) if self.proxy.is_some() && self.guard.trusts_names() => {
                notes.passed(|| format!("{host} is unknown here and left to the egress proxy"));
                return Ok(None);
            }
            Err(why) => return Err(Trouble::Unresolved { host: host.to_owned(), why }),
        };
        notes.passed(|| match host.parse::<IpAddr>() {
            Ok(literal) => literal.to_string(),
            Err(_) => format!("{host}: {}", listed(&addresses)),
        });
        // One forbidden address among several is enough: an origin's name has no business pointing there.
        notes.begin(Step::Guard);
        for address in &addresses {
            self.guard.check(*address).map_err(|refused| Trouble::NotAllowed {
                host: host.to_owned(),
                why: refused.to_string(),
                advice: refused.advice(),
            })?;
        }
        notes.passed(|| "the address may be connected to".to_owned());
        Ok(Some(addresses))
    }

    fn out_of_time(&self, peer: &str) -> Trouble {
        let why = format!("no connection within {} ms", self.timeout.as_millis());
        Trouble::Unreachable { peer: peer.to_owned(), why, timed_out: true }
    }

    /// Connects to the egress proxy, and through it where a tunnel is wanted. The proxy's own address is the
    /// administrator's choice and not judged.
    async fn through(
        &self,
        proxy: &Uri,
        tunnel: Option<&Uri>,
        peer: &str,
        deadline: Instant,
    ) -> Result<TcpStream, Trouble> {
        let host = proxy.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = proxy.port_u16().unwrap_or(80);
        let name = format!("{peer} through the egress proxy {host}:{port}");
        let addresses = self
            .names
            .resolve(host)
            .await
            .map_err(|why| Trouble::Unresolved { host: host.to_owned(), why })?;
        let Some(target) = tunnel else {
            let connected = self.connect(proxy, port, addresses, deadline).await;
            return connected.map_err(|error| trouble::of_connecting(&name, &*error));
        };
        let connector = connector(port, addresses, deadline);
        match Tunnel::new(proxy.clone(), connector).call(target.clone()).await {
            Ok(link) => Ok(link.into_inner()),
            Err(error) => Err(trouble::of_tunnel(&name, &error)),
        }
    }

    /// Connects to the first of the judged addresses that answers; both families are tried side by side.
    async fn connect(
        &self,
        uri: &Uri,
        port: u16,
        addresses: Vec<IpAddr>,
        deadline: Instant,
    ) -> Result<TcpStream, Box<dyn std::error::Error + Send + Sync>> {
        Ok(connector(port, addresses, deadline).call(uri.clone()).await?.into_inner())
    }
}

/// A connector that resolves nothing: it would by itself, and is given a resolver that knows nothing but the judged
/// addresses.
fn connector(port: u16, addresses: Vec<IpAddr>, deadline: Instant) -> HttpConnector<Judged> {
    let judged = addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect();
    let mut connector = HttpConnector::new_with_resolver(Judged(judged));
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_keepalive(Some(TCP_KEEPALIVE));
    connector.set_connect_timeout(Some(deadline.saturating_duration_since(Instant::now())));
    connector
}

impl Service<Uri> for Dial {
    type Response = Link;
    type Error = Trouble;
    type Future = BoxFuture<'static, Result<Link, Trouble>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let inner = Arc::clone(&self.0);
        async move { inner.dial(&uri, &mut ()).await }.boxed()
    }
}

fn listed(addresses: &[IpAddr]) -> String {
    let shown: Vec<_> = addresses.iter().take(SHOWN).map(ToString::to_string).collect();
    match addresses.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A resolver that knows the judged addresses only.
#[derive(Clone)]
struct Judged(Vec<SocketAddr>);

impl Service<Name> for Judged {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}
