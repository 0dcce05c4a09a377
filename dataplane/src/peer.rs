//! Who is at the other end of a connection, who is behind that, and which host the client meant: a proxy in front of us
//! may have changed the `Host` header, and is believed what it says of that and of its clients only where it is trusted.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, header, request::Parts};
use ipnet::IpNet;

/// The address of a connection's other end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// Image servers of this kind mark their requests so.
const REQ_FROM: HeaderName = HeaderName::from_static("x-req-from");

/// The host that a request is for: the target's own (HTTP/2, or an absolute target), else the `Host` header.
pub(crate) fn host(head: &Parts) -> &str {
    let authority = head.uri.authority().map(http::uri::Authority::as_str);
    authority.or_else(|| text(&head.headers, &header::HOST)).unwrap_or_default()
}

/// The client's address: the peer, or the last address in `X-Forwarded-For` that is no trusted proxy where the peer is
/// one. `None`: the peer is not known.
pub(crate) fn client_address(head: &Parts, trusted: &[IpNet]) -> Option<IpAddr> {
    let Peer(peer) = head.extensions.get::<Peer>()?;
    let mut client = peer.to_canonical();
    let told: Vec<&str> =
        head.headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
    // Each proxy adds whom it speaks for behind what it was told, so the end is what the nearest one saw itself.
    for address in told.iter().rev().flat_map(|value| value.rsplit(',')) {
        if !is_trusted(client, trusted) {
            break;
        }
        let Some(address) = forwarded_address(address.trim()) else { break };
        client = address.to_canonical();
    }
    Some(client)
}

/// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let socket = || text.parse::<std::net::SocketAddr>().map(|socket| socket.ip());
    let bracketed = || text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    text.parse().or_else(|_| socket()).or_else(|_| bracketed().parse()).ok()
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// The host that the client asked for, which a trusted proxy may tell.
pub(crate) fn clients_host<'a>(head: &'a Parts, trusted: &[IpNet]) -> Option<&'a str> {
    let peer = head.extensions.get::<Peer>();
    let is_trusted = peer.is_some_and(|Peer(address)| is_trusted(address.to_canonical(), trusted));
    // Of several the first is the client's; each proxy adds its own behind.
    let told = text(&head.headers, &FORWARDED_HOST).filter(|_| is_trusted);
    let told = told.and_then(|hosts| hosts.split(',').next()).map(str::trim);
    told.or_else(|| Some(host(head))).filter(|host| !host.is_empty())
}

/// Whether a request comes from an image server of this kind.
pub(crate) fn is_from_ourselves(headers: &HeaderMap) -> bool {
    text(headers, &REQ_FROM).is_some_and(|from| from.eq_ignore_ascii_case("imagekit"))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_believed_where_it_is_trusted() {
        let head = |peer: &str, forwarded: Option<&str>| {
            let mut request = http::Request::builder().uri("/a.jpg").header("host", "img.internal:8080");
            if let Some(forwarded) = forwarded {
                request = request.header("x-forwarded-host", forwarded);
            }
            let (mut head, ()) = request.body(()).unwrap().into_parts();
            head.extensions.insert(Peer(peer.parse().unwrap()));
            head
        };
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("10.1.2.3", Some("static.example.com"), "static.example.com"),
            ("::ffff:10.1.2.3", Some("static.example.com"), "static.example.com"),
            ("10.1.2.3", Some("static.example.com, edge.internal"), "static.example.com"),
            ("10.1.2.3", None, "img.internal:8080"),
            ("192.0.2.1", Some("static.example.com"), "img.internal:8080"),
        ] {
            let head = head(peer, forwarded);
            assert_eq!(clients_host(&head, &trusted), Some(expected), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn an_image_server_is_known_by_its_mark() {
        let mut headers = HeaderMap::new();
        assert!(!is_from_ourselves(&headers));
        headers.insert(REQ_FROM, header::HeaderValue::from_static("imagekit"));
        assert!(is_from_ourselves(&headers));
    }
}
