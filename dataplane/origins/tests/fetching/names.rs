//! Names that do not resolve, resolve late, or resolve to where nobody may go.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicUsize, Ordering},
};

use imgplane_origins::{Connector, Settings};
use tokio::net::UdpSocket;

use crate::{
    server::{Server, answer},
    set_up::{error, quick, read, settings, web_with, whole},
};

/// What the name server says.
enum Said {
    Addresses(Vec<&'static str>),
    /// No such name.
    Unknown,
    Failed,
    Nothing,
}

/// A name server. `script` gets the name and how many address queries of it came before.
async fn name_server(script: impl Fn(&str, usize) -> Said + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let asked = AtomicUsize::new(0);
    tokio::spawn(async move {
        let mut buffer = [0; 1024];
        while let Ok((size, peer)) = socket.recv_from(&mut buffer).await {
            let query = &buffer[..size];
            let (name, question) = question_of(query);
            let is_v4 = question[question.len() - 4..question.len() - 2] == [0, 1];
            let before = if is_v4 { asked.fetch_add(1, Ordering::Relaxed) } else { 0 };
            let (code, addresses) = match script(&name, before) {
                Said::Addresses(addresses) => (0, addresses),
                Said::Failed => (2, vec![]),
                Said::Unknown => (3, vec![]),
                Said::Nothing => continue,
            };
            let addresses: Vec<IpAddr> = addresses
                .iter()
                .map(|text| text.parse::<IpAddr>().unwrap())
                .filter(|address| address.is_ipv4() == is_v4)
                .collect();
            let count = u8::try_from(addresses.len()).unwrap();
            let mut reply = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0];
            reply.extend_from_slice(question);
            for address in addresses {
                // A pointer to the name in the question; class IN; not to be kept.
                reply.extend_from_slice(&[0xc0, 12, 0, if is_v4 { 1 } else { 28 }, 0, 1, 0, 0, 0, 0, 0]);
                match address {
                    IpAddr::V4(v4) => {
                        reply.push(4);
                        reply.extend_from_slice(&v4.octets());
                    }
                    IpAddr::V6(v6) => {
                        reply.push(16);
                        reply.extend_from_slice(&v6.octets());
                    }
                }
            }
            socket.send_to(&reply, peer).await.unwrap();
        }
    });
    address
}

/// The name that is asked for, in dots, and the bytes of the question.
fn question_of(query: &[u8]) -> (String, &[u8]) {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let length = usize::from(query[at]);
        labels.push(String::from_utf8(query[at + 1..=at + length].to_vec()).unwrap().to_lowercase());
        at += length + 1;
    }
    (labels.join("."), &query[12..at + 5])
}

fn asking(resolver: SocketAddr) -> Connector {
    Connector::new(Settings { resolver: Some(resolver), ..settings() }).unwrap()
}

#[tokio::test]
async fn each_answer_of_the_name_server_has_its_class() {
    let server = Server::always(answer(200, "", "abc")).await;
    let resolver = name_server(|name, _| match name {
        "origin.test" => Said::Addresses(vec!["127.0.0.1"]),
        "both.test" => Said::Addresses(vec!["::1", "127.0.0.1"]),
        "empty.test" => Said::Addresses(vec![]),
        "failed.test" => Said::Failed,
        "silent.test" => Said::Nothing,
        "metadata.test" => Said::Addresses(vec!["169.254.169.254"]),
        "metadata6.test" => Said::Addresses(vec!["fd00:ec2::254"]),
        "mapped.test" => Said::Addresses(vec!["::ffff:169.254.169.254"]),
        "nat64.test" => Said::Addresses(vec!["64:ff9b::a9fe:a9fe"]),
        "mixed.test" => Said::Addresses(vec!["127.0.0.1", "169.254.169.254"]),
        "shared.test" => Said::Addresses(vec!["100.64.0.1"]),
        _ => Said::Unknown,
    })
    .await;
    let connector = asking(resolver);
    let origin =
        |host: &str| web_with(&format!("http://{host}:{}", server.address.port()), quick(), &connector);

    for host in ["origin.test", "both.test"] {
        assert_eq!(read(&origin(host), &whole("a.jpg")).await.unwrap().1, b"abc", "{host}");
    }
    for host in ["unknown.test", "empty.test", "failed.test", "silent.test"] {
        assert_eq!(
            error(&origin(host), &whole("a.jpg")).await,
            "UNIDENTIFIED - the host name of the web server could not be resolved",
            "{host}"
        );
    }
    for host in ["metadata.test", "metadata6.test", "mapped.test", "nat64.test", "mixed.test", "shared.test"]
    {
        let failure = read(&origin(host), &whole("a.jpg")).await.unwrap_err();
        assert_eq!(failure.to_string(), "EACCES - the requested host is not allowed", "{host}");
        assert!(failure.detail.contains(host), "{}", failure.detail);
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_public_server_may_not_lead_to_a_private_address() {
    let inner = Server::always(answer(200, "", "secret")).await;
    let location = format!("Location: {}\r\n", inner.url("/x"));
    let outer = Server::always(answer(302, &location, "")).await;
    // For the connection the name is loopback, so that the test has a server; when it is asked whether the base is
    // public, it is.
    let resolver = name_server(|_, before| {
        Said::Addresses(vec![if before == 0 { "127.0.0.1" } else { "93.184.216.34" }])
    })
    .await;
    let base = format!("http://shop.test:{}", outer.address.port());
    let failure = read(&web_with(&base, quick(), &asking(resolver)), &whole("a.jpg")).await.unwrap_err();
    assert_eq!(failure.to_string(), "EACCES - the requested host is not allowed");
    assert!(failure.remedy.starts_with("A public server may not redirect to it"), "{}", failure.remedy);
    assert_eq!((outer.requests().len(), inner.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_judged_for_every_connection() {
    let server = Server::start(|_, _| {
        crate::server::raw(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
            crate::server::Then::Close,
        )
    })
    .await;
    let resolver = name_server(|_, before| {
        Said::Addresses(vec![if before == 0 { "127.0.0.1" } else { "169.254.169.254" }])
    })
    .await;
    let origin =
        web_with(&format!("http://rebind.test:{}", server.address.port()), quick(), &asking(resolver));
    assert_eq!(read(&origin, &whole("a.jpg")).await.unwrap().1, b"abc");
    assert_eq!(error(&origin, &whole("a.jpg")).await, "EACCES - the requested host is not allowed");
}
