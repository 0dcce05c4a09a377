//! Parts of a file for who has the rest of it (`If-Range`), and heads: the same with a cache and without.

use axum::{Router, body::Body, extract::Path, response::Response, routing::get};
use http::{HeaderMap, Method};
use serde_json::json;
use tokio::net::TcpListener;

use super::gallery::Gallery;
use crate::{harness::Answer, pictures::photo};

const MONDAY: &str = "Mon, 05 Jan 2026 10:00:00 GMT";
const SUNDAY: &str = "Sun, 04 Jan 2026 10:00:00 GMT";
const TUESDAY: &str = "Tue, 06 Jan 2026 10:00:00 GMT";

/// A web server that knows ranges. What is called weak has a weak tag.
async fn origin() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/{name}", get(file));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let bytes = match name.rsplit_once('.').unwrap().1 {
        "png" => photo(80, 60),
        "css" => "body { margin: 0; padding: 0 }\n".repeat(200).into_bytes(),
        _ => (0..9000_u32).map(|at| (at * 7 % 251) as u8).collect(),
    };
    let etag = if name.starts_with("weak") { "W/\"v1\"" } else { "\"v1\"" };
    let answer = Response::builder().header("etag", etag).header("last-modified", MONDAY);
    let answer = answer.header("accept-ranges", "bytes");
    match headers.get("range").map(|range| range.to_str().unwrap()) {
        Some("bytes=2-5") => {
            let range = format!("bytes 2-5/{}", bytes.len());
            answer.status(206).header("content-range", range).body(Body::from(bytes[2..=5].to_vec())).unwrap()
        }
        Some(_) | None => answer.body(Body::from(bytes)).unwrap(),
    }
}

async fn site(cached: bool) -> Gallery {
    let gallery = if cached { Gallery::open(json!({})).await } else { Gallery::without_cache().await };
    gallery.serve_as(&origin().await).await;
    gallery
}

/// Reads a file whole, which keeps it where there is a cache.
async fn whole(gallery: &Gallery, path: &str) -> Answer {
    let answer = gallery.get(path).await;
    assert_eq!((answer.status, answer.header("last-modified")), (200, MONDAY), "{path}: {answer:?}");
    answer
}

#[tokio::test]
async fn a_part_is_given_to_who_has_the_rest_of_this_very_version() {
    for cached in [true, false] {
        let gallery = site(cached).await;
        for (path, is_strong) in [
            // A picture is made here, and its tag is of its bytes.
            ("/shop/tr:w-40/strong.png", true),
            ("/shop/tr:w-40/weak.png", true),
            ("/shop/strong.mp4", true),
            ("/shop/weak.mp4", false),
            ("/shop/strong.css", true),
            ("/shop/weak.css", false),
        ] {
            let file = whole(&gallery, path).await;
            let etag = file.header("etag").to_owned();
            assert_eq!(etag.starts_with('"'), is_strong, "{path}: {etag}");
            let weak = format!("W/{}", etag.trim_start_matches("W/"));
            let coded = gallery.get_with(path, &[("accept-encoding", "br")]).await;
            let coded = coded.header("etag").to_owned();
            for coding in ["identity", "br"] {
                for (if_range, part) in [
                    (None, true),
                    (Some(etag.as_str()), is_strong),
                    (Some(&weak), false),
                    (Some("\"other\""), false),
                    (Some(MONDAY), true),
                    (Some(SUNDAY), false),
                    (Some(TUESDAY), false),
                    (Some("nonsense"), false),
                    // Who has a part of what was compressed has nothing of the file itself.
                    (Some(coded.as_str()), is_strong && coded == etag),
                ] {
                    let mut headers = vec![("range", "bytes=2-5"), ("accept-encoding", coding)];
                    headers.extend(if_range.map(|value| ("if-range", value)));
                    let answer = gallery.get_with(path, &headers).await;
                    let place = format!("{path} {headers:?}, cached: {cached}");
                    assert_eq!(answer.status, if part { 206 } else { 200 }, "{place}: {answer:?}");
                    assert_eq!(answer.header("content-encoding"), "", "{place}");
                    if part {
                        assert_eq!(&answer.body[..], &file.body[2..=5], "{place}");
                        let range = format!("bytes 2-5/{}", file.body.len());
                        assert_eq!(answer.header("content-range"), range, "{place}");
                    } else {
                        assert!(
                            answer.body == file.body && answer.header("content-range").is_empty(),
                            "{place}"
                        );
                    }
                    assert_eq!(answer.header("etag"), etag, "{place}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_head_is_that_of_the_whole_file_and_makes_nothing_that_is_kept_anew() {
    for cached in [true, false] {
        let gallery = site(cached).await;
        for (path, coding) in [
            ("/shop/tr:w-40/strong.png", "identity"),
            ("/shop/strong.mp4", "identity"),
            ("/shop/strong.css", "identity"),
            ("/shop/strong.css", "br"),
        ] {
            let headers = [("accept-encoding", coding)];
            // The first one may compress on the way, whose length nobody knows yet.
            gallery.get_with(path, &headers).await;
            let get = gallery.get_with(path, &headers).await;
            let made = transformations(&gallery).await;
            let head = gallery.browser().send(Method::HEAD, path, &headers).await;
            assert_eq!((head.status, head.body.len()), (200, 0), "{path} {coding}");
            for name in [
                "content-type",
                "content-encoding",
                "content-length",
                "etag",
                "last-modified",
                "vary",
                "accept-ranges",
                "cache-control",
                "cdn-cache-control",
            ] {
                assert_eq!(head.header(name), get.header(name), "{path} {coding}, cached: {cached}: {name}");
            }
            let is_hit = head.header("server-timing").contains("cdn-cache-hit");
            assert_eq!(is_hit, cached, "{path} {coding}: {head:?}");
            if cached {
                assert_eq!(transformations(&gallery).await, made, "{path} {coding}");
            }
        }
    }
    // A head that comes first makes what the next one gets.
    let gallery = site(true).await;
    let head = gallery.browser().send(Method::HEAD, "/shop/tr:w-40/strong.png", &[]).await;
    let get = gallery.get("/shop/tr:w-40/strong.png").await;
    assert!(get.header("server-timing").contains("cdn-cache-hit"), "{get:?}");
    assert_eq!(head.header("content-length"), get.body.len().to_string());
}

/// How many pictures were made.
async fn transformations(gallery: &Gallery) -> Option<String> {
    let metrics = gallery.metrics().await;
    let line = metrics.lines().find(|line| line.starts_with("imgplane_transformation_seconds_count"));
    line.map(str::to_owned)
}
