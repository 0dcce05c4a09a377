//! What can go wrong before an origin's answer is there, and its class.

use std::{error::Error, io, time::Duration};

use hyper_util::client::legacy;

use super::tls::Handshake;
use crate::{Cause, Failure};

/// Trouble on the way to an answer. Texts are for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub(crate) enum Trouble {
    /// The address guard refused the target.
    NotAllowed { host: String, why: String },
    /// The name has no address that could be found.
    Unresolved { host: String, why: String },
    /// The connection was refused.
    Refused { peer: String, why: String },
    /// No connection came about; `timed_out`: nobody said anything.
    Unreachable { peer: String, why: String, timed_out: bool },
    /// The TLS handshake failed.
    Tls { peer: String, what: Handshake, why: String },
    /// The connection was closed before any byte of an answer, or inside its head.
    Closed { why: String },
    /// The head of the answer did not come in time.
    NoHeaders(Duration),
    /// The answer is not HTTP.
    Invalid { why: String },
}

impl Trouble {
    /// What the client's error means.
    pub(super) fn of(error: &legacy::Error) -> Self {
        if let Some(trouble) = find::<Self>(error) {
            return trouble.clone();
        }
        let why = text(error);
        let closed = find::<hyper::Error>(error)
            .is_some_and(|error| error.is_incomplete_message() || error.is_canceled() || error.is_closed())
            || find::<io::Error>(error).is_some_and(|error| is_closed(error.kind()));
        if closed { Self::Closed { why } } else { Self::Invalid { why } }
    }

    /// Whether the same request may be sent once more: nothing of it was answered.
    pub(crate) fn may_be_repeated(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// The failure, with `label` for the origin.
    pub(crate) fn failure(&self, label: &str) -> Failure {
        let (cause, message, detail) = match self {
            Self::NotAllowed { host, why } => (
                Cause::AddressBlocked,
                "the requested host is not allowed".to_owned(),
                format!("{host}: {why}"),
            ),
            Self::Unresolved { host, why } => (
                Cause::DnsFailed,
                format!("the host name of {label} could not be resolved"),
                format!("{host}: {why}; check the host name and the cluster's DNS"),
            ),
            Self::Refused { peer, why } => (
                Cause::Refused,
                format!("{label} refused the connection"),
                format!("{peer}: {why}; check that the server runs there and that no firewall refuses us"),
            ),
            Self::Unreachable { peer, why, timed_out } => (
                if *timed_out { Cause::ConnectTimeout } else { Cause::Unreachable },
                format!("{label} did not accept a connection in time"),
                format!("{peer}: {why}; check the address and the firewalls on the way"),
            ),
            Self::Tls { peer, what, why } => (
                what.cause(),
                format!("TLS with {label} failed: {what}"),
                format!("{peer}: {why}; {}", what.advice()),
            ),
            Self::Closed { why } => (
                Cause::Closed,
                format!("{label} closed the connection"),
                format!("{why}; check the server's log and connection limits"),
            ),
            Self::NoHeaders(limit) => (
                Cause::HeadersTimeout,
                format!("{label} did not answer in time"),
                format!(
                    "no answer within {} ms of the request; raise fetch.headersTimeout if that is normal",
                    limit.as_millis()
                ),
            ),
            Self::Invalid { why } => {
                let advice = "check that the address is that of an HTTP server";
                (
                    Cause::InvalidResponse,
                    format!("{label} gave an invalid response"),
                    format!("{why}; {advice}"),
                )
            }
        };
        Failure::new(cause, message, detail)
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
        let cases = [
            (
                Trouble::Refused { peer: peer.clone(), why: why.clone() },
                "ECONNREFUSED - the web server refused the connection",
            ),
            (
                Trouble::Unreachable { peer: peer.clone(), why: why.clone(), timed_out: true },
                "ECONNREFUSED - the web server did not accept a connection in time",
            ),
            (Trouble::Closed { why: why.clone() }, "ECONNREFUSED - the web server closed the connection"),
            (
                Trouble::Unresolved { host: host.clone(), why: why.clone() },
                "UNIDENTIFIED - the host name of the web server could not be resolved",
            ),
            (
                Trouble::Tls { peer, what: Handshake::Expired, why: why.clone() },
                "UNIDENTIFIED - TLS with the web server failed: certificate expired",
            ),
            (
                Trouble::NoHeaders(Duration::from_secs(8)),
                "UNIDENTIFIED - the web server did not answer in time",
            ),
            (Trouble::Invalid { why: why.clone() }, "UNIDENTIFIED - the web server gave an invalid response"),
            (Trouble::NotAllowed { host, why }, "EACCES - the requested host is not allowed"),
        ];
        for (trouble, expected) in cases {
            let failure = trouble.failure("the web server");
            assert_eq!(failure.to_string(), expected);
            assert_eq!(trouble.may_be_repeated(), expected.contains("closed"), "{expected}");
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
