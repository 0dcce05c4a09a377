//! What the API tells of a file.

use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};

use super::{
    gallery::{Gallery, KEY},
    purge::basic,
};
use crate::harness::{Answer, Browser};

/// Asks about a URL, as an SDK does.
async fn ask_with(browser: &Browser, url: &str, key: &str) -> Answer {
    let encoded = percent_encoding::utf8_percent_encode(url, percent_encoding::NON_ALPHANUMERIC);
    let path = format!("/v1/metadata?url={encoded}");
    browser.send(Method::GET, &path, &[("authorization", &basic(key))]).await
}

async fn told(gallery: &Gallery, url: &str) -> Value {
    let answer = ask_with(gallery.browser(), url, KEY).await;
    assert_eq!(answer.status, 200, "{url}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn an_original_is_told_of_under_the_names_of_the_hosted_service() {
    let gallery = Gallery::open(json!({})).await;
    let answer = ask_with(gallery.browser(), "https://host/shop/a.png", KEY).await;
    assert_eq!(
        (answer.header("content-type"), answer.header("cache-control")),
        ("application/json", "no-store")
    );
    assert!(!answer.header("x-ik-requestid").is_empty());
    let mut told: Value = serde_json::from_slice(&answer.body).unwrap();
    let hash = told.as_object_mut().unwrap().remove("pHash").unwrap();
    let hash = hash.as_str().unwrap();
    assert!(hash.len() == 16 && u64::from_str_radix(hash, 16).is_ok(), "{hash}");
    let none = json!({});
    assert_eq!(
        told,
        json!({
            "height": 60, "width": 80, "size": gallery.get("/shop/tr:orig-true/a.png").await.body.len(),
            "format": "png", "hasColorProfile": false, "hasTransparency": false, "quality": 0, "density": 72,
            "exif": {
                "image": none, "thumbnail": none, "exif": none, "gps": none, "interoperability": none,
                "makernote": none,
            },
        })
    );
}

#[tokio::test]
async fn with_a_transformation_its_result_is_told_of_and_made_once() {
    let gallery = Gallery::open(json!({})).await;
    for url in ["/shop/tr:w-40,f-jpg,q-70/a.png", "/shop/b.png?tr=w-30,f-jpg,q-70"] {
        let asked = gallery.asked();
        let told = told(&gallery, &format!("https://host{url}")).await;
        let answer = gallery.get(url).await;
        assert!(answer.header("server-timing").contains("cdn-cache-hit"), "{url}: {answer:?}");
        assert_eq!(gallery.asked(), asked + 1, "{url}");
        let (width, height) = answer.size();
        for (name, expected) in [
            ("width", json!(width)),
            ("height", json!(height)),
            ("size", json!(answer.body.len())),
            ("format", json!("jpg")),
            ("quality", json!(70)),
        ] {
            assert_eq!(told[name], expected, "{url} {name}");
        }
    }
}

#[tokio::test]
async fn an_original_that_was_kept_is_not_asked_for_again_and_one_that_was_purged_is() {
    let gallery = Gallery::open(json!({})).await;
    gallery.get("/shop/tr:orig-true/a.png").await;
    for _ in 0..2 {
        assert_eq!(told(&gallery, "http://host/shop/a.png").await["width"], 80);
    }
    assert_eq!(gallery.asked(), 1);
    gallery.put("a.png", 50);
    super::purge::purge(&gallery, "http://host/shop/tr:orig-true/a.png").await;
    assert_eq!(told(&gallery, "http://host/shop/a.png").await["width"], 50);
    assert_eq!(gallery.asked(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_requests_for_one_original_share_its_fetch() {
    let gallery = Gallery::open(json!({})).await;
    gallery.hold();
    let address = gallery.address();
    let calls = (0..3).map(|_| {
        let browser = Browser::new(address.clone());
        tokio::spawn(async move { ask_with(&browser, "http://host/shop/a.png", KEY).await })
    });
    let calls: Vec<_> = calls.collect();
    let browser = Browser::new(address.clone());
    let request = tokio::spawn(async move { browser.send(Method::GET, "/shop/tr:w-40/a.png", &[]).await });
    gallery.until_metric("imgplane_merged_requests_total 3").await;
    gallery.release();
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(request.await.unwrap().status, 200);
    assert_eq!(gallery.asked(), 1);
}

#[tokio::test]
async fn the_owners_key_opens_what_no_client_gets() {
    let settings = json!({"security": {
        "signingKeys": ["url-keys/a"],
        "restrictUnsigned": {"images": "All", "videos": "All"},
        "treatAllAsPrivate": true,
        "blockedUserAgents": ["hyper"],
        "blockedCIDRs": ["127.0.0.0/8"],
        "referrers": {"allow": ["www.shop.example"]},
    }});
    let gallery = Gallery::open(settings).await;
    for url in ["/shop/secret.png", "/shop/tr:w-40/secret.png", "/shop/secret.png?ik-s=wrong&ik-t=1"] {
        assert_eq!(gallery.get(url).await.status, 403, "{url}");
        let told = told(&gallery, &format!("http://host{url}")).await;
        assert_eq!(told["width"], if url.contains("w-40") { 40 } else { 80 }, "{url}: {told}");
    }
}

#[tokio::test]
async fn of_a_file_that_is_no_picture_is_told_what_is_known() {
    let gallery = Gallery::open(json!({})).await;
    let style = b"body { margin: 0 }".repeat(100);
    gallery.put_bytes("style.css", style.clone());
    gallery
        .put_bytes("plane.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'/>".to_vec());
    let whole = crate::pictures::photo(80, 60);
    gallery.put_bytes("half.png", whole[..whole.len() / 2].to_vec());
    gallery.put_bytes("lies.png", b"no picture at all".to_vec());
    assert_eq!(told(&gallery, "/shop/style.css").await, json!({"size": style.len(), "format": "css"}));
    assert_eq!(told(&gallery, "/shop/lies.png").await, json!({"size": 17, "format": "png"}));
    let plane = told(&gallery, "/shop/plane.svg").await;
    assert_eq!(
        (&plane["width"], &plane["height"], &plane["format"]),
        (&json!(20), &json!(10), &json!("svg"))
    );
    let half = told(&gallery, "/shop/half.png").await;
    assert_eq!((&half["width"], half.get("pHash"), half.get("hasTransparency")), (&json!(80), None, None));
}

#[tokio::test]
async fn what_cannot_be_told_of_is_an_error_in_the_form_of_the_hosted_service() {
    let gallery = Gallery::open(json!({})).await;
    for (url, key, status, message) in [
        ("http://host/shop/a.png", "private_other", 403, "This key does not belong to the URL endpoint"),
        ("http://host/other/a.png", KEY, 400, "The URL belongs to no URL endpoint here"),
        ("no url", KEY, 400, "\"no url\" is no URL"),
        ("", KEY, 400, "No URL is named"),
        ("http://host/shop/missing.png", KEY, 404, "There is no such file: ENOENT - "),
        ("http://host/shop/tr:w-10,h-abc/a.png", KEY, 400, "The file cannot be looked into: EINVAL - "),
        ("http://host/shop/tr:n-nothing/a.png", KEY, 400, "The file cannot be looked into: EINVAL - "),
    ] {
        let answer = ask_with(gallery.browser(), url, key).await;
        assert_eq!(answer.status, status, "{url}: {}", answer.text());
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(body["message"].as_str().unwrap().starts_with(message), "{url}: {body}");
        assert!(!body["help"].as_str().unwrap().is_empty(), "{url}: {body}");
        assert_eq!(answer.header("cache-control"), "no-store", "{url}");
    }
    let answer = gallery.get("/v1/metadata?url=/shop/a.png").await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Basic realm=\"imgplane\""));
    let head = gallery.browser().send(Method::HEAD, "/v1/metadata?url=/shop/a.png", &[]).await;
    assert_eq!(head.status, 404, "as the API's other calls");
    gallery.answer_with(503);
    let answer = ask_with(gallery.browser(), "http://host/shop/b.png", KEY).await;
    assert_eq!(answer.status, 404, "{}", answer.text());
    let metrics = gallery.metrics().await;
    assert!(metrics.contains(r#"imgplane_responses_total{endpoint="shop/main",status="404""#), "{metrics}");
}
