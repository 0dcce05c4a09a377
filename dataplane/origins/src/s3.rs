//! A bucket of Amazon S3, and the protocol that the other stores of the S3 family share.
//!
//! Spoken as the plain REST call on the shared HTTP client, signed with `aws-sigv4`, and not through a storage
//! library such as `opendal`: that one trims and squeezes keys, so that `a//b` and keys with edge spaces cannot be
//! reached, hides the status and the provider's code that decide the class of a failure, follows no region
//! redirect, and retries by its own rules. What is needed here is one GET.

use http::{HeaderMap, HeaderValue, Uri, header};
use imgplane_config::{Auth, Credential, S3 as Config};

use crate::{
    Failure, FetchedStatus, Request, SetupError,
    client::Client,
    clock::Clock,
    failure::{
        By, Facts, Row, of_answer,
        s3::{ANSWERS, KEY_DENIED, NO_KEYS, NOT_SIGNED, OTHER_ENDPOINT, OTHER_REGION},
    },
    opening::Opening,
    path::{Resource, encode_key},
    range::ByteRange,
    sender::Sender,
    source::{Answer, Slot, Source, authority, content_range, found, said},
    steps::Steps,
};

mod address;
mod identity;
mod refusal;
mod region;
mod sign;

pub(crate) use address::{Address, respelled};
pub(crate) use identity::Identity;
pub(crate) use refusal::whereto;
pub(crate) use region::Region;

use refusal::Refusal;
use sign::Signer;

/// By this header owners mark private objects.
const PRIVATE: &str = "x-amz-meta-isprivatefile";

/// A bucket, opened.
#[derive(Debug)]
pub(crate) struct S3 {
    label: &'static str,
    bucket: String,
    prefix: String,
    encode_keys: bool,
    address: Address,
    region: Region,
    auth: Authentication,
    secret: Option<String>,
    client: Client,
    clock: Clock,
}

/// How requests are authenticated.
#[derive(Debug)]
enum Authentication {
    Keys(Signer, aws_credential_types::Credentials),
    /// With what the cloud lends to the pod.
    Pod(Signer, Box<Identity>),
    Anonymous,
    /// A credential is wanted and there is none that can be used.
    NotConfigured,
}

/// What distinguishes the members of the family.
pub(crate) struct Member<'a> {
    pub(crate) label: &'static str,
    pub(crate) bucket: &'a str,
    /// Where the manifest names the bucket.
    pub(crate) field: &'static str,
    pub(crate) prefix: &'a str,
    /// Whether keys are percent-encoded once more.
    pub(crate) encode_keys: bool,
    pub(crate) address: Address,
    pub(crate) region: Region,
    pub(crate) auth: Auth,
    pub(crate) client: Client,
}

impl S3 {
    /// Opens a bucket of Amazon S3.
    pub(crate) fn amazon(config: &Config, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let member = Member {
            label: "S3",
            bucket: &config.bucket,
            field: "s3.bucket",
            prefix: &config.prefix,
            encode_keys: false,
            address: Address::amazon_or("s3.endpoint", config.endpoint.as_deref(), &config.bucket)?,
            region: Region::new("s3.region", config.region.as_deref(), None)?,
            auth: config.auth,
            client: opening.client()?,
        };
        Self::member(member, opening)
    }

    /// Opens a bucket of any member of the family.
    pub(crate) fn member(member: Member<'_>, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let auth = match (member.auth, opening.credential) {
            (Auth::Anonymous, _) => Authentication::Anonymous,
            (Auth::WorkloadIdentity, _) => {
                Authentication::Pod(Signer::new(), Box::new(Identity::new(opening.connector, member.label)?))
            }
            (Auth::Secret, Some(Credential::S3 { access_key, secret_key, session_token })) => {
                let keys = sign::keys(
                    access_key.expose(),
                    secret_key.expose(),
                    session_token.as_ref().map(imgplane_config::SecretText::expose),
                );
                Authentication::Keys(Signer::new(), keys)
            }
            (Auth::Secret, _) => Authentication::NotConfigured,
        };
        // What can be wrong with the address is wrong for every key.
        member.address.uri(&member.region.current(), "key").map_err(|error| SetupError::Field {
            field: member.field.to_owned(),
            what: format!("the bucket's address cannot be requested: {error}"),
        })?;
        Ok(Self {
            label: member.label,
            bucket: member.bucket.to_owned(),
            prefix: member.prefix.to_owned(),
            encode_keys: member.encode_keys,
            address: member.address,
            region: member.region,
            auth,
            secret: opening.secret(),
            client: member.client,
            clock: opening.connector.clock(),
        })
    }

    fn uri(&self, region: &str, key: &str) -> Result<Uri, Failure> {
        self.address
            .uri(region, key)
            .map_err(|error| Failure::not_a_name(self.label, format!("the key cannot be requested: {error}")))
    }
}

impl Source for S3 {
    /// An object key.
    type Place = String;

    fn label(&self) -> &'static str {
        self.label
    }

    fn locate(&self, request: &Request) -> Result<String, Failure> {
        let resource = Resource::parse(&request.resource, self.label)?;
        let key = if self.encode_keys {
            resource.key("").map(|name| below(&self.prefix, &encode_key(&name)))
        } else {
            resource.key(&self.prefix)
        };
        key.ok_or_else(|| Failure::not_a_name(self.label, "no object can have this name"))
    }

    fn whereabouts(&self, key: &String) -> String {
        let uri = self.uri(&self.region.current(), key);
        uri.map(|uri| whereabouts(&uri, &self.bucket)).unwrap_or_default()
    }

    async fn approach(&self, key: &String, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        let uri = self.uri(&self.region.current(), key)?;
        self.client.try_out(&uri, steps).await.map_err(|trouble| trouble.failure(self.label))
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        match &self.auth {
            Authentication::Anonymous => Ok("requests are not signed".to_owned()),
            Authentication::Keys(..) => Ok("requests are signed with the origin's Secret".to_owned()),
            Authentication::Pod(_, identity) => {
                identity.credentials().await?;
                Ok(format!("requests are signed with credentials of {}", identity.source()))
            }
            Authentication::NotConfigured => Err(self.not_configured()),
        }
    }

    async fn ask(&self, key: &String, range: Option<ByteRange>, _slot: &Slot) -> Result<Answer, Failure> {
        let (mut region_learned, mut clock_learned) = (false, false);
        let asked_first = self.region.current();
        loop {
            let region = self.region.current();
            let uri = self.uri(&region, key)?;
            let mut headers = self.signature(&uri, &region).await?;
            if let Some(range) = range.and_then(|range| HeaderValue::from_str(&range.to_string()).ok()) {
                headers.insert(header::RANGE, range);
            }
            let place = whereabouts(&uri, &self.bucket);
            let response =
                self.client.get(uri, headers).await.map_err(|trouble| trouble.failure(self.label))?;
            let found = found(response.status(), response.headers(), range.is_some());
            if let Some(status @ (FetchedStatus::Whole | FetchedStatus::Partial)) = found {
                return Ok(Answer::of(response, status, Sender::new(self.label, place), Some(PRIVATE)));
            }
            let (parts, body) = response.into_parts();
            let refusal = Refusal::read(parts.status, &parts.headers, &self.client.refusal(body).await);
            if found == Some(FetchedStatus::Unsatisfiable) {
                let size = refusal.object_size.map(|size| format!("bytes */{size}"));
                let size = content_range(&parts.headers).or(size);
                return Ok(Answer::unsatisfiable(size, Sender::new(self.label, place)));
            }
            if !region_learned && refusal.is_about_region() {
                region_learned = self.region.learn(refusal.region.as_deref(), &region);
                if region_learned {
                    continue;
                }
            }
            if !clock_learned
                && let (true, Some(date), Some(signer)) =
                    (refusal.is_about_clock(), refusal.date, self.signer())
            {
                signer.follow_clock(self.clock.now(), date);
                clock_learned = true;
                continue;
            }
            let asked = Asked { first: &asked_first, last: &region, is_fixed: self.address.is_fixed() };
            return Err(classify(&refusal, &asked, self.facts(place)));
        }
    }
}

impl S3 {
    const fn signer(&self) -> Option<&Signer> {
        match &self.auth {
            Authentication::Keys(signer, _) | Authentication::Pod(signer, _) => Some(signer),
            Authentication::Anonymous | Authentication::NotConfigured => None,
        }
    }

    /// The headers that authenticate a request.
    async fn signature(&self, uri: &Uri, region: &str) -> Result<HeaderMap, Failure> {
        let sign = |signer: &Signer, keys: &aws_credential_types::Credentials| {
            signer
                .sign(uri, region, keys, self.clock.now())
                .map_err(|error| NOT_SIGNED.failure(&Facts { what: error, ..self.facts(String::new()) }))
        };
        match &self.auth {
            Authentication::Anonymous => Ok(HeaderMap::new()),
            Authentication::Keys(signer, keys) => sign(signer, keys),
            Authentication::Pod(signer, identity) => sign(signer, &*identity.credentials().await?),
            Authentication::NotConfigured => Err(self.not_configured()),
        }
    }

    fn not_configured(&self) -> Failure {
        NO_KEYS.failure(&self.facts(String::new()))
    }

    fn facts(&self, place: String) -> Facts<'_> {
        Facts {
            origin: self.label,
            place,
            secret: match &self.auth {
                Authentication::Pod(..) => None,
                Authentication::Anonymous => Some("the anonymous request"),
                Authentication::Keys(..) | Authentication::NotConfigured => {
                    Some(self.secret.as_deref().unwrap_or("the origin's Secret"))
                }
            },
            by: match &self.auth {
                Authentication::Pod(..) => By::Identity,
                Authentication::Anonymous => By::Anonymous,
                Authentication::Keys(..) | Authentication::NotConfigured => By::Secret,
            },
            more: vec![("bucket", self.bucket.clone())],
            ..Facts::default()
        }
    }
}

/// Where a request went.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    /// The region that it was signed for at first.
    first: &'a str,
    /// And in the end.
    last: &'a str,
    /// Whether the manifest fixes the host, so that another region leads to the same one.
    is_fixed: bool,
}

/// Where an address of a bucket leads, for the operator.
fn whereabouts(uri: &Uri, bucket: &str) -> String {
    format!("{} for bucket {bucket}", authority(uri))
}

/// The failure that an answer other than the object means.
fn classify(refusal: &Refusal, asked: &Asked<'_>, facts: Facts<'_>) -> Failure {
    let status = refusal.status.as_u16();
    let code = refusal.code.as_deref();
    let region = refusal.region.as_deref().unwrap_or("the bucket's own");
    let mut facts = Facts { status: Some(status), code, what: said(refusal.message.as_deref()), ..facts };
    let location = refusal.location.as_deref().unwrap_or("an address that it does not name");
    // The endpoint of a bucket that stands in the host's name is the host without it.
    let bucket =
        facts.more.iter().find(|(name, _)| *name == "bucket").map(|(_, bucket)| format!("://{bucket}."));
    let location = bucket.map_or_else(|| location.to_owned(), |bucket| location.replacen(&bucket, "://", 1));
    facts.more.extend([
        ("asked", asked.first.to_owned()),
        ("region", region.to_owned()),
        ("location", location),
    ]);
    row(refusal, asked).failure(&facts)
}

/// The row that an answer other than the object belongs to.
fn row(refusal: &Refusal, asked: &Asked<'_>) -> &'static Row {
    let told = refusal.region.as_deref();
    let was_tried = told.is_some_and(|told| told == asked.first || told == asked.last);
    let code = refusal.code.as_deref().unwrap_or_default();
    // A store that names the one region that was asked means something else than the region.
    let is_key = code == "AuthorizationHeaderMalformed" && was_tried && asked.first == asked.last;
    if refusal.is_about_region() && !is_key {
        // Where the host is fixed, another region changes the signature only: no help against a redirect, nor
        // where the region was tried.
        if asked.is_fixed && (refusal.is_redirect() || was_tried) {
            return &OTHER_ENDPOINT;
        }
        return &OTHER_REGION;
    }
    if refusal.is_about_decryption() {
        return &KEY_DENIED;
    }
    of_answer(ANSWERS, refusal.status.as_u16(), code)
}

/// A name below a prefix, both literal text.
fn below(prefix: &str, name: &str) -> String {
    match prefix.trim_matches('/') {
        "" => name.to_owned(),
        prefix => format!("{prefix}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cause;

    fn seen(refusal: &Refusal) -> Failure {
        let uri = Address::amazon("shop-media").uri("eu-west-1", "hats/h1.jpg").unwrap();
        let facts = Facts {
            origin: "S3",
            place: whereabouts(&uri, "shop-media"),
            secret: Some("Secret shop/s3-media"),
            more: vec![("bucket", "shop-media".to_owned())],
            ..Facts::default()
        };
        classify(refusal, &Asked { first: "eu-west-1", last: "eu-west-1", is_fixed: false }, facts)
    }

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
            (301, "", Cause::InvalidResponse, "UNIDENTIFIED - S3 gave an invalid response (301)".to_owned()),
            (
                400,
                "AuthorizationHeaderMalformed",
                Cause::CredentialsInvalid,
                refused("AuthorizationHeaderMalformed"),
            ),
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
            let failure = seen(&refusal);
            assert_eq!(failure.to_string(), expected, "{status} {code}");
            assert_eq!(failure.cause, cause, "{status} {code}");
            assert_eq!(failure.http_status, Some(status));
            assert_eq!(failure.provider_code.as_deref().unwrap_or_default(), code);
        }
    }

    #[test]
    fn a_region_is_named_where_it_helps_and_else_the_endpoint_or_the_keys() {
        let malformed = "AuthorizationHeaderMalformed";
        let (region, endpoint) = (&OTHER_REGION, &OTHER_ENDPOINT);
        for (status, code, told, [first, last], is_fixed, expected) in [
            (301, "PermanentRedirect", "b-1", ["a-1", "a-1"], false, region),
            (301, "PermanentRedirect", "b-1", ["a-1", "a-1"], true, endpoint),
            (301, "PermanentRedirect", "b-1", ["a-1", "b-1"], true, endpoint),
            (301, "", "b-1", ["a-1", "a-1"], false, region),
            (400, malformed, "b-1", ["a-1", "a-1"], true, region),
            (400, malformed, "a-1", ["a-1", "b-1"], true, endpoint),
            (400, malformed, "a-1", ["a-1", "a-1"], true, of_answer(ANSWERS, 400, malformed)),
        ] {
            let refusal = Refusal { region: Some(told.to_owned()), ..Refusal::of(status, code) };
            let seen = row(&refusal, &Asked { first, last, is_fixed });
            assert_eq!(seen.seen, expected.seen, "{status} {code} {told} {first} {last} {is_fixed}");
        }
    }

    #[test]
    fn a_redirect_without_a_region_names_the_endpoint_that_answers() {
        let location = Some("https://shop-media.minio.example".to_owned());
        let failure = seen(&Refusal { location, ..Refusal::of(301, "") });
        assert_eq!(
            failure.remedy,
            "Set endpoint of the Origin to the address that answers by itself: https://minio.example"
        );
    }

    #[test]
    fn trouble_with_a_kms_key_says_what_is_wrong_with_it() {
        let told = "User: x is not authorized to perform: kms:Decrypt on resource: k";
        for (code, message, meaning, remedy) in [
            (
                "KMS.DisabledException",
                "arn:k is disabled.",
                "is disabled: arn:k is disabled",
                "Enable the KMS key",
            ),
            ("KMS.NotFoundException", "no k", "does not exist: no k", "Cancel the deletion"),
            ("KMS.KMSInvalidStateException", "pending", "used now: pending", "Allow kms:Decrypt"),
            ("AccessDenied", told, told, "Allow kms:Decrypt"),
        ] {
            let failure = seen(&Refusal { message: Some(message.to_owned()), ..Refusal::of(403, code) });
            assert_eq!((failure.cause, failure.ambiguous), (Cause::DecryptionDenied, false), "{code}");
            assert!(failure.detail.ends_with(meaning), "{}", failure.detail);
            assert!(failure.remedy.starts_with(remedy), "{}", failure.remedy);
        }
    }

    #[test]
    fn nobody_is_told_of_keys_that_has_none() {
        let told =
            |row: &Row, by, secret| row.failure(&Facts { origin: "S3", by, secret, ..Facts::default() });
        for row in ANSWERS.iter().chain([&KEY_DENIED, &NOT_SIGNED]) {
            let text = told(row, By::Identity, None).explanation();
            assert!(!text.contains("the Secret") && !text.contains("accessKey"), "{text}");
        }
        for status in [401, 403] {
            let row = of_answer(ANSWERS, status, "");
            let text = told(row, By::Anonymous, Some("the anonymous request")).explanation();
            assert!(text.contains("everybody") && !text.contains("credentials"), "{text}");
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
            let failure = seen(&Refusal::of(status, code));
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
            assert_eq!(seen(&Refusal::of(status, code)).may_be_repeated, expected, "{status} {code}");
        }
    }

    #[test]
    fn the_operator_reads_what_happened_where_and_what_to_do() {
        let failure = seen(&Refusal::of(403, "InvalidAccessKeyId"));
        assert_eq!(
            failure.detail,
            "403 InvalidAccessKeyId from shop-media.s3.eu-west-1.amazonaws.com for bucket shop-media: the access key in \
             Secret shop/s3-media key accessKey does not exist"
        );
        let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
        let guide = std::fs::read_to_string(guide).unwrap();
        assert!(guide.contains(&failure.detail), "the guide shows the same sample");
        assert_eq!(failure.remedy, "Create a new key and update the Secret; pods pick it up within seconds");
        let odd = Refusal { message: Some("Odd. ".to_owned()), ..Refusal::of(400, "OddRequest") };
        assert!(
            seen(&odd).detail.ends_with("the store does not take the request: Odd"),
            "{}",
            seen(&odd).detail
        );
    }
}
