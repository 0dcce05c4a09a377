//! What Azure Blob Storage and its token service answer. The code is that of `x-ms-error-code`, which HEAD has too.

use super::{
    Cause::{
        AccessDenied, AccountDisabled, Archived, BucketNotFound, CredentialsExpired, CredentialsInvalid,
        CredentialsMissing, FileNotFound, RequestRefused, ServerError, Throttled,
    },
    row::{
        On::{Answer, Named},
        Row,
    },
};

/// What messages call the origin.
pub(crate) const LABEL: &str = "Azure Blob Storage";

const REFUSED: &str = "the credentials for {origin} were refused ({code})";
const MISSING: &str = "No file was found on {origin} at the specified path";
const DENIED: &str = "access was denied by {origin} ({code})";
const OPEN: &str =
    "Allow anonymous access to its blobs, or set auth.type to Secret and name a Secret with a SAS";
const NEW_SAS: &str = "Make a new SAS with the permission r (read) on blobs and update the Secret; pods pick it up within seconds";

/// Answers that are no file.
pub(crate) static ANSWERS: &[Row] = &[
    Row::new(
        "404 `ContainerNotFound`",
        Answer(&[], &["ContainerNotFound"]),
        BucketNotFound,
        [
            "The container was not found on {origin}",
            "the container {container} does not exist",
            "Check accountName and container of the Origin",
        ],
    ),
    Row::new(
        "404 `BlobNotFound`, or without code; `ResourceNotFound` unless anonymous",
        Answer(&[404..=404], &[]),
        FileNotFound,
        [MISSING, "the container has no such blob", "Check the path in the URL, and prefix of the Origin"],
    ),
    Row::new(
        "403 `AuthenticationFailed`, `AuthorizationFailure` with a SAS past its expiry",
        Named,
        CredentialsExpired,
        [
            "the SAS token for {origin} has expired",
            "the SAS in {secret.sasToken} expired at {expiry}",
            NEW_SAS,
        ],
    ),
    Row::new(
        "403 `AuthenticationFailed`, `AuthorizationFailure` with a SAS before its start",
        Named,
        CredentialsInvalid,
        [
            "the SAS token for {origin} is not valid yet",
            "the SAS in {secret.sasToken} is valid from {start} on",
            "Wait, or make a SAS whose start lies in the past",
        ],
    ),
    Row::new(
        "403 `AuthenticationFailed` with a SAS",
        Named,
        CredentialsInvalid,
        [
            REFUSED,
            "the SAS in {secret.sasToken} is not one that the account takes: its key was rotated, it was altered, or it is \
         for another container or account{what}",
            NEW_SAS,
        ],
    ),
    Row::new(
        "401, 403, 404, 409 for anonymous requests: `ResourceNotFound`, `NoAuthenticationInformation`, \
         `PublicAccessNotPermitted`",
        Answer(&[], &["NoAuthenticationInformation", "PublicAccessNotPermitted"]),
        AccessDenied,
        [DENIED, "the container {container} is not public, or does not exist", OPEN],
    ),
    Row::new(
        "403 `AuthenticationFailed` with the account's key",
        Answer(&[401..=401, 403..=403], &["AuthenticationFailed", "InvalidAuthenticationInfo"]),
        CredentialsInvalid,
        [
            REFUSED,
            "the store does not take the credentials in {secret}{what}",
            "Copy the account's key anew into the Secret as accountKey, and check the node's clock",
        ],
    )
    .for_identity([
        "the store does not take the token of {secret}{what}",
        "Check that the identity and the storage account {account} are of one directory, and the node's clock",
    ])
    .for_anonymous(["the container {container} is not public, or does not exist{what}", OPEN]),
    // One code for two causes: Azure gives it by its network rules, the emulator for keys that do not fit.
    Row::new(
        "403 `AuthorizationFailure`",
        Answer(&[401..=401, 403..=403], &["AuthorizationFailure"]),
        AccessDenied,
        [
            DENIED,
            "the network rules of the account {account} do not let us in, or, from the emulator Azurite, the credentials \
             in {secret} are wrong{what}",
            "Let the cluster's egress addresses or subnet through the account's networking settings; with Azurite, copy \
             its key or a new SAS into the Secret",
        ],
    )
    .for_identity([
        "the network rules of the account {account} do not let us in{what}",
        "Let the cluster's egress addresses or subnet through the account's networking settings",
    ])
    .for_anonymous([
        "the network rules of the account {account} do not let us in, or, from the emulator Azurite, the container \
         {container} is not public{what}",
        "Let the cluster's egress addresses or subnet through the account's networking settings; with Azurite, allow \
         anonymous access to the container's blobs",
    ]),
    Row::new(
        "403 `AuthorizationPermissionMismatch`",
        Answer(&[], &["AuthorizationPermissionMismatch", "InsufficientAccountPermissions"]),
        AccessDenied,
        [
            DENIED,
            "{secret} may not read: a SAS needs the permission r, an identity the role Storage Blob Data Reader",
            "Make a new SAS with sp=r and update the Secret, or give the identity the role Storage Blob Data Reader",
        ],
    )
    .for_identity([
        "{secret} may not read",
        "Give the identity the role Storage Blob Data Reader on the container or the account {account}",
    ]),
    Row::new(
        "403 `AuthorizationResourceTypeMismatch`",
        Answer(&[], &["AuthorizationResourceTypeMismatch"]),
        AccessDenied,
        [
            DENIED,
            "the SAS in {secret.sasToken} is not for objects",
            "Make a new account SAS with the resource type o (object), srt=o, and update the Secret",
        ],
    ),
    Row::new(
        "403 `AuthorizationServiceMismatch`",
        Answer(&[], &["AuthorizationServiceMismatch"]),
        AccessDenied,
        [
            DENIED,
            "the SAS in {secret.sasToken} is not for the blob service",
            "Make a new account SAS with the service b (blob), ss=b, and update the Secret",
        ],
    ),
    Row::new(
        "403 `AuthorizationProtocolMismatch`",
        Answer(&[], &["AuthorizationProtocolMismatch"]),
        AccessDenied,
        [
            DENIED,
            "the SAS in {secret.sasToken} is for https only, and endpoint of the Origin is http",
            "Write https:// in endpoint of the Origin",
        ],
    ),
    Row::new(
        "403 `AuthorizationSourceIPMismatch`",
        Answer(&[], &["AuthorizationSourceIPMismatch"]),
        AccessDenied,
        [
            DENIED,
            "the SAS in {secret.sasToken} is bound to other addresses than ours",
            "Make a new SAS without an IP range, or with the cluster's egress addresses, and update the Secret",
        ],
    ),
    Row::new(
        "403 `AccountIsDisabled`",
        Answer(&[], &["AccountIsDisabled"]),
        AccountDisabled,
        [
            DENIED,
            "the storage account {account} is disabled",
            "Enable the storage account, or ask who pays for it",
        ],
    ),
    Row::new(
        "409 `BlobArchived`",
        Answer(&[], &["BlobArchived", "BlobBeingRehydrated"]),
        Archived,
        [
            "the object is archived on {origin}",
            "the blob lies in the archive tier",
            "Rehydrate the blob to the hot or cool tier",
        ],
    ),
    Row::new(
        "401, other 403",
        Answer(&[401..=401, 403..=403], &[]),
        AccessDenied,
        [
            "access was denied by {origin} ({status})",
            "the store, or a firewall of the account, does not let us read{what}",
            "Check the account's networking settings, and the permissions of {secret}",
        ],
    )
    .for_anonymous([
        "the container {container} is not public, or a firewall of the account does not let us read{what}",
        "Check the account's networking settings, and allow anonymous access to the container's blobs, or set auth.type \
         to Secret and name a Secret with a SAS",
    ]),
    Row::new(
        "429, 503 `ServerBusy`",
        Answer(&[429..=429, 503..=503], &[]),
        Throttled,
        [
            "{origin} is refusing requests for now ({status})",
            "the store limits our requests{what}",
            "Lower spec.fetch.maxConcurrency of the Origin",
        ],
    )
    .repeated(),
    Row::new(
        "500 `OperationTimedOut`, 502, 504",
        Answer(&[500..=500, 502..=502, 504..=504], &[]),
        ServerError,
        [
            "{origin} answered with status {status}",
            "the store has a defect{what}",
            "See the status page of Azure",
        ],
    )
    .repeated(),
    Row::new(
        "other 5xx",
        Answer(&[500..=599], &[]),
        ServerError,
        [
            "{origin} answered with status {status}",
            "the store has a defect{what}",
            "See the status page of Azure",
        ],
    ),
    Row::new(
        "other statuses",
        Answer(&[], &[]),
        RequestRefused,
        [
            "{origin} answered with status {status}",
            "the store does not take the request{what}",
            "Check accountName, container and endpoint of the Origin",
        ],
    ),
];

pub(crate) static SAS_EXPIRED: &Row = &ANSWERS[2];
pub(crate) static SAS_EARLY: &Row = &ANSWERS[3];
pub(crate) static SAS_REFUSED: &Row = &ANSWERS[4];
pub(crate) static NOT_PUBLIC: &Row = &ANSWERS[5];
pub(crate) static NO_KEY: Row = Row::new(
    "no usable credential",
    Named,
    CredentialsMissing,
    [
        "credentials for {origin} are not configured",
        "{secret} is missing, lacks sasToken and accountKey, or holds a value that cannot be used",
        "Give the Secret the key sasToken or accountKey, or set auth.type to Anonymous for a public container",
    ],
);
pub(crate) static BAD_KEY: Row = Row::new(
    "an account key that is not Base64",
    Named,
    CredentialsInvalid,
    [
        "credentials for {origin} are not configured",
        "the account's key in {secret.accountKey} is not Base64 text",
        "Copy the account's key anew into the Secret",
    ],
);
pub(crate) static NO_IDENTITY: Row = Row::new(
    "WorkloadIdentity: the pod has no identity",
    Named,
    CredentialsMissing,
    [
        "credentials for {origin} are not configured",
        "the pod has no Azure identity: {what}",
        "Set workloadIdentity of the DataPlane, and give the identity the role Storage Blob Data Reader",
    ],
);
pub(crate) static IDENTITY_REFUSED: Row = Row::new(
    "WorkloadIdentity: the directory refuses the identity",
    Named,
    CredentialsInvalid,
    [
        REFUSED,
        "the directory gives no token for the pod's identity: {what}",
        "Check the client id, and its federated credential for the pods' service account",
    ],
);
pub(crate) static IDENTITY_FAILED: Row = Row::new(
    "WorkloadIdentity: a token cannot be had",
    Named,
    ServerError,
    [
        "credentials for {origin} could not be fetched",
        "the service that gives tokens fails: {what}",
        "See the status page of Azure, or the node's metadata service",
    ],
)
.repeated();

/// Rows that are named.
pub(super) static NAMED: &[&Row] = &[&NO_KEY, &BAD_KEY, &NO_IDENTITY, &IDENTITY_REFUSED, &IDENTITY_FAILED];
