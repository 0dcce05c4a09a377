//! Both tiers, with a disk that is whole, damaged, or not there.

use std::{fs, path::Path};

use bytes::Bytes;

use super::*;

const DISK: u64 = (FEWEST_BLOCKS * BLOCK) as u64;

fn key(name: &str) -> Key {
    Key::of([name.as_bytes()])
}

fn entry(head: &str, body: impl Into<Bytes>) -> Arc<Entry<String>> {
    Arc::new(Entry { head: head.to_owned(), body: body.into() })
}

async fn open(memory: u64, folder: Option<&Path>) -> Cache<String> {
    let disk = folder.map(|folder| Disk { folder: folder.to_owned(), bytes: DISK });
    Cache::open(&Settings { memory, disk }).await.unwrap()
}

async fn found(cache: &Cache<String>, name: &str) -> Option<(String, Tier)> {
    cache.get(&key(name)).await.map(|(entry, tier)| (entry.head.clone(), tier))
}

#[tokio::test]
async fn what_is_kept_in_memory_is_found_until_it_is_removed() {
    let cache = open(1 << 20, None).await;
    assert!(cache.insert(key("a"), entry("first", "body")));
    assert!(cache.insert(key("a"), entry("second", "body")));
    assert_eq!(found(&cache, "a").await, Some(("second".to_owned(), Tier::Memory)));
    assert_eq!(found(&cache, "b").await, None);
    cache.remove(&key("a"));
    assert_eq!(found(&cache, "a").await, None);
    assert_eq!(cache.disk_error(), None);
}

#[tokio::test]
async fn memory_is_bounded_and_no_entry_takes_most_of_it() {
    let cache = open(1 << 20, None).await;
    assert_eq!(cache.largest(), 64 << 10);
    assert!(!cache.insert(key("large"), entry("", vec![0; (64 << 10) + 1])));
    for number in 0..200 {
        assert!(cache.insert(key(&number.to_string()), entry("", vec![0; 32 << 10])));
        assert!(cache.memory_used() <= 1 << 20, "{} at {number}", cache.memory_used());
    }
    assert!(cache.memory_used() > 900 << 10, "{}", cache.memory_used());
}

#[tokio::test]
async fn what_is_on_the_disk_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(1 << 20, Some(folder.path())).await;
    for number in 0..50 {
        assert!(cache.insert(key(&number.to_string()), entry(&format!("head {number}"), vec![number; 9000])));
    }
    cache.close().await;
    drop(cache);

    let cache = open(1 << 20, Some(folder.path())).await;
    assert_eq!(cache.disk_error(), None);
    for number in 0..50 {
        let (entry, tier) = cache.get(&key(&number.to_string())).await.unwrap();
        assert_eq!((entry.head.clone(), tier), (format!("head {number}"), Tier::Disk));
        assert_eq!(entry.body, vec![number; 9000]);
    }
    assert_eq!(found(&cache, "7").await.unwrap().1, Tier::Memory);
    let (read, _) = cache.disk_traffic();
    assert!(read > 0);
}

#[tokio::test]
async fn damaged_blocks_are_not_taken_for_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(1 << 20, Some(folder.path())).await;
    for number in 0..50_u8 {
        cache.insert(key(&number.to_string()), entry("head", vec![number; 9000]));
    }
    cache.close().await;
    drop(cache);
    let mut damaged = 0;
    for block in fs::read_dir(folder.path().join(format!("imgplane-results/v1-{FEWEST_BLOCKS}"))).unwrap() {
        let path = block.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        for at in (4096..bytes.len()).step_by(30_000) {
            if bytes[at] != 0 {
                bytes[at] ^= 0xFF;
                damaged += 1;
            }
        }
        fs::write(&path, bytes).unwrap();
    }
    assert!(damaged > 5, "{damaged} places");

    let cache = open(1 << 20, Some(folder.path())).await;
    let mut missing = 0;
    for number in 0..50_u8 {
        match cache.get(&key(&number.to_string())).await {
            Some((entry, _)) => assert_eq!(entry.body, vec![number; 9000]),
            None => missing += 1,
        }
    }
    assert!(missing > 0);
    assert!(cache.insert(key("new"), entry("head", "body")));
    assert!(found(&cache, "new").await.is_some());
}

#[tokio::test]
async fn without_a_usable_disk_memory_serves_on_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let cache = open(1 << 20, Some(&folder.path().join("file"))).await;
    assert!(cache.disk_error().unwrap().contains("cannot be made"), "{:?}", cache.disk_error());
    assert!(cache.insert(key("a"), entry("head", "body")));
    assert_eq!(found(&cache, "a").await.unwrap().1, Tier::Memory);
    assert_eq!(found(&cache, "b").await, None);

    let disk = Disk { folder: folder.path().join("small"), bytes: DISK - 1 };
    let cache: Cache<String> = Cache::open(&Settings { memory: 1 << 20, disk: Some(disk) }).await.unwrap();
    assert!(cache.disk_error().unwrap().contains("too few"), "{:?}", cache.disk_error());
}

#[tokio::test]
async fn a_disk_that_did_not_come_up_is_noticed_when_it_could() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("place");
    fs::write(&place, "").unwrap();
    let cache = open(1 << 20, Some(&place)).await;
    let disk = Disk { folder: place.clone(), bytes: DISK };
    assert!(!cache.could_use(&disk).await);
    fs::remove_file(&place).unwrap();
    assert!(cache.could_use(&disk).await);
    let up = open(1 << 20, Some(&place)).await;
    assert_eq!(up.disk_error(), None);
    assert!(!up.could_use(&disk).await, "it is up");
}

#[tokio::test]
async fn a_cache_that_is_closed_lets_go_of_its_folder_while_others_still_hold_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(1 << 20, Some(folder.path())).await;
    first.insert(key("a"), entry("head", "body"));
    first.close().await;
    let second = open(1 << 20, Some(folder.path())).await;
    assert_eq!(second.disk_error(), None);
    assert!(found(&second, "a").await.is_some());
    // Who still holds the first one can do no harm.
    first.insert(key("b"), entry("head", "body"));
    first.remove(&key("a"));
    assert!(found(&second, "a").await.is_some());
}

#[tokio::test]
async fn what_was_removed_does_not_come_back_with_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(1 << 20, Some(folder.path())).await;
    for name in ["a", "b"] {
        cache.insert(key(name), entry("head", "body"));
    }
    cache.close().await;
    let cache = open(1 << 20, Some(folder.path())).await;
    cache.remove(&key("a"));
    cache.close().await;
    let cache = open(1 << 20, Some(folder.path())).await;
    assert_eq!(found(&cache, "a").await, None);
    assert!(found(&cache, "b").await.is_some());
}
