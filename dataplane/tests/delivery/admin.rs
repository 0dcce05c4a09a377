//! The admin port.

use http::Method;
use imgplane_config::report::Report;

use crate::harness::{Browser, Harness};

#[tokio::test]
async fn readiness_comes_with_the_first_config() {
    let harness = Harness::unconfigured(|_| {}).await;
    assert_eq!(harness.admin("/livez").await.status, 200);
    assert_eq!(harness.admin("/readyz").await.status, 503);
    let answer = harness.get("/shop/cat.png").await;
    assert_eq!((answer.status, answer.text()), (503, "Service Unavailable"));
    assert_eq!((answer.header("retry-after"), answer.header("cache-control")), ("1", "no-store"));
    let bundle = crate::harness::volume_bundle(&serde_json::json!({}), imgplane_config::PodLimits::default());
    harness.server.apply(bundle.into());
    assert_eq!(harness.admin("/readyz").await.status, 200);
    assert_eq!(harness.get("/shop/cat.png").await.status, 404);
}

#[tokio::test]
async fn metrics_count_answers_by_bounded_labels() {
    let harness = Harness::start().await;
    harness.file("cat.png", crate::pictures::photo(40, 30));
    harness.get("/shop/tr:w-20,f-png/cat.png").await;
    harness.get("/shop/missing.jpg").await;
    let text = harness.admin("/metrics").await.text().to_owned();
    for expected in [
        r#"imgplane_responses_total{endpoint="shop/main",status="200",ik_error="",format="png",cache=""} 1"#,
        r#"imgplane_responses_total{endpoint="shop/main",status="404",ik_error="ENOENT",format="",cache=""} 1"#,
        r#"imgplane_fetches_total{origin="shop/photos",ik_error="",reason=""} 1"#,
        r#"imgplane_fetches_total{origin="shop/photos",ik_error="ENOENT",reason="FileNotFound"} 1"#,
        r#"imgplane_origin_queue_seconds_count{origin="shop/photos"} 2"#,
        r#"imgplane_download_seconds_count{origin="shop/photos"} 1"#,
        r#"imgplane_transformation_seconds_count{format="png"} 1"#,
        "imgplane_queue_seconds_count 1",
        r#"imgplane_memory_budget_bytes{share="pictures"}"#,
        r#"imgplane_memory_reserved_bytes{share="pictures"} 0"#,
        r#"imgplane_config_reloads_total{outcome="applied"} 1"#,
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
}

#[tokio::test]
async fn the_report_needs_the_token_where_one_is_set() {
    let harness = Harness::unconfigured(|options| options.admin_token = Some("t0ken".into())).await;
    let admin = Browser::new(harness.server.admin_addr().to_string());
    for (headers, status) in [
        (vec![], 401),
        (vec![("authorization", "Bearer wrong")], 401),
        (vec![("authorization", "Basic t0ken")], 401),
        (vec![("authorization", "Bearer t0ken")], 200),
    ] {
        assert_eq!(admin.send(Method::GET, "/v1/report", &headers).await.status, status, "{headers:?}");
    }
    for open in ["/livez", "/metrics"] {
        assert_eq!(harness.admin(open).await.status, 200, "{open}");
    }
}

#[tokio::test]
async fn the_report_names_what_runs_and_how_origins_fare() {
    let harness = Harness::start().await;
    harness.file("cat.txt", "x");
    harness.get("/shop/cat.txt").await;
    let report: Report = serde_json::from_slice(&harness.admin("/v1/report").await.body).unwrap();
    let names: Vec<String> =
        report.records.iter().map(|record| format!("{} {}", record.kind.name(), record.id)).collect();
    assert_eq!(names, ["DataPlane shop/pool", "UrlEndpoint shop/main", "Origin shop/photos"]);
    assert!(report.records.iter().all(|record| record.running.is_some() && record.refused.is_none()));
    assert_eq!((report.origins.len(), report.origins[0].successes), (1, 1));
}

#[tokio::test]
async fn a_start_page_is_added_to_the_admin_port() {
    let page = axum::Router::new().route("/", axum::routing::get(|| async { "start" }));
    let harness = Harness::unconfigured(|options| options.start_page = Some(page)).await;
    assert_eq!(harness.admin("/").await.text(), "start");
    assert_eq!(harness.admin("/livez").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_is_taken_over_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    std::fs::write(&file, "first\n").unwrap();
    let harness = Harness::unconfigured(|options| options.admin_token_file = Some(file.clone())).await;
    let admin = Browser::new(harness.server.admin_addr().to_string());
    let status = async |token: &str| {
        let header = format!("Bearer {token}");
        admin.send(Method::GET, "/v1/report", &[("authorization", &header)]).await.status
    };
    assert_eq!((status("first").await, status("second").await), (200, 401));
    std::fs::write(&file, "second\n").unwrap();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while status("second").await != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the new token is taken over");
        tokio::task::yield_now().await;
    }
    assert_eq!(status("first").await, 401);
}

#[tokio::test]
async fn a_report_tells_of_origins_unless_it_is_asked_not_to() {
    let harness = Harness::start().await;
    harness.get("/shop/missing.jpg").await;
    let origins = async |query: &str| {
        let body = harness.admin(&format!("/v1/report?{query}")).await.body;
        serde_json::from_slice::<Report>(&body).unwrap().origins.len()
    };
    assert_eq!(origins("records=refused").await, 1);
    assert_eq!(origins("records=refused&origins=all").await, 1);
    assert_eq!(origins("records=refused&origins=none").await, 0);
    assert_eq!(harness.admin("/v1/report?origins=some").await.status, 400);
}

#[tokio::test]
async fn a_report_is_settled_when_everything_runs_as_written() {
    let harness = Harness::unconfigured(|_| {}).await;
    assert!(!harness.server.report().settled, "nothing was loaded yet");
    let bundle = crate::harness::volume_bundle(&serde_json::json!({}), imgplane_config::PodLimits::default());
    let files = imgplane_config::FileSet::write(&bundle).unwrap();
    let loaded = imgplane_config::FileSet::read(|name| files.config.get(name).cloned()).unwrap();
    harness.server.apply(loaded.clone());
    assert!(harness.server.report().settled);
    let mut partly = loaded;
    let endpoint = partly.endpoints.remove(0);
    partly.refused.push(imgplane_config::Refusal {
        kind: imgplane_config::Kind::UrlEndpoint,
        id: endpoint.id,
        generation: 2,
        hash: endpoint.hash,
        reason: "unknown field".into(),
    });
    harness.server.apply(partly);
    let report: Report =
        serde_json::from_slice(&harness.admin("/v1/report?records=refused").await.body).unwrap();
    assert!(!report.settled);
    assert_eq!(report.records.len(), 1);
}
