//! What web servers answer: `WebFolder` and `WebProxy`, and the statuses of every other type that have no meaning of
//! their own there.

use super::{
    Cause::{
        AccessDenied, AddressBlocked, CredentialsMissing, DnsFailed, FileNotFound, HostNotAllowed,
        InvalidResponse, RequestRefused, ServerError, Throttled, TlsFailed, TooManyRedirects,
    },
    row::{
        On::{Answer, Named},
        Row,
    },
};

const OTHER: &str = "{origin} answered with status {status}";
const INVALID: &str = "{origin} gave an invalid response ({status})";
const DENIED: &str = "access was denied by {origin} ({status})";
const SEE_LOG: &str = "See the server's log";

/// Answers that are no file.
pub(crate) static ANSWERS: &[Row] = &[
    Row::new(
        "404, 410",
        Answer(&[404..=404, 410..=410], &[]),
        FileNotFound,
        [
            "No file was found on {origin} at the specified path",
            "the server has no file there",
            "Check the path in the URL, and baseUrl of the Origin",
        ],
    ),
    Row::new(
        "400 that speaks of a client certificate",
        Named,
        TlsFailed,
        [
            "TLS with {origin} failed: a client certificate is required",
            "the server wants a client certificate that it trusts ({what})",
            "Name a Secret with the client certificate in webFolder.tls.clientCertificateRef, signed by the authority that \
         the server trusts",
        ],
    ),
    Row::new(
        "401 although the Origin sends headers",
        Named,
        AccessDenied,
        [
            DENIED,
            "the server refuses what the Origin sends ({headers}) and wants other credentials{challenge}",
            "Correct the value of {header} in {source}, or add the header that the server wants; pods pick it up within seconds",
        ],
    ),
    Row::new(
        "401",
        Answer(&[401..=401], &[]),
        AccessDenied,
        [
            DENIED,
            "the server wants credentials{challenge}",
            "Put the header that it wants into webFolder.headers of the Origin, from a Secret; or let requests with \
         x-req-from: imagekit through",
        ],
    ),
    Row::new(
        "403",
        Answer(&[403..=403], &[]),
        AccessDenied,
        [
            DENIED,
            "the server or a firewall in front of it refuses us, or the file is absent and may not be listed",
            "Let requests with x-req-from: imagekit through, or the cluster's egress addresses",
        ],
    )
    .or_absent(),
    Row::new(
        "407",
        Answer(&[407..=407], &[]),
        AccessDenied,
        [DENIED, "a proxy in front of the server wants credentials", "Let the pods through the proxy"],
    ),
    Row::new(
        "451",
        Answer(&[451..=451], &[]),
        AccessDenied,
        [DENIED, "the server may not deliver the file for legal reasons", "Ask who runs the server"],
    ),
    Row::new(
        "429, 503",
        Answer(&[429..=429, 503..=503], &[]),
        Throttled,
        [
            "{origin} is refusing requests for now ({status})",
            "the server is overloaded, or limits our requests{retry_after}",
            "Lower spec.fetch.maxConcurrency of the Origin, or raise the server's limits",
        ],
    ),
    Row::new(
        "400, 405, 406, 414 and other 4xx",
        Answer(&[400..=499], &[]),
        RequestRefused,
        [OTHER, "the server does not take the request{what}", SEE_LOG],
    ),
    Row::new(
        "500, 502, 504 and other 5xx",
        Answer(&[500..=599], &[]),
        ServerError,
        [OTHER, "the server, or one behind it, has a defect{what}", SEE_LOG],
    ),
    Row::new(
        "204, 205, 206 or 304 unasked, and anything else",
        Answer(&[], &[]),
        InvalidResponse,
        [
            INVALID,
            "the status is no answer to what was asked",
            "Check that the address is that of a plain file server",
        ],
    ),
];

const REDIRECT: &str = "{origin} gave an invalid response (redirect {what})";

pub(crate) static CLIENT_CERTIFICATE: &Row = &ANSWERS[1];
pub(crate) static HEADERS_REFUSED: &Row = &ANSWERS[2];
pub(crate) static BAD_REDIRECT: Row = Row::new(
    "a redirect without a usable target, or from https to http",
    Named,
    InvalidResponse,
    [
        REDIRECT,
        "the server redirects {what}",
        "Correct the redirect, or name the final address in the Origin",
    ],
);
pub(crate) static REDIRECT_BLOCKED: Row = Row::new(
    "a redirect to what is not plain http or https",
    Named,
    AddressBlocked,
    [
        "the requested host is not allowed",
        "the server redirects to an address that is not plain http or https",
        "Correct the redirect, or name the final address in the Origin",
    ],
);
pub(crate) static CIRCLE: Row = Row::new(
    "redirects in a circle",
    Named,
    TooManyRedirects,
    [
        "too many redirects by {origin}",
        "the server redirects in a circle: back to {what}, an address already visited",
        "Correct the redirects of the server, or name the final address in the Origin",
    ],
);
pub(crate) static REDIRECTS: Row = Row::new(
    "more than 5 redirects",
    Named,
    TooManyRedirects,
    [
        "too many redirects by {origin}",
        "{hops} redirects were followed, and there was one more",
        "Name the final address in the Origin",
    ],
);
pub(crate) static HOST_NOT_ALLOWED: Row = Row::new(
    "WebProxy: a host, scheme or port outside of what the Origin allows",
    Named,
    HostNotAllowed,
    [
        "the requested host is not allowed",
        "{host}: {what}",
        "If it may be fetched, list it in webProxy.allowedHosts, allowedSchemes or allowedPorts of the Origin",
    ],
);
pub(crate) static HOST_DENIED: Row = Row::new(
    "WebProxy: a host that the Origin denies",
    Named,
    HostNotAllowed,
    [
        "the requested host is not allowed",
        "{host}: {what}",
        "If it may be fetched, take it out of webProxy.deniedHosts of the Origin",
    ],
);
pub(crate) static HOST_NEVER: Row = Row::new(
    "WebProxy: an address that no setting allows",
    Named,
    HostNotAllowed,
    [
        "the requested host is not allowed",
        "{host}: {what}",
        "Use an address with a public name, without user and password; a server inside the network is for an Origin of \
         type WebFolder",
    ],
);
pub(crate) static PROXIED_NAME: Row = Row::new(
    "WebProxy: DNS: no such name, or one without an address",
    Named,
    DnsFailed,
    [
        "the host name of {origin} could not be resolved",
        "{host}: {what}",
        "Correct the host name in the URL; no setting of the Origin names it",
    ],
);
pub(crate) static PROXIED_MISSING: Row = Row::new(
    "WebProxy: 404, 410",
    Named,
    FileNotFound,
    [
        "No file was found on {origin} at the specified path",
        "the server that the URL names has no file there",
        "Check the host and the path of the address in the URL",
    ],
);
pub(crate) static BAD_RANGE: Row = Row::new(
    "206 whose Content-Range is malformed, or not what was asked for",
    Named,
    InvalidResponse,
    [
        "{origin} gave an invalid response (206)",
        "the part that came is not the one that was asked for, or not as long as it says (Content-Range: {what})",
        "See how the server, or whatever stands in front of it, answers requests for ranges",
    ],
);
pub(crate) static OWN_HOST: Row = Row::new(
    "WebProxy: a request that comes from ourselves",
    Named,
    HostNotAllowed,
    [
        "the requested host is not allowed",
        "the request was sent by an image server of this kind, so the addresses lead around in a circle",
        "Do not list one of our own hosts in webProxy.allowedHosts",
    ],
);
pub(crate) static NO_SECRETS: Row = Row::new(
    "secret headers or a client certificate that are not there",
    Named,
    CredentialsMissing,
    [
        "credentials for {origin} are not configured",
        "a Secret that webFolder.headers or webFolder.tls names is missing, or lacks the key",
        "Create the Secret with that key",
    ],
);

/// Rows that are named.
pub(super) static NAMED: &[&Row] = &[
    &BAD_REDIRECT,
    &REDIRECT_BLOCKED,
    &CIRCLE,
    &REDIRECTS,
    &HOST_NOT_ALLOWED,
    &HOST_DENIED,
    &HOST_NEVER,
    &OWN_HOST,
    &PROXIED_NAME,
    &PROXIED_MISSING,
    &BAD_RANGE,
    &NO_SECRETS,
];
