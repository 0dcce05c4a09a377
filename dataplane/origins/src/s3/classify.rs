//! Which failure an answer other than the object means.

use super::refusal::Refusal;
use crate::{
    Failure,
    failure::{
        Facts, Row, of_answer,
        s3::{ANSWERS, KEY_DENIED, OTHER_ENDPOINT, OTHER_REGION},
    },
    source::said,
};

/// Where a request went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The region that it was signed for at first.
    pub(super) first: &'a str,
    /// And in the end.
    pub(super) last: &'a str,
    /// Whether the manifest fixes the host, so that another region leads to the same one.
    pub(super) is_fixed: bool,
}

/// The failure that an answer other than the object means.
pub(super) fn classify(refusal: &Refusal, asked: &Asked<'_>, facts: Facts<'_>) -> Failure {
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

#[cfg(test)]
mod tests {
    use super::{super::whereabouts, *};
    use crate::{
        Cause,
        failure::{By, s3::NOT_SIGNED},
        s3::Address,
    };

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
