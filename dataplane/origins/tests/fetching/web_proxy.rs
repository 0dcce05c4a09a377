//! Addresses that the request names: which are asked, and what is told of those that are not.

use std::sync::Arc;

use imgplane_config::{OriginKind, WebProxy};
use imgplane_origins::{Code, Origin, Request};

use crate::{
    server::{Server, answer},
    set_up::{connector, error, open, quick, read, stream, whole},
};

/// Where nobody listens, as the server's own address is another one.
const NOBODY: &str = "127.0.0.2";

fn proxy(server: &Server) -> Arc<Origin> {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let kind = WebProxy {
        allowed_hosts: owned(&["127.0.0.1", NOBODY, "*.test"]),
        denied_hosts: owned(&["denied.test"]),
        allowed_schemes: owned(&["http"]),
        allowed_ports: vec![server.address.port()],
    };
    open(OriginKind::WebProxy(kind), quick(), &connector())
}

#[tokio::test]
async fn a_circle_is_cut_at_a_redirect_too() {
    let server = Server::start(|_, head| {
        let port = head.split_once("host: 127.0.0.1:").unwrap().1.split("\r\n").next().unwrap();
        answer(302, &format!("Location: http://{NOBODY}:{port}/a.jpg\r\n"), "")
    })
    .await;
    let origin = proxy(&server);
    let from_ourselves = |host: &str, own: &[&str]| Request {
        host: Some(host.to_owned()),
        own_hosts: own.iter().map(|host| (*host).to_owned()).collect(),
        from_ourselves: true,
        ..whole(&server.url("/round.jpg"))
    };
    for (request, expected) in [
        (from_ourselves(NOBODY, &[]), "EACCES - the requested host is not allowed"),
        (
            from_ourselves("img.example", &["cdn.example", NOBODY]),
            "EACCES - the requested host is not allowed",
        ),
        (from_ourselves("img.example", &[]), "ECONNREFUSED - the proxied URL refused the connection"),
        (whole(&server.url("/round.jpg")), "ECONNREFUSED - the proxied URL refused the connection"),
    ] {
        assert_eq!(error(&origin, &request).await, expected, "{request:?}");
    }
    assert_eq!(server.requests().len(), 4, "the first address was asked each time");
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_spares_no_other_host() {
    let server = Server::always(answer(200, "", "abc")).await;
    let origin = proxy(&server);
    let dead = format!("http://{NOBODY}:{}/a.jpg", server.address.port());
    for _ in 0..12 {
        assert_eq!(origin.fetch(&whole(&dead)).await.unwrap_err().code, Code::Econnrefused);
    }
    assert!(!origin.is_spared());
    assert_eq!(read(&origin, &whole(&server.url("/a.jpg"))).await.unwrap().1, b"abc");
}

#[tokio::test]
async fn a_path_that_shows_dots_or_control_characters_once_decoded_reaches_no_server() {
    let server = Server::always(answer(200, "", "abc")).await;
    let origin = proxy(&server);
    let encoded = format!("http%3A%2F%2F127.0.0.1%3A{}%2F", server.address.port());
    for path in ["a%2F%252e%252e%2Fb.jpg", "%252E%2Fb.jpg", "a%252F..%252Fb.jpg", "a%2500.jpg", "a%250ab.jpg"]
    {
        let failure = read(&origin, &whole(&format!("{encoded}{path}"))).await.unwrap_err();
        assert!(failure.bad_request, "{path}: {failure}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_stray_percent_sign_is_sent_escaped() {
    let server = Server::always(answer(200, "", "abc")).await;
    let origin = proxy(&server);
    let encoded = format!("http%3A%2F%2F127.0.0.1%3A{}%2F50%25.jpg%3Fp%3D5%25", server.address.port());
    for (address, expected) in [
        (server.url("/50%.jpg"), "GET /50%25.jpg HTTP/1.1\r\n"),
        (encoded, "GET /50%25.jpg?p=5%25 HTTP/1.1\r\n"),
    ] {
        read(&origin, &stream(&address)).await.unwrap();
        let requests = server.requests();
        assert!(requests.last().unwrap().starts_with(expected), "{requests:?}");
    }
}

#[tokio::test]
async fn the_operator_is_told_to_correct_what_is_wrong() {
    let server = Server::always(answer(404, "", "")).await;
    let origin = proxy(&server);
    for (address, remedy) in [
        (server.url("/absent.jpg"), "Check the host and the path of the address in the URL"),
        ("http://other.example/a.jpg".to_owned(), "If it may be fetched, list it in webProxy.allowedHosts"),
        ("http://denied.test/a.jpg".to_owned(), "If it may be fetched, take it out of webProxy.deniedHosts"),
        ("http://minio.shop.svc/a.jpg".to_owned(), "Use an address with a public name"),
        ("http://u:p@photos.test/a.jpg".to_owned(), "Use an address with a public name"),
    ] {
        let failure = read(&origin, &whole(&address)).await.unwrap_err();
        assert!(failure.remedy.starts_with(remedy), "{address}: {}", failure.remedy);
    }
}
