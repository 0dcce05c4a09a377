//! Handshakes that fail. What succeeds needs a trusted certificate and is tested inside the crate.

use tokio::net::TcpListener;

use crate::{
    server::{Server, Then, raw},
    set_up::{error, web, whole},
};

#[tokio::test]
async fn a_port_that_does_not_speak_tls_is_said_to_do_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt as _;
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    assert_eq!(
        error(&web(&format!("https://{address}")), &whole("a.jpg")).await,
        "UNIDENTIFIED - TLS with the web server failed: the server does not speak TLS on this port"
    );
}

#[tokio::test]
async fn a_handshake_that_is_not_answered_has_its_own_time_out() {
    let server = Server::always(raw("", Then::Silence)).await;
    assert_eq!(
        error(&web(&format!("https://{}", server.address)), &whole("a.jpg")).await,
        "UNIDENTIFIED - TLS with the web server failed: handshake timed out"
    );
}

#[tokio::test]
async fn a_handshake_that_is_cut_is_said_to_be() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    assert_eq!(
        error(&web(&format!("https://{address}")), &whole("a.jpg")).await,
        "UNIDENTIFIED - TLS with the web server failed: connection closed during the handshake"
    );
}
