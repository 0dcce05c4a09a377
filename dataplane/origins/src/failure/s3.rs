//! What stores of the S3 family answer.

use super::{
    Cause::{
        AccessDenied, AccountDisabled, Archived, BucketNotFound, ClockSkew, CredentialsExpired,
        CredentialsInvalid, CredentialsMissing, DecryptionDenied, FileNotFound, InvalidResponse,
        RegionMismatch, RequestRefused, ServerError, Throttled,
    },
    row::{
        On::{Answer, Named, Prefix},
        Row,
    },
};

const REFUSED: &str = "the credentials for {origin} were refused ({code})";
const MISSING: &str = "No file was found on {origin} at the specified path";
const DENIED: &str =
    "access was denied by {origin}; the object may be missing or the key may lack s3:GetObject";
const POLICY: &str = "Allow s3:GetObject on the bucket's objects, and s3:ListBucket on the bucket so that absent objects \
                      are told apart";
const PROVIDER: &str = "Ask the store's provider about the account of these credentials";

const UNDECRYPTED: &str = "{origin} could not decrypt the object ({code})";
const ELSEWHERE: &str = "the bucket is in another region";
const REJECTED: &str = "the store does not take the credentials of {secret}{what}";
const ROLE: &str = "Check the role of the pods' service account, and that endpoint and region are of the cloud that lends it";
const PUBLIC: &str =
    "Allow everybody s3:GetObject on the bucket's objects, or set auth.type to Secret or WorkloadIdentity";

/// Answers that are no file.
pub(crate) static ANSWERS: &[Row] = &[
    Row::new("404 `NoSuchBucket`", Answer(&[], &["NoSuchBucket"]), BucketNotFound, [
        "The bucket was not found on {origin}",
        "the bucket {bucket} does not exist",
        "Check bucket, region and endpoint of the Origin",
    ]),
    Row::new("404 `NoSuchKey`, or without code", Answer(&[404..=404], &[]), FileNotFound, [
        MISSING,
        "the bucket has no such object",
        "Check the path in the URL, and prefix of the Origin",
    ]),
    Row::new("400 `KeyTooLongError`", Answer(&[], &["NoSuchKey", "KeyTooLongError"]), FileNotFound, [
        MISSING,
        "no object can have so long a name",
        "Check the path in the URL",
    ]),
    Row::new("403 `InvalidAccessKeyId`", Answer(&[], &["InvalidAccessKeyId"]), CredentialsInvalid, [
        REFUSED,
        "the access key in {secret.accessKey} does not exist",
        "Create a new key and update the Secret; pods pick it up within seconds",
    ])
    .for_identity([REJECTED, ROLE]),
    Row::new("403 `SignatureDoesNotMatch`", Answer(&[], &["SignatureDoesNotMatch"]), CredentialsInvalid, [
        REFUSED,
        "the secret key in {secret.secretKey} does not belong to the access key",
        "Copy both keys anew into the Secret; pods pick them up within seconds",
    ])
    .for_identity([REJECTED, ROLE]),
    // The store names a region where it is the region that it cannot read; whoever finds that out names another row.
    Row::new("400 `AuthorizationHeaderMalformed` without another region", Answer(&[], &["AuthorizationHeaderMalformed"]),
        CredentialsInvalid, [
        REFUSED,
        "the store cannot read the access key in {secret.accessKey}{what}",
        "Check that accessKey and secretKey are not swapped and not in Base64 twice, and update the Secret; pods pick \
         it up within seconds",
    ])
    .for_identity([REJECTED, ROLE]),
    Row::new("400 `ExpiredToken`", Answer(&[], &["ExpiredToken", "TokenRefreshRequired"]), CredentialsExpired, [
        REFUSED,
        "the session token in {secret.sessionToken} has expired",
        "Put fresh accessKey, secretKey and sessionToken into the Secret, or use keys that do not expire",
    ])
    .for_identity(["the credentials of {secret} have expired", ROLE]),
    Row::new("400 `InvalidToken`", Answer(&[], &["InvalidToken"]), CredentialsInvalid, [
        REFUSED,
        "the session token in {secret.sessionToken} is not valid",
        "Put fresh accessKey, secretKey and sessionToken into the Secret; without temporary credentials, leave \
         sessionToken out",
    ])
    .for_identity([REJECTED, ROLE]),
    Row::new("403 `InvalidSecurity`", Answer(&[], &["InvalidSecurity"]), CredentialsInvalid, [
        REFUSED,
        "the store cannot use the credentials in {secret}",
        "Check accessKey, secretKey and sessionToken in the Secret",
    ])
    .for_identity([REJECTED, ROLE]),
    Row::new("403 `AccountProblem`", Answer(&[], &["AccountProblem"]), AccountDisabled, [
        REFUSED,
        "the account behind the access key in {secret.accessKey} has a problem",
        PROVIDER,
    ]),
    Row::new("403 `AllAccessDisabled`", Answer(&[], &["AllAccessDisabled"]), AccountDisabled, [
        REFUSED,
        "all access to the bucket {bucket} is switched off",
        PROVIDER,
    ]),
    Row::new("403 `NotSignedUp`", Answer(&[], &["NotSignedUp"]), AccountDisabled, [
        REFUSED,
        "the account behind the access key in {secret.accessKey} has no access to the service",
        PROVIDER,
    ]),
    Row::new("403 `InvalidObjectState`", Answer(&[], &["InvalidObjectState"]), Archived, [
        "the object is archived on {origin}",
        "the object lies in an archive class",
        "Restore the object, or copy it into a class that can be read at once",
    ]),
    Row::new("403 `RequestTimeTooSkewed`, after one repeat with the store's time",
        Answer(&[], &["RequestTimeTooSkewed"]), ClockSkew, [
        "the clock of {origin} differs too much from ours",
        "the store's clock and ours differ by more than it takes",
        "Correct the clock of the node, or that of the store",
    ]),
    Row::new("`KMS.DisabledException`", Answer(&[], &["KMS.DisabledException"]), DecryptionDenied, [
        UNDECRYPTED,
        "the KMS key that the object is encrypted with is disabled{what}",
        "Enable the KMS key, or encrypt the object with another one",
    ]),
    Row::new("`KMS.NotFoundException`", Answer(&[], &["KMS.NotFoundException"]), DecryptionDenied, [
        UNDECRYPTED,
        "the KMS key that the object is encrypted with does not exist{what}",
        "Cancel the deletion of the KMS key, or write the object anew with another one",
    ]),
    Row::new("other `KMS.*`", Prefix("KMS."), DecryptionDenied, [
        UNDECRYPTED,
        "the object is encrypted with a KMS key that the credentials in {secret} may not use, or that cannot be used \
         now{what}",
        "Allow kms:Decrypt on that KMS key, and check its state",
    ]),
    Row::new("`PermanentRedirect`, `TemporaryRedirect`, `IllegalLocationConstraintException`",
        Answer(
            &[],
            &["PermanentRedirect", "TemporaryRedirect", "Redirect", "IllegalLocationConstraintException"],
        ), RegionMismatch, [
        ELSEWHERE,
        "the bucket {bucket} is in another region than {asked}{what}",
        "Set region of the Origin to {region}",
    ]),
    Row::new("other redirects", Answer(&[301..=303, 307..=308], &[]), InvalidResponse, [
        "{origin} gave an invalid response ({status})",
        "the endpoint answers with a redirect to {location}, and redirects are not followed with credentials",
        "Set endpoint of the Origin to the address that answers by itself: {location}",
    ]),
    Row::new("403 `AccessDenied`, or without code", Answer(&[403..=403], &["", "AccessDenied"]), AccessDenied, [
        DENIED,
        "the credentials in {secret} may not read the object, or there is none and they may not list the bucket{what}",
        POLICY,
    ])
    .or_absent()
    .for_identity([
        "{secret} may not read the object, or there is none and it may not list the bucket{what}",
        POLICY,
    ])
    .for_anonymous([
        "the object is not public, or there is none and the bucket may not be listed by everybody{what}",
        PUBLIC,
    ]),
    Row::new("401, other 403", Answer(&[401..=401, 403..=403], &[]), AccessDenied, [
        DENIED,
        "the store does not let the credentials in {secret} read{what}",
        POLICY,
    ])
    .for_identity(["the store does not let {secret} read{what}", POLICY])
    .for_anonymous(["the store does not let everybody read{what}", PUBLIC]),
    Row::new("429", Answer(&[429..=429], &[]), Throttled, [
        "{origin} is refusing requests for now ({status})",
        "the store limits our requests{what}",
        "Lower spec.fetch.maxConcurrency of the Origin",
    ]),
    Row::new("503 `SlowDown`", Answer(&[503..=503], &[]), Throttled, [
        "{origin} is refusing requests for now ({status})",
        "the store limits our requests{what}",
        "Lower spec.fetch.maxConcurrency of the Origin, or spread the objects over more prefixes",
    ])
    .repeated(),
    Row::new("500 `InternalError`, 502, 504", Answer(&[500..=500, 502..=502, 504..=504], &[]), ServerError, [
        "{origin} answered with status {status}",
        "the store has a defect{what}",
        "See the store's status page or log",
    ])
    .repeated(),
    Row::new("other 5xx", Answer(&[500..=599], &[]), ServerError, [
        "{origin} answered with status {status}",
        "the store has a defect{what}",
        "See the store's status page or log",
    ]),
    Row::new("other 4xx", Answer(&[400..=499], &[]), RequestRefused, [
        "{origin} answered with status {status}",
        "the store does not take the request{what}",
        "Check endpoint and bucket of the Origin, and that a store of the S3 family answers there",
    ]),
    Row::new("any other status", Answer(&[], &[]), InvalidResponse, [
        "{origin} gave an invalid response ({status})",
        "the status is no answer to what was asked",
        "Check endpoint of the Origin, and that a store of the S3 family answers there",
    ]),
];

pub(crate) static OTHER_REGION: Row = Row::new(
    "400 `AuthorizationHeaderMalformed`, 301, 307 with a region, after one repeat in the region that was told",
    Named,
    RegionMismatch,
    [
        ELSEWHERE,
        "the bucket {bucket} is in another region than {asked}{what}",
        "Set region of the Origin to {region}",
    ],
);
pub(crate) static OTHER_ENDPOINT: Row = Row::new(
    "another region, where endpoint names a host that serves only one",
    Named,
    RegionMismatch,
    [
        ELSEWHERE,
        "the bucket {bucket} is not in the region that endpoint leads to, but in {region}{what}",
        "Set endpoint of the Origin to the store's address in {region}, and region to {region}; region alone does not \
         help",
    ],
);
pub(crate) static KEY_DENIED: Row = Row::new(
    "403 `AccessDenied` that speaks of kms:Decrypt",
    Named,
    DecryptionDenied,
    [
        UNDECRYPTED,
        "the object is encrypted with a KMS key that the credentials in {secret} may not use{what}",
        "Allow kms:Decrypt on that KMS key, in the key's policy too",
    ],
)
.for_identity([
    "the object is encrypted with a KMS key that {secret} may not use{what}",
    "Allow the role kms:Decrypt on that KMS key, in the key's policy too",
]);
pub(crate) static NO_KEYS: Row = Row::new(
    "no usable keys",
    Named,
    CredentialsMissing,
    [
        "credentials for {origin} are not configured",
        "{secret} is missing, lacks accessKey or secretKey, or holds a value that cannot be used",
        "Give the Secret the keys accessKey and secretKey, or set auth.type to Anonymous for a public bucket",
    ],
);
pub(crate) static NOT_SIGNED: Row = Row::new(
    "keys that cannot sign",
    Named,
    CredentialsInvalid,
    [
        "credentials for {origin} are not configured",
        "a request cannot be signed with the keys in {secret} ({what})",
        "Copy both keys anew into the Secret",
    ],
)
.for_identity(["a request cannot be signed with the credentials of {secret} ({what})", ROLE]);
pub(crate) static NO_IDENTITY: Row = Row::new(
    "WorkloadIdentity: the pod has no identity",
    Named,
    CredentialsMissing,
    [
        "credentials for {origin} are not configured",
        "the pod has no cloud identity: {what}",
        "Set workloadIdentity of the DataPlane and bind a role to the pods' service account",
    ],
);
pub(crate) static IDENTITY_REFUSED: Row = Row::new(
    "WorkloadIdentity: the cloud refuses the identity",
    Named,
    CredentialsInvalid,
    [
        "the credentials for {origin} were refused ({code})",
        "the cloud gives no credentials for the pod's identity: {what}",
        "Check the role, and its trust policy for the pods' service account",
    ],
);
pub(crate) static IDENTITY_FAILED: Row = Row::new(
    "WorkloadIdentity: credentials cannot be had",
    Named,
    ServerError,
    [
        "credentials for {origin} could not be fetched",
        "the service that gives credentials for the pod's identity fails: {what}",
        "Check the node's metadata service or the pod identity agent",
    ],
)
.repeated();

/// Rows that are named.
pub(super) static NAMED: &[&Row] = &[
    &OTHER_REGION,
    &OTHER_ENDPOINT,
    &KEY_DENIED,
    &NO_KEYS,
    &NOT_SIGNED,
    &NO_IDENTITY,
    &IDENTITY_REFUSED,
    &IDENTITY_FAILED,
];
