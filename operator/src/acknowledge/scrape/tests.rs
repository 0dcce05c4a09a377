//! The scraper against pods that are real servers on loopback: good ones, slow, talkative, cut off, distrustful.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{
    Json, Router,
    body::Body,
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use futures::{StreamExt as _, stream};
use imgplane_config::{Hash, report::ProbeOutcome};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

/// Limits that a loaded machine keeps and a test can wait for.
const QUICK: Limits = Limits {
    connect: Duration::from_secs(2),
    report: Duration::from_secs(2),
    probe: Duration::from_secs(10),
    body: 64 << 10,
    at_once: 4,
};

fn token() -> AdminToken {
    AdminToken::parse(b"right").unwrap()
}

fn report_of(version: &str) -> Report {
    Report {
        schema_version: 1,
        version: version.to_owned(),
        config_hash: Some(Hash::of(b"config")),
        config_error: None,
        settled: true,
        tls_error: None,
        records: vec![],
        origins: vec![],
        purges: vec![],
        cache_error: None,
        store_error: None,
        store_purged: None,
    }
}

async fn serve(router: Router) -> PodView {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    pod_at(Some(address))
}

fn pod_at(address: Option<SocketAddr>) -> PodView {
    PodView {
        id: ObjectId::new("media", "pod"),
        uid: "uid".to_owned(),
        data_plane: ObjectId::new("media", "main"),
        ip: address.map(|address| address.ip()),
        ready: true,
        terminating: false,
        admin_port: address.map_or(1, |address| address.port()),
        nudged: None,
        image: None,
        waiting: None,
    }
}

fn checked(headers: &HeaderMap, answer: impl IntoResponse) -> Response {
    if headers.get("authorization").is_some_and(|given| given == "Bearer right") {
        answer.into_response()
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

/// Answers as the data plane does.
async fn report(headers: HeaderMap, Query(query): Query<Value>) -> Response {
    checked(&headers, Json(report_of(query["records"].as_str().unwrap_or_default())))
}

async fn probe(headers: HeaderMap, Json(request): Json<ProbeRequest>) -> Response {
    let detail = format!("{} {:?}", request.origin, request.path);
    let result = json!({
        "outcome": {"verdict": "Unknown", "message": detail},
        "steps": [{"name": "resolve", "ok": true, "millis": 1, "detail": "10.0.0.1"}],
        "revision": Hash::of(b"revision"),
    });
    checked(&headers, Json(result))
}

async fn good() -> PodView {
    serve(Router::new().route("/v1/report", get(report)).route("/v1/probe", post(probe))).await
}

/// A pod whose report is this answer.
async fn answering<F, R>(answer: F) -> PodView
where
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: IntoResponse + Send + 'static,
{
    serve(Router::new().route("/v1/report", get(move || std::future::ready(answer())))).await
}

async fn ask(pod: &PodView, token: &AdminToken) -> Result<Report, ScrapeError> {
    let mut answers = Scraper::with_limits(QUICK).scrape(&[(pod, token)]).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0).report
}

#[tokio::test]
async fn a_pod_is_asked_for_what_does_not_run_as_written() {
    let pod = good().await;
    let answers = Scraper::with_limits(QUICK).scrape(&[(&pod, &token())]).await;
    let [Scraped { pod: id, uid, data_plane, report: Ok(report), took }] = answers.as_slice() else {
        panic!("{answers:?}");
    };
    assert_eq!((id, uid.as_str(), data_plane), (&pod.id, "uid", &pod.data_plane));
    assert_eq!(report, &report_of("refused"));
    assert!(*took > Duration::ZERO && *took < QUICK.report, "{took:?}");
}

#[tokio::test]
async fn a_probe_names_the_origin_and_the_path() {
    let pod = good().await;
    let scraper = Scraper::with_limits(QUICK);
    let origin = ObjectId::new("shop", "photos");
    for (path, expected) in [(None, "shop/photos None"), (Some("a b.jpg"), r#"shop/photos Some("a b.jpg")"#)]
    {
        let result = scraper.probe(&pod, &token(), &origin, path).await.unwrap();
        assert_eq!(result.outcome, ProbeOutcome::Unknown { message: expected.to_owned() });
        assert_eq!(result.steps.len(), 1);
    }
}

#[tokio::test]
async fn each_failure_says_where_and_what_to_do() {
    let wrong = AdminToken::parse(b"wrong").unwrap();
    // Bound and closed again, so that nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let text = serde_json::to_string(&report_of("v")).unwrap();
    let cut = move || {
        let half = Bytes::from(text.as_bytes()[..20].to_vec());
        let pieces = stream::iter([Ok(half), Err(std::io::Error::other("reset"))]);
        Response::new(Body::from_stream(pieces))
    };
    let endless = || {
        let spaces = stream::repeat(Bytes::from_static(&[b' '; 4096])).map(Ok::<_, std::io::Error>);
        Response::new(Body::from_stream(spaces))
    };
    for (name, pod, token, expected) in [
        ("no address", pod_at(None), token(), "it has no address yet"),
        (
            "nobody listens",
            pod_at(Some(closed)),
            token(),
            "its admin port ADDRESS cannot be reached: Connection refused (os error 111); see whether it runs, and whether a NetworkPolicy keeps the operator out",
        ),
        (
            "another token",
            good().await,
            wrong,
            "its admin port ADDRESS does not take the admin token: it mounts another Secret, or an older one; restart it",
        ),
        (
            "an error",
            answering(|| StatusCode::INTERNAL_SERVER_ERROR).await,
            token(),
            "its admin port ADDRESS answered with status 500 Internal Server Error",
        ),
        (
            "elsewhere",
            answering(|| Redirect::temporary("http://127.0.0.1:9/")).await,
            token(),
            "its admin port ADDRESS answered with status 307 Temporary Redirect",
        ),
        (
            "endless",
            answering(endless).await,
            token(),
            "its admin port ADDRESS answered with more than 65536 bytes",
        ),
        (
            "another program",
            answering(|| "hello").await,
            token(),
            "the answer of its admin port ADDRESS cannot be read: expected value at line 1 column 1; run matching versions of operator and data plane",
        ),
        ("cut off", answering(cut).await, token(), "the answer of its admin port ADDRESS broke off: "),
    ] {
        let error = ask(&pod, &token).await.unwrap_err().to_string();
        let address = pod.ip.map(|ip| SocketAddr::new(ip, pod.admin_port).to_string()).unwrap_or_default();
        let told = if address.is_empty() { error.clone() } else { error.replace(&address, "ADDRESS") };
        if expected.ends_with(": ") {
            assert!(told.starts_with(expected) && told.len() > expected.len(), "{name}: {error}");
        } else {
            assert_eq!(told, expected, "{name}");
        }
        assert!(!error.contains("right") && !error.contains("wrong"), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_pod_that_hangs_costs_its_time_and_holds_up_nobody() {
    let hanging = serve(Router::new().route("/v1/report", get(std::future::pending::<()>))).await;
    let fine = good().await;
    let token = token();
    let pods = [(&hanging, &token), (&fine, &token), (&hanging, &token)];
    let answers = Scraper::with_limits(QUICK).scrape(&pods).await;
    assert!(matches!(answers[0].report, Err(ScrapeError::Timeout { after, .. }) if after == QUICK.report));
    assert!(answers[1].report.is_ok(), "answers come in the order of the pods: {answers:?}");
    assert!(answers[1].took < QUICK.report);
    assert!(matches!(answers[2].report, Err(ScrapeError::Timeout { .. })));
    // The body counts as well: a head alone is no answer.
    let stalled =
        answering(|| Response::new(Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())))
            .await;
    assert!(matches!(ask(&stalled, &token).await, Err(ScrapeError::Timeout { .. })));
}

#[tokio::test]
async fn only_so_many_pods_are_asked_at_once() {
    #[derive(Clone, Default)]
    struct Crowd {
        now: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }
    async fn counted(State(crowd): State<Crowd>) -> Json<Report> {
        let now = crowd.now.fetch_add(1, Ordering::SeqCst) + 1;
        crowd.most.fetch_max(now, Ordering::SeqCst);
        // Others get every chance to come in meanwhile.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        crowd.now.fetch_sub(1, Ordering::SeqCst);
        Json(report_of("v"))
    }
    let crowd = Crowd::default();
    let pod = serve(Router::new().route("/v1/report", get(counted)).with_state(crowd.clone())).await;
    let token = token();
    let scraper = Scraper::with_limits(Limits { report: Duration::from_secs(30), ..QUICK });
    let pods = vec![(&pod, &token); 20];
    let (one, two) = tokio::join!(scraper.scrape(&pods), scraper.scrape(&pods));
    assert!(one.iter().chain(&two).all(|answer| answer.report.is_ok()));
    let most = crowd.most.load(Ordering::SeqCst);
    assert!(most <= QUICK.at_once, "{most} at once");
}

#[tokio::test]
async fn a_big_report_is_read_within_the_bound() {
    let mut big = report_of("v");
    big.config_error = Some("x".repeat(PARSED_IN_PLACE + 1));
    let expected = big.clone();
    let pod = answering(move || Json(big.clone())).await;
    let limits = Limits { body: PARSED_IN_PLACE * 2, report: Duration::from_secs(30), ..QUICK };
    let answers = Scraper::with_limits(limits).scrape(&[(&pod, &token())]).await;
    assert_eq!(answers[0].report.as_ref().unwrap(), &expected);
}
