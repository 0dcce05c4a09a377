//! A store in a folder: what is written is found, what is damaged is left to the caller, and nothing is seen half.

use std::{fs, path::Path};

use imgplane_config::{StoreConfig, StoreKind};

use super::*;
use crate::Shelf;

const NAME: Name = Name { shelf: Shelf::Results, key: [7; 32] };
const LARGEST: u64 = 1 << 20;

async fn open(folder: &Path) -> Store {
    let store = Store::open(&place(folder), Events::default()).await.unwrap();
    store.bar(None);
    store
}

fn place(folder: &Path) -> Place {
    Place {
        role: StoreRole::Shared,
        config: StoreConfig { kind: StoreKind::Volume, secret_name: None },
        credential: None,
        egress_proxy: None,
        folder: Some(folder.to_owned()),
    }
}

async fn read(store: &Store) -> Option<Bytes> {
    store.find(&NAME, LARGEST).await?.read().await
}

#[tokio::test]
async fn what_is_written_is_found_by_all_until_it_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [open(folder.path()).await, open(folder.path()).await];
    assert_eq!(read(&one).await, None);
    let parts = vec![Bytes::from_static(b"head "), Bytes::from(vec![b'x'; 300_000])];
    let expected = parts.concat();
    one.put(NAME, expected.len(), (), move || Some(parts));
    one.close().await;
    assert_eq!(read(&other).await.unwrap(), expected);
    assert_eq!(fs::read(folder.path().join(NAME.to_string())).unwrap(), expected);
    assert_eq!(fs::read_dir(folder.path().join(".parts")).unwrap().count(), 0);
    assert!(other.find(&NAME, 1000).await.is_none(), "it is too large");
    other.remove(NAME);
    other.close().await;
    assert_eq!((read(&one).await, one.error(), other.error()), (None, None, None));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_left_alone_and_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    // Nobody can make a folder where a file lies.
    fs::write(folder.path().join("results"), "in the way").unwrap();
    for _ in 0..5 {
        store.put(NAME, 1, (), || Some(vec![Bytes::from_static(b"x")]));
        store.close().await;
    }
    let error = store.error().unwrap();
    assert!(error.starts_with("cache.shared cannot be written to: "), "{error}");
    assert_eq!(store.is_left_alone().map(|(_, alone)| alone), [false, true]);
}

#[tokio::test]
async fn what_is_barred_is_neither_read_nor_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let put = || store.put(NAME, 1, (), || Some(vec![Bytes::from_static(b"x")]));
    store.bar(Some("has a reason".to_owned()));
    put();
    assert_eq!((store.waiting(), store.error().as_deref()), (0, Some("cache.shared has a reason")));
    store.bar(None);
    put();
    store.close().await;
    assert!(read(&store).await.is_some());
    store.bar(Some("has a reason".to_owned()));
    assert!(read(&store).await.is_none());
}

#[tokio::test]
async fn a_volume_that_is_not_mounted_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let absent = Place { folder: Some(folder.path().join("absent")), ..place(folder.path()) };
    let error = Store::open(&absent, Events::default()).await.unwrap_err().to_string();
    assert!(error.contains("absent cannot be read: No such file"), "{error}");
    let unnamed = Place { folder: None, ..place(folder.path()) };
    let error = Store::open(&unnamed, Events::default()).await.unwrap_err().to_string();
    assert!(error.contains("--store-dir"), "{error}");
}
