//! The cache: what is kept, under which name, how long, for whom, and that a purge is certain.

mod cdn;
mod disk;
mod files;
mod gallery;
mod killed;
mod layers;
mod memo;
mod metadata;
mod purge;
mod ranges;
mod stores;

use std::time::Duration;

use futures::future::join_all;
use http::Method;
use serde_json::json;

use self::gallery::Gallery;
use crate::harness::Browser;

const WEBP: [(&str, &str); 1] = [("accept", "image/webp")];

#[tokio::test]
async fn what_was_made_once_is_delivered_again_without_its_origin() {
    let gallery = Gallery::open(json!({})).await;
    for path in ["/shop/tr:w-40/a.png", "/shop/a.png", "/shop/tr:f-gif/a.gif"] {
        let asked = gallery.asked();
        let first = gallery.get(path).await;
        assert_eq!((first.status, first.header("age")), (200, ""), "{path}: {first:?}");
        assert!(first.header("server-timing").contains(",cdn-cache-miss,cdn-rid"), "{path}: {first:?}");
        let again = gallery.get(path).await;
        assert_eq!((again.status, &again.body), (200, &first.body), "{path}");
        assert!(again.header("server-timing").starts_with("cdn-cache-hit,cdn-rid"), "{path}: {again:?}");
        assert!(again.header("age").parse::<u64>().unwrap() < 60, "{path}");
        for name in [
            "content-type",
            "content-length",
            "etag",
            "last-modified",
            "vary",
            "cache-control",
            "cdn-cache-control",
            "accept-ranges",
            "link",
        ] {
            assert_eq!(again.header(name), first.header(name), "{path}: {name}");
        }
        assert_eq!(gallery.asked(), asked + 1, "{path}");
    }
}

#[tokio::test]
async fn without_a_cache_everything_is_made_anew() {
    let gallery = Gallery::without_cache().await;
    for times in 1..=2 {
        let answer = gallery.get("/shop/tr:w-40/a.png").await;
        assert!(!answer.header("server-timing").contains("cdn-cache"), "{answer:?}");
        assert_eq!((answer.header("age"), gallery.asked()), ("", times));
    }
}

#[tokio::test]
async fn one_result_is_kept_for_all_who_would_get_the_same_and_for_nobody_else() {
    let settings = json!({
        "namedTransformations": [{"name": "small", "value": "w-30", "enabled": true}],
        "optimization": {"dataSaver": {"quality": 30}},
    });
    let avif = [("accept", "image/avif,image/webp")];
    let save = [("save-data", "on")];
    let hint = |width| [("sec-ch-width", width)];
    let ratio = |dpr| [("sec-ch-dpr", dpr)];
    let plain: &[(&str, &str)] = &[];
    // Requests in pairs, and whether the second is answered with what was made for the first.
    for (first, first_headers, second, second_headers, same) in [
        ("tr:w-30/a.png", plain, "a.png?tr=w-30", plain, true),
        ("tr:w-30/a.png", plain, "tr:n-small/a.png", plain, true),
        ("tr:w-30/a.png", plain, "ik-seo/a/anything.png?tr=w-30", plain, true),
        ("tr:w-30/a.png", plain, "tr:w-30/a.png?ik-attachment=true", plain, true),
        ("tr:w-30/a.png", plain, "tr:w-30,zz-1/a.png", plain, true),
        ("tr:w-30/a.png", &WEBP, "tr:w-30/a.png", &avif, true),
        ("tr:w-30,f-png/a.png", plain, "tr:w-30,f-png/a.png", &WEBP, true),
        ("tr:w-auto/a.png", &hint("21"), "tr:w-auto/a.png", &hint("99"), true),
        (
            "tr:w-auto/a.png",
            &[("sec-ch-width", "21"), ("sec-ch-dpr", "2")],
            "tr:w-auto/a.png",
            &hint("21"),
            true,
        ),
        ("tr:w-30,dpr-auto/a.png", &ratio("1.501"), "tr:w-30,dpr-auto/a.png", &ratio("1.4999"), true),
        ("tr:w-30,dpr-auto/a.png", &ratio("5"), "tr:w-30,dpr-auto/a.png", &ratio("7000"), true),
        ("tr:w-30,dpr-auto/a.png", &ratio("1.5"), "tr:w-30,dpr-auto/a.png", &ratio("1.51"), false),
        ("tr:w-30/a.png", plain, "tr:w-31/a.png", plain, false),
        ("tr:w-30/a.png", plain, "tr:w-30/b.png", plain, false),
        ("tr:w-30/a.png", plain, "tr:w-30/a.png", &WEBP, false),
        ("tr:w-30/a.png", plain, "tr:w-30/a.png", &save, false),
        ("tr:w-30/a.png", plain, "tr:w-30/a.png?v=2", plain, false),
        ("tr:w-30/a.png", plain, "tr:w-30/a.png?ik-obj-version=2", plain, false),
        ("tr:w-auto/a.png", &hint("21"), "tr:w-auto/a.png", &hint("121"), false),
    ] {
        let gallery = Gallery::open(settings.clone()).await;
        let first = gallery.get_with(&format!("/shop/{first}"), first_headers).await;
        assert_eq!(first.status, 200, "{first:?}");
        let answer = gallery.get_with(&format!("/shop/{second}"), second_headers).await;
        assert_eq!(answer.status, 200, "{second}: {answer:?}");
        assert_eq!(gallery.asked(), if same { 1 } else { 2 }, "{second} {second_headers:?}");
        if same {
            assert_eq!(answer.body, first.body, "{second}");
        }
    }
}

#[tokio::test]
async fn what_only_this_request_says_is_told_also_of_what_was_kept() {
    let gallery = Gallery::open(json!({})).await;
    assert_eq!(gallery.get("/shop/tr:w-30/a.png").await.header("ik-warning"), "");
    let answer = gallery.get("/shop/tr:w-30,zz-1/a.png?ik-attachment=true").await;
    assert!(answer.header("ik-warning").contains("zz is not a known parameter"), "{answer:?}");
    assert!(answer.header("content-disposition").starts_with("attachment"), "{answer:?}");
    assert_eq!(gallery.asked(), 1);
    // A width of 100 for a hint of 50 is twice as many pixels as one of CSS, for a hint of 100 as many.
    for (hint, dpr) in [("50", "2"), ("100", "1"), ("80", "1.25")] {
        let answer = gallery.get_with("/shop/tr:w-auto/wide.png", &[("sec-ch-width", hint)]).await;
        assert_eq!((answer.size().0, answer.header("content-dpr")), (100, dpr), "{hint}");
    }
    assert_eq!(gallery.asked(), 2);
    // One that no hint led to a change of still says what it depends on.
    for (path, vary) in [
        ("/shop/tr:w-auto/a.gif", "Accept, Sec-CH-DPR, Sec-CH-Width"),
        ("/shop/tr:dpr-auto/a.gif", "Accept, Sec-CH-DPR"),
        ("/shop/tr:w-auto,orig-true/a.gif", ""),
        ("/shop/a.gif", "Accept"),
    ] {
        for hit in [false, true] {
            let answer = gallery.get(path).await;
            let timing = answer.header("server-timing");
            assert_eq!((answer.status, answer.header("vary")), (200, vary), "{path}");
            assert_eq!(timing.contains("cdn-cache-hit"), hit, "{path}: {timing}");
        }
    }
}

#[tokio::test]
async fn parts_heads_and_conditions_are_answered_from_what_was_kept() {
    let gallery = Gallery::open(json!({})).await;
    let whole = gallery.get("/shop/tr:w-40/a.png").await;
    let part = gallery.get_with("/shop/tr:w-40/a.png", &[("range", "bytes=2-5")]).await;
    assert_eq!((part.status, &part.body[..]), (206, &whole.body[2..=5]));
    assert_eq!(part.header("content-range"), format!("bytes 2-5/{}", whole.body.len()));
    let etag = whole.header("etag").to_owned();
    let same = gallery.get_with("/shop/tr:w-40/a.png", &[("if-none-match", &etag)]).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let other = [("range", "bytes=2-5"), ("if-range", "\"other\"")];
    assert_eq!(gallery.get_with("/shop/tr:w-40/a.png", &other).await.body, whole.body);
    let head = gallery.browser().send(Method::HEAD, "/shop/tr:w-40/a.png", &[]).await;
    assert_eq!((head.status, head.header("content-length")), (200, whole.header("content-length")));
    assert_eq!(gallery.asked(), 1);
}

#[tokio::test]
async fn permission_is_judged_for_every_request_whoever_was_first() {
    let settings = json!({"namedTransformations": [{"name": "small", "value": "w-30", "enabled": true}]});
    let signed = |path: &str| gallery::signed(path, None);
    for (first, second, expected) in [
        (signed("/shop/tr:w-30/secret.png"), "/shop/tr:w-30/secret.png".to_owned(), 401),
        ("/shop/tr:n-small/secret.png".to_owned(), "/shop/tr:w-30/secret.png".to_owned(), 401),
        ("/shop/tr:w-30/secret.png".to_owned(), signed("/shop/tr:w-30/secret.png"), 200),
        (signed("/shop/secret.gif"), "/shop/tr:n-small/secret.gif".to_owned(), 200),
        (signed("/shop/tr:f-gif/secret.gif"), "/shop/tr:f-gif/secret.gif".to_owned(), 401),
    ] {
        let gallery = Gallery::open(settings.clone()).await;
        gallery.get(&first).await;
        let answer = gallery.get(&second).await;
        assert_eq!(answer.status, expected, "{first}, then {second}: {answer:?}");
        if expected == 401 {
            for name in ["etag", "last-modified", "age", "link"] {
                assert_eq!(answer.header(name), "", "{second}: {name}");
            }
            let timing = answer.header("server-timing");
            assert!(timing.starts_with("cdn-rid;"), "whether it is kept is no business of theirs: {timing}");
        }
    }
    // Who shows nothing costs no transformation.
    let gallery = Gallery::open(settings).await;
    assert_eq!(gallery.get("/shop/tr:w-31/secret.png").await.status, 401);
    let metrics = gallery.metrics().await;
    assert!(metrics.contains("imgplane_cache_lookups_total{outcome=\"miss\"} 1"), "{metrics}");
    assert!(!metrics.contains("imgplane_transformation_seconds_count"), "{metrics}");
    assert!(!metrics.contains("imgplane_cache_insertions_total"), "{metrics}");
}

#[tokio::test]
async fn a_signature_that_ends_soon_shortens_what_was_kept_long_ago() {
    let gallery = Gallery::open(json!({})).await;
    gallery.get("/shop/tr:w-30/a.png").await;
    let ends = gallery::now() + 60;
    let answer = gallery.get(&gallery::signed("/shop/tr:w-30/a.png", Some(ends))).await;
    let caching = answer.header("cache-control");
    assert!(
        caching.starts_with("public, s-maxage=60") || caching.starts_with("public, s-maxage=59"),
        "{caching}"
    );
    assert_eq!((answer.header("age"), gallery.asked()), ("", 1), "it counts from now");
}

#[tokio::test]
async fn what_is_past_its_time_stands_in_for_an_origin_that_is_away_and_for_nothing_else() {
    // Everything is past its time at once.
    let gallery = Gallery::open(json!({"caching": {"ttl": 0}})).await;
    let first = gallery.get("/shop/tr:w-40/a.png").await;
    assert_eq!(first.status, 200);
    gallery.get("/shop/tr:w-40/a.png").await;
    assert_eq!(gallery.asked(), 2, "it is asked again as long as it answers");

    gallery.answer_with(503);
    let stale = gallery.get("/shop/tr:w-40/a.png").await;
    assert_eq!((stale.status, &stale.body, stale.header("ik-error")), (200, &first.body, ""));
    assert!(stale.header("server-timing").contains("cdn-cache-hit"), "{stale:?}");
    assert_eq!(gallery.get("/shop/tr:w-41/a.png").await.status, 404, "never made");

    gallery.answer_with(404);
    assert_eq!(gallery.get("/shop/tr:w-40/a.png").await.header("ik-error").split(' ').next(), Some("ENOENT"));
    gallery.answer_with(503);
    assert_eq!(
        gallery.get("/shop/tr:w-40/a.png").await.status,
        404,
        "a file that is gone does not come back"
    );
    let metrics = gallery.metrics().await;
    assert!(metrics.contains(r#"ik_error="",format="",cache="stale"} 1"#), "{metrics}");

    let strict = Gallery::open(json!({"caching": {"ttl": 0, "staleIfError": 0}})).await;
    strict.get("/shop/tr:w-40/a.png").await;
    strict.answer_with(503);
    assert_eq!(strict.get("/shop/tr:w-40/a.png").await.status, 404);
}

#[tokio::test]
async fn a_file_that_became_private_is_shown_to_nobody_when_its_origin_goes_away() {
    let gallery = Gallery::open(json!({"caching": {"ttl": 0}})).await;
    assert_eq!(gallery.get("/shop/tr:w-40/a.png").await.status, 200);
    gallery.mark_private();
    gallery.put("a.png", 70);
    assert_eq!(gallery.get("/shop/tr:w-40/a.png").await.status, 401);
    gallery.answer_with(503);
    assert_eq!(gallery.get("/shop/tr:w-40/a.png").await.status, 404, "what was open once does not stand in");
}

#[tokio::test]
async fn nothing_that_was_made_of_a_file_stands_in_once_it_was_found_to_be_gone_or_private() {
    let settings = json!({"caching": {"ttl": 0, "negativeTtl": 0}});
    let all = ["/shop/tr:w-40/a.png", "/shop/tr:w-41/a.png", "/shop/tr:w-41/%61.png"];
    for (lost, expected) in [("gone", 404), ("private", 401)] {
        let gallery = Gallery::open(settings.clone()).await;
        for path in all.into_iter().chain(["/shop/tr:w-41/b.png"]) {
            assert_eq!(gallery.get(path).await.status, 200, "{path}");
        }
        if lost == "gone" {
            gallery.answer_with(404);
        } else {
            gallery.mark_private();
            gallery.put("a.png", 70);
        }
        // Of a transformation that was never asked for before.
        assert_eq!(gallery.get("/shop/tr:w-42/a.png").await.status, expected, "{lost}");
        gallery.answer_with(503);
        for path in all {
            assert_eq!(gallery.get(path).await.status, 404, "{path} of a file that is {lost}");
        }
        assert_eq!(gallery.get("/shop/tr:w-41/b.png").await.status, 200, "another file");
        gallery.answer_with(200);
        if lost == "gone" {
            // What was made in the very millisecond counts as made before.
            let noticed = std::time::Instant::now();
            gallery.until(|| noticed.elapsed() > Duration::from_millis(1)).await;
            assert_eq!(gallery.get(all[1]).await.status, 200, "it is back");
            gallery.answer_with(503);
            assert_eq!(gallery.get(all[1]).await.status, 200, "and stands in again");
        }
    }
}

#[tokio::test]
async fn settings_that_change_results_begin_anew_and_others_do_not() {
    let gallery = Gallery::open(json!({})).await;
    gallery.get("/shop/tr:w-40/a.png").await;
    for (settings, asked) in [
        (json!({"caching": {"ttl": 60000}}), 1),
        (json!({"security": {"blockedUserAgents": ["bot"], "signingKeys": ["url-keys/a"]}}), 1),
        (json!({"optimization": {"quality": {"enabled": true, "default": 20}}}), 2),
        (json!({"caching": {"ttl": 60000, "purge": "2026-11-29"}}), 3),
        (json!({"caching": {"ttl": 60000, "purge": "2026-11-29"}}), 3),
    ] {
        gallery.apply(&settings).await;
        assert_eq!(gallery.get("/shop/tr:w-40/a.png").await.status, 200);
        assert_eq!(gallery.asked(), asked, "{settings}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_one_result_share_its_making_and_outlive_who_began_it() {
    let gallery = Gallery::open(json!({})).await;
    gallery.hold();
    let browser = Browser::new(gallery.address());
    let request = |browser: Browser| {
        tokio::spawn(async move { browser.send(Method::GET, "/shop/tr:w-40/a.png", &[]).await })
    };
    let first = request(browser.clone());
    gallery.until(|| gallery.asked() == 1).await;
    let others: Vec<_> = (0..7).map(|_| request(browser.clone())).collect();
    gallery.until_metric("imgplane_merged_requests_total 7").await;
    first.abort();
    gallery.release();
    for answer in join_all(others).await {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(gallery.asked(), 1);
    let metrics = gallery.metrics().await;
    assert!(metrics.contains("imgplane_transformation_seconds_count{format=\"jpg\"} 1"), "{metrics}");
}

#[tokio::test]
async fn the_default_image_is_kept_too_and_never_under_the_name_of_the_missing_one() {
    let gallery = Gallery::open(json!({"defaultImage": "b.png"})).await;
    for asked in [2, 3] {
        let answer = gallery.get("/shop/tr:w-40/missing.png").await;
        assert_eq!((answer.status, answer.header("age")), (200, ""), "{answer:?}");
        assert!(answer.header("ik-error").starts_with("ENOENT"), "{answer:?}");
        // The missing file is asked for each time that its absence is not remembered.
        assert!(gallery.asked() <= asked);
    }
    gallery.put("missing.png", 90);
    gallery.forget_absence().await;
    let answer = gallery.get("/shop/tr:w-40/missing.png").await;
    assert_eq!((answer.status, answer.header("ik-error")), (200, ""));
}

#[tokio::test]
async fn memory_that_is_configured_anew_keeps_serving() {
    let gallery = Gallery::open(json!({})).await;
    gallery.get("/shop/tr:w-40/a.png").await;
    for (memory, timing) in [(0, ""), (8 << 20, "cdn-cache-hit"), (16 << 20, "cdn-cache-hit")] {
        gallery.resize(memory);
        let settled = async {
            loop {
                assert!(gallery.harness.server.handle().is_ready(), "it serves on");
                let answer = gallery.get("/shop/tr:w-40/a.png").await;
                assert_eq!(answer.status, 200);
                let told = answer.header("server-timing");
                if told.contains(timing) && (!timing.is_empty() || !told.contains("cdn-cache")) {
                    break;
                }
            }
        };
        tokio::time::timeout(DEADLINE, settled).await.unwrap();
    }
}

/// Deadline of everything that is waited for.
const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_origin_that_still_has_the_same_file_sends_it_no_second_time() {
    let gallery = Gallery::open(json!({"caching": {"ttl": 0}})).await;
    let first = gallery.get("/shop/tr:w-40/a.png").await;
    for times in 2..4 {
        let again = gallery.get("/shop/tr:w-40/a.png").await;
        assert_eq!((again.status, &again.body), (200, &first.body));
        let timing = again.header("server-timing");
        assert!(timing.contains("cdn-cache-refresh") && timing.contains("download;dur="), "{timing}");
        assert!(!timing.contains("transformation"), "{timing}");
        assert_eq!((gallery.asked(), gallery.sent()), (times, 1));
    }
    gallery.put("a.png", 50);
    let new = gallery.get("/shop/tr:w-1000,c-at_max/a.png").await;
    assert_eq!(new.size().0, 50, "another result of it was never known");
    let new = gallery.get("/shop/tr:w-40/a.png").await;
    assert!(new.header("server-timing").contains("cdn-cache-miss"), "{new:?}");
    assert_ne!(new.header("etag"), first.header("etag"));
}

#[tokio::test]
async fn the_origin_says_how_long_where_the_endpoint_lets_it() {
    let settings = json!({"caching": {"originCacheControl": true}});
    for (told, sent, hit) in [
        ("max-age=600", "public, s-maxage=600, max-age=600, must-revalidate", "cdn-cache-hit"),
        ("max-age=600, s-maxage=60", "public, s-maxage=60, max-age=60, must-revalidate", "cdn-cache-hit"),
        ("", "public, s-maxage=31536000, max-age=31536000, must-revalidate", "cdn-cache-hit"),
        ("no-cache", "public, s-maxage=0, max-age=0, must-revalidate", "cdn-cache-refresh"),
        ("max-age=0", "public, s-maxage=0, max-age=0, must-revalidate", "cdn-cache-refresh"),
        ("no-store", "no-store", "cdn-cache-miss"),
        ("private, max-age=60", "no-store", "cdn-cache-miss"),
    ] {
        let gallery = Gallery::open(settings.clone()).await;
        gallery.say_of_caching(told);
        for timing in ["cdn-cache-miss", hit] {
            let answer = gallery.get("/shop/tr:w-40/a.png").await;
            assert_eq!((answer.status, answer.header("cache-control")), (200, sent), "{told}");
            assert!(answer.header("server-timing").contains(timing), "{told}: {answer:?}");
        }
        // Files that pass through say the same.
        assert_eq!(gallery.get("/shop/tr:orig-true/a.png").await.header("cache-control"), sent, "{told}");
    }
    let deaf = Gallery::open(json!({})).await;
    deaf.say_of_caching("no-store");
    for timing in ["cdn-cache-miss", "cdn-cache-hit"] {
        let answer = deaf.get("/shop/tr:w-40/a.png").await;
        assert!(answer.header("server-timing").contains(timing), "{answer:?}");
        assert!(answer.header("cache-control").contains("max-age=31536000"), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_just_past_its_time_is_delivered_while_a_new_one_is_made() {
    // A lifetime of 50 ms, of which the 5 ms after it are hard to hit: each round has its chance.
    let gallery = Gallery::open(json!({"caching": {"ttl": 50}})).await;
    let stale = async {
        loop {
            let answer = gallery.get("/shop/tr:w-40/a.png").await;
            assert_eq!(answer.status, 200);
            if gallery.metrics().await.contains(r#"cache="stale"}"#) {
                break answer;
            }
        }
    };
    let answer = tokio::time::timeout(DEADLINE, stale).await.unwrap();
    assert_eq!(answer.status, 200);
    gallery.until_metric(r#"cache="hit"}"#).await;
}
