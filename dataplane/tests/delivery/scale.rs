//! Ten thousand endpoints on one pod: what one change costs, and what it leaves alone.

use std::time::{Duration, Instant};

use imgplane_config::{Bundle, FileSet, Loaded, PodLimits, report::Report};
use serde_json::json;

use crate::harness::{Harness, bundle, endpoint, volume};

const ENDPOINTS: usize = 10_000;

/// Far above what it takes on an idle machine (about 150 ms), far below what searching each endpoint among all others
/// took (seconds).
const MOST: Duration = Duration::from_secs(1);

fn many(ttl_of_the_first: u64) -> Bundle {
    let endpoints = (0..ENDPOINTS)
        .map(|number| {
            let ttl = if number == 0 { ttl_of_the_first } else { 1_000 };
            let settings = json!({"prefix": format!("p{number:05}"), "caching": {"ttl": ttl}});
            endpoint(&format!("e{number:05}"), &settings, &["photos"])
        })
        .collect();
    bundle(PodLimits::default(), endpoints, vec![volume("photos", "")])
}

fn read(files: &FileSet) -> Loaded {
    FileSet::read(|name| files.config.get(name).or_else(|| files.secret.get(name)).cloned()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_change_among_ten_thousand_endpoints_is_applied_quickly_while_requests_go_on() {
    let harness = Harness::with(|_| {}, many(1_000)).await;
    harness.file("cat.txt", "x");
    let handle = harness.server.handle();
    let mut took = Vec::new();
    for round in 2..7 {
        let files = FileSet::write(&many(round * 1_000)).unwrap();
        let handle = handle.clone();
        let applying = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let next = read(&files);
            let read = began.elapsed();
            handle.apply(next);
            (began.elapsed(), read)
        });
        while !applying.is_finished() {
            assert_eq!(harness.get("/shop/p09999/cat.txt").await.status, 200);
        }
        took.push(applying.await.unwrap());
        let answer = harness.get("/shop/p00000/cat.txt").await;
        assert!(answer.header("cache-control").contains(&format!("max-age={round},")), "{answer:?}");
    }
    took.sort();
    println!(
        "one of {ENDPOINTS} endpoints changed, whole and reading alone: median {:?}, all {took:?}",
        took[2]
    );
    assert!(took[2].0 < MOST, "{took:?}");
}

#[tokio::test]
async fn the_short_report_lists_none_of_ten_thousand_records_that_run() {
    let harness = Harness::with(|_| {}, many(1_000)).await;
    let whole = harness.admin("/v1/report").await;
    let short = harness.admin("/v1/report?records=refused").await;
    let records = |body: &[u8]| serde_json::from_slice::<Report>(body).unwrap().records.len();
    assert_eq!(records(&whole.body), ENDPOINTS + 2);
    assert_eq!(records(&short.body), 0);
    assert!(short.body.len() < 1_000, "{} bytes", short.body.len());
    assert_eq!(harness.admin("/v1/report?records=some").await.status, 400);
    assert_eq!(harness.admin("/v1/report?other=1").await.status, 400);
}
