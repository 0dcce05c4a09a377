//! Tokens of Google Cloud: kept while they are good, fetched once for all who wait, renewed once when refused; those of
//! the pod come from the metadata server.

use std::time::{Duration, Instant};

use futures::future::join_all;
use imgplane_tests::server::{
    imgplane::Imgplane,
    scripted::Reply,
    token_endpoint::{Call, google},
};
use serde_json::json;

use crate::{
    gcs::Cloud,
    is_refused, is_text,
    manifests::{data_plane, join, origin},
};

/// How long things may take that take a moment.
const SOON: Duration = Duration::from_secs(30);

/// A token that the store refuses.
fn stale() -> Reply {
    Reply::json(200, &json!({"access_token": "stale", "expires_in": 3599, "token_type": "Bearer"}))
}

#[tokio::test]
async fn twenty_requests_at_once_wait_for_one_token() {
    let cloud = Cloud::start();
    for number in 0..20 {
        cloud.store.put("media", &format!("{number}.txt"), "text/plain", b"found");
    }
    let server = Imgplane::start(&cloud.origin("gcs"), |_| {});
    let held = cloud.tokens.hold();
    let paths: Vec<_> = (0..20).map(|number| format!("/default/gcs/{number}.txt")).collect();
    let requests = join_all(paths.iter().map(|path| server.get(path)));
    let release = async {
        cloud.tokens.reached(Call::Google, 1).await;
        let until = Instant::now() + SOON;
        // The last of them waits for the token, or is about to: more is not seen from outside.
        while connections(&server).await < 20 {
            assert!(Instant::now() < until, "20 requests do not arrive");
        }
        drop(held);
    };
    let (answers, ()) = futures::join!(requests, release);
    for answer in &answers {
        is_text(answer, "found");
    }
    is_text(&server.get("/default/gcs/1.txt").await, "found");
    assert_eq!(cloud.tokens.count(Call::Google), 1);
}

/// Open connections of clients.
async fn connections(server: &Imgplane) -> u32 {
    let metrics = server.admin_get("/metrics").await;
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("imgplane_connections "));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_token_that_the_store_refuses_is_renewed_once() {
    let cloud = Cloud::start();
    cloud.store.put("media", "a.txt", "text/plain", b"found");
    let server = Imgplane::start(&cloud.origin("gcs"), |_| {});
    cloud.tokens.answer_once(Call::Google, stale());
    is_text(&server.get("/default/gcs/a.txt").await, "found");
    assert_eq!(cloud.tokens.count(Call::Google), 2);

    let refusing = Imgplane::start(&cloud.origin("gcs"), |_| {});
    cloud.tokens.forget();
    cloud.tokens.answer(Call::Google, stale());
    is_refused(&refusing.get("/default/gcs/a.txt").await, "EACCES - credentials");
    assert_eq!(cloud.tokens.count(Call::Google), 2, "renewed once and no more");
}

#[tokio::test]
async fn a_token_of_a_short_life_is_renewed_in_time() {
    let cloud = Cloud::start();
    cloud.store.put("media", "a.txt", "text/plain", b"found");
    cloud.tokens.give_token("good-for-a-moment", 2);
    let server = Imgplane::start(&cloud.origin("gcs"), |_| {});
    let until = Instant::now() + SOON;
    while cloud.tokens.count(Call::Google) < 3 {
        is_text(&server.get("/default/gcs/a.txt").await, "found");
        assert!(Instant::now() < until, "it is not renewed");
    }
}

#[tokio::test]
async fn an_account_that_google_does_not_know_is_refused_and_the_token_service_is_spared() {
    let cloud = Cloud::start();
    let server = Imgplane::start(&cloud.origin("gcs"), |_| {});
    cloud.tokens.answer(Call::Google, google::invalid_grant("Invalid grant: account not found"));
    let began = Instant::now();
    let answers = join_all((0..10).map(|_| server.get("/default/gcs/a.txt"))).await;
    for answer in &answers {
        is_refused(answer, "EACCES");
    }
    if began.elapsed() < Duration::from_secs(1) {
        assert_eq!(cloud.tokens.count(Call::Google), 1, "one answer is good for a second");
    }
}

#[tokio::test]
async fn the_metadata_server_gives_the_pods_token() {
    let cloud = Cloud::start();
    cloud.store.put("media", "a.txt", "text/plain", b"found");
    let place = cloud.place("auth: {type: WorkloadIdentity}");
    let lent = data_plane("workloadIdentity: {allowedNamespaces: [default]}");
    let manifests = [origin("pod", "GCS", &place), lent];
    let metadata = cloud.tokens.address.to_string();
    let environment = [("GCE_METADATA_HOST", metadata.as_str())];
    let server = Imgplane::start_in(&join(&manifests), |_| {}, &[], &environment);
    for _ in 0..3 {
        is_text(&server.get("/default/pod/a.txt").await, "found");
    }
    let asked = cloud.tokens.asked(Call::GoogleMetadata);
    assert_eq!(asked.len(), 1, "it is kept");
    let asked = asked.first().unwrap();
    assert_eq!(asked.field("scopes"), "https://www.googleapis.com/auth/devstorage.read_only");
    assert_eq!(asked.header("x-req-from"), "imagekit");
    assert_eq!(cloud.tokens.count(Call::Google), 0);

    cloud.tokens.forget();
    cloud.tokens.answer_once(Call::GoogleMetadata, stale());
    let another = Imgplane::start_in(&join(&manifests), |_| {}, &[], &environment);
    is_text(&another.get("/default/pod/a.txt").await, "found");
    assert_eq!(cloud.tokens.count(Call::GoogleMetadata), 2, "renewed after a 401");
}
