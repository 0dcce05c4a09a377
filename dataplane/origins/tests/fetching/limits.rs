//! Bytes and concurrent requests are bounded.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use imgplane_config::FetchPolicy;
use imgplane_origins::{Code, Purpose, Request};
use tokio::time::Instant;

use crate::{
    server::{Server, Then, answer, raw},
    set_up::{connector, error, quick, read, request, stream, web, web_with, whole},
};

fn at_most(max_bytes: u64) -> Request {
    request("a.jpg", Purpose::Whole { max_bytes })
}

#[tokio::test]
async fn a_file_that_announces_too_many_bytes_is_refused_before_it_is_read() {
    // The body never comes; the announcement suffices, and the connection is given up.
    let server = Server::always(raw("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", Then::Silence)).await;
    let failure = read(&web(&server.url("")), &at_most(4999)).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "ELIMIT - The file has 5000 bytes, which is more than the limit of 4999 bytes"
    );
    server.connections_ended(1).await;
}

#[tokio::test]
async fn a_file_that_hides_its_size_is_refused_while_it_is_read() {
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
    let body = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(4));
    let server = Server::always(raw(body, Then::Silence)).await;
    let failure = read(&web(&server.url("")), &at_most(10_000)).await.unwrap_err();
    assert_eq!(failure.to_string(), "ELIMIT - The file has more bytes than the limit of 10000 bytes");
}

#[tokio::test]
async fn the_limit_itself_is_allowed() {
    let server = Server::always(answer(200, "", "abcde")).await;
    assert_eq!(read(&web(&server.url("")), &at_most(5)).await.unwrap().1, b"abcde");
}

#[tokio::test]
async fn the_origins_own_limit_holds_for_streams_and_for_parts_of_a_larger_file() {
    let server = Server::start(|_, head| {
        if head.contains("range:") {
            answer(206, "Content-Range: bytes 0-1/11\r\n", "ab")
        } else {
            answer(200, "", "abcdefghijk")
        }
    })
    .await;
    let policy = FetchPolicy { max_object_size: 10, ..quick() };
    let origin = web_with(&server.url(""), policy, &connector());
    let ranged = Request { range: Some("bytes=0-1".into()), ..stream("a.mp4") };
    for request in [stream("a.mp4"), ranged, whole("a.jpg")] {
        assert_eq!(
            error(&origin, &request).await,
            "ELIMIT - The file has 11 bytes, which is more than the limit of 10 bytes"
        );
    }
}

#[tokio::test]
async fn an_encoding_that_was_not_asked_for_is_undone_for_decoding_and_kept_for_streaming() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&vec![7; 50_000]).unwrap();
    let encoded = encoder.finish().unwrap();
    let server = Server::always(answer(200, "Content-Encoding: gzip\r\n", &encoded)).await;
    let origin = web(&server.url(""));

    let (fetched, bytes) = read(&origin, &at_most(50_000)).await.unwrap();
    assert_eq!(bytes, vec![7; 50_000]);
    assert_eq!((fetched.meta.content_encoding, fetched.meta.content_length), (None, None));
    assert_eq!(read(&origin, &at_most(49_999)).await.unwrap_err().code, Code::Elimit);

    let (fetched, bytes) = read(&origin, &stream("a.svg")).await.unwrap();
    assert_eq!(bytes, encoded);
    assert_eq!(fetched.meta.content_encoding.as_deref(), Some("gzip"));
}

#[tokio::test]
async fn an_encoding_that_cannot_be_undone_is_named() {
    let server = Server::always(answer(200, "Content-Encoding: br\r\n", "abc")).await;
    let failure = read(&web(&server.url("")), &whole("a.jpg")).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "UNIDENTIFIED - the web server sent the file in a content encoding that was not asked for"
    );
    assert!(failure.detail.contains("encoding br cannot be undone"), "{}", failure.detail);
}

#[tokio::test]
async fn the_first_bytes_of_a_stream_must_be_there_in_time_however_short_its_pauses_are() {
    let (soon, late) = (Duration::from_millis(300), Duration::from_secs(20));
    // One byte, or none, and then a silence that is shorter than the longest pause that is allowed.
    for (sent, total, first_byte) in [("a", soon, late), ("", soon, late), ("", late, soon)] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{sent}");
        let server = Server::always(raw(head, Then::Silence)).await;
        let policy = FetchPolicy { total_timeout: total, body_stall_timeout: late, ..quick() };
        let origin = web_with(&server.url(""), policy, &connector());
        let started = Instant::now();
        let mut fetched = origin.fetch(&stream("a.mp4")).await.unwrap();
        let failure = origin.look(&mut fetched, 1024, started, started + first_byte).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            "UNIDENTIFIED - the web server did not deliver the file in time",
            "{sent:?} {total:?}"
        );
        assert_eq!(origin.in_flight(), 0, "the slot is free again");
    }
}

#[tokio::test]
async fn no_more_requests_run_at_once_than_allowed_and_waiting_is_bounded() {
    let server = Server::start(|_, head| {
        if head.starts_with("GET /held") {
            raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Then::Silence)
        } else {
            answer(200, "", "abc")
        }
    })
    .await;
    let policy = FetchPolicy { max_concurrency: 1, ..quick() };
    let origin = web_with(&server.url(""), policy, &connector());
    let held = origin.fetch(&stream("held.mp4")).await.unwrap();
    assert_eq!(origin.in_flight(), 1);
    assert_eq!(
        error(&origin, &whole("a.jpg")).await,
        "UNIDENTIFIED - too many requests to the web server are waiting"
    );
    drop(held);
    assert_eq!(read(&origin, &whole("a.jpg")).await.unwrap().1, b"abc");
    assert_eq!(origin.in_flight(), 0);
}
