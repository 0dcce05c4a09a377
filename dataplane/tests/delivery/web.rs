//! A web server as the origin: what is sent to it, what is taken from it, and that many share one fetch.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use futures::{StreamExt as _, future::join_all, stream};
use http::Method;
use imgplane_config::PodLimits;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    harness::{Browser, Harness, bundle, endpoint, web_folder},
    pictures::photo,
};

/// What the web server saw.
#[derive(Clone)]
struct Seen {
    requests: Arc<AtomicUsize>,
    /// Has a place when the slow picture may be sent.
    gate: Arc<Semaphore>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { requests: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }
}

async fn web_server(seen: Seen) -> SocketAddr {
    let router = Router::new()
        .route("/slow.png", get(slow))
        .route("/soft404.png", get(|| async { ([("content-type", "text/html")], "<html></html>") }))
        .route("/unsized", get(unsized_picture))
        .route("/endless.png", get(endless))
        .route("/private.png", get(private))
        .route("/headers.txt", get(headers))
        .with_state(seen);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn slow(State(seen): State<Seen>) -> Vec<u8> {
    seen.requests.fetch_add(1, Ordering::SeqCst);
    let _place = seen.gate.acquire().await;
    photo(80, 60)
}

/// A picture whose length and name say nothing.
async fn unsized_picture() -> Response {
    let pieces: Vec<Result<Bytes, std::io::Error>> =
        photo(80, 60).chunks(1000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Response::new(Body::from_stream(stream::iter(pieces)))
}

/// A picture that never ends.
async fn endless() -> Response {
    let begin = stream::iter([Ok::<_, std::io::Error>(Bytes::from(photo(80, 60)))]);
    let more = stream::repeat_with(|| Ok(Bytes::from_static(&[0; 16 << 10])));
    Response::new(Body::from_stream(begin.chain(more)))
}

/// Shows what the origin was sent, with headers that must not be passed on.
async fn headers(request: Request) -> Response {
    let names: Vec<String> =
        request.headers().iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    let text = format!("{}\n{}", request.uri(), names.join("\n"));
    Response::builder()
        .header("content-type", "text/plain")
        .header("etag", "W/\"v1\"")
        .header("last-modified", "Mon, 05 Jan 2026 10:00:00 GMT")
        .header("set-cookie", "a=b")
        .header("x-powered-by", "test")
        .header("strict-transport-security", "max-age=1")
        .header("access-control-allow-origin", "https://only.example")
        .header("is-private-file", "false")
        .header("cache-control", "no-store")
        .body(Body::from(text))
        .unwrap()
}

/// A picture that its owner marks as private.
async fn private() -> Response {
    Response::builder()
        .header("content-type", "image/png")
        .header("is-private-file", "True")
        .body(Body::from(photo(80, 60)))
        .unwrap()
}

async fn harness(settings: Value) -> (Harness, Seen) {
    let seen = Seen::default();
    let address = web_server(seen.clone()).await;
    let origin = web_folder("web", format!("http://{address}"), json!({}));
    let records = bundle(PodLimits::default(), vec![endpoint("main", &settings, &["web"])], vec![origin]);
    (Harness::with(|_| {}, records).await, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_one_original_share_its_fetch() {
    const TAKEN: &str = r#"imgplane_origin_requests_in_flight{origin="shop/web"}"#;
    let (harness, seen) = harness(json!({})).await;
    let browser = Browser::new(harness.server.local_addr().to_string());
    let requests = (0..8).map(|index| {
        let browser = browser.clone();
        tokio::spawn(async move {
            browser.send(Method::GET, &format!("/shop/tr:w-{},f-png/slow.png", 20 + index), &[]).await
        })
    });
    let requests: Vec<_> = requests.collect();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let answer = harness.admin("/metrics").await;
        let text = answer.text();
        if text.contains("imgplane_merged_requests_total 7") && text.contains(&format!("{TAKEN} 1\n")) {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "seven requests join the first: {text}");
    }
    seen.gate.add_permits(1);
    for (index, answer) in join_all(requests).await.into_iter().enumerate() {
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.size().0), (200, 20 + index as u32));
    }
    assert_eq!(seen.requests.load(Ordering::SeqCst), 1);
    assert!(!harness.admin("/metrics").await.text().contains(TAKEN), "the slot is free again");
}

#[tokio::test]
async fn nothing_of_the_client_reaches_the_origin_and_little_comes_back() {
    let (harness, _) = harness(json!({})).await;
    let sent = [("cookie", "session=1"), ("authorization", "Bearer x"), ("x-forwarded-for", "1.2.3.4")];
    let answer = harness.get_with("/shop/headers.txt?v=2&ik-attachment=false&tr=w-1", &sent).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.text().starts_with("/headers.txt?v=2\n"), "{}", answer.text());
    for (name, _) in sent {
        assert!(!answer.text().contains(name), "{name} reached the origin: {}", answer.text());
    }
    assert!(answer.text().contains("x-req-from: \"imagekit\""), "{}", answer.text());
    for name in ["set-cookie", "x-powered-by", "strict-transport-security", "is-private-file", "server"] {
        assert_eq!(answer.header(name), "", "{name}");
    }
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("cache-control").starts_with("public, s-maxage="), "{answer:?}");
    assert!(answer.header("etag").starts_with("W/\""), "weak stays weak: {answer:?}");
    assert_eq!(answer.header("last-modified"), "Mon, 05 Jan 2026 10:00:00 GMT");
}

#[tokio::test]
async fn a_private_file_is_not_delivered_in_any_form() {
    let (harness, _) = harness(json!({})).await;
    for (path, headers) in [
        ("/shop/private.png", &[][..]),
        ("/shop/tr:w-20/private.png", &[]),
        ("/shop/tr:orig-true/private.png", &[]),
        ("/shop/private.png?ik-attachment=true", &[]),
        ("/shop/private.png", &[("range", "bytes=0-3")]),
        ("/shop/tr:orig-true/private.png", &[("range", "bytes=999999-")]),
    ] {
        let answer = harness.get_with(path, headers).await;
        assert_eq!((answer.status, answer.text()), (401, "Unauthorised Image Access"), "{path}");
        assert_eq!(
            answer.header("ik-error"),
            "EAUTH - This file needs a signed URL or a named transformation",
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        for name in ["etag", "last-modified", "content-range"] {
            assert_eq!(answer.header(name), "", "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn a_picture_is_recognised_without_name_type_and_length() {
    let (harness, _) = harness(json!({})).await;
    let answer = harness.get("/shop/tr:w-40,f-png/unsized").await;
    assert_eq!((answer.status, answer.size()), (200, (40, 30)));
}

#[tokio::test]
async fn a_page_in_place_of_a_picture_passes_until_it_is_to_be_transformed() {
    let (harness, _) = harness(json!({})).await;
    let answer = harness.get("/shop/soft404.png").await;
    assert_eq!((answer.status, answer.text()), (200, "<html></html>"));
    assert!(answer.header("content-security-policy").starts_with("sandbox"));
    let answer = harness.get("/shop/tr:w-40/soft404.png").await;
    assert_eq!(answer.header("ik-error"), "UNIDENTIFIED - The source is an HTML page, not an image");
}

#[tokio::test]
async fn an_original_that_never_ends_is_stopped_at_the_limit() {
    let (harness, _) = harness(json!({"limits": {"maxInputBytes": 1_000_000}})).await;
    let answer = harness.get("/shop/tr:w-40/endless.png").await;
    assert_eq!((answer.status, answer.text()), (400, "Bad Request"));
    assert!(answer.header("ik-error").starts_with("ELIMIT - "), "{answer:?}");
}
