//! Errors: status, body, `ik-error`, caching.

use imgplane_config::PodLimits;
use serde_json::json;

use crate::harness::{Harness, bundle, endpoint, volume};

#[tokio::test]
async fn every_error_says_what_is_wrong_and_how_long_it_may_be_kept() {
    let harness = Harness::start().await;
    harness.file("cat.png", crate::pictures::photo(40, 30));
    for (path, status, body, ik_error, caching) in [
        ("/shop/missing.jpg", 404, "Not Found", "ENOENT - ", "public, max-age=10"),
        ("/shop/tr:w-20/missing.jpg", 404, "Not Found", "ENOENT - ", "public, max-age=10"),
        (
            "/nobody/cat.png",
            404,
            "Not Found",
            "ENOENT - No URL endpoint matches this address",
            "public, max-age=10",
        ),
        ("/shop/", 404, "Not Found", "ENOENT - ", "public, max-age=10"),
        ("/shop/tr:w-abc/cat.png", 400, "Bad Image Transformation Request", "EINVAL - ", "max-age=60"),
        ("/shop/a/../cat.png", 400, "Bad Image Transformation Request", "EINVAL - ", "max-age=60"),
        ("/shop/cat.png?ik-s=12", 401, "Unauthorized: Invalid request signature", "EAUTH - ", "no-store"),
        ("/shop/cat.png?ik-t=12", 401, "Unauthorized: Invalid request signature", "EAUTH - ", "no-store"),
        ("/shop/cat.png/ik-video.mp4", 403, "Forbidden", "EFEATURE - ", "max-age=60"),
        ("/shop/tr:e-bgremove/cat.png", 403, "Forbidden", "EFEATURE - ", "max-age=60"),
        ("/shop/tr:w-20000/cat.png", 400, "Bad Request", "ELIMIT - ", "max-age=60"),
    ] {
        let answer = harness.get(path).await;
        assert_eq!((answer.status, answer.text()), (status, body), "{path} {answer:?}");
        assert!(answer.header("ik-error").starts_with(ik_error), "{path}: {}", answer.header("ik-error"));
        assert_eq!(answer.header("cache-control"), caching, "{path}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("access-control-expose-headers").contains("ik-error"), "{path}");
        assert!(answer.header("server-timing").contains("cdn-rid"), "{path}");
    }
}

#[tokio::test]
async fn a_missing_file_still_tells_how_long_the_origins_took() {
    let harness = Harness::start().await;
    let answer = harness.get("/shop/missing.jpg").await;
    assert!(answer.header("server-timing").starts_with("download;dur="), "{answer:?}");
}

#[tokio::test]
async fn origins_are_asked_in_order() {
    let endpoints = vec![endpoint("main", &json!({}), &["first", "second"])];
    let origins = vec![volume("first", "a"), volume("second", "b")];
    let harness = Harness::with(|_| {}, bundle(PodLimits::default(), endpoints, origins)).await;
    harness.file("a/both.txt", "first");
    harness.file("b/both.txt", "second");
    harness.file("b/only.txt", "second");
    assert_eq!(harness.get("/shop/both.txt").await.text(), "first");
    assert_eq!(harness.get("/shop/only.txt").await.text(), "second");
    assert_eq!(harness.get("/shop/none.txt").await.status, 404);
}

#[tokio::test]
async fn failed_requests_are_kept_for_the_start_page_without_secrets() {
    let harness = Harness::start().await;
    harness.get("/shop/missing.jpg?token=secret&ik-s=abc").await;
    harness.get("/shop/gone.jpg?token=secret").await;
    let errors = harness.server.recent_errors();
    let shown: Vec<(&str, u16)> = errors.iter().map(|error| (error.url.as_str(), error.status)).collect();
    assert_eq!(shown, [("/shop/gone.jpg?token=***", 404), ("/shop/missing.jpg?token=***&ik-s=***", 401)]);
    assert!(errors[0].ik_error.as_deref().unwrap().starts_with("ENOENT"));
    assert!(errors[0].detail.is_some());
    assert_eq!(errors[0].endpoint.as_ref().unwrap().to_string(), "shop/main");
}
