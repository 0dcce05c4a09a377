//! Redirects are followed within limits, and the address guard judges every hop.

use std::sync::Arc;

use imgplane_origins::{Connector, Origin, Settings};

use crate::{
    server::{Server, answer},
    set_up::{error, quick, read, settings, web, web_with, whole},
};

/// Redirects as the paths say; `/found` has the file.
async fn maze(elsewhere: String) -> Server {
    Server::start(move |_, head| {
        let path = head.split(' ').nth(1).unwrap();
        let to = |status: u16, location: &str| answer(status, &format!("Location: {location}\r\n"), "moved");
        match path {
            "/found" => answer(200, "", "abc"),
            "/relative" => to(302, "found"),
            "/loop" => to(302, "/loop"),
            "/to-loop" => to(301, "/loop"),
            "/elsewhere" => to(307, &elsewhere),
            "/metadata" => to(302, "http://169.254.169.254/latest/meta-data/"),
            "/mapped" => to(302, "http://[::ffff:a9fe:a9fe]/latest/meta-data/"),
            "/decimal" => to(302, "http://2852039166/latest/meta-data/"),
            "/file" => to(302, "file:///etc/passwd"),
            "/nowhere" => answer(302, "", ""),
            _ => match path.strip_prefix("/hops/").and_then(|hops| hops.parse::<u32>().ok()) {
                Some(0) => to(308, "/found"),
                Some(hops) => to(303, &format!("/hops/{}", hops - 1)),
                None => answer(404, "", ""),
            },
        }
    })
    .await
}

#[tokio::test]
async fn redirects_lead_to_the_file_with_our_headers_on_every_hop() {
    let target = Server::always(answer(200, "", "from the target")).await;
    let server = maze(target.url("/x")).await;
    let origin = web(&server.url(""));
    assert_eq!(read(&origin, &whole("relative")).await.unwrap().1, b"abc");
    assert_eq!(read(&origin, &whole("hops/4")).await.unwrap().1, b"abc");
    assert_eq!(read(&origin, &whole("elsewhere")).await.unwrap().1, b"from the target");
    for head in server.requests().iter().chain(&target.requests()) {
        assert!(head.contains("x-req-from: imagekit\r\n"), "{head}");
    }
    assert!(target.requests()[0].contains(&format!("host: {}\r\n", target.address)));
}

#[tokio::test]
async fn loops_long_ways_and_redirects_to_nowhere_are_ended() {
    let server = maze(String::new()).await;
    let origin = web(&server.url(""));
    let cases = [
        ("loop", "UNIDENTIFIED - too many redirects by the web server", 1),
        ("to-loop", "UNIDENTIFIED - too many redirects by the web server", 2),
        ("hops/5", "UNIDENTIFIED - too many redirects by the web server", 6),
        ("nowhere", "UNIDENTIFIED - the web server gave an invalid response (redirect without Location)", 1),
        ("file", "EACCES - the requested host is not allowed", 1),
    ];
    for (path, expected, requests) in cases {
        let before = server.requests().len();
        assert_eq!(error(&origin, &whole(path)).await, expected, "{path}");
        assert_eq!(server.requests().len() - before, requests, "{path}");
    }
}

#[tokio::test]
async fn no_hop_reaches_a_metadata_service_however_it_is_spelled() {
    let server = maze(String::new()).await;
    let origin = web(&server.url(""));
    for path in ["metadata", "mapped", "decimal"] {
        let failure = read(&origin, &whole(path)).await.unwrap_err();
        assert_eq!(failure.to_string(), "EACCES - the requested host is not allowed", "{path}");
        assert!(failure.detail.contains("metadata"), "{}", failure.detail);
    }
}

#[tokio::test]
async fn a_target_of_redirects_that_cannot_be_reached_is_not_held_against_the_origin() {
    // Nobody listens there.
    let server = maze("http://127.0.0.9:9/x".to_owned()).await;
    let origin = web(&server.url(""));
    for _ in 0..12 {
        assert_eq!(
            error(&origin, &whole("elsewhere")).await,
            "ECONNREFUSED - the web server refused the connection"
        );
    }
    assert!(!origin.is_spared());
    assert_eq!(read(&origin, &whole("found")).await.unwrap().1, b"abc");
}

fn without_loopback(base: &str) -> Arc<Origin> {
    let connector = Connector::new(Settings { allow_loopback: false, ..settings() }).unwrap();
    web_with(base, quick(), &connector)
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_not_connected_to_and_the_operator_reads_why() {
    let server = Server::always(answer(200, "", "abc")).await;
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.1"] {
        let failure =
            read(&without_loopback(&format!("http://{host}:{port}")), &whole("a.jpg")).await.unwrap_err();
        assert_eq!(failure.to_string(), "EACCES - the requested host is not allowed", "{host}");
        assert!(failure.detail.contains("loopback range 127.0.0.0/8"), "{host}: {}", failure.detail);
        assert!(failure.remedy.contains("spec.network.allowedCIDRs of the DataPlane"), "{}", failure.remedy);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_listed_range_is_allowed() {
    let server = Server::always(answer(200, "", "abc")).await;
    let connector = Connector::new(Settings {
        allow_loopback: false,
        allowed_cidrs: vec!["127.0.0.0/8".parse().unwrap()],
        ..settings()
    })
    .unwrap();
    assert_eq!(
        read(&web_with(&server.url(""), quick(), &connector), &whole("a.jpg")).await.unwrap().1,
        b"abc"
    );
}
