//! Endpoints side by side: what floods one, or is slow at one, is not noticed at the others, and what is kept waits for
//! nothing.

use std::time::Duration;

use axum::{Router, body::Body, response::Response, routing::get};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::Method;
use imgplane_config::{Bundle, Cache, DataPlaneConfig, PodLimits};
use imgplane_dataplane::Options;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    harness::{Answer, Browser, Harness, bundle, endpoint, record, volume, web_folder},
    pictures::photo,
};

const DEADLINE: Duration = Duration::from_mins(1);
/// A quarter of it is for originals.
const MEMORY: u64 = 256 << 20;
/// Size that the origin tells of pictures of which it sends only the beginning: three of them fit, and not four.
const STUCK: u64 = 16 << 20;

/// A web server whose pictures begin and do not go on.
async fn stuck_server() -> String {
    let router = Router::new().route("/{*name}", get(stuck));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

async fn stuck() -> Response {
    let begin = stream::iter([Ok::<_, std::io::Error>(Bytes::from(photo(80, 60)))]);
    Response::builder()
        .header("content-type", "image/png")
        .header("content-length", STUCK)
        .body(Body::from_stream(begin.chain(stream::pending())))
        .unwrap()
}

fn options(options: &mut Options) {
    options.workers = Some(1);
    options.memory_budget = Some(MEMORY);
}

fn limits(queue: u32) -> PodLimits {
    PodLimits { queue, queue_timeout: DEADLINE, ..PodLimits::default() }
}

/// A request that goes on by itself until it is dropped.
fn send(requests: &mut JoinSet<Answer>, harness: &Harness, path: String) {
    let browser = Browser::new(harness.server.local_addr().to_string());
    requests.spawn(async move { browser.send(Method::GET, &path, &[]).await });
}

/// A picture that keeps a worker for about a second.
fn long(account: &str, number: usize) -> String {
    format!("/{account}/tr:w-{},f-webp,q-100/large.png", 1900 + number)
}

/// Waits until the metrics have all these lines.
async fn until(harness: &Harness, lines: &[String]) {
    let wait = async {
        loop {
            let metrics = harness.admin("/metrics").await;
            if lines.iter().all(|line| metrics.text().lines().any(|have| have == line)) {
                return;
            }
        }
    };
    let came = tokio::time::timeout(DEADLINE, wait).await;
    assert!(came.is_ok(), "{lines:?} came: {}", harness.admin("/metrics").await.text());
}

fn waiting(count: usize) -> String {
    format!("imgplane_queue_waiting {count}")
}

fn held(bytes: u64) -> String {
    format!(r#"imgplane_memory_reserved_bytes{{share="originals"}} {bytes}"#)
}

fn two_endpoints(queue: u32, slow: &str) -> Bundle {
    let endpoints = vec![
        endpoint("main", &json!({}), &["photos"]),
        endpoint("other", &json!({"account": "other"}), &["photos", "slow"]),
    ];
    bundle(limits(queue), endpoints, vec![volume("photos", ""), web_folder("slow", slow.into(), json!({}))])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_costs_the_endpoint_that_it_is_for() {
    let harness = Harness::with(options, two_endpoints(3, "http://127.0.0.1:1")).await;
    harness.file("large.png", photo(2000, 1500));
    harness.file("cat.png", photo(40, 30));
    let mut flood = JoinSet::new();
    for number in 0..4 {
        send(&mut flood, &harness, long("other", number));
    }
    until(&harness, &[waiting(3)]).await;
    let quiet = harness.get("/shop/tr:w-20,f-png/cat.png").await;
    assert_eq!((quiet.status, quiet.size()), (200, (20, 15)), "{quiet:?}");
    let mut statuses: Vec<u16> = flood.join_all().await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 503], "the newest of the flood gave its place away");
    let refused = r#"imgplane_queue_refused_total{endpoint="shop/other",reason="full"} 1"#;
    until(&harness, &[refused.to_owned(), held(0)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn originals_that_do_not_come_leave_room_for_those_of_others() {
    let harness = Harness::with(options, two_endpoints(16, &stuck_server().await)).await;
    harness.file("cat.png", photo(40, 30));
    let mut slow = JoinSet::new();
    for number in 0..12 {
        send(&mut slow, &harness, format!("/other/tr:w-20/{number}.png"));
    }
    // A second of these would leave less free than the two hold.
    until(&harness, &[held(STUCK), waiting(11)]).await;
    let quiet = harness.get("/shop/tr:w-20,f-png/cat.png").await;
    assert_eq!((quiet.status, quiet.size()), (200, (20, 15)), "{quiet:?}");
    slow.abort_all();
    while slow.join_next().await.is_some() {}
    until(&harness, &[held(0), waiting(0)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_waits_for_nothing() {
    const SMALL: &str = "/shop/tr:w-20,f-png/cat.png";
    const LARGE: &str = "/shop/tr:w-600,f-png/cat.png";
    const TEXT: &str = "/shop/style.css";
    let endpoints = vec![endpoint("main", &json!({}), &["photos", "slow"])];
    let origins = vec![volume("photos", ""), web_folder("slow", stuck_server().await, json!({}))];
    let mut records = bundle(limits(6), endpoints, origins);
    let cache = Cache { memory: 32 << 20, disk: None };
    records.data_plane = record("pool", DataPlaneConfig { cache, ..records.data_plane.body });
    let harness = Harness::with(options, records).await;
    harness.file("large.png", photo(2000, 1500));
    harness.file("cat.png", photo(900, 700));
    harness.file("style.css", "body { margin: 0 }\n".repeat(20_000));
    let ready = async {
        while !harness.server.handle().is_ready() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, ready).await.unwrap();
    let mut whole = Vec::new();
    for path in [SMALL, LARGE, TEXT] {
        let answer = harness.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        whole.push(answer);
    }
    assert!(whole[1].body.len() > 64 << 10 && whole[2].body.len() > 64 << 10);
    let packed = harness.get_with(TEXT, &[("accept-encoding", "br")]).await;
    assert_eq!(packed.header("content-encoding"), "br");

    // The worker works, ...
    let mut others = JoinSet::new();
    for number in 0..5 {
        send(&mut others, &harness, long("shop", number));
    }
    until(&harness, &[waiting(4)]).await;
    // ... the share of the originals is taken, and as many wait for room in it as may.
    for number in 0..10 {
        send(&mut others, &harness, format!("/shop/tr:w-20/{number}.png"));
    }
    let refused = r#"imgplane_queue_refused_total{endpoint="shop/main",reason="full"} 1"#;
    until(&harness, &[refused.to_owned()]).await;

    let etag = whole[1].header("etag");
    for (path, method, headers, status, body) in [
        (SMALL, Method::GET, vec![], 200, &whole[0].body[..]),
        (LARGE, Method::GET, vec![], 200, &whole[1].body[..]),
        (LARGE, Method::HEAD, vec![], 200, &[][..]),
        (LARGE, Method::GET, vec![("if-none-match", etag)], 304, &[][..]),
        (LARGE, Method::GET, vec![("range", "bytes=10-99")], 206, &whole[1].body[10..100]),
        (TEXT, Method::GET, vec![], 200, &whole[2].body[..]),
        (TEXT, Method::GET, vec![("accept-encoding", "br")], 200, &packed.body[..]),
    ] {
        let answer = harness.client.send(method.clone(), path, &headers).await;
        assert_eq!(answer.status, status, "{method} {path} {headers:?}");
        assert_eq!(&answer.body[..], body, "{method} {path} {headers:?}");
        assert!(answer.header("server-timing").contains("cdn-cache-hit"), "{method} {path} {answer:?}");
    }
    let metrics = harness.admin("/metrics").await;
    let still: usize = metrics
        .text()
        .lines()
        .find_map(|line| line.strip_prefix("imgplane_queue_waiting "))
        .and_then(|count| count.parse().ok())
        .unwrap();
    assert!(still > 6, "pictures waited all the time: {still}");
}
