//! What an Akeneo PIM and its token service answer.

use super::{
    Cause::{
        AccessDenied, CredentialsInvalid, CredentialsMissing, FileNotFound, InvalidResponse, RequestRefused,
        ServerError, Throttled,
    },
    row::{
        On::{Answer, Named},
        Row,
    },
};

/// What messages call the origin.
pub(crate) const LABEL: &str = "Akeneo";

const OTHER: &str = "{origin} answered with status {status}";

const REDIRECTED: &str =
    "the PIM answers with a redirect to {location}, and redirects are not followed with credentials";

/// Answers that are no file.
pub(crate) static ANSWERS: &[Row] = &[
    Row::new(
        "404",
        Answer(&[404..=404], &[]),
        FileNotFound,
        [
            "No file was found on {origin} at the specified path",
            "the PIM has no media file with this code",
            "Check the code in the URL",
        ],
    ),
    Row::new(
        "401, after one repeat with a new token",
        Answer(&[401..=401], &[]),
        CredentialsInvalid,
        [
            "the credentials for {origin} were refused (401)",
            "the PIM does not take the token that it gave{what}",
            "Check that the connection in the PIM is enabled, and its user too",
        ],
    ),
    Row::new(
        "403",
        Answer(&[403..=403], &[]),
        AccessDenied,
        [
            "access was denied by {origin} (403)",
            "the connection may not download this kind of media file{what}",
            "Give the connection's user group and role the right to see these files, and the flow \"data destination\"",
        ],
    ),
    Row::new(
        "429, after one wait of at most 2 s",
        Answer(&[429..=429], &[]),
        Throttled,
        [
            "{origin} is refusing requests for now ({status})",
            "the PIM limits our requests{what}",
            "Lower spec.fetch.maxConcurrency of the Origin",
        ],
    ),
    Row::new(
        "503",
        Answer(&[503..=503], &[]),
        Throttled,
        [
            "{origin} is refusing requests for now ({status})",
            "the PIM is overloaded or in maintenance{what}",
            "Look at the PIM's health",
        ],
    ),
    Row::new(
        "other 5xx",
        Answer(&[500..=599], &[]),
        ServerError,
        [OTHER, "the PIM has a defect{what}", "See the PIM's log"],
    ),
    Row::new(
        "301, 302, 303, 307, 308",
        Answer(&[301..=303, 307..=308], &[]),
        InvalidResponse,
        [OTHER, REDIRECTED, "Set baseUrl of the Origin to the address that answers by itself: {location}"],
    ),
    Row::new(
        "406, 415 and other statuses",
        Answer(&[], &[]),
        RequestRefused,
        [
            OTHER,
            "the PIM does not take the request{what}",
            "Check baseUrl of the Origin, and the version of the PIM (3.0 or newer)",
        ],
    ),
];

/// What the token service answers.
pub(crate) static TOKENS: &[Row] = &[
    Row::new(
        "token: 422, wrong user, password or client",
        Answer(&[422..=422], &[]),
        CredentialsInvalid,
        [
            "the credentials for {origin} were refused (422)",
            "the PIM does not know the user or the client of {secret}{what}",
            "Copy clientId, clientSecret, username and password of the connection anew into the Secret; pods pick \
             them up within seconds",
        ],
    ),
    Row::new(
        "token: 400, 401, 403",
        Answer(&[400..=401, 403..=403], &[]),
        CredentialsInvalid,
        [
            "the credentials for {origin} were refused ({status})",
            "the PIM does not know clientId and clientSecret of {secret}, or not its user{what}",
            "Copy clientId, clientSecret, username and password of the connection anew into the Secret",
        ],
    ),
    Row::new(
        "token: 404",
        Answer(&[404..=404], &[]),
        InvalidResponse,
        [
            "{origin} gave an invalid response (404 for a token)",
            "there is no token service of Akeneo at this address",
            "Check baseUrl of the Origin: the address of the PIM without /api",
        ],
    ),
    Row::new(
        "token: 301, 302, 303, 307, 308",
        Answer(&[301..=303, 307..=308], &[]),
        InvalidResponse,
        [
            "{origin} gave an invalid response ({status} for a token)",
            REDIRECTED,
            "Set baseUrl of the Origin to the address that answers by itself: {location}",
        ],
    ),
    Row::new(
        "token: 200 that holds no token, e.g. a page",
        Answer(&[200..=299], &[]),
        InvalidResponse,
        [
            "{origin} gave an invalid response ({status} for a token)",
            "the answer holds no token: something else than Akeneo may answer there",
            "Check baseUrl of the Origin: the address of the PIM without /api, with https:// where the PIM has it",
        ],
    ),
    Row::new(
        "token: 429, 503",
        Answer(&[429..=429, 503..=503], &[]),
        Throttled,
        [
            "{origin} is refusing requests for now ({status})",
            "the PIM limits our requests for tokens{what}",
            "Lower the number of pods, or raise the PIM's limits",
        ],
    ),
    Row::new(
        "token: other statuses",
        Answer(&[], &[]),
        ServerError,
        [
            "credentials for {origin} could not be fetched",
            "the PIM gives no token{what}",
            "See the PIM's log",
        ],
    ),
];

pub(crate) static NO_KEYS: Row = Row::new(
    "no usable credentials",
    Named,
    CredentialsMissing,
    [
        "credentials for {origin} are not configured",
        "{secret} is missing, lacks clientId, clientSecret, username or password, or holds a value that cannot be used",
        "Give the Secret these four keys, from a connection of the flow \"data destination\"",
    ],
);

/// Rows that are named.
pub(super) static NAMED: &[&Row] = &[&NO_KEYS];
