//! What Google Cloud Storage and its token service answer.

use super::{
    Cause::{
        AccessDenied, AccountDisabled, BucketNotFound, CredentialsInvalid, CredentialsMissing, FileNotFound,
        RequestRefused, ServerError, Throttled,
    },
    row::{
        On::{Answer, Named},
        Row,
    },
};

/// What messages call the origin.
pub(crate) const LABEL: &str = "Google Cloud Storage";

const REFUSED: &str = "the credentials for {origin} were refused ({code})";
const MISSING: &str = "No file was found on {origin} at the specified path";
const ROLE: &str =
    "Give the service account the role Storage Object Viewer (roles/storage.objectViewer) on the bucket";

const POD_ROLE: &str =
    "Give the pods' identity the role Storage Object Viewer (roles/storage.objectViewer) on the bucket";
const PUBLIC: &str = "Give allUsers the role Storage Object Viewer on the bucket, or set auth.type to Secret or WorkloadIdentity";

/// Answers that are no file.
pub(crate) static ANSWERS: &[Row] = &[
    Row::new("404 `NoSuchBucket`", Answer(&[404..=404], &["NoSuchBucket"]), BucketNotFound, [
        "The bucket was not found on {origin}",
        "the bucket {bucket} does not exist",
        "Check bucket of the Origin",
    ]),
    Row::new("404 `NoSuchKey`, or without code", Answer(&[404..=404], &[]), FileNotFound, [
        MISSING,
        "the bucket has no such object",
        "Check the path in the URL, and prefix of the Origin",
    ]),
    Row::new("401, after one repeat with a new token", Answer(&[401..=401], &[]), CredentialsInvalid, [
        "the credentials for {origin} were refused (401)",
        "the store does not take the token of {secret}{what}",
        "Check that the service account exists, and that its key was not deleted",
    ])
    .for_identity([
        "the store does not take the token of {secret}{what}",
        "Check that the service account which the pods' service account is bound to exists and is enabled",
    ])
    .for_anonymous(["the bucket {bucket} is not public{what}", PUBLIC]),
    Row::new("403 `UserProjectMissing`, `UserProjectAccessDenied`, `AccountProblem`",
        Answer(&[403..=403], &["UserProjectMissing", "UserProjectAccessDenied", "AccountProblem"]),
        AccountDisabled, [
        REFUSED,
        "the project behind the bucket {bucket} or the account has a problem{what}",
        "Check the billing of the project, and that the bucket is not \"requester pays\"",
    ]),
    Row::new("403 `AccessDenied` that speaks of scopes", Named, AccessDenied, [
        "access was denied by {origin}; the identity lacks a scope",
        "the token of {secret} does not have the scope devstorage.read_only{what}",
        "Give the node pool or the service account the scope https://www.googleapis.com/auth/devstorage.read_only",
    ]),
    Row::new("403 `AccessDenied`, or without code", Answer(&[403..=403], &["", "AccessDenied"]), AccessDenied, [
        "access was denied by {origin}; the object may be missing or the account may lack storage.objects.get",
        "{secret} may not read the object, or there is none and it may not list the bucket{what}",
        ROLE,
    ])
    .or_absent()
    .for_identity([
        "{secret} may not read the object, or there is none and it may not list the bucket{what}",
        POD_ROLE,
    ])
    .for_anonymous(["the object is not public, or there is none{what}", PUBLIC]),
    Row::new("other 403", Answer(&[403..=403], &[]), AccessDenied, [
        "access was denied by {origin} ({code})",
        "the store does not let {secret} read{what}",
        ROLE,
    ])
    .for_identity(["the store does not let {secret} read{what}", POD_ROLE])
    .for_anonymous(["the store does not let everybody read{what}", PUBLIC]),
    Row::new("429, 503", Answer(&[429..=429, 503..=503], &[]), Throttled, [
        "{origin} is refusing requests for now ({status})",
        "the store limits our requests{what}",
        "Lower spec.fetch.maxConcurrency of the Origin",
    ])
    .repeated(),
    Row::new("500, 502, 504", Answer(&[500..=500, 502..=502, 504..=504], &[]), ServerError, [
        "{origin} answered with status {status}",
        "the store has a defect{what}",
        "See the status page of Google Cloud",
    ])
    .repeated(),
    Row::new("other 5xx", Answer(&[500..=599], &[]), ServerError, [
        "{origin} answered with status {status}",
        "the store has a defect{what}",
        "See the status page of Google Cloud",
    ]),
    Row::new("other statuses", Answer(&[], &[]), RequestRefused, [
        "{origin} answered with status {status}",
        "the store does not take the request{what}",
        "Check bucket and endpoint of the Origin",
    ]),
];

pub(crate) static SCOPE: &Row = &ANSWERS[4];

/// What the token service answers.
pub(crate) static TOKENS: &[Row] = &[
    Row::new(
        "token: `invalid_grant` for a disabled account",
        Named,
        AccountDisabled,
        [
            REFUSED,
            "the service account of {secret} is disabled or deleted: {what}",
            "Enable the service account, or put the key of another one into the Secret",
        ],
    ),
    Row::new(
        "token: 400 `invalid_grant`",
        Answer(&[400..=499], &["invalid_grant"]),
        CredentialsInvalid,
        [
            REFUSED,
            "the key in {secret} is not one of the service account any more, or the node's clock is wrong: {what}",
            "Create a new key for the service account and update the Secret; pods pick it up within seconds",
        ],
    ),
    Row::new(
        "token: 401 `invalid_client` and others",
        Answer(&[400..=428, 430..=499], &[]),
        CredentialsInvalid,
        [
            REFUSED,
            "the token service refuses the service account of {secret}: {what}",
            "Check clientEmail and privateKey in the Secret",
        ],
    ),
    Row::new(
        "token: 429, 5xx and others",
        Answer(&[], &[]),
        ServerError,
        [
            "credentials for {origin} could not be fetched",
            "the token service gives no token: {what}",
            "See the status page of Google Cloud",
        ],
    )
    .repeated(),
];

pub(crate) static ACCOUNT_DISABLED: &Row = &TOKENS[0];
pub(crate) static NO_KEY: Row = Row::new(
    "no usable key",
    Named,
    CredentialsMissing,
    [
        "credentials for {origin} are not configured",
        "{secret} is missing, lacks key.json or clientEmail and privateKey, or holds a value that cannot be used",
        "Give the Secret the service account's key.json, or set auth.type to Anonymous for a public bucket",
    ],
);
pub(crate) static BAD_KEY: Row = Row::new(
    "a private key that cannot be read",
    Named,
    CredentialsInvalid,
    [
        "credentials for {origin} are not configured",
        "the private key in {secret} is no RSA key in PEM text ({what})",
        "Put the service account's key.json into the Secret as it was downloaded",
    ],
);
pub(crate) static NO_IDENTITY: Row = Row::new(
    "WorkloadIdentity: no metadata server",
    Named,
    CredentialsMissing,
    [
        "credentials for {origin} are not configured",
        "the pod has no Google Cloud identity: {what}",
        "Run the pods on GKE with Workload Identity, and bind their service account to one with Storage Object Viewer",
    ],
);

/// Rows that are named.
pub(super) static NAMED: &[&Row] = &[&NO_KEY, &BAD_KEY, &NO_IDENTITY];
