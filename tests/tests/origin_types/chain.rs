//! What origins of every type share: a short memory for absent files, a pause for those that cannot be reached, bounds
//! of concurrent requests, and a warning where an endpoint lists many.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use futures::future::join_all;
use imgplane_tests::{
    process::{free_address, program},
    server::{imgplane::Imgplane, nginx::Nginx},
};

use crate::{
    is_refused, is_text,
    logged::{FORMAT, LOG, asked},
    manifests::{alone, endpoint, join, origin, origin_with},
};

/// How long things may take that take a moment.
const SOON: Duration = Duration::from_secs(30);

fn folder(nginx: &Nginx) -> String {
    format!("webFolder: {{baseUrl: \"{}\"}}", nginx.url(0))
}

#[tokio::test]
async fn an_absent_file_is_asked_for_once_within_its_time() {
    let nginx = Nginx::start(
        &format!(
            "{FORMAT} server {{ listen LISTEN0; {LOG} root ROOT; location = /-mark {{ return 204; }} }}"
        ),
        |_| {},
    );
    let manifests = [
        alone("web", "WebFolder", &folder(&nginx), ""),
        alone("other", "WebFolder", &folder(&nginx), ""),
        endpoint("usual", &["web"], "caching: {negativeTtl: 1h}"),
        endpoint("short", &["web"], "caching: {negativeTtl: 1s}"),
        endpoint("always", &["web"], "caching: {negativeTtl: 0s}"),
        endpoint("chain", &["web", "other"], "caching: {negativeTtl: 1h}"),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    let times = async |path: &str| asked(&nginx, path).await.len();

    for _ in 0..5 {
        is_refused(&server.get("/default/usual/a.txt").await, "ENOENT - the web server");
        is_refused(&server.get("/default/usual/tr:w-10/b.jpg").await, "ENOENT");
        is_refused(&server.get("/default/always/c.txt").await, "ENOENT");
        is_refused(&server.get("/default/chain/d.txt").await, "ENOENT");
    }
    assert_eq!((times("/a.txt").await, times("/b.jpg").await), (1, 1));
    assert_eq!(times("/c.txt").await, 5);
    assert_eq!(times("/d.txt").await, 2, "once at each origin");
    // Another query is another file.
    is_refused(&server.get("/default/usual/a.txt?v=2").await, "ENOENT");
    assert_eq!(times("/a.txt").await, 2);

    let until = Instant::now() + SOON;
    is_refused(&server.get("/default/short/e.txt").await, "ENOENT");
    while times("/e.txt").await < 2 {
        is_refused(&server.get("/default/short/e.txt").await, "ENOENT");
        assert!(Instant::now() < until, "it is never asked for again");
    }

    // A file that came is found at once where nothing is remembered.
    std::fs::write(nginx.root().join("c.txt"), "here").unwrap();
    is_text(&server.get("/default/always/c.txt").await, "here");
    std::fs::write(nginx.root().join("a.txt"), "here").unwrap();
    is_refused(&server.get("/default/usual/a.txt").await, "ENOENT");
    is_text(&server.get("/default/always/a.txt").await, "here");
}

#[tokio::test]
async fn an_origin_that_refuses_connections_is_spared_for_a_while_and_then_asked_again() {
    let address = free_address();
    let place = format!("webFolder: {{baseUrl: \"http://{address}\"}}");
    let server = Imgplane::start(&origin("web", "WebFolder", &place), |_| {});
    for number in 0..10 {
        is_refused(&server.get(&format!("/default/web/{number}.txt")).await, "ECONNREFUSED");
    }
    let spared = Instant::now();
    let nginx = Nginx::start(
        &format!("server {{ listen LISTEN0; listen {address}; location / {{ return 200 here; }} }}"),
        |_| {},
    );
    let early = server.get("/default/web/early.txt").await;
    // On a machine that is very busy the pause may be over already.
    if spared.elapsed() < Duration::from_secs(4) {
        is_refused(&early, "ECONNREFUSED");
    }
    let mut answer = early;
    while answer.status != 200 {
        assert!(spared.elapsed() < SOON, "it is never asked again: {}", answer.header("ik-error"));
        answer = server.get("/default/web/late.txt").await;
    }
    assert!(spared.elapsed() >= Duration::from_secs(4), "it was spared for {:?} only", spared.elapsed());
    is_text(&server.get("/default/web/later.txt").await, "here");
    drop(nginx);
}

#[tokio::test]
async fn requests_wait_for_a_slot_and_the_wait_is_measured() {
    let nginx = Nginx::start(
        "server { listen LISTEN0; location / { default_type text/plain; echo_sleep 0.3; echo -n found; } }",
        |_| {},
    );
    let narrow = "fetch: {maxConcurrency: 1}";
    let manifests = [
        origin_with("narrow", "WebFolder", &folder(&nginx), narrow, ""),
        origin("wide", "WebFolder", &folder(&nginx)),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    for name in ["narrow", "wide"] {
        let paths: Vec<_> = (0..4).map(|number| format!("/default/{name}/{number}.txt")).collect();
        for answer in join_all(paths.iter().map(|path| server.get(path))).await {
            is_text(&answer, "found");
        }
    }
    let metrics = String::from_utf8(server.admin_get("/metrics").await.body.to_vec()).unwrap();
    let value = |of: &str, name: &str| -> f64 {
        let start = format!("imgplane_origin_queue_seconds_{of}{{origin=\"default/{name}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("{metrics}\n\nhas no {start}")).parse().unwrap()
    };
    assert_eq!((value("count", "narrow"), value("count", "wide")), (4.0, 4.0));
    // The second waits for the first, the third for two, the fourth for three.
    let (narrow, wide) = (value("sum", "narrow"), value("sum", "wide"));
    assert!(narrow > 1.5, "{narrow} s were waited for one slot");
    assert!(wide < 0.3, "{wide} s were waited for 64 slots");
}

#[test]
fn more_than_two_origins_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let place = "webFolder: {baseUrl: \"https://www.example.com\"}";
    let origins: Vec<_> = ["a", "b", "c"].map(|name| alone(name, "WebFolder", place, "")).into();
    for (listed, warned) in [(&["a", "b"][..], false), (&["a", "b", "c"], true)] {
        let manifests = [&origins[..], &[endpoint("many", listed, "")]].concat();
        std::fs::write(folder.path().join("manifests.yaml"), join(&manifests)).unwrap();
        let output = Command::new(program("imgplane"))
            .args(["check", "-o", "json"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "a warning is no problem");
        let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        let many = findings.iter().any(|finding| {
            finding.get("reason").is_some_and(|reason| reason == "ManyOrigins")
                && finding.get("severity").is_some_and(|severity| severity == "warning")
        });
        assert_eq!(many, warned, "{findings:?}");
    }
}
