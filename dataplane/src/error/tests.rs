//! Status, body, `ik-error` and lifetime of every failure.

use super::*;

fn origin(code: Code) -> Failure {
    let cause = imgplane_origins::Cause::ALL.into_iter().find(|cause| cause.code() == code).unwrap();
    Failure::Origin(OriginFailure::new(cause, "what happened", "what happened: at 10.0.0.1", "Do this"))
}

fn url(code: UrlErrorCode) -> Failure {
    Failure::Url(UrlError { code, message: "step 1: w is not a number".into(), character: None })
}

type Row = (&'static str, Failure, u16, &'static str, Option<&'static str>, &'static str);

#[test]
fn every_failure_has_the_status_body_and_caching_of_the_table() {
    let over = OverCapacity { needed: 500, capacity: 400 };
    let overload = Busy { reason: Reason::Full, retry_after: 7 };
    let table: Vec<Row> = vec![
        ("method", Failure::Method, 405, "Method Not Allowed", None, "no-store"),
        ("target", Failure::TargetTooLong, 414, "URI Too Long", None, "no-store"),
        (
            "bad value",
            url(UrlErrorCode::Einval),
            400,
            "Bad Image Transformation Request",
            Some("EINVAL - step 1: w is not a number"),
            "max-age=60",
        ),
        (
            "url limit",
            url(UrlErrorCode::Elimit),
            400,
            "Bad Request",
            Some("ELIMIT - step 1: w is not a number"),
            "max-age=60",
        ),
        (
            "feature",
            url(UrlErrorCode::Efeature),
            403,
            "Forbidden",
            Some("EFEATURE - step 1: w is not a number"),
            "max-age=60",
        ),
        (
            "address",
            url(UrlErrorCode::Enoent),
            404,
            "Not Found",
            Some("ENOENT - step 1: w is not a number"),
            "public, max-age=10",
        ),
        (
            "missing",
            origin(Code::Enoent),
            404,
            "Not Found",
            Some("ENOENT - what happened"),
            "public, max-age=10",
        ),
        ("denied", origin(Code::Eacces), 404, "Not Found", Some("EACCES - what happened"), "no-store"),
        (
            "refused",
            origin(Code::Econnrefused),
            404,
            "Not Found",
            Some("ECONNREFUSED - what happened"),
            "no-store",
        ),
        (
            "unknown",
            origin(Code::Unidentified),
            404,
            "Not Found",
            Some("UNIDENTIFIED - what happened"),
            "no-store",
        ),
        (
            "large file",
            origin(Code::Elimit),
            400,
            "Bad Request",
            Some("ELIMIT - what happened"),
            "max-age=60",
        ),
        (
            "undecodable",
            Failure::Undecodable(OriginFailure::corrupt("bad marker")),
            400,
            "Bad Image Transformation Request",
            Some("UNIDENTIFIED - The source could not be decoded: damaged image"),
            "max-age=60",
        ),
        (
            "memory",
            over.into(),
            400,
            "Bad Request",
            Some("ELIMIT - The image needs 500 bytes of memory, this server's budget for it is 400 bytes"),
            "max-age=60",
        ),
        ("rule", Failure::Forbidden(AccessRule::Referrer), 403, "Forbidden", None, "private, max-age=60"),
        (
            "unsigned",
            Failure::Unauthorized(Unauthorized::Signature { verdict: Verdict::Absent, keys: 1 }),
            401,
            "Unauthorized: Invalid request signature",
            Some("EAUTH - The URL needs a signature (ik-s) and has none"),
            "no-store",
        ),
        (
            "wrong signature",
            Failure::Unauthorized(Unauthorized::Signature { verdict: Verdict::Invalid, keys: 1 }),
            401,
            "Unauthorized: Invalid request signature",
            Some("EAUTH - The signature (ik-s) does not match this URL"),
            "no-store",
        ),
        (
            "no keys",
            Failure::Unauthorized(Unauthorized::Signature { verdict: Verdict::Invalid, keys: 0 }),
            401,
            "Unauthorized: Invalid request signature",
            Some("EAUTH - This URL endpoint has no signing keys, so no signature (ik-s) is valid"),
            "no-store",
        ),
        (
            "expired",
            Failure::Unauthorized(Unauthorized::Signature { verdict: Verdict::Expired { at: 1 }, keys: 1 }),
            401,
            "Unauthorized: The URL has expired",
            Some("EAUTH - The URL has expired (ik-t)"),
            "no-store",
        ),
        (
            "private",
            Failure::Unauthorized(Unauthorized::Private),
            401,
            "Unauthorised Image Access",
            Some("EAUTH - This file needs a signed URL or a named transformation"),
            "no-store",
        ),
        ("range", Failure::Range("bytes */7".into()), 416, "Range Not Satisfiable", None, "no-store"),
        ("queue", overload.into(), 503, "Service Unavailable", None, "no-store"),
        ("not ready", Failure::NotReady, 503, "Service Unavailable", None, "no-store"),
        ("slow", Failure::TooSlow(Duration::from_secs(30)), 500, "Internal Server Error", None, "no-store"),
        ("defect", Failure::Internal("x".into()), 500, "Internal Server Error", None, "no-store"),
    ];
    for (name, failure, status, body, ik_error, caching) in table {
        assert_eq!(failure.status(), status, "{name}");
        assert_eq!(failure.body(), body, "{name}");
        assert_eq!(failure.ik_error().as_deref(), ik_error, "{name}");
        assert_eq!(failure.caching().header(), caching, "{name}");
    }
}

#[test]
fn what_the_operator_learns_stays_out_of_the_header() {
    let failure = origin(Code::Eacces);
    assert!(failure.detail().unwrap().contains("10.0.0.1"));
    assert!(!failure.ik_error().unwrap().contains("10.0.0.1"));
}
