//! Purges through the API of the delivery port.

use http::Method;
use serde_json::{Value, json};

use super::gallery::{Gallery, KEY};
use crate::harness::{Answer, Browser};

pub(super) fn basic(user: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("Basic {}", STANDARD.encode(format!("{user}:")))
}

async fn ask(gallery: &Gallery, document: &Value) -> Answer {
    let key = basic(KEY);
    let headers = [("authorization", key.as_str())];
    gallery.browser().post("/v1/files/purge", document, &headers).await
}

pub(super) async fn purge(gallery: &Gallery, url: &str) {
    let answer = ask(gallery, &json!({"url": url})).await;
    assert_eq!(answer.status, 201, "{url}: {}", answer.text());
    let id = serde_json::from_slice::<Value>(&answer.body).unwrap()["requestId"].as_str().unwrap().to_owned();
    let progress = status(gallery, &id, KEY).await;
    assert_eq!((progress.status, progress.text()), (200, r#"{"status":"Completed"}"#), "{url}");
}

async fn status(gallery: &Gallery, id: &str, key: &str) -> Answer {
    let key = basic(key);
    let path = format!("/v1/files/purge/{id}");
    gallery.browser().send(Method::GET, &path, &[("authorization", &key)]).await
}

#[tokio::test]
async fn a_purge_covers_what_its_url_means_in_every_format_and_spares_the_rest() {
    let all = ["tr:w-40/a.png", "tr:w-41/a.png", "a.png", "tr:w-40/folder/a.png", "tr:w-40/b.png"];
    for (url, gone) in [
        ("http://host/shop/tr:w-40/a.png", vec![0]),
        ("https://other.example/shop/a.png?tr=w-40", vec![0]),
        ("/shop/tr:w-40/a.png?ik-s=old&ik-t=1", vec![0]),
        ("http://host/shop/a.png", vec![2]),
        ("http://host/shop/a.png*", vec![0, 1, 2]),
        ("http://host/shop/tr:w-40/a.png*", vec![0, 1, 2]),
        ("http://host/shop/folder/a*", vec![3]),
    ] {
        let gallery = Gallery::open(json!({})).await;
        for accept in ["image/webp", "*/*"] {
            for path in all {
                assert_eq!(
                    gallery.get_with(&format!("/shop/{path}"), &[("accept", accept)]).await.status,
                    200
                );
            }
        }
        assert_eq!(gallery.asked(), 10);
        purge(&gallery, url).await;
        for (index, path) in all.into_iter().enumerate() {
            for accept in ["image/webp", "*/*"] {
                let answer = gallery.get_with(&format!("/shop/{path}"), &[("accept", accept)]).await;
                let hit = answer.header("server-timing").contains("cdn-cache-hit");
                assert_eq!(hit, !gone.contains(&index), "{url}: {path} {accept}");
            }
        }
        for path in all {
            let answer = gallery.get(&format!("/shop/{path}")).await;
            assert!(answer.header("server-timing").contains("cdn-cache-hit"), "{path} is kept anew");
        }
    }
}

#[tokio::test]
async fn the_scope_of_a_file_covers_everything_that_was_made_of_it() {
    let gallery = Gallery::open(json!({})).await;
    for path in ["/shop/tr:w-40/a.png", "/shop/a.png", "/shop/tr:w-40/b.png"] {
        gallery.get(path).await;
    }
    let answer = ask(&gallery, &json!({"url": "http://host/shop/tr:w-7/a.png", "scope": "resource"})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    for (path, hit) in [("/shop/tr:w-40/a.png", false), ("/shop/a.png", false), ("/shop/tr:w-40/b.png", true)]
    {
        let answer = gallery.get(path).await;
        assert_eq!(answer.header("server-timing").contains("cdn-cache-hit"), hit, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_before_a_purge_is_given_to_nobody_who_comes_after_it() {
    let gallery = Gallery::open(json!({})).await;
    gallery.hold();
    let browser = Browser::new(gallery.address());
    let get = |browser: Browser| {
        tokio::spawn(async move { browser.send(Method::GET, "/shop/tr:w-1000,c-at_max/a.png", &[]).await })
    };
    let early = get(browser.clone());
    gallery.until(|| gallery.asked() == 1).await;
    gallery.put("a.png", 50);
    purge(&gallery, "http://host/shop/tr:w-1000,c-at_max/a.png").await;
    let late = get(browser.clone());
    gallery.until(|| gallery.asked() == 2).await;
    gallery.release();
    assert_eq!(early.await.unwrap().size().0, 80, "it asked before");
    assert_eq!(late.await.unwrap().size().0, 50);
    for _ in 0..2 {
        assert_eq!(get(browser.clone()).await.unwrap().size().0, 50, "the old one is not kept");
    }
}

#[tokio::test]
async fn the_api_says_what_is_wrong_in_the_form_of_the_hosted_service() {
    let gallery = Gallery::open(json!({})).await;
    let good = json!({"url": "http://host/shop/a.png"});
    let (right, wrong) = (basic(KEY), basic("private_other"));
    let with = |value: &str| vec![("authorization".to_owned(), value.to_owned())];
    for (document, headers, expected, message) in [
        (good.clone(), vec![], 401, "This request carries no key"),
        (good.clone(), with("Bearer x"), 401, "This request carries no key"),
        (good.clone(), with(&wrong), 403, "This key does not belong to the URL endpoint"),
        (json!({"link": "x"}), with(&right), 400, "The body cannot be read: missing field `url`"),
        (json!({"url": "http://host/other/a.png"}), with(&right), 400, "The URL belongs to no URL endpoint"),
        (json!({"url": "http://host/shop/a b.png"}), with(&right), 400, "is no URL"),
        (json!({"url": "http://host/shop/tr:w-x/a.png"}), with(&right), 400, "\"x\" is not a number"),
        (json!({"url": "http://host/shop/images*"}), with(&right), 400, "covers too much"),
        (json!({"url": "http://host/shop/media/catalog/*"}), with(&right), 400, "covers too much"),
        (json!({"url": "http://host/shop/a*b.png"}), with(&right), 400, "one *, at its end"),
        (json!({"url": "x".repeat(20_000)}), with(&right), 400, "The body cannot be read"),
    ] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = gallery.browser().post("/v1/files/purge", &document, &headers).await;
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.status, expected, "{document}: {body}");
        assert!(body["message"].as_str().unwrap().contains(message), "{document}: {body}");
        assert!(!body["help"].as_str().unwrap().is_empty(), "{document}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(!answer.header("x-ik-requestid").is_empty());
    }
    let unknown = "01939b8a-0000-7000-8000-000000000000";
    assert_eq!(status(&gallery, unknown, KEY).await.status, 404);
    let answer = ask(&gallery, &good).await;
    let id = serde_json::from_slice::<Value>(&answer.body).unwrap()["requestId"].as_str().unwrap().to_owned();
    assert_eq!(status(&gallery, &id, "private_other").await.status, 403);
    // Everything else below /v1 is a path like any other.
    assert_eq!(gallery.get("/v1/files/purge/photo.jpg").await.status, 404);
    assert_eq!(gallery.browser().post("/v1/files", &good, &[]).await.status, 405);
}

#[tokio::test]
async fn in_a_cluster_a_purge_waits_for_its_number_and_holds_when_the_config_has_it() {
    use imgplane_config::{Cache, DataPlaneConfig, Purge, Purges};

    let cache = Cache { memory: 16 << 20, disk: None };
    let gallery = Gallery::with(|options| options.purges_alone = false, cache, &json!({})).await;
    gallery.get("/shop/tr:w-40/a.png").await;
    let answer = ask(&gallery, &json!({"url": "http://host/shop/tr:w-40/a.png?ik-s=hush"})).await;
    assert_eq!(answer.status, 201);
    let id = serde_json::from_slice::<Value>(&answer.body).unwrap()["requestId"].as_str().unwrap().to_owned();
    assert_eq!(status(&gallery, &id, KEY).await.text(), r#"{"status":"Pending"}"#);
    let waiting = gallery.harness.server.report().purges;
    assert_eq!(
        (waiting.len(), waiting[0].id.as_str(), waiting[0].url.as_str()),
        (1, id.as_str(), "tr:w-40/a.png?")
    );
    let answer = gallery.get("/shop/tr:w-40/a.png").await;
    assert!(answer.header("server-timing").contains("cdn-cache-hit"), "not yet");

    let listed = |completed| {
        let records = vec![Purge { number: 1, request: waiting[0].clone() }];
        let purges = Purges { list: 1, completed, records, ..Purges::default() };
        let mut records = gallery.records(&json!({}));
        let config = DataPlaneConfig { purges, ..records.data_plane.body.clone() };
        records.data_plane = crate::harness::record("pool", config);
        records
    };
    gallery.harness.server.apply(listed(0).into());
    assert!(gallery.harness.server.report().purges.is_empty());
    assert_eq!(status(&gallery, &id, KEY).await.text(), r#"{"status":"Pending"}"#);
    let answer = gallery.get("/shop/tr:w-40/a.png").await;
    assert!(answer.header("server-timing").contains("cdn-cache-miss"), "{answer:?}");
    gallery.harness.server.apply(listed(1).into());
    assert_eq!(status(&gallery, &id, KEY).await.text(), r#"{"status":"Completed"}"#);
    let answer = gallery.get("/shop/tr:w-40/a.png").await;
    assert!(answer.header("server-timing").contains("cdn-cache-hit"), "the new one stays");
    // An id that another pod has just given out.
    let young = uuid::Uuid::now_v7().to_string();
    assert_eq!(status(&gallery, &young, KEY).await.text(), r#"{"status":"Pending"}"#);
}

#[tokio::test]
async fn no_spelling_of_a_file_outlives_its_purge() {
    let all = ["a.png", "%61.png", "a.png?junk=1", "tr:w-40/%61%2Epng"];
    for url in ["http://host/shop/a.png", "http://host/shop/%61.png", "http://host/shop//a%2epng"] {
        let gallery = Gallery::open(json!({})).await;
        for path in all {
            gallery.get(&format!("/shop/{path}")).await;
        }
        let answer = ask(&gallery, &json!({"url": url, "scope": "resource"})).await;
        assert_eq!(answer.status, 201, "{url}: {}", answer.text());
        for path in all {
            let answer = gallery.get(&format!("/shop/{path}")).await;
            assert!(!answer.header("server-timing").contains("cdn-cache-hit"), "{url}: {path}");
        }
    }
    let gallery =
        Gallery::open(json!({"urlRewriter": {"type": "Cloudinary", "preserveAssetDeliveryTypes": false}}))
            .await;
    let url = "/shop/image/upload/w_40,f_png/a.png";
    assert_eq!(gallery.get(url).await.status, 200);
    assert!(gallery.get(url).await.header("server-timing").contains("cdn-cache-hit"));
    purge(&gallery, &format!("http://host{url}*")).await;
    assert!(gallery.get(url).await.header("server-timing").contains("cdn-cache-miss"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_purged_while_a_newer_one_was_tried_does_not_stand_in() {
    let gallery = Gallery::open(json!({"caching": {"ttl": 0}})).await;
    assert_eq!(gallery.get("/shop/tr:w-40/a.png").await.status, 200);
    gallery.hold();
    gallery.answer_with(503);
    let browser = Browser::new(gallery.address());
    let late = tokio::spawn(async move { browser.send(Method::GET, "/shop/tr:w-40/a.png", &[]).await });
    gallery.until(|| gallery.asked() == 2).await;
    purge(&gallery, "http://host/shop/tr:w-40/a.png").await;
    gallery.release();
    assert_eq!(late.await.unwrap().status, 404);
}

#[tokio::test]
async fn a_file_that_was_absent_is_there_as_soon_as_it_is_purged() {
    for url in ["http://host/shop/new.png", "http://host/shop/tr:w-40/new.png", "http://host/shop/new.png*"] {
        let gallery = Gallery::open(json!({"caching": {"negativeTtl": 3_600_000}})).await;
        let path = if url.ends_with('*') { "/shop/tr:w-40/new.png" } else { &url["http://host".len()..] };
        assert_eq!(gallery.get(path).await.status, 404);
        gallery.put("new.png", 50);
        assert_eq!(gallery.get(path).await.status, 404, "its absence is remembered");
        purge(&gallery, "http://host/shop/b.png").await;
        assert_eq!(gallery.get(path).await.status, 404, "another file was purged");
        purge(&gallery, url).await;
        assert_eq!(gallery.get(path).await.status, 200, "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_stays_until_somebody_knows_what_it_was_asked_to_purge() {
    let cache = imgplane_config::Cache { memory: 16 << 20, disk: None };
    let gallery = Gallery::with(|options| options.purges_alone = false, cache, &json!({})).await;
    assert_eq!(ask(&gallery, &json!({"url": "http://host/shop/a.png"})).await.status, 201);
    let (delivery, admin) = (gallery.address(), gallery.harness.server.admin_addr().to_string());
    let ending = tokio::spawn(gallery.harness.server.run_until(async {}));
    let closed = async { while tokio::net::TcpStream::connect(&delivery).await.is_ok() {} };
    tokio::time::timeout(super::DEADLINE, closed).await.unwrap();
    let report = Browser::new(admin).send(Method::GET, "/v1/report", &[]).await;
    assert!(report.text().contains(r#""url":"a.png""#), "{}", report.text());
    ending.await.unwrap().unwrap();
}
