//! Several origins in order.

use std::sync::Arc;

use imgplane_config::{Auth, FetchPolicy, ObjectId, OriginConfig, OriginKind, Probe, S3};
use imgplane_origins::{Code, Failure, Origin, fetch_chain, fetch_chain_noting};

use crate::{
    server::{Server, answer},
    set_up::{connector, quick, stream, web, web_with, whole},
};

async fn answering(status: u16, body: &str) -> (Server, Arc<Origin>) {
    let server = Server::always(answer(status, "", body)).await;
    let origin = web(&server.url(""));
    (server, origin)
}

#[tokio::test]
async fn the_first_origin_that_has_the_file_serves_it_and_later_ones_are_not_asked() {
    let (_one, missing) = answering(404, "").await;
    let (_two, denied) = answering(403, "").await;
    let (_three, found) = answering(200, "from the third").await;
    let (four, never) = answering(200, "from the fourth").await;
    let origins = [missing, denied, Arc::clone(&found), never];
    let mut noted = Vec::new();
    let note = |_: &ObjectId, failure: &Failure| noted.push(failure.code);
    let (origin, fetched) = fetch_chain_noting(&origins, &whole("a.jpg"), note).await.unwrap();
    assert_eq!(noted, [Code::Enoent, Code::Eacces]);
    assert!(Arc::ptr_eq(&origin, &found));
    assert_eq!(fetched.body.collect(100).await.unwrap(), "from the third");
    assert!(four.requests().is_empty());
}

#[tokio::test]
async fn the_first_failure_that_is_no_plain_miss_is_reported_and_all_are_told() {
    let (_one, missing) = answering(404, "").await;
    let (_two, broken) = answering(500, "").await;
    let (_three, denied) = answering(403, "").await;
    let failure = fetch_chain(&[missing, broken, denied], &whole("a.jpg")).await.unwrap_err();
    assert_eq!(failure.to_string(), "UNIDENTIFIED - the web server answered with status 500");
    let codes: Vec<_> = failure.all.iter().map(|(_, failure)| failure.code).collect();
    assert_eq!(codes, [Code::Enoent, Code::Unidentified, Code::Eacces]);
}

#[tokio::test]
async fn a_file_that_is_too_large_ends_the_chain() {
    let (one, _) = answering(200, "too large a file").await;
    let large = web_with(&one.url(""), FetchPolicy { max_object_size: 3, ..quick() }, &connector());
    let (two, other) = answering(200, "x").await;
    let failure = fetch_chain(&[large, other], &stream("a.jpg")).await.unwrap_err();
    assert_eq!(failure.failure.code, Code::Elimit);
    assert!(two.requests().is_empty());
}

#[tokio::test]
async fn a_path_that_may_not_be_asked_for_ends_the_chain() {
    let (_one, first) = answering(200, "x").await;
    let (_two, second) = answering(200, "x").await;
    let failure = fetch_chain(&[first, second], &whole("a/../b.jpg")).await.unwrap_err();
    assert!(failure.failure.bad_request);
    assert_eq!(failure.all.len(), 1);
}

#[tokio::test]
async fn an_origin_without_its_credential_fails_alone() {
    let config = OriginConfig {
        kind: OriginKind::S3(S3 {
            bucket: "shop-media".into(),
            region: None,
            endpoint: None,
            prefix: String::new(),
            auth: Auth::Secret,
        }),
        canonical_base_url: Some("https://shop.example.org/".into()),
        fetch: quick(),
        probe: Probe::default(),
        secret_name: Some("s3-media".into()),
    };
    let unset = Arc::new(Origin::open(ObjectId::new("shop", "media"), &config, None, &connector()).unwrap());
    assert_eq!(unset.kind(), "S3");
    assert_eq!(
        unset.canonical("hats/h1.jpg").as_deref(),
        Some("<https://shop.example.org/hats/h1.jpg>; rel=\"canonical\"")
    );
    assert_eq!(
        unset.canonical("a>b\"%20.jpg").as_deref(),
        Some("<https://shop.example.org/a%3Eb%22%20.jpg>; rel=\"canonical\"")
    );
    let failure = fetch_chain(&[Arc::clone(&unset)], &whole("a.jpg")).await.unwrap_err();
    assert_eq!(failure.to_string(), "EACCES - credentials for S3 are not configured");
    let (_two, found) = answering(200, "x").await;
    assert!(fetch_chain(&[unset, found], &whole("a.jpg")).await.is_ok());
}
