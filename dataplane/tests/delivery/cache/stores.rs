//! The store that pods share: what one server made, another delivers, and a store that is broken harms nobody.

mod fleet;
mod originals;
mod purge;

use std::fs;

use imgplane_config::Cache;
use serde_json::json;

use self::fleet::{Fleet, NONE};
use super::gallery;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_an_empty_cache_delivers_what_another_one_made() {
    let fleet = Fleet::open(json!({})).await;
    fleet.gallery.put_bytes("style.css", b"body { color: teal }\n".repeat(100));
    fleet.gallery.put_bytes("film.mp4", vec![7; 5000]);
    let paths = ["tr:w-40/a.png", "a.png", "tr:f-gif/a.gif", "film.mp4", "style.css"];
    let one = fleet.server(fleet::CACHE).await;
    let mut first = Vec::new();
    for path in paths {
        first.push(one.get_with(&format!("/shop/{path}"), &[("accept-encoding", "br")]).await);
    }
    fleet::until_metric(&one, fleet::STORE_WROTE, paths.len()).await;
    let asked = fleet.gallery.asked();
    // With a cache of its own, and without.
    for cache in [fleet::CACHE, NONE] {
        let other = fleet.server(cache).await;
        for (path, first) in paths.into_iter().zip(&first) {
            let path = format!("/shop/{path}");
            let answer = other.get_with(&path, &[("accept-encoding", "br")]).await;
            assert_eq!((answer.status, &answer.body), (200, &first.body), "{path}");
            assert!(
                answer.header("server-timing").starts_with("cdn-cache-hit,cdn-rid"),
                "{path}: {answer:?}"
            );
            assert!(answer.header("age").parse::<u64>().unwrap() < 60, "{path}: {answer:?}");
            for name in ["content-type", "content-encoding", "etag", "vary", "cache-control"] {
                assert_eq!(answer.header(name), first.header(name), "{path}: {name}");
            }
            let again = other.get_with(&path, &[("accept-encoding", "br")]).await;
            assert_eq!(again.body, first.body, "{path}");
        }
        assert_eq!(fleet.gallery.asked(), asked, "{cache:?}");
        let found = if cache == NONE { 2 * paths.len() } else { paths.len() };
        fleet::has_metric(&other, "imgplane_cache_lookups_total{outcome=\"store\"}", found).await;
        fleet::has_no_metric(&other, "operation=\"write\"").await;
        assert_eq!(other.admin("/readyz").await.text(), "ready\n");
        assert_eq!(other.server.report().store_error, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_result_is_delivered_by_another_server_to_nobody_without_a_signature() {
    let fleet = Fleet::open(json!({})).await;
    let one = fleet.server(fleet::CACHE).await;
    let signed = gallery::signed("/shop/tr:w-40/secret.png", None);
    assert_eq!(one.get(&signed).await.status, 200);
    fleet::until_metric(&one, fleet::STORE_WROTE, 1).await;
    let asked = fleet.gallery.asked();
    let other = fleet.server(fleet::CACHE).await;
    for _ in 0..2 {
        let answer = other.get("/shop/tr:w-40/secret.png").await;
        assert_eq!((answer.status, answer.header("etag"), answer.header("age")), (401, "", ""));
        assert_eq!(other.get(&signed).await.status, 200);
    }
    assert_eq!(fleet.gallery.asked(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_in_the_store_is_made_anew_and_written_again() {
    let fleet = Fleet::open(json!({})).await;
    let one = fleet.server(NONE).await;
    let whole = one.get("/shop/tr:w-40/a.png").await;
    fleet::until_metric(&one, fleet::STORE_WROTE, 1).await;
    let object = fleet.objects().pop().unwrap();
    let good = fs::read(&object).unwrap();
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    for (count, bad) in (1..).zip([&good[..good.len() / 2], &changed, b"", b"not ours"]) {
        fs::write(&object, bad).unwrap();
        let other = fleet.server(NONE).await;
        let answer = other.get("/shop/tr:w-40/a.png").await;
        assert_eq!((answer.status, &answer.body), (200, &whole.body));
        assert_eq!(fleet.gallery.asked(), count + 1);
        fleet::until_metric(&other, fleet::STORE_WROTE, 1).await;
        // Only the time at which it was made is another one.
        assert!(fs::read(&object).unwrap().ends_with(&whole.body));
        let again = other.get("/shop/tr:w-40/a.png").await;
        assert!(again.header("age").parse::<u64>().unwrap() < 60, "{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_one_result_look_it_up_once() {
    let fleet = Fleet::open(json!({})).await;
    fleet.gallery.hold();
    let one = fleet.server(fleet::CACHE).await;
    let all = futures::future::join_all((0..20).map(|_| one.get("/shop/tr:w-40/a.png")));
    let (answers, ()) = tokio::join!(all, async {
        fleet.gallery.until(|| fleet.gallery.asked() == 1).await;
        fleet.gallery.release();
    });
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(fleet.gallery.asked(), 1);
    fleet::until_metric(&one, fleet::STORE_WROTE, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_used_is_told_everywhere_and_everything_is_served() {
    let fleet = Fleet::open(json!({})).await;
    for (dir, expected) in [
        (Some(fleet.folder().join("absent")), "absent/shared cannot be read: No such file"),
        (None, "this pod was given no --store-dir"),
    ] {
        let server = fleet.server_in(dir, Cache::default()).await;
        assert_eq!(server.get("/shop/tr:w-40/a.png").await.status, 200);
        let ready = server.admin("/readyz").await;
        assert_eq!(ready.status, 200);
        assert!(ready.text().starts_with("ready\na store is not used: cache.shared cannot be used: "));
        assert!(ready.text().contains(expected), "{}", ready.text());
        let error = server.server.report().store_error.unwrap();
        assert!(error.contains(expected), "{error}");
    }
}
