//! A second origin that stands in for a first one whose file breaks off before any of it was delivered.

use std::net::SocketAddr;

use imgplane_config::PodLimits;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    harness::{Harness, bundle, endpoint, volume, web_folder},
    pictures::photo,
};

/// A server of files that break off: what is sent depends on the first segment of the path.
async fn broken_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve(connection));
        }
    });
    address
}

async fn serve(mut connection: TcpStream) {
    let mut head = vec![0; 4096];
    let count = connection.read(&mut head).await.unwrap_or_default();
    let head = String::from_utf8_lossy(&head[..count]).into_owned();
    let kind = head.trim_start_matches("GET /").split('/').next().unwrap_or_default();
    let picture = photo(80, 60);
    let (headers, body) = match kind {
        "cut" => (format!("Content-Length: {}", picture.len()), &picture[..picture.len() / 2]),
        "bare" | "silent" => (format!("Content-Length: {}", picture.len()), &[][..]),
        "drip" => (format!("Content-Length: {}", picture.len()), &picture[..1]),
        "coded" => (format!("Content-Encoding: br\r\nContent-Length: {}", picture.len()), &picture[..]),
        "damaged" => (format!("Content-Encoding: gzip\r\nContent-Length: {}", picture.len()), &picture[..]),
        _ => ("Content-Length: 900000000".to_owned(), &picture[..]),
    };
    let answer = format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n");
    let _ = connection.write_all(answer.as_bytes()).await;
    let _ = connection.write_all(body).await;
    if matches!(kind, "drip" | "silent") {
        // Until the other side has had enough.
        let _ = connection.read(&mut [0; 1]).await;
    }
}

async fn harness(origins: &[&str]) -> Harness {
    let address = broken_server().await;
    // So long a pause is allowed that only the total time ends what is silent.
    let patient = json!({"bodyStallTimeout": 60_000, "totalTimeout": 1_000});
    let records = vec![web_folder("broken", format!("http://{address}"), patient), volume("photos", "")];
    let endpoints = vec![endpoint("main", &json!({}), origins)];
    let harness = Harness::with(|_| {}, bundle(PodLimits::default(), endpoints, records)).await;
    for folder in ["cut", "bare", "silent", "drip", "coded", "damaged", "large"] {
        harness.file(&format!("{folder}/a.png"), photo(80, 60));
        harness.file(&format!("{folder}/a.bin"), "the whole file");
    }
    harness
}

#[tokio::test]
async fn the_next_origin_stands_in_for_a_file_that_breaks_off() {
    let harness = harness(&["broken", "photos"]).await;
    for folder in ["cut", "bare", "silent", "drip", "coded", "damaged"] {
        let answer = harness.get(&format!("/shop/tr:w-20,f-png/{folder}/a.png")).await;
        assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{folder}");
        assert_eq!(answer.size(), (20, 15), "{folder}");
    }
    for folder in ["bare", "silent", "drip"] {
        for path in [format!("{folder}/a.bin"), format!("tr:orig-true/{folder}/a.bin")] {
            let answer = harness.get(&format!("/shop/{path}")).await;
            assert_eq!((answer.status, answer.text()), (200, "the whole file"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_file_above_a_limit_ends_the_chain() {
    let harness = harness(&["broken", "photos"]).await;
    let answer = harness.get("/shop/tr:w-20/large/a.png").await;
    assert!(answer.header("ik-error").starts_with("ELIMIT - "), "{answer:?}");
}

#[tokio::test]
async fn what_broke_off_is_what_is_reported_if_no_origin_has_the_file() {
    for (origins, paths) in
        [(&["broken"][..], ["a.png", "a.bin"]), (&["broken", "photos"], ["b.png", "b.bin"])]
    {
        let harness = harness(origins).await;
        for path in paths {
            for (folder, expected) in [
                ("bare", "UNIDENTIFIED - the transfer from the web server broke off"),
                ("drip", "UNIDENTIFIED - the web server did not deliver the file in time"),
            ] {
                let answer = harness.get(&format!("/shop/{folder}/{path}")).await;
                assert_eq!((answer.status, answer.header("ik-error")), (404, expected), "{folder} {path}");
            }
        }
    }
}
