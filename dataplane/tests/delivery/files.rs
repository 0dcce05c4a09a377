//! Files that pass through: ranges, conditions, names.

use http::Method;

use crate::harness::Harness;

#[tokio::test]
async fn a_file_is_streamed_with_validators_and_its_name_as_type() {
    let harness = Harness::start().await;
    harness.file("film.mp4", b"0123456789");
    let answer = harness.get("/shop/film.mp4").await;
    assert_eq!((answer.status, answer.text()), (200, "0123456789"));
    for (name, value) in
        [("content-type", "video/mp4"), ("content-length", "10"), ("accept-ranges", "bytes"), ("vary", "")]
    {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.header("etag").contains('"') && answer.header("last-modified").ends_with("GMT"));
    assert!(answer.header("server-timing").starts_with("download;dur="), "{answer:?}");
}

#[tokio::test]
async fn ranges_are_cut_by_the_origin() {
    let harness = Harness::start().await;
    for name in ["film.mp4", "noname"] {
        harness.file(name, b"0123456789");
        let path = format!("/shop/{name}");
        let etag = harness.get(&path).await.header("etag").to_owned();
        for (range, condition, status, body, content_range) in [
            ("bytes=2-4", None, 206, "234", "bytes 2-4/10"),
            ("bytes=-3", None, 206, "789", "bytes 7-9/10"),
            ("bytes=8-", None, 206, "89", "bytes 8-9/10"),
            ("bytes=0-1,4-5", None, 200, "0123456789", ""),
            ("bytes=20-", None, 416, "Range Not Satisfiable", "bytes */10"),
            ("bytes=2-4", Some(etag.as_str()), 206, "234", "bytes 2-4/10"),
            ("bytes=2-4", Some("\"other\""), 200, "0123456789", ""),
        ] {
            let mut headers = vec![("range", range)];
            headers.extend(condition.map(|etag| ("if-range", etag)));
            let answer = harness.get_with(&path, &headers).await;
            assert_eq!((answer.status, answer.text()), (status, body), "{name} {headers:?}");
            assert_eq!(answer.header("content-range"), content_range, "{name} {headers:?}");
            assert_eq!(answer.header("content-length"), body.len().to_string(), "{name} {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_version_that_the_client_has_is_not_sent_again() {
    let harness = Harness::start().await;
    harness.file("film.mp4", b"0123456789");
    harness.file("cat.png", crate::pictures::photo(40, 30));
    for path in ["/shop/film.mp4", "/shop/tr:w-20/cat.png"] {
        let first = harness.get(path).await;
        let (etag, modified) = (first.header("etag"), first.header("last-modified"));
        for headers in [[("if-none-match", etag)], [("if-modified-since", modified)]] {
            let answer = harness.get_with(path, &headers).await;
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path} {headers:?}");
            assert_eq!(answer.header("etag"), etag);
            assert_eq!(answer.header("vary"), first.header("vary"));
            assert_eq!(answer.header("content-type"), "");
        }
        let answer = harness.get_with(path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn a_transformed_picture_has_ranges_too() {
    let harness = Harness::start().await;
    harness.file("cat.png", crate::pictures::photo(40, 30));
    let whole = harness.get("/shop/tr:w-20,f-png/cat.png").await;
    let part = harness.get_with("/shop/tr:w-20,f-png/cat.png", &[("range", "bytes=1-3")]).await;
    assert_eq!((part.status, part.text()), (206, "PNG"));
    assert_eq!(part.header("content-range"), format!("bytes 1-3/{}", whole.body.len()));
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let harness = Harness::start().await;
    harness.file("film.mp4", b"0123456789");
    harness.file("cat.png", crate::pictures::photo(40, 30));
    for path in ["/shop/film.mp4", "/shop/tr:w-20/cat.png", "/shop/missing.jpg", "/shop/tr:w-x/cat.png"] {
        let get = harness.get(path).await;
        let head = harness.client.send(Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-length", "content-type", "etag", "ik-error", "cache-control", "accept-ranges"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn a_download_gets_the_name_of_its_file() {
    let harness = Harness::start().await;
    harness.file("a/caf\u{e9} 1.pdf", b"%PDF-");
    let answer = harness.get("/shop/a/caf%C3%A9%201.pdf?ik-attachment=true").await;
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"caf_ 1.pdf\"; filename*=UTF-8''caf%C3%A9%201.pdf"
    );
    assert_eq!(harness.get("/shop/a/caf%C3%A9%201.pdf").await.header("content-disposition"), "");
}
