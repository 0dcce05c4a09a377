//! A bucket of Amazon S3, and the protocol that the other stores of the S3 family share.
//!
//! Spoken as the plain REST call on the shared HTTP client, signed with `aws-sigv4`, and not through a storage
//! library such as `opendal`: that one trims and squeezes keys, so that `a//b` and keys with edge spaces cannot be
//! reached, hides the status and the provider's code that decide the class of a failure, follows no region
//! redirect, and retries by its own rules. What is needed here is one GET.

use http::{HeaderMap, HeaderValue, Uri, header};
use imgplane_config::{Auth, Credential, FetchPolicy, S3 as Config};

use crate::{
    Cause, Connector, Failure, FetchedStatus, Request, SetupError,
    client::Client,
    clock::Clock,
    path::Resource,
    range::ByteRange,
    source::{Answer, Setback, Slot, Source, content_range, found, other_status},
    steps::Steps,
};

mod address;
mod refusal;
mod region;
mod sign;

pub(crate) use address::{Address, respelled};
pub(crate) use region::Region;

use refusal::Refusal;
use sign::Signer;

/// A bucket, opened.
#[derive(Debug)]
pub(crate) struct S3 {
    label: &'static str,
    bucket: String,
    prefix: String,
    address: Address,
    region: Region,
    auth: Authentication,
    client: Client,
    clock: Clock,
}

/// How requests are authenticated.
#[derive(Debug)]
enum Authentication {
    Signed(Signer),
    Anonymous,
    /// A credential is wanted and there is none that can be used.
    NotConfigured,
}

/// What distinguishes the members of the family.
pub(crate) struct Member<'a> {
    pub(crate) label: &'static str,
    pub(crate) bucket: &'a str,
    pub(crate) prefix: &'a str,
    pub(crate) address: Address,
    pub(crate) region: Region,
    pub(crate) auth: Auth,
}

impl S3 {
    /// Opens a bucket of Amazon S3.
    pub(crate) fn amazon(
        config: &Config,
        credential: Option<&Credential>,
        policy: &FetchPolicy,
        connector: &Connector,
    ) -> Result<Self, SetupError> {
        let address = match config.endpoint.as_deref().filter(|text| !text.is_empty()) {
            Some(endpoint) => Address::at("s3.endpoint", endpoint, &config.bucket, false)?,
            None => Address::amazon(&config.bucket),
        };
        let member = Member {
            label: "S3",
            bucket: &config.bucket,
            prefix: &config.prefix,
            address,
            region: Region::new("s3.region", config.region.as_deref(), None)?,
            auth: config.auth,
        };
        Self::member(member, "s3.bucket", credential, policy, connector)
    }

    /// Opens a bucket of any member of the family.
    pub(crate) fn member(
        member: Member<'_>,
        field: &'static str,
        credential: Option<&Credential>,
        policy: &FetchPolicy,
        connector: &Connector,
    ) -> Result<Self, SetupError> {
        let auth = match (member.auth, credential) {
            (Auth::Anonymous, _) => Authentication::Anonymous,
            (Auth::Secret, Some(Credential::S3 { access_key, secret_key, session_token })) => {
                Authentication::Signed(Signer::new(access_key, secret_key, session_token.as_ref()))
            }
            (Auth::Secret, None) => Authentication::NotConfigured,
        };
        // What can be wrong with the address is wrong for every key.
        member.address.uri(&member.region.current(), "key").map_err(|error| SetupError::Field {
            field,
            what: format!("the bucket's address cannot be requested: {error}"),
        })?;
        Ok(Self {
            label: member.label,
            bucket: member.bucket.to_owned(),
            prefix: member.prefix.to_owned(),
            address: member.address,
            region: member.region,
            auth,
            client: connector.client(policy),
            clock: connector.clock(),
        })
    }
}

impl Source for S3 {
    /// An object key.
    type Place = String;

    fn label(&self) -> &'static str {
        self.label
    }

    fn locate(&self, request: &Request) -> Result<String, Failure> {
        Resource::parse(&request.resource, self.label)?
            .key(&self.prefix)
            .ok_or_else(|| Failure::missing(self.label, "no object can have this name"))
    }

    async fn approach(&self, key: &String, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        let uri = self
            .address
            .uri(&self.region.current(), key)
            .map_err(|error| Failure::missing(self.label, format!("the key cannot be requested: {error}")))?;
        self.client.try_out(&uri, steps).await.map_err(|trouble| trouble.failure(self.label))
    }

    fn identity(&self) -> Result<&'static str, Failure> {
        match &self.auth {
            Authentication::Anonymous => Ok("requests are not signed"),
            Authentication::Signed(_) => Ok("requests are signed with the origin's Secret"),
            Authentication::NotConfigured => Err(self.not_configured()),
        }
    }

    async fn ask(&self, key: &String, range: Option<ByteRange>, _slot: &Slot) -> Result<Answer, Setback> {
        let (mut region_learned, mut clock_learned) = (false, false);
        loop {
            let region = self.region.current();
            let uri = self.address.uri(&region, key).map_err(|error| {
                Failure::missing(self.label, format!("the key cannot be requested: {error}"))
            })?;
            let mut headers = self.signature(&uri, &region)?;
            if let Some(range) = range.and_then(|range| HeaderValue::from_str(&range.to_string()).ok()) {
                headers.insert(header::RANGE, range);
            }
            let response =
                self.client.get(uri, headers).await.map_err(|trouble| Setback::of(&trouble, self.label))?;
            let found = found(response.status(), response.headers(), range.is_some());
            if let Some(status @ (FetchedStatus::Whole | FetchedStatus::Partial)) = found {
                return Ok(Answer::of(response, status, self.label));
            }
            let (parts, body) = response.into_parts();
            let refusal = Refusal::read(parts.status, &parts.headers, &self.client.refusal(body).await);
            if found == Some(FetchedStatus::Unsatisfiable) {
                let size = refusal.object_size.map(|size| format!("bytes */{size}"));
                return Ok(Answer::unsatisfiable(content_range(&parts.headers).or(size)));
            }
            if !region_learned && refusal.is_about_region() {
                region_learned = self.region.learn(refusal.region.as_deref());
                if region_learned {
                    continue;
                }
            }
            if !clock_learned
                && let (true, Some(date), Authentication::Signed(signer)) =
                    (refusal.is_about_clock(), refusal.date, &self.auth)
            {
                signer.follow_clock(self.clock.now(), date);
                clock_learned = true;
                continue;
            }
            let may_be_repeated = refusal.may_be_repeated();
            let failure = classify(&refusal, self.label, &self.bucket);
            return Err(Setback { failure, may_be_repeated });
        }
    }
}

impl S3 {
    /// The headers that authenticate a request.
    fn signature(&self, uri: &Uri, region: &str) -> Result<HeaderMap, Failure> {
        match &self.auth {
            Authentication::Anonymous => Ok(HeaderMap::new()),
            Authentication::Signed(signer) => signer.sign(uri, region, self.clock.now()).map_err(|error| {
                Failure::new(
                    Cause::CredentialsInvalid,
                    format!("credentials for {} are not configured", self.label),
                    format!("signing failed: {error}; check the Secret's accessKey and secretKey"),
                )
            }),
            Authentication::NotConfigured => Err(self.not_configured()),
        }
    }

    fn not_configured(&self) -> Failure {
        Failure::new(
            Cause::CredentialsMissing,
            format!("credentials for {} are not configured", self.label),
            "the Secret of the origin's auth.secretRef is missing or lacks accessKey or secretKey",
        )
    }
}

/// The failure that an answer other than the object means.
fn classify(refusal: &Refusal, label: &str, bucket: &str) -> Failure {
    let status = refusal.status.as_u16();
    let said = refusal.said();
    let denied = |cause: Cause, message: String, advice: &str| {
        Failure::new(cause, message, format!("{said}; {advice}"))
    };
    let code = refusal.code.as_deref().unwrap_or_default();
    let failure = match (status, code) {
        (_, "NoSuchBucket") => Failure::new(
            Cause::BucketNotFound,
            format!("The bucket was not found on {label}"),
            format!("bucket {bucket}: {said}; check bucket, region and endpoint of the Origin"),
        ),
        (_, "NoSuchKey" | "KeyTooLongError") => Failure::missing(label, format!("bucket {bucket}: {said}")),
        (_, "ExpiredToken") => denied(
            Cause::CredentialsExpired,
            format!("the credentials for {label} were refused ({code})"),
            "put fresh accessKey, secretKey and sessionToken into the origin's Secret",
        ),
        (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "InvalidSecurity") => denied(
            Cause::CredentialsInvalid,
            format!("the credentials for {label} were refused ({code})"),
            "check accessKey, secretKey and sessionToken in the origin's Secret",
        ),
        (_, "AccountProblem" | "AllAccessDisabled" | "NotSignedUp") => denied(
            Cause::AccountDisabled,
            format!("the credentials for {label} were refused ({code})"),
            "the account of these credentials may not use the store: ask its provider",
        ),
        (_, "InvalidObjectState") => denied(
            Cause::Archived,
            format!("the object is archived on {label}"),
            "restore it from its archive class",
        ),
        (_, "RequestTimeTooSkewed") => Failure::new(
            Cause::ClockSkew,
            format!("the clock of {label} differs too much from ours"),
            format!("{said}; correct the clock of the node or of the server"),
        ),
        (_, code) if code.starts_with("KMS.") => denied(
            Cause::DecryptionDenied,
            format!("{label} could not decrypt the object ({code})"),
            "the key needs kms:Decrypt on the object's KMS key",
        ),
        _ if refusal.is_about_region() => Failure::new(
            Cause::RegionMismatch,
            "the bucket is in another region",
            match &refusal.region {
                Some(region) => format!("{said}; set the Origin's region to {region}"),
                None => format!("{said}; set the Origin's region"),
            },
        ),
        (401 | 403, _) => {
            let failure = denied(
                Cause::AccessDenied,
                format!(
                    "access was denied by {label}; the object may be missing or the key may lack s3:GetObject"
                ),
                "allow s3:GetObject on the bucket's objects, and s3:ListBucket on the bucket so that absent \
                 objects are told apart",
            );
            if status == 403 && may_mean_absence(code) { failure.or_absent() } else { failure }
        }
        (404, _) => Failure::missing(label, format!("bucket {bucket}: {said}")),
        _ => other_status(refusal.status, label, &said),
    };
    failure.with_status(status).with_provider_code(refusal.code.as_deref())
}

/// Whether a 403 with this code may stand for an absent object: without the right to list, S3 answers so, and a proxy
/// in front of a store answers without any code.
fn may_mean_absence(code: &str) -> bool {
    matches!(code, "" | "AccessDenied")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_class() {
        let missing = "ENOENT - No file was found on S3 at the specified path";
        let denied =
            "EACCES - access was denied by S3; the object may be missing or the key may lack s3:GetObject";
        let region = "UNIDENTIFIED - the bucket is in another region";
        let refused = |code: &str| format!("EACCES - the credentials for S3 were refused ({code})");
        let cases = [
            (404, "NoSuchKey", Cause::FileNotFound, missing.to_owned()),
            (
                404,
                "NoSuchBucket",
                Cause::BucketNotFound,
                "ENOENT - The bucket was not found on S3".to_owned(),
            ),
            (404, "", Cause::FileNotFound, missing.to_owned()),
            (400, "KeyTooLongError", Cause::FileNotFound, missing.to_owned()),
            (403, "AccessDenied", Cause::AccessDenied, denied.to_owned()),
            (403, "", Cause::AccessDenied, denied.to_owned()),
            (401, "", Cause::AccessDenied, denied.to_owned()),
            (401, "Unauthorized", Cause::AccessDenied, denied.to_owned()),
            (403, "InvalidAccessKeyId", Cause::CredentialsInvalid, refused("InvalidAccessKeyId")),
            (403, "SignatureDoesNotMatch", Cause::CredentialsInvalid, refused("SignatureDoesNotMatch")),
            (400, "ExpiredToken", Cause::CredentialsExpired, refused("ExpiredToken")),
            (400, "InvalidToken", Cause::CredentialsInvalid, refused("InvalidToken")),
            (403, "AccountProblem", Cause::AccountDisabled, refused("AccountProblem")),
            (403, "AllAccessDisabled", Cause::AccountDisabled, refused("AllAccessDisabled")),
            (403, "InvalidSecurity", Cause::CredentialsInvalid, refused("InvalidSecurity")),
            (403, "NotSignedUp", Cause::AccountDisabled, refused("NotSignedUp")),
            (403, "InvalidObjectState", Cause::Archived, "EACCES - the object is archived on S3".to_owned()),
            (
                403,
                "RequestTimeTooSkewed",
                Cause::ClockSkew,
                "UNIDENTIFIED - the clock of S3 differs too much from ours".to_owned(),
            ),
            (
                403,
                "KMS.DisabledException",
                Cause::DecryptionDenied,
                "EACCES - S3 could not decrypt the object (KMS.DisabledException)".to_owned(),
            ),
            (301, "PermanentRedirect", Cause::RegionMismatch, region.to_owned()),
            (307, "TemporaryRedirect", Cause::RegionMismatch, region.to_owned()),
            (301, "", Cause::RegionMismatch, region.to_owned()),
            (400, "AuthorizationHeaderMalformed", Cause::RegionMismatch, region.to_owned()),
            (400, "IllegalLocationConstraintException", Cause::RegionMismatch, region.to_owned()),
            (
                400,
                "InvalidRequest",
                Cause::RequestRefused,
                "UNIDENTIFIED - S3 answered with status 400".to_owned(),
            ),
            (
                503,
                "SlowDown",
                Cause::Throttled,
                "UNIDENTIFIED - S3 is refusing requests for now (503)".to_owned(),
            ),
            (429, "", Cause::Throttled, "UNIDENTIFIED - S3 is refusing requests for now (429)".to_owned()),
            (
                500,
                "InternalError",
                Cause::ServerError,
                "UNIDENTIFIED - S3 answered with status 500".to_owned(),
            ),
            (502, "", Cause::ServerError, "UNIDENTIFIED - S3 answered with status 502".to_owned()),
            (304, "", Cause::InvalidResponse, "UNIDENTIFIED - S3 gave an invalid response (304)".to_owned()),
        ];
        for (status, code, cause, expected) in cases {
            let refusal = Refusal::of(status, code);
            let failure = classify(&refusal, "S3", "shop-media");
            assert_eq!(failure.to_string(), expected, "{status} {code}");
            assert_eq!(failure.cause, cause, "{status} {code}");
            assert_eq!(failure.http_status, Some(status));
            assert_eq!(failure.provider_code.as_deref().unwrap_or_default(), code);
        }
    }

    #[test]
    fn only_a_403_without_a_word_on_credentials_may_mean_an_absent_object() {
        let cases = [
            (403, "AccessDenied", true),
            (403, "", true),
            (403, "InvalidAccessKeyId", false),
            (403, "SignatureDoesNotMatch", false),
            (403, "RequestTimeTooSkewed", false),
            (403, "InvalidObjectState", false),
            (403, "SomethingElse", false),
            (401, "", false),
            (400, "ExpiredToken", false),
            (404, "NoSuchKey", false),
            (404, "NoSuchBucket", false),
            (503, "", false),
        ];
        for (status, code, expected) in cases {
            let failure = classify(&Refusal::of(status, code), "S3", "shop-media");
            assert_eq!(failure.ambiguous, expected, "{status} {code}");
        }
    }

    #[test]
    fn only_what_the_store_may_get_over_is_repeated() {
        let cases = [
            (500, "InternalError", true),
            (503, "SlowDown", true),
            (502, "", true),
            (504, "", true),
            (501, "NotImplemented", false),
            (429, "", false),
            (403, "AccessDenied", false),
            (404, "NoSuchKey", false),
            (400, "SlowDown", false),
        ];
        for (status, code, expected) in cases {
            assert_eq!(Refusal::of(status, code).may_be_repeated(), expected, "{status} {code}");
        }
    }

    #[test]
    fn the_operator_reads_what_the_store_said_and_what_to_do() {
        let refusal = Refusal {
            message: Some("The specified bucket does not exist".to_owned()),
            ..Refusal::of(404, "NoSuchBucket")
        };
        assert_eq!(
            classify(&refusal, "S3", "shop-media").detail,
            "The bucket was not found on S3: bucket shop-media: status 404 NoSuchBucket, The specified bucket does \
             not exist; check bucket, region and endpoint of the Origin"
        );
    }
}
