//! A pod with an empty cache starts warm, whatever the store is.

use imgplane_config::StoreKind;
use imgplane_tests::server::{azurite::Azurite, fake_gcs::FakeGcs};
use serde_json::json;

use crate::{
    place,
    pod::{Pod, Web, requests},
};

const PATHS: [&str; 3] = ["/shop/tr:w-100/cat.jpg", "/shop/tr:w-100/dog.jpg", "/shop/tr:w-50/cat.jpg"];

/// Makes everything on one pod and finds it on another.
async fn starts_warm(place: place::Place, flags: &[&str]) {
    let web = Web::start();
    let start = || Pod::start_with(&web, place.clone(), &json!({}), flags);
    let one = start();
    one.until_ready().await;
    let mut made = Vec::new();
    for path in PATHS {
        made.push(one.get(path).await);
    }
    one.until_written(3.0).await;
    let asked = web.asked();
    assert_eq!(asked, PATHS.len());
    let other = start();
    other.until_ready().await;
    for (path, made) in PATHS.into_iter().zip(made) {
        let answer = other.get(path).await;
        assert_eq!((answer.status, &answer.body), (200, &made.body), "{path}");
        assert!(answer.header("server-timing").starts_with("cdn-cache-hit"), "{path}: {answer:?}");
        assert!(answer.header("age").parse::<u64>().is_ok(), "{path}: {answer:?}");
    }
    assert_eq!(web.asked(), asked, "the origin is asked for nothing again");
    assert_eq!(other.metric(&requests("read", "found")).await as usize, PATHS.len());
    assert_eq!(other.metric(&requests("write", "done")).await as usize, 0);
    assert_eq!(other.readiness().await.body, "ready\n");
}

#[tokio::test]
async fn a_pod_starts_warm_from_a_bucket_that_speaks_s3() {
    let (_server, place) = place::versitygw();
    starts_warm(place, &[]).await;
}

#[tokio::test]
async fn a_pod_starts_warm_from_a_bucket_of_google() {
    let server = FakeGcs::start();
    starts_warm(place::gcs(&server), &[]).await;
}

#[tokio::test]
async fn a_pod_starts_warm_from_a_container_of_azure() {
    let server = Azurite::start();
    starts_warm(place::azure(&server), &[]).await;
}

#[tokio::test]
async fn a_pod_starts_warm_from_a_volume() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("shared")).unwrap();
    let dir = folder.path().to_string_lossy();
    starts_warm((StoreKind::Volume, None), &["--store-dir", &dir]).await;
}
