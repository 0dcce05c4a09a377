//! A server that says exactly what a test wants, byte by byte.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What happens after the bytes of an answer.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    /// The next request on the same connection is awaited.
    Listen,
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing more, until the client closes.
    Silence,
}

/// One answer.
#[derive(Clone)]
pub(crate) struct Answer(pub(crate) Vec<u8>, pub(crate) Then);

/// A complete answer with a body and any headers.
pub(crate) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Answer {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    Answer(bytes, Then::Listen)
}

/// Bytes as they are.
pub(crate) fn raw(bytes: impl AsRef<[u8]>, then: Then) -> Answer {
    Answer(bytes.as_ref().to_vec(), then)
}

/// A running server. It ends with the test's runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    accepted: Arc<AtomicUsize>,
    closed: watch::Receiver<usize>,
}

impl Server {
    /// Answers each request with what `script` says; it gets the number of requests before this one and the head of
    /// the request.
    pub(crate) async fn start(script: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let accepted = Arc::new(AtomicUsize::new(0));
        let (closing, closed) = watch::channel(0);
        let (seen, counter, script) = (Arc::clone(&requests), Arc::clone(&accepted), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                let (seen, script, closing) = (Arc::clone(&seen), Arc::clone(&script), closing.clone());
                tokio::spawn(async move {
                    serve(connection, &seen, &*script).await;
                    closing.send_modify(|count| *count += 1);
                });
            }
        });
        Self { address, requests, accepted, closed }
    }

    /// Answers every request alike.
    pub(crate) async fn always(answer: Answer) -> Self {
        Self::start(move |_, _| answer.clone()).await
    }

    /// The address with a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Heads of the requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// How many connections were opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Waits until so many connections have ended, at the client's wish or by the script.
    pub(crate) async fn connections_ended(&self, count: usize) {
        let mut closed = self.closed.clone();
        let waiting = closed.wait_for(|ended| *ended >= count);
        tokio::time::timeout(std::time::Duration::from_secs(10), waiting).await.unwrap().unwrap();
    }
}

async fn serve(
    mut connection: TcpStream,
    seen: &Mutex<Vec<String>>,
    script: &(impl Fn(usize, &str) -> Answer + Send + Sync),
) {
    let mut received = Vec::new();
    loop {
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            let mut buffer = [0; 4096];
            match connection.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => received.extend_from_slice(&buffer[..count]),
            }
            continue;
        };
        let head = String::from_utf8(received.drain(..end + 4).collect()).unwrap();
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(head.clone());
            seen.len() - 1
        };
        let Answer(bytes, then) = script(number, &head);
        if connection.write_all(&bytes).await.is_err() || connection.flush().await.is_err() {
            return;
        }
        match then {
            Then::Listen => {}
            Then::Close => return,
            Then::Reset => {
                connection.set_zero_linger().unwrap();
                return;
            }
            Then::Silence => {
                let mut buffer = [0; 64];
                while !matches!(connection.read(&mut buffer).await, Ok(0) | Err(_)) {}
                return;
            }
        }
    }
}
