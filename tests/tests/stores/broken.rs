//! A store that is away, slow, silent or refuses: everything is delivered as if there were none, and it is told.

use std::time::{Duration, Instant};

use imgplane_tests::{
    process::free_address,
    server::{silence::full_backlog, toxiproxy::Toxiproxy},
};
use serde_json::json;

use crate::{
    place::{self, keys, s3},
    pod::{Pod, Web, requests},
};

/// What a look-up may take away from a request, and what this machine may do to it.
const MUCH: Duration = Duration::from_secs(5);

/// Everything is delivered and made as without a store, and the pod says what is wrong.
async fn serves_without(web: &Web, pod: &Pod, expected: &str) {
    pod.until_ready().await;
    for width in 10..30 {
        let answer = pod.get(&format!("/shop/tr:w-{width}/cat.jpg")).await;
        assert_eq!((answer.status, answer.picture().width()), (200, width));
    }
    assert!(web.asked() > 0);
    let readiness = pod.readiness().await;
    let text = String::from_utf8_lossy(&readiness.body).into_owned();
    assert_eq!(readiness.status, 200, "{text}");
    assert!(
        text.starts_with("ready\na store is not used: cache.shared ") && text.contains(expected),
        "{text}"
    );
    assert_eq!(pod.metric(&requests("read", "found")).await as usize, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_never_answers_is_left_alone_from_the_beginning() {
    let web = Web::start();
    let (socket, _taken) = full_backlog();
    let silent = socket.local_addr().unwrap().as_socket().unwrap();
    let refused = free_address();
    for (address, expected) in [(silent, "does not answer"), (refused, "onnection refused")] {
        let pod = Pod::start(
            &web,
            s3(format!("http://{address}"), keys("KEY", "SECRET")).0,
            Some(keys("KEY", "SECRET")),
        );
        serves_without(&web, &pod, if address == silent { "is not used" } else { expected }).await;
        // No request waited for it.
        assert_eq!(pod.metric(&requests("read", "late")).await as usize, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_becomes_slow_is_given_up_soon_and_used_again_when_it_is_well() {
    let web = Web::start();
    let (server, _) = place::versitygw();
    let toxiproxy = Toxiproxy::start();
    let front = toxiproxy.proxy("store", server.address, &[]).await;
    let credential =
        keys(imgplane_tests::server::versitygw::ROOT_KEY, imgplane_tests::server::versitygw::ROOT_SECRET);
    let (kind, credential) = s3(format!("http://{front}"), credential);
    let pod = Pod::start(&web, kind, credential);
    pod.until_ready().await;
    assert_eq!(pod.get("/shop/tr:w-100/cat.jpg").await.status, 200);
    pod.until_written(1.0).await;

    toxiproxy.add("store", &json!({"type": "latency", "attributes": {"latency": 10_000}})).await;
    let mut slowest = Duration::ZERO;
    for width in 30..50 {
        let began = Instant::now();
        let answer = pod.get(&format!("/shop/tr:w-{width}/cat.jpg")).await;
        slowest = slowest.max(began.elapsed());
        assert_eq!((answer.status, answer.picture().width()), (200, width));
    }
    assert!(slowest < MUCH, "a request waited {slowest:?}");
    let spared = pod.metric(&requests("read", "unavailable")).await;
    assert!(spared >= 13.0, "only {spared} of 20 requests were spared the store");
    let open = r#"imgplane_store_breaker_open{store="cache.shared",operation="read"}"#;
    assert_eq!(pod.metric(open).await as usize, 1);
    let text = String::from_utf8(pod.readiness().await.body.to_vec()).unwrap();
    assert!(text.contains("cannot be read: it does not answer within 300 ms"), "{text}");

    toxiproxy.heal("store").await;
    pod.until(open, |value| value < 1.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_may_only_be_read_is_read_and_told() {
    let web = Web::start();
    let (server, place) = place::versitygw();
    let one = Pod::start(&web, place.0, place.1);
    one.until_ready().await;
    assert_eq!(one.get("/shop/tr:w-100/cat.jpg").await.status, 200);
    one.until_written(1.0).await;
    server.make_user("READER", "readersecret");
    server.allow_reading_and_listing("cache", "READER");
    let (kind, credential) = s3(format!("http://{}", server.address), keys("READER", "readersecret"));
    let reader = Pod::start(&web, kind, credential);
    reader.until_ready().await;
    let asked = web.asked();
    assert_eq!(reader.get("/shop/tr:w-100/cat.jpg").await.status, 200);
    assert_eq!(web.asked(), asked, "it was found");
    for width in 10..20 {
        assert_eq!(reader.get(&format!("/shop/tr:w-{width}/cat.jpg")).await.status, 200);
    }
    let open = r#"imgplane_store_breaker_open{store="cache.shared",operation="write"}"#;
    reader.until(open, |value| value > 0.0).await;
    let text = String::from_utf8(reader.readiness().await.body.to_vec()).unwrap();
    assert!(text.contains("cache.shared cannot be written to: it answers 403 AccessDenied"), "{text}");
}
