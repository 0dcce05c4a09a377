//! Methods, targets, protocols.

use http::{Method, Version};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{Browser, Harness};

#[tokio::test]
async fn options_says_what_is_allowed_and_other_methods_are_refused() {
    let harness = Harness::start().await;
    let answer = harness.client.send(Method::OPTIONS, "/anything", &[("origin", "https://a.example")]).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    assert_eq!(answer.header("access-control-max-age"), "86400");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = harness.client.send(method.clone(), "/shop/cat.png", &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, OPTIONS"), "{method}");
    }
}

#[tokio::test]
async fn a_target_above_eight_kibibytes_is_refused() {
    let harness = Harness::start().await;
    for (length, status) in [(8192, 404), (8193, 414), (20_000, 414)] {
        let path = format!("/shop/{}", "a".repeat(length - 6));
        assert_eq!(harness.get(&path).await.status, status, "{length}");
    }
}

#[tokio::test]
async fn the_same_port_speaks_http2_without_tls() {
    let harness = Harness::start().await;
    harness.file("cat.png", crate::pictures::photo(40, 30));
    let browser = Browser::http2(harness.server.local_addr().to_string());
    for method in [Method::GET, Method::HEAD] {
        let answer = browser.send(method.clone(), "/shop/tr:w-20,f-png/cat.png", &[]).await;
        assert_eq!((answer.status, answer.version), (200, Version::HTTP_2), "{method}");
        assert_eq!(answer.body.is_empty(), method == Method::HEAD);
        assert_ne!(answer.header("content-length"), "");
    }
}

#[tokio::test]
async fn a_client_that_sends_no_http_is_dropped_and_others_are_served() {
    let harness = Harness::start().await;
    let mut stream = TcpStream::connect(harness.server.local_addr()).await.unwrap();
    stream.write_all(b"this is no request\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
    assert_eq!(harness.get("/shop/missing").await.status, 404);
}
