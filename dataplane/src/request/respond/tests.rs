//! Tables of headers: what each kind of answer carries, and what it must not.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;

use super::{
    super::{conditional::Validators, product::Hold},
    *,
};
use crate::cache_control::Stale;

fn head(method: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri("/shop/cat.jpg?ik-s=abc");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn picture() -> Delivery {
    Delivery {
        content: Content::Bytes(Bytes::from_static(b"0123456789"), Hold::Result(None)),
        content_type: "image/webp".into(),
        content_encoding: None,
        compressible: false,
        validators: Validators {
            etag: Some("\"v1\"".into()),
            last_modified: Some("Mon, 05 Jan 2026 10:00:00 GMT".into()),
        },
        vary: vec!["Accept", "Sec-CH-DPR"],
        content_dpr: Some(2.0),
        link: Some("<https://shop.example.org/cat.jpg>; rel=\"canonical\"".into()),
        warnings: vec!["foo was ignored".into(), "bar\r\nx: y".into()],
        download_name: None,
        accepts_ranges: true,
        cache_control: CacheControl::public(Duration::from_secs(1), Stale::default()),
        age: None,
        keep: None,
        instead_of: None,
    }
}

fn lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines
}

#[test]
fn a_picture_carries_all_of_its_headers() {
    let draft = deliver(&head("GET", &[]), picture());
    assert_eq!(draft.status, 200);
    assert_eq!(
        lines(&draft.headers),
        [
            "accept-ranges: bytes",
            "cache-control: public, s-maxage=1, max-age=1, must-revalidate",
            "cdn-cache-control: max-age=1, must-revalidate",
            "content-dpr: 2",
            "content-length: 10",
            "content-type: image/webp",
            "etag: \"v1\"",
            "ik-warning: foo was ignored; bar??x: y",
            "last-modified: Mon, 05 Jan 2026 10:00:00 GMT",
            "link: <https://shop.example.org/cat.jpg>; rel=\"canonical\"",
            "vary: Accept, Sec-CH-DPR",
        ]
    );
}

#[test]
fn what_the_client_has_is_answered_without_type_and_length() {
    let draft = deliver(&head("GET", &[("if-none-match", "\"v1\""), ("range", "bytes=0-1")]), picture());
    assert_eq!(draft.status, 304);
    let names: Vec<&str> = draft.headers.keys().map(HeaderName::as_str).collect();
    for absent in ["content-type", "content-length", "content-range", "accept-ranges"] {
        assert!(!names.contains(&absent), "{absent}");
    }
    for present in ["etag", "cache-control", "cdn-cache-control", "vary", "link", "last-modified"] {
        assert!(names.contains(&present), "{present}");
    }
}

#[test]
fn ranges_of_a_result_are_cut_unless_another_version_is_meant() {
    type Row = (&'static [(&'static str, &'static str)], u16, Option<&'static str>, &'static str);
    let table: [Row; 6] = [
        (&[("range", "bytes=2-4")], 206, Some("bytes 2-4/10"), "3"),
        (&[("range", "bytes=-1")], 206, Some("bytes 9-9/10"), "1"),
        (&[("range", "bytes=2-4"), ("if-range", "\"v1\"")], 206, Some("bytes 2-4/10"), "3"),
        (&[("range", "bytes=2-4"), ("if-range", "\"v2\"")], 200, None, "10"),
        (&[("range", "bytes=0-1,3-4")], 200, None, "10"),
        (&[("range", "bytes=10-")], 416, Some("bytes */10"), "21"),
    ];
    for (request, status, content_range, length) in table {
        let draft = deliver(&head("GET", request), picture());
        let text = |name: HeaderName| draft.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(draft.status, status, "{request:?}");
        assert_eq!(text(header::CONTENT_RANGE).as_deref(), content_range, "{request:?}");
        assert_eq!(text(header::CONTENT_LENGTH).as_deref(), Some(length), "{request:?}");
        // What nobody may keep says so to nobody else.
        assert_eq!(text(header::CDN_CACHE_CONTROL).is_none(), status == 416, "{request:?}");
    }
}

#[test]
fn documents_from_storage_may_do_nothing() {
    for (content_type, restricted) in [
        ("image/svg+xml", true),
        ("text/html; charset=utf-8", true),
        ("application/xhtml+xml", true),
        ("TEXT/XML", true),
        ("application/xml", true),
        ("image/webp", false),
        ("text/css", false),
    ] {
        let delivery = Delivery { content_type: content_type.into(), ..picture() };
        let draft = deliver(&head("GET", &[]), delivery);
        assert_eq!(draft.headers.contains_key("content-security-policy"), restricted, "{content_type}");
    }
}

#[test]
fn a_download_names_its_file() {
    let delivery = Delivery { download_name: Some("cat.jpg".into()), ..picture() };
    let draft = deliver(&head("GET", &[]), delivery);
    assert_eq!(
        draft.headers.get(header::CONTENT_DISPOSITION).unwrap(),
        "attachment; filename=\"cat.jpg\"; filename*=UTF-8''cat.jpg"
    );
}

#[test]
fn every_answer_can_be_read_by_pages_of_other_sites() {
    let mut headers = HeaderMap::new();
    let trace = Trace { id: "id-1".into(), arrived: Instant::now(), ..Trace::new() };
    common_headers(&mut headers, &trace);
    let expected = [
        ("access-control-allow-origin", "*"),
        (
            "access-control-expose-headers",
            "ik-error, Server-Timing, Content-DPR, Content-Length, Content-Range, ETag, x-request-id",
        ),
        ("timing-allow-origin", "*"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("x-request-id", "id-1"),
    ];
    for (name, value) in expected {
        assert_eq!(headers.get(name).unwrap(), value, "{name}");
    }
    assert!(headers.get("server-timing").unwrap().to_str().unwrap().starts_with("cdn-rid;desc=\"id-1\","));
}

#[test]
fn content_dpr_has_at_most_two_decimals() {
    for (number, text) in [(2.0, "2"), (2.830_188, "2.83"), (1.5, "1.5"), (10.0, "10"), (0.999, "1")] {
        assert_eq!(two_decimals(number), text);
    }
}
