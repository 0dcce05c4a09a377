//! A log in a folder, written to by several.

use std::path::Path;

use imgplane_config::{StoreConfig, StoreKind, StoreRole};

use super::*;
use crate::{Events, Place};

const NOW: Duration = Duration::from_hours(500_000);

async fn log(folder: &Path) -> PurgeLog {
    let place = Place {
        role: StoreRole::Shared,
        config: StoreConfig { kind: StoreKind::Volume, secret_name: None },
        credential: None,
        egress_proxy: None,
        folder: Some(folder.to_owned()),
    };
    PurgeLog::new(Arc::new(Store::open(&place, Events::default()).await.unwrap()))
}

fn purge(endpoint: &str, number: u64) -> PurgeRequest {
    PurgeRequest {
        id: format!("{endpoint}-{number}"),
        endpoint: ObjectId::new("shop", endpoint),
        url: format!("{number}.jpg"),
        resource: false,
        time: NOW.as_secs() + number,
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + NOW
}

#[tokio::test]
async fn what_one_writes_down_others_read_and_nobody_writes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut other) = (log(folder.path()).await, log(folder.path()).await);
    assert_eq!(other.read().await, Ok(false), "there is none yet");
    let [first, second] = [purge("main", 1), purge("main", 2)];
    one.write([&second, &first], now()).await.unwrap();
    assert_eq!(other.read().await, Ok(true));
    assert_eq!(other.records().collect::<Vec<_>>(), [&first, &second], "in the order of their times");
    assert_eq!(other.read().await, Ok(false));
    let path = folder.path().join("purges/1800000001000-main-1.json");
    let written = std::fs::metadata(&path).unwrap().modified().unwrap();
    other.write([&first, &second], now()).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), written);
    std::fs::write(folder.path().join("purges/0-odd.json"), "{").unwrap();
    assert_eq!(other.read().await, Ok(false), "what is no record is left alone");
}

#[tokio::test]
async fn many_purges_of_an_endpoint_are_replaced_by_one_that_covers_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = log(folder.path()).await;
    let all: Vec<_> = (1..=101).map(|number| purge("main", number)).collect();
    let others: Vec<_> = (1..=100).map(|number| purge("other", number)).collect();
    one.write(all.iter().chain(&others), now()).await.unwrap();
    let mut other = log(folder.path()).await;
    other.read().await.unwrap();
    let of = |endpoint: &str| {
        let id = ObjectId::new("shop", endpoint);
        other.records().filter(|record| record.endpoint == id).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of("other"), others);
    let main = of("main");
    assert_eq!(main.len(), LEFT + 1);
    let cover = main.iter().find(|record| record.url == "*").unwrap();
    assert_eq!((cover.time, cover.resource), (all[50].time, true), "the newest that left");
    // Nobody who knows them all writes them again.
    other.write(all.iter(), now()).await.unwrap();
    assert_eq!(other.records().count(), LEFT + 1 + 100);
}

#[tokio::test]
async fn what_is_older_than_anything_that_is_kept_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = log(folder.path()).await;
    let old = purge("main", 1);
    log.write([&old], now()).await.unwrap();
    assert_eq!(log.records().count(), 1);
    let later = now() + OLDEST + Duration::from_secs(2);
    log.write([], later).await.unwrap();
    assert_eq!(log.records().count(), 0);
    log.write([&old], later).await.unwrap();
    assert_eq!((log.records().count(), log.read().await), (0, Ok(false)));
}
