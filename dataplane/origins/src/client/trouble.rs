//! What can go wrong before an origin's answer is there, and its class.

use std::{error::Error, io, time::Duration};

use hyper_util::client::legacy;

use super::{names::Unresolved, tls::Handshake};
use crate::{
    Failure,
    failure::{
        Facts,
        transport::{
            ADDRESS_BLOCKED, CLOSED, CONNECT_TIMEOUT, DNS_FAILED, DNS_TIMEOUT, NO_ADDRESS, NO_HEADERS,
            NO_SUCH_NAME, NOT_HTTP, PROXY_REFUSED, REFUSED, UNREACHABLE,
        },
    },
};

/// Trouble on the way to an answer. Texts are for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub(crate) enum Trouble {
    /// The address guard refused the target.
    NotAllowed { host: String, why: String, advice: &'static str },
    /// The name has no address that could be found.
    Unresolved { host: String, why: Unresolved },
    /// The connection was refused.
    Refused { peer: String, why: String },
    /// No connection came about; `timed_out`: nobody said anything.
    Unreachable { peer: String, why: String, timed_out: bool },
    /// The egress proxy opens no tunnel.
    ProxyRefused { peer: String, why: String },
    /// The TLS handshake failed.
    Tls { peer: String, what: Handshake, why: String },
    /// The connection was closed before any byte of an answer, or inside its head.
    Closed { peer: String, why: String },
    /// The head of the answer did not come in time.
    NoHeaders { peer: String, limit: Duration },
    /// The answer is not HTTP.
    Invalid { peer: String, why: String },
}

impl Trouble {
    /// What the client's error means; `peer` is who was asked.
    pub(super) fn of(peer: &str, error: &legacy::Error) -> Self {
        if let Some(trouble) = find::<Self>(error) {
            return trouble.clone();
        }
        let (peer, why) = (peer.to_owned(), text(error));
        let closed = find::<hyper::Error>(error)
            .is_some_and(|error| error.is_incomplete_message() || error.is_canceled() || error.is_closed())
            || find::<io::Error>(error).is_some_and(|error| is_closed(error.kind()))
            || find::<h2::Error>(error).is_some_and(|error| {
                error.is_go_away() || error.is_io() || error.reason() == Some(h2::Reason::REFUSED_STREAM)
            });
        if closed { Self::Closed { peer, why } } else { Self::Invalid { peer, why } }
    }

    /// The failure, with `origin` for what messages call it.
    pub(crate) fn failure(&self, origin: &str) -> Failure {
        let facts = Facts { origin, ..Facts::default() };
        let at = |peer: &str, what: &str| Facts {
            origin,
            place: peer.to_owned(),
            what: what.to_owned(),
            ..Facts::default()
        };
        match self {
            Self::NotAllowed { host, why, advice } => ADDRESS_BLOCKED.failure(&Facts {
                what: why.clone(),
                more: vec![("host", host.clone()), ("advice", (*advice).to_owned())],
                ..facts
            }),
            Self::Unresolved { host, why } => {
                let row = match why {
                    Unresolved::NoSuchName => &NO_SUCH_NAME,
                    Unresolved::NoAddress => &NO_ADDRESS,
                    Unresolved::TimedOut(_) => &DNS_TIMEOUT,
                    Unresolved::Failed(_) => &DNS_FAILED,
                };
                row.failure(&Facts { what: why.to_string(), more: vec![("host", host.clone())], ..facts })
            }
            Self::Refused { peer, why } => REFUSED.failure(&at(peer, why)),
            Self::Unreachable { peer, why, timed_out } => {
                let row = if *timed_out { &CONNECT_TIMEOUT } else { &UNREACHABLE };
                row.failure(&at(peer, why))
            }
            Self::ProxyRefused { peer, why } => PROXY_REFUSED.failure(&at(peer, why)),
            Self::Tls { peer, what, why } => what.row().failure(&at(peer, why)),
            Self::Closed { peer, why } => CLOSED.failure(&at(peer, why)),
            Self::NoHeaders { peer, limit } => {
                let limit = format!("{} ms", limit.as_millis());
                NO_HEADERS.failure(&Facts { more: vec![("limit", limit)], ..at(peer, "") })
            }
            Self::Invalid { peer, why } => NOT_HTTP.failure(&at(peer, why)),
        }
    }
}

/// What an error of connecting means.
pub(super) fn of_connecting(peer: &str, error: &(dyn Error + Send + Sync + 'static)) -> Trouble {
    let (peer, why) = (peer.to_owned(), text(error));
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset) => {
            Trouble::Refused { peer, why }
        }
        kind => Trouble::Unreachable { peer, why, timed_out: kind == Some(io::ErrorKind::TimedOut) },
    }
}

/// What an error of the egress proxy means: it cannot be reached, or it does not want to.
pub(super) fn of_tunnel(peer: &str, error: &(dyn Error + Send + Sync + 'static)) -> Trouble {
    match find::<io::Error>(error) {
        Some(_) => of_connecting(peer, error),
        None => Trouble::ProxyRefused { peer: peer.to_owned(), why: text(error) },
    }
}

fn is_closed(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    matches!(kind, ConnectionReset | ConnectionAborted | BrokenPipe | NotConnected | UnexpectedEof)
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut error = error;
    loop {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        error = error.source()?;
    }
}

/// An error and its causes in one line, without repeating what a cause says already.
pub(super) fn text(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.ends_with(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_its_class_and_says_nothing_of_hosts() {
        let (peer, why) = ("db.internal:5432".to_owned(), "10.0.0.1 said no".to_owned());
        let host = "db.internal".to_owned();
        let unresolved = |why| Trouble::Unresolved { host: host.clone(), why };
        let cases = [
            (
                Trouble::Refused { peer: peer.clone(), why: why.clone() },
                "ECONNREFUSED - the web server refused the connection",
            ),
            (
                Trouble::Unreachable { peer: peer.clone(), why: why.clone(), timed_out: true },
                "ECONNREFUSED - the web server did not accept a connection in time",
            ),
            (
                Trouble::ProxyRefused { peer: peer.clone(), why: why.clone() },
                "ECONNREFUSED - the web server refused the connection",
            ),
            (
                Trouble::Closed { peer: peer.clone(), why: why.clone() },
                "ECONNREFUSED - the web server closed the connection",
            ),
            (
                unresolved(Unresolved::NoSuchName),
                "UNIDENTIFIED - the host name of the web server could not be resolved",
            ),
            (
                unresolved(Unresolved::TimedOut(Duration::from_secs(3))),
                "UNIDENTIFIED - the host name of the web server could not be resolved",
            ),
            (
                Trouble::Tls { peer: peer.clone(), what: Handshake::Expired, why: why.clone() },
                "UNIDENTIFIED - TLS with the web server failed: certificate expired",
            ),
            (
                Trouble::NoHeaders { peer: peer.clone(), limit: Duration::from_secs(8) },
                "UNIDENTIFIED - the web server did not answer in time",
            ),
            (
                Trouble::Invalid { peer, why: why.clone() },
                "UNIDENTIFIED - the web server gave an invalid response",
            ),
            (
                Trouble::NotAllowed { host: host.clone(), why, advice: "Do not" },
                "EACCES - the requested host is not allowed",
            ),
        ];
        for (trouble, expected) in cases {
            let failure = trouble.failure("the web server");
            assert_eq!(failure.to_string(), expected);
            assert!(failure.detail.contains("db.internal"), "{}", failure.detail);
            assert_eq!(failure.may_be_repeated, expected.contains("closed"), "{expected}");
        }
    }

    #[test]
    fn an_error_of_connecting_is_refused_or_unreachable() {
        use io::ErrorKind as Kind;
        let cases = [
            (Kind::ConnectionRefused, true),
            (Kind::ConnectionReset, true),
            (Kind::TimedOut, false),
            (Kind::HostUnreachable, false),
            (Kind::NetworkUnreachable, false),
            (Kind::AddrNotAvailable, false),
            (Kind::PermissionDenied, false),
        ];
        for (kind, refused) in cases {
            let trouble = of_connecting("h:1", &io::Error::from(kind));
            assert_eq!(matches!(trouble, Trouble::Refused { .. }), refused, "{kind:?}");
        }
    }
}
