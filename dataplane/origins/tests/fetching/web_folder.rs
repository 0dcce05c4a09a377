//! What is sent to a web server, and what is taken from its answers.

use imgplane_origins::{FetchedStatus, Request};

use crate::{
    server::{Server, answer},
    set_up::{error, read, stream, web, whole},
};

fn head_of(server: &Server) -> (String, Vec<String>) {
    let requests = server.requests();
    let mut lines = requests.last().unwrap().trim_end().split("\r\n").map(str::to_owned);
    let first = lines.next().unwrap();
    let mut headers: Vec<_> = lines.collect();
    headers.sort();
    (first, headers)
}

#[tokio::test]
async fn a_request_carries_our_headers_and_nothing_else() {
    let server = Server::always(answer(200, "", "abc")).await;
    let request = Request { query: Some("v=3&token=A'b".into()), ..whole("dir//a%20b%2Fc.jpg") };
    read(&web(&server.url("/media/")), &request).await.unwrap();
    let (first, headers) = head_of(&server);
    assert_eq!(first, "GET /media/dir//a%20b%2Fc.jpg?v=3&token=A'b HTTP/1.1");
    assert_eq!(
        headers,
        [
            "accept-encoding: identity".to_owned(),
            "accept: */*".to_owned(),
            format!("host: {}", server.address),
            "user-agent: imgplane/test".to_owned(),
            "x-req-from: imagekit".to_owned(),
        ]
    );
}

#[tokio::test]
async fn what_the_server_says_of_a_file_is_kept() {
    let headers = "Content-Type: image/png\r\nETag: \"1\"\r\nLast-Modified: Tue, 24 Nov 2026 10:00:00 GMT\r\n\
                   Cache-Control: max-age=60\r\nAccept-Ranges: bytes\r\n";
    let server = Server::always(answer(200, headers, "abc")).await;
    let (fetched, bytes) = read(&web(&server.url("")), &whole("a.png")).await.unwrap();
    assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Whole, b"abc".as_slice()));
    let meta = fetched.meta;
    assert_eq!(meta.content_type.as_deref(), Some("image/png"));
    assert_eq!(meta.etag.as_deref(), Some("\"1\""));
    assert_eq!(meta.last_modified.as_deref(), Some("Tue, 24 Nov 2026 10:00:00 GMT"));
    assert_eq!(meta.cache_control.as_deref(), Some("max-age=60"));
    assert_eq!(meta.content_length, Some(3));
    assert!(meta.accepts_ranges);
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let server = Server::always(answer(200, "", "")).await;
    assert_eq!(read(&web(&server.url("")), &whole("a.png")).await.unwrap().1, b"");
}

#[tokio::test]
async fn a_range_is_asked_for_only_where_the_file_is_passed_through() {
    let server = Server::start(|_, head| {
        if head.contains("range: bytes=1-2\r\n") {
            answer(206, "Content-Range: bytes 1-2/5\r\n", "bc")
        } else if head.contains("range: bytes=9-\r\n") {
            answer(416, "Content-Range: bytes */5\r\n", "no such range")
        } else {
            answer(200, "", "abcde")
        }
    })
    .await;
    let origin = web(&server.url(""));
    let ranged = |range: &str, request: Request| Request { range: Some(range.to_owned()), ..request };

    let (fetched, bytes) = read(&origin, &ranged("bytes=1-2", stream("a.mp4"))).await.unwrap();
    assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Partial, b"bc".as_slice()));
    assert_eq!(fetched.meta.content_range.as_deref(), Some("bytes 1-2/5"));

    let (fetched, bytes) = read(&origin, &ranged("bytes=9-", stream("a.mp4"))).await.unwrap();
    assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Unsatisfiable, b"".as_slice()));
    assert_eq!(fetched.meta.content_range.as_deref(), Some("bytes */5"));
    assert_eq!(fetched.meta.content_length, Some(0));

    for request in [ranged("bytes=1-2", whole("a.jpg")), ranged("bytes=0-1,3-4", stream("a.mp4"))] {
        let (fetched, bytes) = read(&origin, &request).await.unwrap();
        assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Whole, b"abcde".as_slice()));
    }
}

#[tokio::test]
async fn a_part_that_was_not_asked_for_is_an_invalid_response() {
    let server = Server::always(answer(206, "Content-Range: bytes 0-1/5\r\n", "ab")).await;
    assert_eq!(
        error(&web(&server.url("")), &stream("a.mp4")).await,
        "UNIDENTIFIED - the web server gave an invalid response (206)"
    );
}

#[tokio::test]
async fn a_part_that_is_not_the_one_that_was_asked_for_is_an_invalid_response() {
    for (range, body) in [
        ("bytes 0-1/5", "ab"),
        ("bytes 1-2/5", "bcd"),
        ("bytes 1-2/2", "bc"),
        ("bytes 2-1/5", "bc"),
        ("bytes */5", "bc"),
        ("1-2/5", "bc"),
    ] {
        let server = Server::always(answer(206, &format!("Content-Range: {range}\r\n"), body)).await;
        let request = Request { range: Some("bytes=1-2".into()), ..stream("a.mp4") };
        let failure = read(&web(&server.url("")), &request).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            "UNIDENTIFIED - the web server gave an invalid response (206)",
            "{range}"
        );
        assert!(failure.detail.contains(range), "{}", failure.detail);
    }
    // Less than was asked for, from its beginning on, is allowed.
    let server = Server::always(answer(206, "Content-Range: bytes 1-1/5\r\n", "b")).await;
    let request = Request { range: Some("bytes=1-2".into()), ..stream("a.mp4") };
    let (fetched, bytes) = read(&web(&server.url("")), &request).await.unwrap();
    assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Partial, b"b".as_slice()));
}

#[tokio::test]
async fn a_size_that_cannot_be_read_is_not_passed_on_with_a_part_that_is_not_there() {
    let server = Server::always(answer(416, "Content-Range: bytes 0-9/5\r\n", "")).await;
    let request = Request { range: Some("bytes=9-".into()), ..stream("a.mp4") };
    let (fetched, _) = read(&web(&server.url("")), &request).await.unwrap();
    assert_eq!((fetched.status, fetched.meta.content_range), (FetchedStatus::Unsatisfiable, None));
}

#[tokio::test]
async fn a_path_that_leaves_the_folder_reaches_no_server() {
    let server = Server::always(answer(200, "", "abc")).await;
    let origin = web(&server.url("/media"));
    for path in ["../a.jpg", "%2e%2E/a.jpg", "a/%2e%2e%2fb.jpg", "a%00.jpg"] {
        let failure = read(&origin, &whole(path)).await.unwrap_err();
        assert!(failure.bad_request, "{path}");
    }
    let failure = read(&origin, &whole("")).await.unwrap_err();
    assert_eq!(failure.to_string(), "ENOENT - No file was found on the web server at the specified path");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn connections_are_used_again_also_after_a_miss() {
    let server = Server::start(|_, head| {
        if head.contains("missing") {
            answer(404, "", "no such file, said at some length")
        } else {
            answer(200, "", "abc")
        }
    })
    .await;
    let origin = web(&server.url(""));
    for _ in 0..20 {
        assert_eq!(read(&origin, &whole("a.jpg")).await.unwrap().1, b"abc");
        assert!(read(&origin, &whole("missing.jpg")).await.is_err());
    }
    // A connection is free again a moment after its answer was read, so now and then one more is opened.
    assert_eq!(server.requests().len(), 40);
    assert!(server.connections() <= 20, "{} connections for 40 requests", server.connections());
}
