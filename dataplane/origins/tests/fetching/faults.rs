//! Every way in which a connection or an answer can fail, and its class.

use std::time::Duration;

use imgplane_origins::{Code, Failure};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::{Instant, timeout},
};

use crate::{
    server::{Answer, Server, Then, answer, raw},
    set_up::{connector, error, quick, read, stream, web, web_with, whole},
};

async fn failure_of(script: Answer) -> Failure {
    let server = Server::always(script).await;
    read(&web(&server.url("")), &whole("a.jpg")).await.unwrap_err()
}

#[tokio::test]
async fn each_fault_has_its_class() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n";
    let closed = "ECONNREFUSED - the web server closed the connection";
    let silent = "UNIDENTIFIED - the web server did not answer in time";
    let broke_off = "UNIDENTIFIED - the transfer from the web server broke off";
    let invalid = "UNIDENTIFIED - the web server gave an invalid response";
    let cases: Vec<(&str, Answer, &str)> = vec![
        ("no byte, closed", raw("", Then::Close), closed),
        ("no byte, reset", raw("", Then::Reset), closed),
        ("no byte, silence", raw("", Then::Silence), silent),
        ("cut inside the head", raw(head, Then::Close), closed),
        ("silence inside the head", raw(head, Then::Silence), silent),
        ("no HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n\r\n", Then::Close), invalid),
        ("a status that is no number", raw("HTTP/1.1 OK\r\n\r\n", Then::Close), invalid),
        (
            "two lengths",
            raw(format!("{head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), Then::Close),
            invalid,
        ),
        ("an endless head", raw(format!("{head}X: {}\r\n\r\n", "x".repeat(200_000)), Then::Close), invalid),
        ("a short body", raw(format!("{head}Content-Length: 9\r\n\r\nabc"), Then::Close), broke_off),
        ("a reset in the body", raw(format!("{head}Content-Length: 9\r\n\r\nabc"), Then::Reset), broke_off),
        ("a stalled body", raw(format!("{head}Content-Length: 9\r\n\r\nabc"), Then::Silence), broke_off),
        (
            "chunks without end",
            raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), Then::Close),
            broke_off,
        ),
        (
            "a chunk that is none",
            raw(format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"), Then::Close),
            broke_off,
        ),
    ];
    for (name, script, expected) in cases {
        let failure = failure_of(script).await;
        assert_eq!(failure.to_string(), expected, "{name}");
        assert!(failure.detail.starts_with("127.0.0.1:"), "{name} says where: {}", failure.detail);
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_refuses() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let origin = web(&format!("http://{free}"));
    let failure = read(&origin, &whole("a.jpg")).await.unwrap_err();
    assert_eq!(failure.to_string(), "ECONNREFUSED - the web server refused the connection");
    assert!(failure.detail.contains(&free.to_string()), "{}", failure.detail);
    assert!(!failure.message.contains("127.0.0.1"));
}

#[tokio::test]
async fn a_connection_that_nobody_accepts_is_given_up_in_time() {
    // A queue of pending connections that is full lets further ones go unanswered, as a silent firewall does.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut pending = Vec::new();
    while let Ok(connection) = timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
        pending.push(connection.unwrap());
        assert!(pending.len() < 10, "the queue does not fill");
    }
    let started = Instant::now();
    assert_eq!(
        error(&web(&format!("http://{address}")), &whole("a.jpg")).await,
        "ECONNREFUSED - the web server did not accept a connection in time"
    );
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_body_without_length_ends_where_the_connection_ends() {
    let server = Server::always(raw("HTTP/1.1 200 OK\r\n\r\nabc", Then::Close)).await;
    let (fetched, bytes) = read(&web(&server.url("")), &whole("a.jpg")).await.unwrap();
    assert_eq!((fetched.meta.content_length, bytes.as_slice()), (None, b"abc".as_slice()));
}

#[tokio::test]
async fn a_connection_that_closes_before_any_byte_is_tried_once_more() {
    let flaky = |number: usize, _: &str| {
        if number == 0 { raw("", Then::Reset) } else { answer(200, "", "abc") }
    };
    let server = Server::start(flaky).await;
    assert_eq!(read(&web(&server.url("")), &whole("a.jpg")).await.unwrap().1, b"abc");
    assert_eq!(server.requests().len(), 2);

    let server = Server::start(flaky).await;
    let origin =
        web_with(&server.url(""), imgplane_config::FetchPolicy { retries: 0, ..quick() }, &connector());
    assert_eq!(error(&origin, &whole("a.jpg")).await, "ECONNREFUSED - the web server closed the connection");
    assert_eq!(server.requests().len(), 1);

    let server = Server::always(raw("", Then::Reset)).await;
    assert_eq!(
        error(&web(&server.url("")), &whole("a.jpg")).await,
        "ECONNREFUSED - the web server closed the connection"
    );
    assert_eq!(server.requests().len(), 2, "once more, and not again");
}

#[tokio::test]
async fn a_web_server_is_not_asked_again_after_an_answer_or_a_time_out() {
    for script in [answer(500, "", "x"), answer(503, "", "x"), answer(404, "", "x"), raw("", Then::Silence)] {
        let server = Server::always(script).await;
        assert!(read(&web(&server.url("")), &whole("a.jpg")).await.is_err());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_file_that_is_decoded_must_come_within_the_total_time_and_a_streamed_one_need_not() {
    // A byte each 50 ms never stalls.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                let _ = connection.read(&mut [0; 1024]).await;
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n").await;
                let mut tick = tokio::time::interval(Duration::from_millis(50));
                for _ in 0..12 {
                    tick.tick().await;
                    let _ = connection.write_all(b"x").await;
                }
            });
        }
    });
    let policy = imgplane_config::FetchPolicy { total_timeout: Duration::from_millis(200), ..quick() };
    let origin = web_with(&format!("http://{address}"), policy, &connector());
    let failure = read(&origin, &whole("a.jpg")).await.unwrap_err();
    assert_eq!(failure.to_string(), "UNIDENTIFIED - the web server did not deliver the file in time");
    assert!(failure.detail.starts_with(&format!("{address}: ")), "{}", failure.detail);
    assert_eq!(read(&origin, &stream("a.jpg")).await.unwrap().1.len(), 12);
}

#[tokio::test]
async fn the_total_time_also_bounds_the_wait_for_the_head() {
    let server = Server::always(raw("", Then::Silence)).await;
    let policy = imgplane_config::FetchPolicy {
        total_timeout: Duration::from_millis(100),
        headers_timeout: Duration::from_mins(1),
        ..quick()
    };
    let origin = web_with(&server.url(""), policy, &connector());
    let failure = read(&origin, &whole("a.jpg")).await.unwrap_err();
    assert_eq!(failure.to_string(), "UNIDENTIFIED - the web server did not answer in time");
    assert!(failure.detail.starts_with("127.0.0.1:"), "{}", failure.detail);
}

#[tokio::test]
async fn trouble_is_recorded_once_with_what_the_operator_needs() {
    let server = Server::start(|number, _| match number {
        0 => answer(200, "", "abc"),
        1 => answer(404, "", ""),
        2 => answer(403, "", ""),
        _ => raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Then::Close),
    })
    .await;
    let origin = web(&server.url(""));
    for path in ["found.jpg", "missing.jpg", "denied.jpg", "cut.jpg"] {
        let _ = read(&origin, &whole(path)).await;
    }
    let _ = read(&origin, &whole("../bad.jpg")).await;
    let health = origin.health();
    assert_eq!((health.requests, health.successes), (4, 1), "{health:?}");
    let errors: Vec<_> =
        health.errors.iter().map(|e| (e.code.as_str(), e.http_status, e.sample_path.as_str())).collect();
    assert_eq!(errors, [("EACCES", Some(403), "denied.jpg"), ("UNIDENTIFIED", None, "cut.jpg")]);
    assert_eq!(origin.in_flight(), 0);
    assert_eq!(Code::Eacces.as_str(), health.errors[0].code);
}
