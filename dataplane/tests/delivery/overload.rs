//! Too much at once: a bounded queue, a deadline, one fetch for many, and memory as a number.

use std::time::Duration;

use futures::future::join_all;
use imgplane_config::PodLimits;
use serde_json::json;

use crate::{
    harness::{Browser, Harness, volume_bundle},
    pictures::photo,
};

fn limits(queue: u32, queue_timeout: Duration) -> PodLimits {
    PodLimits { queue, queue_timeout, ..PodLimits::default() }
}

async fn fill(harness: &Harness, requests: usize) -> Vec<(u16, String, String)> {
    let browser = Browser::new(harness.server.local_addr().to_string());
    let answers = join_all((0..requests).map(|width| {
        let browser = browser.clone();
        async move {
            let path = format!("/shop/tr:w-{},f-png/cat.png", 300 + width);
            browser.send(http::Method::GET, &path, &[]).await
        }
    }))
    .await;
    let line = |a: &crate::harness::Answer| {
        (a.status, a.header("retry-after").to_owned(), a.header("cache-control").to_owned())
    };
    answers.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_queue_the_answer_is_503_and_the_rest_is_served() {
    let bundle = volume_bundle(&json!({}), limits(1, Duration::from_mins(1)));
    let harness = Harness::with(|options| options.workers = Some(1), bundle).await;
    harness.file("cat.png", photo(900, 700));
    let answers = fill(&harness, 40).await;
    let overloaded = |(status, retry_after, caching): &(u16, String, String)| {
        let seconds: Result<u64, _> = retry_after.parse();
        *status == 503 && seconds.is_ok_and(|seconds| (1..=30).contains(&seconds)) && caching == "no-store"
    };
    let refused = answers.iter().filter(|answer| overloaded(answer)).count();
    let served = answers.iter().filter(|answer| answer.0 == 200).count();
    assert!(refused > 0 && served >= 2, "{answers:?}");
    assert_eq!(refused + served, 40, "{answers:?}");
    let metrics = harness.admin("/metrics").await.text().to_owned();
    let counted = format!(r#"imgplane_queue_refused_total{{endpoint="shop/main",reason="full"}} {refused}"#);
    assert!(metrics.contains(&counted), "{metrics}");
    assert!(
        metrics.contains(r#"imgplane_transformation_cpu_seconds_total{endpoint="shop/main"}"#),
        "{metrics}"
    );
    assert!(metrics.contains(r#"imgplane_memory_reserved_bytes{share="pictures"} 0"#), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_long_queue_everybody_is_served() {
    let bundle = volume_bundle(&json!({}), limits(64, Duration::from_mins(1)));
    let harness = Harness::with(|options| options.workers = Some(1), bundle).await;
    harness.file("cat.png", photo(300, 200));
    let answers = fill(&harness, 40).await;
    assert!(answers.iter().all(|answer| answer.0 == 200), "{answers:?}");
}

#[tokio::test]
async fn a_picture_that_needs_more_than_all_memory_is_an_error_that_names_both_numbers() {
    let bundle = volume_bundle(&json!({}), PodLimits::default());
    let harness = Harness::with(|options| options.memory_budget = Some(8 << 20), bundle).await;
    harness.file("large.png", photo(2000, 1500));
    harness.file("cat.png", photo(40, 30));
    let answer = harness.get("/shop/tr:w-100/large.png").await;
    assert_eq!((answer.status, answer.text()), (400, "Bad Request"), "{answer:?}");
    let error = answer.header("ik-error");
    let numbers: Vec<u64> =
        error.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    assert!(error.starts_with("ELIMIT - ") && numbers.len() == 2 && numbers[0] > numbers[1], "{error}");
    assert_eq!(harness.get("/shop/tr:w-20/cat.png").await.status, 200);
}

#[tokio::test]
async fn a_transformation_that_takes_too_long_is_500_and_the_server_lives() {
    let harness = Harness::with_endpoint(json!({"limits": {"transformationTimeout": 1}})).await;
    harness.file("large.png", photo(2000, 1500));
    let answer = harness.get("/shop/tr:w-1900,f-webp,q-100/large.png").await;
    assert_eq!((answer.status, answer.text()), (500, "Internal Server Error"), "{answer:?}");
    assert_ne!(answer.header("x-request-id"), "");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(harness.get("/shop/missing.png").await.status, 404);
}
