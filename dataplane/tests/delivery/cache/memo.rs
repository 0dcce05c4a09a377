//! Who asks again in the same words is answered the short way, and gets what the long way gives.

use http::Method;
use serde_json::json;

use super::{
    WEBP,
    gallery::{Gallery, signed},
};
use crate::harness::Answer;

/// Headers that are new in every answer.
const CHANGING: [&str; 4] = ["x-request-id", "server-timing", "age", "date"];

fn lasting(answer: &Answer) -> Vec<(String, String)> {
    let headers = answer.headers.iter().filter(|(name, _)| !CHANGING.contains(&name.as_str()));
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    headers.sort();
    headers
}

#[tokio::test]
async fn an_answer_is_the_same_however_often_it_was_given() {
    let settings = json!({
        "namedTransformations": [{"name": "small", "value": "w-30", "enabled": true}],
        "optimization": {"dataSaver": {"quality": 30}},
    });
    let gallery = Gallery::open(settings).await;
    for (path, headers) in [
        ("/shop/tr:w-40/a.png", &[][..]),
        ("/shop/tr:w-40/a.png", &WEBP[..]),
        ("/shop/tr:w-40/a.png", &[("save-data", "on")][..]),
        ("/shop/tr:w-auto/wide.png", &[("sec-ch-width", "80")][..]),
        ("/shop/tr:w-auto/wide.png", &[("sec-ch-width", "180")][..]),
        ("/shop/tr:w-50,dpr-auto/wide.png", &[("dpr", "2")][..]),
        ("/shop/tr:w-30,zz-1/a.png?ik-attachment=true", &[][..]),
        ("/shop/tr:f-gif/a.gif", &[][..]),
        ("/shop/tr:n-small/secret.png", &[][..]),
        (&signed("/shop/tr:w-31/secret.png", None), &[][..]),
    ] {
        let made = gallery.get_with(path, headers).await;
        assert_eq!(made.status, 200, "{path}: {made:?}");
        let asked = gallery.asked();
        for times in 1..4 {
            let again = gallery.get_with(path, headers).await;
            assert_eq!((&again.body, lasting(&again)), (&made.body, lasting(&made)), "{path} {times}");
            assert!(again.header("server-timing").starts_with("cdn-cache-hit,cdn-rid"), "{path}: {again:?}");
            assert!(again.header("age").parse::<u64>().unwrap() < 60, "{path}");
            assert_ne!(again.header("x-request-id"), made.header("x-request-id"), "{path}");
        }
        assert_eq!(gallery.asked(), asked, "{path}");
    }
    let metrics = gallery.metrics().await;
    assert!(metrics.contains("imgplane_cache_lookups_total{outcome=\"memory\"} 30"), "{metrics}");
}

#[tokio::test]
async fn other_words_about_the_same_file_have_answers_of_their_own() {
    let gallery = Gallery::open(json!({})).await;
    let path = "/shop/tr:w-40/a.png";
    for _ in 0..3 {
        assert_eq!(gallery.get(path).await.header("content-type"), "image/jpeg");
    }
    let whole = gallery.get(path).await;
    let etag = whole.header("etag").to_owned();
    for (headers, status, length) in [
        (&[("range", "bytes=2-5")][..], 206, 4),
        (&[("range", "bytes=999999-")][..], 416, 0),
        (&[("range", "bytes=2-5"), ("if-range", "\"other\"")][..], 200, whole.body.len()),
        (&[("if-none-match", etag.as_str())][..], 304, 0),
        (&[("if-none-match", "\"other\"")][..], 200, whole.body.len()),
    ] {
        let answer = gallery.get_with(path, headers).await;
        assert_eq!(answer.status, status, "{headers:?}: {answer:?}");
        if status != 416 {
            assert_eq!(answer.body.len(), length, "{headers:?}");
        }
    }
    assert_eq!(gallery.get_with(path, &WEBP).await.header("content-type"), "image/webp");
    let head = gallery.browser().send(Method::HEAD, path, &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let post = gallery.browser().send(Method::POST, path, &[]).await;
    assert_eq!(post.status, 405);
    assert_eq!(lasting(&gallery.get(path).await), lasting(&whole));
}

#[tokio::test]
async fn what_changed_since_is_heeded_at_once() {
    let gallery = Gallery::open(json!({})).await;
    let path = "/shop/tr:w-40/a.png";
    let learnt = async || {
        for _ in 0..3 {
            assert_eq!(gallery.get(path).await.status, 200);
        }
    };
    learnt().await;
    gallery.apply(&json!({"caching": {"ttl": 60000}})).await;
    let shorter = gallery.get(path).await;
    assert_eq!(shorter.header("cache-control"), "public, s-maxage=60, max-age=60, must-revalidate");

    learnt().await;
    gallery.apply(&json!({"security": {"blockedUserAgents": ["bot"]}})).await;
    learnt().await;
    assert_eq!(gallery.get_with(path, &[("user-agent", "a bot")]).await.status, 403);

    gallery.apply(&json!({"security": {"referrers": {"allow": ["shop.example"]}}})).await;
    assert_eq!(gallery.get(path).await.status, 403);
    gallery.apply(&json!({"security": {"restrictUnsigned": {"images": "All", "videos": "None"}}})).await;
    assert_eq!(gallery.get(path).await.status, 401);

    gallery.apply(&json!({"caching": {"ttl": 0}})).await;
    let (before, asked) = (gallery.get(path).await, gallery.asked());
    gallery.put("a.png", 50);
    let after = gallery.get(path).await;
    assert_ne!(after.header("etag"), before.header("etag"), "it is past its time");
    assert!(gallery.asked() > asked);
}

#[tokio::test]
async fn a_signature_that_ends_is_judged_every_time() {
    let gallery = Gallery::open(json!({})).await;
    let path = signed("/shop/tr:w-40/secret.png", Some(super::gallery::now() + 2));
    let until_it_ended = async {
        loop {
            let answer = gallery.get(&path).await;
            if answer.status == 401 {
                assert_eq!(answer.body, b"Unauthorized: The URL has expired"[..]);
                break;
            }
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    };
    tokio::time::timeout(super::DEADLINE, until_it_ended).await.unwrap();
}
