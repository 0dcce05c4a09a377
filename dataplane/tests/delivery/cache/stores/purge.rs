//! Purges and the store: nothing that was purged comes back from it, whoever made it.

use std::fs;

use imgplane_config::{Purge, PurgeRequest, Purges};
use serde_json::json;

use super::{
    super::{DEADLINE, gallery},
    fleet::{self, Fleet, NONE},
};
use crate::harness::{Harness, id};

const LIST: u64 = 1_700_000_000_000;

fn purges(list: u64, urls: &[&str]) -> Purges {
    let records = (list..).zip(urls).map(|(number, url)| {
        let request = PurgeRequest {
            id: format!("{number}"),
            endpoint: id("main"),
            url: (*url).to_owned(),
            resource: false,
            time: gallery::now(),
        };
        Purge { number, request }
    });
    Purges { list, dropped: list - 1, records: records.collect(), ..Purges::default() }
}

/// Waits until everything up to a number is written down in the store.
async fn until_logged(server: &Harness, number: u64) {
    let wait = async {
        while server.server.report().store_purged != Some(number) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_finds_in_the_store_what_was_purged() {
    let fleet = Fleet::open(json!({"caching": {"saveOriginals": true, "ttl": 31_536_000_000_u64}})).await;
    let before = purges(LIST, &[]);
    let (one, other) = (fleet.listed(NONE, &before).await, fleet.listed(fleet::CACHE, &before).await);
    for path in ["/shop/tr:w-1000,c-at_max/a.png", "/shop/tr:w-1000,c-at_max/b.png"] {
        assert_eq!(one.get(path).await.status, 200);
    }
    fleet::until_metric(&one, fleet::STORE_WROTE, 4).await;
    assert_eq!(other.get("/shop/tr:w-1000,c-at_max/a.png").await.size().0, 80);
    assert_eq!(fleet.gallery.asked(), 2, "it came from the store");
    fleet.gallery.put("a.png", 50);
    fleet.gallery.put("b.png", 50);

    let after = purges(LIST, &["tr:w-1000,c-at_max/a.png"]);
    for (server, cache) in [(&one, NONE), (&other, fleet::CACHE)] {
        fleet.list(server, cache, &after);
        until_logged(server, LIST).await;
    }
    let late = fleet.listed(NONE, &after).await;
    for (asked, server) in [(3, &other), (3, &one), (3, &late)] {
        assert_eq!(server.get("/shop/tr:w-1000,c-at_max/a.png").await.size().0, 50, "the original went too");
        assert_eq!(server.get("/shop/tr:w-1000,c-at_max/b.png").await.size().0, 60, "it was not purged");
        fleet::until_idle(server).await;
        assert_eq!(fleet.gallery.asked(), asked);
    }
    let log: Vec<_> = fs::read_dir(fleet.folder().join("shared/purges")).unwrap().collect();
    assert_eq!(log.len(), 1, "one record, whoever wrote it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_under_another_list_is_judged_by_the_log_of_the_store() {
    let fleet = Fleet::open(json!({})).await;
    let one = fleet.listed(NONE, &purges(LIST, &[])).await;
    for path in ["/shop/tr:w-40/a.png", "/shop/tr:w-40/b.png"] {
        assert_eq!(one.get(path).await.status, 200);
    }
    fleet::until_metric(&one, fleet::STORE_WROTE, 2).await;
    // A region with a list of its own is warm too.
    let region = fleet.listed(NONE, &purges(LIST + 7_000, &[])).await;
    assert_eq!((region.get("/shop/tr:w-40/a.png").await.status, fleet.gallery.asked()), (200, 2));
    fleet.list(&one, NONE, &purges(LIST, &["tr:w-40/a.png"]));
    until_logged(&one, LIST).await;
    for (list, urls) in [(LIST + 7_000, vec![]), (LIST + 9_000, vec!["tr:w-40/c.png"])] {
        let anew = fleet.listed(NONE, &purges(list, &urls)).await;
        let asked = fleet.gallery.asked();
        assert_eq!(anew.get("/shop/tr:w-40/b.png").await.status, 200);
        assert_eq!(fleet.gallery.asked(), asked, "it was not purged");
        assert_eq!(anew.get("/shop/tr:w-40/a.png").await.status, 200);
        // What is made within the doubt about clocks is made again by everybody.
        assert_eq!(fleet.gallery.asked(), asked + 1, "it was purged by another list");
        fleet::until_idle(&anew).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_log_cannot_be_written_holds_up_purges_and_is_not_used() {
    let fleet = Fleet::open(json!({})).await;
    // Nobody can make a folder where a file lies.
    fs::write(fleet.folder().join("shared/purges"), "in the way").unwrap();
    let one = fleet.listed(fleet::CACHE, &purges(LIST, &["tr:w-40/a.png"])).await;
    assert_eq!(one.get("/shop/tr:w-40/a.png").await.status, 200);
    let report = one.server.report();
    assert_eq!(report.store_purged, Some(0));
    let error = report.store_error.unwrap();
    assert!(error.contains("log of purges cannot be"), "{error}");
    assert!(one.admin("/readyz").await.text().contains(&error));
    fleet::has_no_metric(&one, "outcome=\"found\"").await;
    fs::remove_file(fleet.folder().join("shared/purges")).unwrap();
    until_logged(&one, LIST).await;
    assert_eq!(one.server.report().store_error, None);
}
