//! What is kept on disk: it survives the server, and a disk that cannot be used is told and left out.

use imgplane_config::{Cache, DataPlaneConfig, PodLimits};
use imgplane_dataplane::Options;
use serde_json::json;

use super::{gallery::Gallery, purge::purge};
use crate::{
    harness::{Harness, record, volume_bundle},
    pictures::photo,
};

const CACHE: Cache = Cache { memory: 16 << 20, disk: Some(256 << 20) };

async fn open(folder: &std::path::Path) -> Gallery {
    let folder = folder.to_owned();
    Gallery::with(move |options: &mut Options| options.cache_dir = Some(folder), CACHE, &json!({})).await
}

/// Stops the server as a signal does.
async fn stop(gallery: Gallery) {
    gallery.harness.server.run_until(async {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_asks_no_origin_for_what_it_kept() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = open(folder.path()).await;
    let first = gallery.get("/shop/tr:w-40/a.png").await;
    gallery.get("/shop/tr:w-40/b.png").await;
    purge(&gallery, "http://host/shop/tr:w-40/b.png").await;
    let origin = gallery.origin().to_owned();
    stop(gallery).await;

    let gallery = open(folder.path()).await;
    gallery.serve_as(&origin).await;
    let again = gallery.get("/shop/tr:w-40/a.png").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert!(again.header("server-timing").contains("cdn-cache-hit"), "{again:?}");
    let purged = gallery.get("/shop/tr:w-40/b.png").await;
    assert!(purged.header("server-timing").contains("cdn-cache-miss"), "a purge survives too: {purged:?}");
    let metrics = gallery.metrics().await;
    assert!(metrics.contains("imgplane_cache_lookups_total{outcome=\"disk\"} 1"), "{metrics}");
    assert!(metrics.contains("imgplane_cache_disk_usable 1"), "{metrics}");
    assert_eq!(gallery.harness.admin("/readyz").await.text(), "ready\n");
}

#[tokio::test]
async fn a_disk_that_cannot_be_used_is_told_everywhere_and_memory_serves_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (folder, expected) in
        [(Some(file.join("cache")), "cannot be made"), (None, "this pod was given no --cache-dir")]
    {
        let adjust = |options: &mut Options| options.cache_dir = folder;
        let gallery = Gallery::with(adjust, CACHE, &json!({})).await;
        gallery.get("/shop/tr:w-40/a.png").await;
        let answer = gallery.get("/shop/tr:w-40/a.png").await;
        assert!(answer.header("server-timing").contains("cdn-cache-hit"), "{answer:?}");
        let report = gallery.harness.server.report();
        assert!(report.cache_error.as_deref().unwrap_or_default().contains(expected), "{report:?}");
        let ready = gallery.harness.admin("/readyz").await;
        assert_eq!(ready.status, 200);
        assert!(ready.text().contains(expected), "{}", ready.text());
        assert!(gallery.metrics().await.contains("imgplane_cache_disk_usable 0"));
    }
}

/// Whether each of two pictures was kept.
async fn hits(gallery: &Gallery) -> [bool; 2] {
    let mut hits = [false; 2];
    for (hit, path) in hits.iter_mut().zip(["/shop/tr:w-40/a.png", "/shop/tr:w-40/b.png"]) {
        let answer = gallery.get(path).await;
        assert_eq!(answer.status, 200);
        *hit = answer.header("server-timing").contains("cdn-cache-hit");
    }
    hits
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_that_cannot_be_written_down_holds_and_nothing_comes_back_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = open(folder.path()).await;
    assert_eq!(hits(&gallery).await, [false, false]);
    // Nobody can write a file where a folder lies.
    let obstacle = folder.path().join("purges.new/in the way");
    std::fs::create_dir_all(&obstacle).unwrap();
    purge(&gallery, "http://host/shop/tr:w-40/b.png").await;
    assert_eq!(hits(&gallery).await, [true, false]);
    let origin = gallery.origin().to_owned();
    stop(gallery).await;

    std::fs::remove_dir_all(folder.path().join("purges.new")).unwrap();
    let gallery = open(folder.path()).await;
    gallery.serve_as(&origin).await;
    assert_eq!(hits(&gallery).await, [false, false], "nobody knows what was purged of it");
    stop(gallery).await;
    let gallery = open(folder.path()).await;
    gallery.serve_as(&origin).await;
    assert_eq!(hits(&gallery).await, [true, true], "it is kept as ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_with_one_folder_do_not_undo_each_others_purges() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await;
    assert_eq!(hits(&first).await, [false, false]);
    let second = open(folder.path()).await;
    purge(&first, "http://host/shop/tr:w-40/b.png").await;
    purge(&second, "http://host/shop/tr:w-40/a.png").await;
    let origin = first.origin().to_owned();
    stop(second).await;
    stop(first).await;

    let gallery = open(folder.path()).await;
    gallery.serve_as(&origin).await;
    assert_eq!(hits(&gallery).await, [true, false], "the folder is the first one's");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_of_a_volume_is_not_delivered_for_another_one_of_the_same_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut bundle = volume_bundle(&json!({}), PodLimits::default());
    let config = DataPlaneConfig { cache: CACHE, ..bundle.data_plane.body.clone() };
    bundle.data_plane = record("pool", config);
    // Each has a volume in a folder of its own.
    for width in [50, 60] {
        let options = |options: &mut Options| {
            options.cache_dir = Some(folder.path().to_owned());
            options.purges_alone = true;
        };
        let harness = Harness::with(options, bundle.clone()).await;
        harness.file("cat.png", photo(width, 30));
        let up = async {
            while !harness.server.handle().is_ready() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(super::DEADLINE, up).await.unwrap();
        for hit in [false, true] {
            let answer = harness.get("/shop/tr:w-1000,c-at_max/cat.png").await;
            assert_eq!(answer.size().0, width);
            assert_eq!(answer.header("server-timing").contains("cdn-cache-hit"), hit);
        }
        harness.server.run_until(async {}).await.unwrap();
    }
}
