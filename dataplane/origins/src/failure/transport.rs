//! On the way to an answer: names, addresses, connections, TLS, time. The same for every type that is reached over
//! the network.

use super::{
    Cause::{
        AddressBlocked, Closed, ConnectTimeout, DnsFailed, HeadersTimeout, InvalidResponse, Refused,
        TlsExpired, TlsFailed, TlsUntrusted, TlsWrongName, Unreachable,
    },
    row::{On::Named, Row},
};

const UNRESOLVED: &str = "the host name of {origin} could not be resolved";
const NO_CONNECTION: &str = "{origin} did not accept a connection in time";

pub(crate) static NO_SUCH_NAME: Row = Row::new(
    "DNS: no such name",
    Named,
    DnsFailed,
    [
        UNRESOLVED,
        "the host name {host} does not exist",
        "Correct the host name in the Origin; a Service is named NAME.NAMESPACE.svc",
    ],
);
pub(crate) static NO_ADDRESS: Row = Row::new(
    "DNS: the name has no address",
    Named,
    DnsFailed,
    [
        UNRESOLVED,
        "the host name {host} exists and has no address",
        "Correct the host name in the Origin, or give it an A or AAAA record; a Service without ready pods may have none",
    ],
);
pub(crate) static DNS_TIMEOUT: Row = Row::new(
    "DNS: no answer in time",
    Named,
    DnsFailed,
    [
        UNRESOLVED,
        "no name server answered for {host} ({what})",
        "Check that the cluster's DNS runs, and that a NetworkPolicy lets the pods reach it on port 53",
    ],
);
pub(crate) static DNS_FAILED: Row = Row::new(
    "DNS: the name server fails",
    Named,
    DnsFailed,
    [
        UNRESOLVED,
        "for {host}, {what}",
        "Check the zone of this name and the name servers that the cluster's DNS asks",
    ],
);

pub(crate) static ADDRESS_BLOCKED: Row = Row::new(
    "an address that must not be reached",
    Named,
    AddressBlocked,
    ["the requested host is not allowed", "{host}: {what}", "{advice}"],
);
pub(crate) static REFUSED: Row = Row::new(
    "connection refused",
    Named,
    Refused,
    [
        "{origin} refused the connection",
        "nothing accepts connections there, or a firewall refuses them ({what})",
        "Check that the server runs, that the port is right, and that no firewall refuses the pods",
    ],
);
pub(crate) static CONNECT_TIMEOUT: Row = Row::new(
    "no connection in time",
    Named,
    ConnectTimeout,
    [
        NO_CONNECTION,
        "{what}; a firewall that drops packets looks like this",
        "Check the address, and let the cluster's egress addresses through the server's firewall",
    ],
);
pub(crate) static UNREACHABLE: Row = Row::new(
    "no route to the address",
    Named,
    Unreachable,
    [
        NO_CONNECTION,
        "the network has no way there ({what})",
        "Check the address, and the routes and NetworkPolicies between the pods and the server",
    ],
);
pub(crate) static CLOSED: Row = Row::new(
    "connection reset or closed before the answer",
    Named,
    Closed,
    [
        "{origin} closed the connection",
        "the connection was closed before the answer's head was there ({what})",
        "See the server's log and its limit of connections",
    ],
)
.repeated();
pub(crate) static NO_HEADERS: Row = Row::new(
    "no headers in time",
    Named,
    HeadersTimeout,
    [
        "{origin} did not answer in time",
        "no answer within {limit} of the request",
        "See why the server is slow; where that is normal, raise spec.fetch.headersTimeout",
    ],
);
pub(crate) static NOT_HTTP: Row = Row::new(
    "an answer that is not HTTP",
    Named,
    InvalidResponse,
    [
        "{origin} gave an invalid response",
        "the answer is not HTTP ({what})",
        "Check that host and port are those of an HTTP server, and http or https is right",
    ],
);
pub(crate) static PROXY_REFUSED: Row = Row::new(
    "the egress proxy refuses the tunnel",
    Named,
    Refused,
    [
        "{origin} refused the connection",
        "the egress proxy answered {what}",
        "Let the proxy of the DataPlane's spec.network.egressProxy connect to this host",
    ],
);

macro_rules! tls {
    ($($name:ident: $seen:literal, $cause:ident, $word:literal, $remedy:literal;)*) => {
        $(pub(crate) static $name: Row = Row::new($seen, Named, $cause, [
            concat!("TLS with {origin} failed: ", $word),
            concat!($word, " ({what})"),
            $remedy,
        ]);)*

        /// All rows about TLS.
        pub(super) static TLS: &[&Row] = &[$(&$name),*];
    };
}

tls! {
    CERTIFICATE_EXPIRED: "TLS: certificate expired", TlsExpired, "certificate expired",
        "Renew the server's certificate";
    CERTIFICATE_NOT_YET_VALID: "TLS: certificate not yet valid", TlsExpired, "certificate not yet valid",
        "Correct the server's certificate, or the clock of the node";
    UNKNOWN_AUTHORITY: "TLS: certificate of an unknown authority", TlsUntrusted, "certificate not trusted",
        "Give the server a certificate of a public authority, or name the authority's certificate in tls.caBundleRef of the Origin";
    CERTIFICATE_REVOKED: "TLS: certificate revoked", TlsUntrusted, "certificate revoked",
        "Replace the server's certificate";
    NO_CERTIFICATE: "TLS: no certificate", TlsUntrusted, "no certificate",
        "Give the server a certificate";
    WRONG_NAME: "TLS: certificate for another host", TlsWrongName, "certificate is for another name",
        "Use the host name that the certificate is for, or replace the certificate";
    CERTIFICATE_NOT_VALID: "TLS: certificate not valid otherwise", TlsFailed, "certificate not valid",
        "Replace the server's certificate";
    NO_TLS: "TLS: the port speaks no TLS", TlsFailed, "the server does not speak TLS on this port",
        "Write http:// if the server speaks no TLS there, or correct the port";
    NOTHING_IN_COMMON: "TLS: no common version or cipher", TlsFailed, "no common protocol version or cipher",
        "Let the server speak TLS 1.2 or 1.3";
    CERTIFICATE_DEMANDED: "TLS: the server wants a client certificate", TlsFailed, "a client certificate is required",
        "Name a Secret with the client certificate in webFolder.tls.clientCertificateRef";
    HANDSHAKE_REFUSED: "TLS: alert of the server", TlsFailed, "handshake refused",
        "See the server's log; it may not serve this host name, or not take our client certificate";
    HANDSHAKE_CLOSED: "TLS: connection closed in the handshake", TlsFailed, "connection closed during the handshake",
        "See the server's log";
    HANDSHAKE_TIMEOUT: "TLS: no handshake in time", TlsFailed, "handshake timed out",
        "Check the port and the server's load; spec.fetch.connectTimeout bounds the handshake";
    BAD_HOST_NAME: "TLS: a host name that cannot be in a certificate", TlsFailed, "bad host name",
        "Correct the host name in the Origin";
    HANDSHAKE_FAILED: "TLS: anything else", TlsFailed, "handshake failed",
        "See the server's log";
}

/// All rows, in the order of the guide.
pub(super) static ROWS: &[&Row] = &[
    &NO_SUCH_NAME,
    &NO_ADDRESS,
    &DNS_TIMEOUT,
    &DNS_FAILED,
    &ADDRESS_BLOCKED,
    &REFUSED,
    &CONNECT_TIMEOUT,
    &UNREACHABLE,
    &PROXY_REFUSED,
    &CLOSED,
    &NO_HEADERS,
    &NOT_HTTP,
];
