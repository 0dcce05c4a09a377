//! Text-like files come compressed to whom accepts that, and every coding is a version of its own.

use std::io::Read as _;

use axum::{Router, http::Response, routing::get};
use http::Method;
use imgplane_config::PodLimits;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    harness::{Answer, Browser, Harness, bundle, endpoint, web_folder},
    pictures::photo,
};

/// A style sheet of about 60 KB.
fn styles() -> String {
    let rules: Vec<String> =
        (0..1500).map(|number| format!(".rule-{number} {{ margin: {}px }}\n", number % 40)).collect();
    rules.concat()
}

/// What a client makes of a body.
fn decoded(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    if answer.header("content-encoding") == "br" {
        brotli::Decompressor::new(&*answer.body, 4096).read_to_end(&mut bytes).unwrap();
    } else {
        flate2::read::GzDecoder::new(&*answer.body).read_to_end(&mut bytes).unwrap();
    }
    bytes
}

/// One endpoint over a web server.
async fn over(router: Router) -> Harness {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    at(url).await
}

/// One endpoint over the web server of this address.
async fn at(url: String) -> Harness {
    let bundle = bundle(
        PodLimits::default(),
        vec![endpoint("main", &json!({}), &["web"])],
        vec![web_folder("web", url, json!({}))],
    );
    Harness::with(|_| {}, bundle).await
}

#[tokio::test]
async fn the_best_accepted_coding_is_used_and_is_a_version_of_its_own() {
    let harness = Harness::start().await;
    harness.file("site.css", styles());
    let plain = harness.get("/shop/site.css").await;
    assert_eq!(plain.header("vary"), "Accept-Encoding", "others get another answer");
    assert_eq!((plain.header("content-encoding"), plain.text()), ("", styles().as_str()));
    for (accept, coding) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip")] {
        let answer = harness.get_with("/shop/site.css", &[("accept-encoding", accept)]).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, coding));
        assert_eq!(answer.header("content-type"), "text/css");
        assert_eq!(answer.header("vary"), "Accept-Encoding");
        assert_eq!((answer.header("content-length"), answer.header("accept-ranges")), ("", ""));
        assert!(answer.body.len() * 4 < plain.body.len(), "{coding}: {} bytes", answer.body.len());
        assert!(decoded(&answer) == styles().as_bytes(), "{coding}");

        let etag = answer.header("etag").to_owned();
        assert!(etag.ends_with(&format!("-{coding}\"")) && etag != plain.header("etag"), "{etag}");
        let again = [("accept-encoding", accept), ("if-none-match", etag.as_str())];
        assert_eq!(harness.get_with("/shop/site.css", &again).await.status, 304);
        let other = [("accept-encoding", accept), ("if-none-match", plain.header("etag"))];
        assert_eq!(harness.get_with("/shop/site.css", &other).await.status, 200, "not the version it has");
        let head = harness.client.send(Method::HEAD, "/shop/site.css", &[("accept-encoding", accept)]).await;
        assert_eq!((head.header("etag"), head.header("content-encoding")), (etag.as_str(), coding));
    }
    let metrics = harness.admin("/metrics").await;
    assert!(
        metrics.text().contains(r#"imgplane_compressions_total{coding="br",outcome="compressed"}"#),
        "{}",
        metrics.text()
    );
}

#[tokio::test]
async fn pictures_videos_parts_and_short_files_go_as_they_are() {
    let harness = Harness::start().await;
    harness.file("site.css", styles());
    harness.file("short.css", "body { margin: 0 }");
    harness.file("film.mp4", styles());
    harness.file("segment.ts", styles());
    harness.file("cat.png", photo(40, 30));
    let accept = ("accept-encoding", "br, gzip");
    for path in
        ["/shop/short.css", "/shop/film.mp4", "/shop/segment.ts", "/shop/cat.png", "/shop/tr:w-20/cat.png"]
    {
        let answer = harness.get_with(path, &[accept]).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, ""), "{path}");
        assert!(!answer.header("vary").contains("Accept-Encoding"), "{path}");
    }
    let part = harness.get_with("/shop/site.css", &[accept, ("range", "bytes=0-9")]).await;
    assert_eq!((part.status, part.text()), (206, &styles()[..10]));
    assert_eq!(part.header("vary"), "Accept-Encoding");
    // A compressed version has no ranges, so that nobody asks for a part of it with its tag.
    let tag = harness.get_with("/shop/site.css", &[accept]).await.header("etag").to_owned();
    let headers = [accept, ("range", "bytes=0-9"), ("if-range", tag.as_str())];
    let whole = harness.get_with("/shop/site.css", &headers).await;
    assert_eq!((whole.status, whole.header("content-encoding")), (200, ""));
}

#[tokio::test]
async fn what_the_origin_compressed_or_wants_left_alone_is_passed_on() {
    let compressed = |name: &'static str, value: &'static str| {
        get(move || async move {
            Response::builder().header("content-type", "text/css").header(name, value).body(styles()).unwrap()
        })
    };
    let router = Router::new()
        .route("/done.css", compressed("content-encoding", "zstd"))
        .route("/alone.css", compressed("cache-control", "public, no-transform"))
        .route("/plain.css", compressed("cache-control", "public"));
    let harness = over(router).await;
    for (path, coding) in [("/shop/done.css", "zstd"), ("/shop/alone.css", ""), ("/shop/plain.css", "br")] {
        let answer = harness.get_with(path, &[("accept-encoding", "br")]).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{path}");
    }
}

#[tokio::test]
async fn an_origin_that_breaks_off_breaks_the_compressed_body_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let _ = connection.read(&mut [0; 4096]).await;
            let half = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/css\r\ncontent-length: 99999\r\n\r\n{}",
                styles()
            );
            let _ = connection.write_all(half.as_bytes()).await;
        }
    });
    let harness = at(url).await;
    let browser = Browser::new(harness.server.local_addr().to_string());
    let outcome = browser.try_send(Method::GET, "/shop/half.css", &[("accept-encoding", "br")]).await;
    assert!(outcome.is_err(), "half a file must not look whole: {outcome:?}");
}
