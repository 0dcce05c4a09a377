//! TLS with certificates made on the spot: what is trusted works, and everything else says why not.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use imgplane_config::FetchPolicy;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::{Roots, Trouble};
use crate::{Connector, PodEnvironment, Settings, Volumes, Waits, guard::Guard};

/// An authority, and a server certificate that it signed.
struct Signed {
    authority: CertificateDer<'static>,
    server: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn sign(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Signed {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, format!("authority for {name}"));
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let certificate = authority.self_signed(&authority_key).unwrap().der().clone();
    let mut server = CertificateParams::new(vec![name.to_owned()]).unwrap();
    change(&mut server);
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let signed = server.signed_by(&key, &issuer).unwrap().der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    Signed { authority: certificate, server: signed, key }
}

/// Serves one file over TLS; gives the port.
async fn serve(server: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> u16 {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![server], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(connection).await else { return };
                let mut buffer = [0; 2048];
                let _ = tls.read(&mut buffer).await;
                let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc").await;
                let _ = tls.shutdown().await;
            });
        }
    });
    port
}

/// Fetches over TLS, trusting `authority`.
async fn fetch(port: u16, authority: CertificateDer<'static>) -> Result<bytes::Bytes, Trouble> {
    let mut roots = RootCertStore::empty();
    roots.add(authority).unwrap();
    let settings = Settings {
        allow_loopback: true,
        allowed_cidrs: Vec::new(),
        volumes: Volumes::default(),
        resolver: Some(([127, 0, 0, 1], 9).into()),
        egress_proxy: None,
        environment: PodEnvironment::default(),
        waits: Waits::default(),
        user_agent: "imgplane/test".to_owned(),
    };
    let connector = Connector::with_roots(settings, Roots::new(roots).unwrap()).unwrap();
    let policy = FetchPolicy { connect_timeout: Duration::from_secs(5), ..FetchPolicy::default() };
    let client = connector.client_with(Guard::new(true, Vec::new()), &policy).unwrap();
    let uri = format!("https://localhost:{port}/a.jpg").parse().unwrap();
    let response = client.get(uri, HeaderMap::new()).await?;
    Ok(client.refusal(response.into_body()).await)
}

#[tokio::test]
async fn a_trusted_certificate_of_the_right_name_serves_the_file() {
    let signed = sign("localhost", |_| {});
    let port = serve(signed.server, signed.key).await;
    assert_eq!(fetch(port, signed.authority).await.unwrap(), "abc");
}

#[tokio::test]
async fn a_certificate_that_is_not_good_is_named_for_what_it_is() {
    let expired = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 2, 1);
    };
    let early = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2090, 1, 1);
        params.not_after = date_time_ymd(2090, 2, 1);
    };
    let trusted = |signed: Signed| (signed.authority.clone(), signed);
    let stranger = sign("stranger.test", |_| {}).authority;
    let cases = [
        (trusted(sign("other.test", |_| {})), "certificate is for another name"),
        (trusted(sign("localhost", expired)), "certificate expired"),
        (trusted(sign("localhost", early)), "certificate not yet valid"),
        ((stranger, sign("localhost", |_| {})), "certificate not trusted"),
    ];
    for ((trust, signed), expected) in cases {
        let port = serve(signed.server, signed.key).await;
        match fetch(port, trust).await {
            Err(Trouble::Tls { what, peer, .. }) => {
                assert!(what.row().message.ends_with(expected), "{}", what.row().message);
                assert_eq!(peer, format!("localhost:{port}"));
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_system_without_trusted_roots_has_a_client_that_trusts_nobody() {
    let signed = sign("localhost", |_| {});
    let port = serve(signed.server, signed.key).await;
    let roots = Roots::new(RootCertStore::empty()).unwrap();
    let connector = roots.usual();
    let tcp = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let error = connector.connect("localhost".try_into().unwrap(), tcp).await.unwrap_err();
    assert_eq!(super::tls::Handshake::of(&error), super::tls::Handshake::Untrusted);
}
