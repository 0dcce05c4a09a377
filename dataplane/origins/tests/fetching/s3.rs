//! What stores of the S3 family do that no local server does: redirects to regions, clocks that differ, throttling.

use crate::{
    server::{Answer, Server, answer},
    set_up::{bucket, error, read, stream, whole},
};

fn document(status: u16, headers: &str, code: &str, more: &str) -> Answer {
    answer(
        status,
        &format!("Content-Type: application/xml\r\n{headers}"),
        format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>m</Message>{more}</Error>"),
    )
}

fn scope(head: &str) -> &str {
    let (_, after) = head.split_once("Credential=AKIA/").unwrap();
    after.split(',').next().unwrap()
}

#[tokio::test]
async fn a_request_is_signed_names_the_key_once_encoded_and_carries_no_query_of_the_client() {
    let server = Server::always(answer(200, "ETag: \"1\"\r\n", "abc")).await;
    let origin = bucket(&server.url(""), Some("eu-west-1"));
    let request =
        imgplane_origins::Request { query: Some("v=3".into()), ..whole("a%2Bb/%E7%94%BB%20%252B.png") };
    read(&origin, &request).await.unwrap();
    let head = server.requests().remove(0);
    assert!(head.starts_with("GET /img/raw/a%2Bb/%E7%94%BB%20%252B.png HTTP/1.1\r\n"), "{head}");
    assert!(scope(&head).ends_with("/eu-west-1/s3/aws4_request"), "{head}");
    assert!(head.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date,"), "{head}");
    assert!(head.contains("x-req-from: imagekit\r\n"), "{head}");
    assert!(head.contains("user-agent: imgplane/test\r\n"), "{head}");
}

#[tokio::test]
async fn the_region_is_learned_from_the_answer_and_remembered() {
    for (status, code, header, element) in [
        (301, "PermanentRedirect", "x-amz-bucket-region: eu-central-1\r\n", ""),
        (307, "TemporaryRedirect", "", "<Endpoint>img.s3.eu-central-1.amazonaws.com</Endpoint>"),
        (400, "AuthorizationHeaderMalformed", "", "<Region>eu-central-1</Region>"),
        (400, "IllegalLocationConstraintException", "x-amz-bucket-region: eu-central-1\r\n", ""),
    ] {
        let server = Server::start(move |_, head| {
            if scope(head).contains("/eu-central-1/") {
                answer(200, "", "abc")
            } else {
                document(status, header, code, element)
            }
        })
        .await;
        let origin = bucket(&server.url(""), None);
        for _ in 0..2 {
            assert_eq!(read(&origin, &whole("a.jpg")).await.unwrap().1, b"abc", "{status} {code}");
        }
        let scopes: Vec<_> = server.requests().iter().map(|head| scope(head).to_owned()).collect();
        assert_eq!(scopes.len(), 3, "{status} {code}: {scopes:?}");
        assert!(scopes[0].contains("/us-east-1/"), "{scopes:?}");
    }
}

#[tokio::test]
async fn requests_side_by_side_all_find_the_region() {
    const ALL: usize = 6;
    let server = Server::start(|_, head| {
        if scope(head).contains("/eu-central-1/") {
            answer(200, "", "abc")
        } else {
            document(400, "", "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>")
        }
    })
    .await;
    let origin = bucket(&server.url(""), None);
    let request = whole("a.jpg");
    let read = futures::future::join_all((0..ALL).map(|_| read(&origin, &request))).await;
    for one in read {
        assert_eq!(one.unwrap().1, b"abc");
    }
    let first = server.requests().iter().filter(|head| scope(head).contains("/us-east-1/")).count();
    assert!(first > 1, "{first} were asked in the wrong region: they did not run side by side");
}

#[tokio::test]
async fn keys_that_cannot_be_read_and_redirects_elsewhere_are_no_trouble_with_regions() {
    let told = async |script: Answer| {
        let server = Server::always(script).await;
        read(&bucket(&server.url(""), None), &whole("a.jpg")).await.unwrap_err()
    };
    let failure = told(document(400, "", "AuthorizationHeaderMalformed", "")).await;
    assert_eq!(failure.cause, imgplane_origins::Cause::CredentialsInvalid);
    assert!(failure.detail.ends_with(": m"), "the store's own message is told: {}", failure.detail);
    assert!(failure.remedy.contains("not swapped"), "{}", failure.remedy);
    for status in [301, 302, 307, 308] {
        let failure = told(answer(status, "Location: https://minio.example/img/a.jpg\r\n", "")).await;
        assert_eq!(failure.cause, imgplane_origins::Cause::InvalidResponse, "{status}");
        assert!(failure.remedy.ends_with("https://minio.example"), "{}", failure.remedy);
    }
}

#[tokio::test]
async fn a_bucket_that_stays_in_another_region_is_said_to_be_there() {
    let expected = "UNIDENTIFIED - the bucket is in another region";
    let server =
        Server::always(document(301, "x-amz-bucket-region: eu-west-3\r\n", "PermanentRedirect", "")).await;
    let failure = read(&bucket(&server.url(""), None), &whole("a.jpg")).await.unwrap_err();
    assert_eq!(failure.to_string(), expected);
    // The endpoint fixes the host, so that the region alone would change nothing.
    assert!(failure.remedy.contains("store's address in eu-west-3"), "{}", failure.remedy);
    assert_eq!(server.requests().len(), 2);

    let server =
        Server::always(document(301, "x-amz-bucket-region: eu-west-3\r\n", "PermanentRedirect", "")).await;
    assert_eq!(error(&bucket(&server.url(""), Some("us-east-1")), &whole("a.jpg")).await, expected);
    assert_eq!(server.requests().len(), 1, "what the manifest says is not overruled");
}

#[tokio::test]
async fn a_server_whose_clock_differs_is_followed_once() {
    let date = "Date: Mon, 03 Jan 2028 10:00:00 GMT\r\n";
    let server = Server::start(move |_, head| {
        if head.contains("x-amz-date: 20280103T1000") {
            answer(200, "", "abc")
        } else {
            document(403, date, "RequestTimeTooSkewed", "")
        }
    })
    .await;
    let origin = bucket(&server.url(""), Some("us-east-1"));
    for _ in 0..2 {
        assert_eq!(read(&origin, &whole("a.jpg")).await.unwrap().1, b"abc");
    }
    assert_eq!(server.requests().len(), 3);

    let server = Server::always(document(403, date, "RequestTimeTooSkewed", "")).await;
    assert_eq!(
        error(&bucket(&server.url(""), Some("us-east-1")), &whole("a.jpg")).await,
        "UNIDENTIFIED - the clock of S3-compatible storage differs too much from ours"
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_store_that_is_busy_is_asked_once_more_and_one_that_denies_is_not() {
    let server =
        Server::start(
            |number, _| {
                if number == 0 { document(503, "", "SlowDown", "") } else { answer(200, "", "abc") }
            },
        )
        .await;
    assert_eq!(read(&bucket(&server.url(""), None), &whole("a.jpg")).await.unwrap().1, b"abc");

    let busy = "UNIDENTIFIED - S3-compatible storage is refusing requests for now (503)";
    let denied = "EACCES - access was denied by S3-compatible storage; the object may be missing or the key may \
                  lack s3:GetObject";
    let missing = "ENOENT - No file was found on S3-compatible storage at the specified path";
    let cases = [
        (document(503, "", "SlowDown", ""), busy, 2),
        (
            document(500, "", "InternalError", ""),
            "UNIDENTIFIED - S3-compatible storage answered with status 500",
            2,
        ),
        (
            answer(502, "", "<html>bad gateway</html>"),
            "UNIDENTIFIED - S3-compatible storage answered with status 502",
            2,
        ),
        (document(403, "", "AccessDenied", ""), denied, 1),
        (answer(403, "", ""), denied, 1),
        (document(404, "", "NoSuchKey", ""), missing, 1),
    ];
    for (script, expected, requests) in cases {
        let server = Server::always(script).await;
        assert_eq!(error(&bucket(&server.url(""), None), &whole("a.jpg")).await, expected);
        assert_eq!(server.requests().len(), requests, "{expected}");
    }
}

#[tokio::test]
async fn names_that_no_store_can_hold_reach_no_store() {
    let server = Server::always(answer(200, "", "abc")).await;
    let origin = bucket(&server.url(""), None);
    for path in ["dir/", "%FF.jpg", ""] {
        assert_eq!(
            error(&origin, &stream(path)).await,
            "ENOENT - No file was found on S3-compatible storage at the specified path",
            "{path}"
        );
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_range_beyond_an_object_is_unsatisfiable_and_the_size_is_told() {
    let server =
        Server::always(document(416, "", "InvalidRange", "<ActualObjectSize>5</ActualObjectSize>")).await;
    let request = imgplane_origins::Request { range: Some("bytes=9-".into()), ..stream("a.mp4") };
    let (fetched, bytes) = read(&bucket(&server.url(""), None), &request).await.unwrap();
    assert_eq!(fetched.status, imgplane_origins::FetchedStatus::Unsatisfiable);
    assert_eq!(fetched.meta.content_range.as_deref(), Some("bytes */5"));
    assert!(bytes.is_empty());
}
