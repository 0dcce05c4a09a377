//! While the bytes of a file come, and what bounds them. The same for every type.

use super::{
    Cause::{
        BodyBroken, BodyStalled, ConcurrencyExhausted, FileNotFound, InvalidPath, NoOrigin, TooLarge,
        TotalTimeout, UnknownEncoding,
    },
    row::{On::Named, Row},
};

pub(crate) static STALLED: Row = Row::new(
    "a pause in the body",
    Named,
    BodyStalled,
    [
        "the transfer from {origin} broke off",
        "no byte came for {limit} after {read} bytes",
        "See why the server pauses; where that is normal, raise spec.fetch.bodyStallTimeout",
    ],
);
pub(crate) static BROKE_OFF: Row = Row::new(
    "a body that ends before its announced length",
    Named,
    BodyBroken,
    [
        "the transfer from {origin} broke off",
        "the file ended early: {what}",
        "See the server's log, and whatever stands between it and the pods",
    ],
);
pub(crate) static BODY_TOO_SLOW: Row = Row::new(
    "not all of the body in time",
    Named,
    TotalTimeout,
    [
        "{origin} did not deliver the file in time",
        "{read} bytes came before the total time was over",
        "See why the server is slow; where that is normal, raise spec.fetch.totalTimeout",
    ],
);
pub(crate) static TOO_SLOW: Row = Row::new(
    "no answer in time, all attempts together",
    Named,
    TotalTimeout,
    [
        "{origin} did not answer in time",
        "no answer within {limit} in all, repeats and waiting included",
        "See why the origin is slow; where that is normal, raise spec.fetch.totalTimeout",
    ],
);
pub(crate) static PROBE_TOO_SLOW: Row = Row::new(
    "a probe that does not end",
    Named,
    TotalTimeout,
    ["{origin} did not answer in time", "{what} within {limit}", "See the step that it stopped at"],
);
pub(crate) static UNKNOWN_ENCODING: Row = Row::new(
    "a content encoding that was not asked for and cannot be undone",
    Named,
    UnknownEncoding,
    [
        "{origin} sent the file in a content encoding that was not asked for",
        "the content encoding {what} cannot be undone",
        "Store the file as it is, without Content-Encoding",
    ],
);
pub(crate) static NO_SLOT: Row = Row::new(
    "all concurrent requests taken",
    Named,
    ConcurrencyExhausted,
    [
        "too many requests to {origin} are waiting",
        "all {slots} slots were taken for {limit}",
        "See why the origin is slow, or raise spec.fetch.maxConcurrency",
    ],
);
pub(crate) static TOO_LARGE_ANNOUNCED: Row = Row::new(
    "a file above a limit, by its announced length",
    Named,
    TooLarge,
    [
        "The file has {size} bytes, which is more than the limit of {limit} bytes",
        "the file has {size} bytes, and {limit} are allowed",
        "Raise limits.maxInputBytes of the UrlEndpoint or fetch.maxObjectSize of the Origin, or use a smaller file",
    ],
);
pub(crate) static TOO_LARGE_READ: Row = Row::new(
    "a file above a limit, while reading",
    Named,
    TooLarge,
    [
        "The file has more bytes than the limit of {limit} bytes",
        "the file has more than the {limit} bytes that are allowed",
        "Raise limits.maxInputBytes of the UrlEndpoint or fetch.maxObjectSize of the Origin, or use a smaller file",
    ],
);
pub(crate) static NOT_A_NAME: Row = Row::new(
    "a path that no file of this type can have",
    Named,
    FileNotFound,
    ["No file was found on {origin} at the specified path", "{what}", "Correct the path in the URL"],
);
pub(crate) static INVALID_PATH: Row = Row::new(
    "a path with dot segments or control characters",
    Named,
    InvalidPath,
    ["{what}", "no origin was asked", "Correct the path in the URL"],
);
pub(crate) static NO_ORIGIN: Row = Row::new(
    "an endpoint without origins",
    Named,
    NoOrigin,
    [
        "No origin is configured for this URL endpoint",
        "the endpoint lists no origin that can be used",
        "List an Origin in spec.origins of the UrlEndpoint, and see with imgplane check or kubectl describe that it is accepted",
    ],
);

/// All rows, in the order of the guide.
pub(super) static ROWS: &[&Row] = &[
    &STALLED,
    &BROKE_OFF,
    &BODY_TOO_SLOW,
    &TOO_SLOW,
    &PROBE_TOO_SLOW,
    &UNKNOWN_ENCODING,
    &NO_SLOT,
    &TOO_LARGE_ANNOUNCED,
    &TOO_LARGE_READ,
    &NOT_A_NAME,
    &INVALID_PATH,
    &NO_ORIGIN,
];
