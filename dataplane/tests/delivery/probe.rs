//! Origins that are tried through the admin port.

use std::{sync::Arc, time::Duration};

use imgplane_config::{
    PodLimits,
    report::{ProbeOutcome, ProbeResult},
};
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use crate::harness::{Answer, Browser, Harness, bundle, id, volume, volume_bundle, web_folder};

fn result(answer: &Answer) -> ProbeResult {
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn question(origin: &str, path: Option<&str>) -> Value {
    match path {
        Some(path) => json!({"origin": id(origin), "path": path}),
        None => json!({"origin": id(origin)}),
    }
}

#[tokio::test]
async fn a_configured_origin_is_tried_and_counts_in_no_window() {
    let harness = Harness::start().await;
    harness.file("cat.txt", "x");
    assert_eq!(result(&harness.probe(&question("photos", None)).await).outcome, ProbeOutcome::Reachable);
    let there = result(&harness.probe(&question("photos", Some("cat.txt"))).await);
    assert_eq!(there.outcome, ProbeOutcome::Reachable);
    let absent = result(&harness.probe(&question("photos", Some("dog.txt"))).await);
    let ProbeOutcome::Failed(error) = absent.outcome else { panic!("{absent:?}") };
    assert_eq!((error.code.as_str(), error.reason.as_str()), ("ENOENT", "FileNotFound"));
    assert_eq!(error.sample_path, "dog.txt");
    assert!(harness.server.report().origins.is_empty(), "{:?}", harness.server.report().origins);
    let metrics = harness.admin("/metrics").await.text().to_owned();
    for expected in [
        r#"imgplane_probes_total{origin="shop/photos",outcome="reachable"} 2"#,
        r#"imgplane_probes_total{origin="shop/photos",outcome="failed"} 1"#,
        "imgplane_probe_seconds_count 3",
    ] {
        assert!(metrics.contains(expected), "{expected} is missing in\n{metrics}");
    }
}

#[tokio::test]
async fn the_revision_of_a_result_changes_with_the_settings() {
    let harness = Harness::start().await;
    let before = result(&harness.probe(&question("photos", None)).await).revision;
    assert_eq!(result(&harness.probe(&question("photos", None)).await).revision, before);
    harness.file("sub/cat.txt", "x");
    let mut changed = volume_bundle(&json!({}), PodLimits::default());
    changed.origins = vec![volume("photos", "sub")];
    let expected = ProbeResult::revision_of(&changed.origins[0].hash, None);
    harness.server.apply(changed.into());
    let after = result(&harness.probe(&question("photos", None)).await).revision;
    assert_eq!(after, expected, "whoever wrote the record knows the revision");
    assert_ne!(after, before);
}

#[tokio::test]
async fn only_what_is_configured_is_tried_and_only_with_the_token() {
    let harness = Harness::with(
        |options| options.admin_token = Some("t0ken".into()),
        volume_bundle(&json!({}), PodLimits::default()),
    )
    .await;
    let admin = Browser::new(harness.server.admin_addr().to_string());
    let token = [("authorization", "Bearer t0ken")];
    let cases = [
        (question("photos", None), vec![], 401),
        (question("photos", None), vec![("authorization", "Bearer wrong")], 401),
        (question("photos", None), token.to_vec(), 200),
        (question("elsewhere", None), token.to_vec(), 404),
        (json!({"origin": id("photos"), "url": "http://169.254.169.254/"}), token.to_vec(), 422),
        (json!({"origin": "http://169.254.169.254/"}), token.to_vec(), 422),
        (json!({"origin": id("photos"), "path": "x".repeat(9000)}), token.to_vec(), 413),
    ];
    for (question, headers, status) in cases {
        let answer = admin.post("/v1/probe", &question, &headers).await;
        assert_eq!(answer.status, status, "{question} {headers:?}: {}", answer.text());
    }
    let outside = result(&admin.post("/v1/probe", &question("photos", Some("../secret")), &token).await);
    let ProbeOutcome::Failed(error) = outside.outcome else { panic!("{outside:?}") };
    assert_eq!(error.reason, "InvalidPath");
}

/// A server that accepts, tells how many connections it has, and never answers.
async fn mute() -> (std::net::SocketAddr, Arc<Semaphore>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Arc::new(Semaphore::new(0));
    let count = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move { hold(connection, &count).await });
        }
    });
    (address, accepted)
}

/// Counts a connection once it has asked for something, and keeps it.
async fn hold(mut connection: TcpStream, count: &Semaphore) {
    let mut buffer = [0; 4096];
    if connection.read(&mut buffer).await.is_ok_and(|read| read > 0) {
        count.add_permits(1);
        while connection.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    }
}

#[tokio::test]
async fn a_fifth_probe_at_once_is_told_to_come_again() {
    let (address, asked) = mute().await;
    let names = ["a", "b", "c", "d", "e"];
    let origins = names.map(|name| web_folder(name, format!("http://{address}"), json!({}))).to_vec();
    let harness = Harness::with(|_| {}, bundle(PodLimits::default(), vec![], origins)).await;
    let admin = Browser::new(harness.server.admin_addr().to_string());
    let running: Vec<_> = names[..4]
        .iter()
        .map(|name| {
            let (admin, question) = (admin.clone(), question(name, None));
            tokio::spawn(async move { admin.post("/v1/probe", &question, &[]).await })
        })
        .collect();
    let four = tokio::time::timeout(Duration::from_secs(10), asked.acquire_many(4)).await;
    drop(four.expect("four probes run").unwrap());
    let fifth = harness.probe(&question("e", None)).await;
    assert_eq!((fifth.status, fifth.header("retry-after")), (429, "1"), "{}", fifth.text());
    for probe in running {
        probe.abort();
    }
}
