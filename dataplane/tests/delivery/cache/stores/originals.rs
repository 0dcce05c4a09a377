//! Saved originals: the origin is asked once, and everything else is made from the copy.

use imgplane_config::{Cache, Stores};
use serde_json::json;

use super::{
    super::gallery,
    fleet::{self, Fleet, NONE},
};
use crate::harness::Harness;

const SAVED: &str = r#"imgplane_store_requests_total{store="cache.shared",operation="write",outcome="done"}"#;

fn save() -> serde_json::Value {
    json!({"caching": {"saveOriginals": true, "ttl": 31_536_000_000_u64}})
}

async fn of_copy(server: &Harness, path: &str) -> (u32, u32) {
    let answer = server.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    let timing = answer.header("server-timing");
    assert!(!timing.contains("download") && timing.contains("transformation"), "{path}: {timing}");
    answer.size()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_transformations_on_many_servers_ask_the_origin_once() {
    let fleet = Fleet::open(save()).await;
    let one = fleet.server(fleet::CACHE).await;
    let first = one.get("/shop/tr:w-40/a.png").await;
    assert!(first.header("server-timing").contains("download"), "{first:?}");
    fleet::until_metric(&one, SAVED, 2).await;
    assert_eq!((of_copy(&one, "/shop/tr:w-30/a.png").await.0, fleet.gallery.asked()), (30, 1));
    for (cache, widths) in [(fleet::CACHE, [20, 16]), (NONE, [25, 15])] {
        let other = fleet.server(cache).await;
        for width in widths {
            let size = of_copy(&other, &format!("/shop/tr:w-{width}/a.png")).await;
            assert_eq!((size.0, fleet.gallery.asked()), (width, 1));
        }
        fleet::has_metric(&other, r#"imgplane_saved_originals_total{outcome="used"}"#, 2).await;
        let unchanged = other.get("/shop/tr:orig-true/a.png").await;
        assert_eq!((unchanged.status, unchanged.size().0, fleet.gallery.asked()), (200, 80, 1));
        let metrics = other.admin("/metrics").await;
        assert!(!metrics.text().contains("imgplane_saved_origin_bytes_total 0\n"), "it is counted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_without_a_store_saves_originals_on_its_disk() {
    let fleet = Fleet::open(save()).await;
    let one = fleet.server_with(Cache { disk: Some(256 << 20), ..fleet::CACHE }, Stores::default()).await;
    for width in [40, 30, 20] {
        assert_eq!(one.get(&format!("/shop/tr:w-{width}/a.png")).await.size().0, width);
    }
    assert_eq!(fleet.gallery.asked(), 1);
    let none = fleet.server_with(fleet::CACHE, Stores::default()).await;
    for width in [40, 30] {
        assert_eq!(none.get(&format!("/shop/tr:w-{width}/a.png")).await.size().0, width);
    }
    assert_eq!(fleet.gallery.asked(), 3, "there is nowhere to save them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_private_original_opens_to_signatures_only() {
    let fleet = Fleet::open(save()).await;
    let one = fleet.server(NONE).await;
    assert_eq!(one.get(&gallery::signed("/shop/tr:w-40/secret.png", None)).await.status, 200);
    fleet::until_metric(&one, SAVED, 2).await;
    let other = fleet.server(NONE).await;
    for path in ["/shop/tr:w-30/secret.png", "/shop/secret.png", "/shop/tr:orig-true/secret.png"] {
        assert_eq!(other.get(path).await.status, 401, "{path}");
        assert_eq!(other.get(&gallery::signed(path, None)).await.status, 200, "{path}");
    }
    assert_eq!(fleet.gallery.asked(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_passes_through_is_saved_on_its_way_and_cut_from_the_copy() {
    let fleet = Fleet::open(save()).await;
    let film: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    fleet.gallery.put_bytes("film.mp4", film.clone());
    // Results have no room for it, saved originals have.
    let one = fleet.server_originals_only().await;
    assert_eq!(one.get("/shop/film.mp4").await.body, film);
    fleet::until_metric(&one, &SAVED.replace("cache.shared", "originalsStore"), 1).await;
    let other = fleet.server_originals_only().await;
    let part = other.get_with("/shop/film.mp4", &[("range", "bytes=1000-1999")]).await;
    assert_eq!((part.status, &part.body[..]), (206, &film[1000..2000]));
    assert_eq!(part.header("content-range"), "bytes 1000-1999/400000");
    let whole = other.get("/shop/film.mp4").await;
    assert_eq!((whole.body, fleet.gallery.asked()), (film.into(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_its_origin_decides_a_copy_is_asked_for_by_its_validators() {
    let caching = json!({"saveOriginals": true, "originCacheControl": true, "ttl": 31_536_000_000_u64});
    let fleet = Fleet::open(json!({"caching": caching})).await;
    fleet.gallery.say_of_caching("no-cache");
    let one = fleet.server(NONE).await;
    for (asked, width) in (1..).zip([40, 30, 20]) {
        assert_eq!(one.get(&format!("/shop/tr:w-{width}/a.png")).await.size().0, width);
        fleet::until_metric(&one, SAVED, 2 * asked).await;
        assert_eq!((fleet.gallery.asked(), fleet.gallery.sent()), (asked, 1));
    }
    fleet.gallery.put("a.png", 60);
    assert_eq!(one.get("/shop/tr:w-100,c-at_max/a.png").await.size().0, 60, "another one is fetched");
    fleet.gallery.say_of_caching("no-store");
    fleet.gallery.put("b.png", 60);
    for asked in [5, 6] {
        assert_eq!(one.get("/shop/tr:w-40/b.png").await.status, 200);
        assert_eq!(fleet.gallery.asked(), asked, "it is not saved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_keeps_the_custom_coordinates_of_its_original() {
    let fleet = Fleet::open(save()).await;
    fleet.gallery.put("marked.png", 80);
    let one = fleet.server(fleet::CACHE).await;
    let part = |focus: &str| format!("/shop/tr:cm-extract,w-20,h-20,{focus}/marked.png");
    let shown = one.get(&part("fo-custom")).await;
    fleet::until_metric(&one, SAVED, 2).await;
    let other = fleet.server(NONE).await;
    assert_eq!(other.get(&part("fo-custom")).await.body, shown.body);
    assert_eq!(other.get(&part("x-55,y-5")).await.body, shown.body);
    assert_ne!(other.get(&part("fo-center")).await.body, shown.body);
    assert_eq!(fleet.gallery.asked(), 1);
}
