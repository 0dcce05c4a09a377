//! TLS on the delivery port: protocols, and certificates that are replaced under open connections.

use std::{fs, os::unix::fs::symlink, path::Path, sync::Arc, time::Duration};

use http::{Request, Version};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use imgplane_config::PodLimits;
use imgplane_dataplane::{Options, Server};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::harness::{Harness, volume_bundle};

/// A certificate for `localhost` with its key, as a Secret holds them.
struct Pair {
    certificate: String,
    key: String,
    der: CertificateDer<'static>,
}

fn make() -> Pair {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Pair { certificate: made.cert.pem(), key: made.signing_key.serialize_pem(), der: made.cert.der().clone() }
}

/// Puts a pair into a folder as a mounted Secret does: a new folder, and a link that is swapped in one step.
fn mount(dir: &Path, version: &str, certificate: &str, key: &str) {
    let folder = format!("..{version}");
    fs::create_dir(dir.join(&folder)).unwrap();
    fs::write(dir.join(&folder).join("tls.crt"), certificate).unwrap();
    fs::write(dir.join(&folder).join("tls.key"), key).unwrap();
    symlink(&folder, dir.join("..data_tmp")).unwrap();
    fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
}

/// Connects, trusting these certificates only; gives the one that was shown as well.
async fn connect(
    server: &Server,
    trusted: &[&Pair],
    protocols: &[&[u8]],
) -> std::io::Result<(TlsStream<TcpStream>, CertificateDer<'static>)> {
    let mut roots = RootCertStore::empty();
    for pair in trusted {
        roots.add(pair.der.clone()).unwrap();
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let tcp = TcpStream::connect(server.local_addr()).await?;
    let stream = TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), tcp).await?;
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
    Ok((stream, shown))
}

fn request() -> Request<Empty<bytes::Bytes>> {
    Request::get("https://localhost/shop/cat.txt").header("host", "localhost").body(Empty::new()).unwrap()
}

async fn secured(dir: &Path) -> Harness {
    let dir = dir.to_owned();
    let harness = Harness::with(
        move |options| options.tls_dir = Some(dir),
        volume_bundle(&json!({}), PodLimits::default()),
    )
    .await;
    harness.file("cat.txt", "meow");
    harness
}

/// Waits until a new connection is shown another certificate, or something else holds.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http_1_and_http_2_are_spoken_as_the_client_offers_them() {
    let dir = tempfile::tempdir().unwrap();
    let pair = make();
    mount(dir.path(), "1", &pair.certificate, &pair.key);
    let harness = secured(dir.path()).await;

    let (stream, _) = connect(&harness.server, &[&pair], &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = sender.send_request(request()).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "meow");

    for offered in [vec![b"http/1.1".as_slice()], vec![]] {
        let (stream, _) = connect(&harness.server, &[&pair], &offered).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let answer = sender.send_request(request()).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_11));
    }
    // Who speaks no TLS is not answered, and hurts nobody.
    assert!(harness.client.try_send(http::Method::GET, "/shop/cat.txt", &[]).await.is_err());
    assert!(connect(&harness.server, &[&make()], &[]).await.is_err(), "a client that does not trust us goes");
    assert!(connect(&harness.server, &[&pair], &[]).await.is_ok());
    assert_eq!(harness.admin("/readyz").await.status, 200, "the admin port speaks no TLS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_serves_new_connections_and_the_open_ones_stay() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (make(), make());
    mount(dir.path(), "1", &old.certificate, &old.key);
    let harness = secured(dir.path()).await;
    let (stream, shown) = connect(&harness.server, &[&old, &new], &[]).await.unwrap();
    assert_eq!(shown, old.der);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(sender.send_request(request()).await.unwrap().collect().await.unwrap().to_bytes(), "meow");

    mount(dir.path(), "2", &new.certificate, &new.key);
    eventually("the new certificate is shown", async || {
        connect(&harness.server, &[&old, &new], &[]).await.unwrap().1 == new.der
    })
    .await;
    sender.ready().await.unwrap();
    assert_eq!(sender.send_request(request()).await.unwrap().collect().await.unwrap().to_bytes(), "meow");
    let metrics = harness.admin("/metrics").await.text().to_owned();
    assert!(metrics.contains(r#"imgplane_tls_certificates_total{outcome="applied"} 1"#), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_new_certificate_keeps_the_old_one_and_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let (old, stranger) = (make(), make());
    mount(dir.path(), "1", &old.certificate, &old.key);
    let harness = secured(dir.path()).await;
    assert_eq!(harness.server.report().tls_error, None);
    mount(dir.path(), "2", &stranger.certificate, &old.key);
    eventually("the report says it", async || harness.server.report().tls_error.is_some()).await;
    let error = harness.server.report().tls_error.unwrap();
    assert_eq!(error, "tls.key is not the key of the first certificate in tls.crt");
    assert_eq!(connect(&harness.server, &[&old], &[]).await.unwrap().1, old.der);
    let metrics = harness.admin("/metrics").await.text().to_owned();
    assert!(metrics.contains(r#"imgplane_tls_certificates_total{outcome="refused"} 1"#), "{metrics}");

    mount(dir.path(), "3", &old.certificate, &old.key);
    eventually("the repair", async || harness.server.report().tls_error.is_none()).await;
}

#[tokio::test]
async fn a_server_that_has_no_usable_certificate_does_not_start_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { tls_dir: Some(dir.path().to_owned()), ..Options::default() };
    let error = Server::start(options).await.unwrap_err().to_string();
    assert!(error.contains("tls.crt cannot be read") && error.contains("--tls-dir"), "{error}");
}
