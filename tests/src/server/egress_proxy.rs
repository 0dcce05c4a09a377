//! The proxy at the way out of a network: tunnels for TLS, absolute addresses for plain HTTP. It knows names that
//! nobody else does, and keeps what it was asked.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use super::scripted::lock;

/// Largest head of a request that is read.
const HEAD_BYTES: usize = 64 << 10;

/// A running proxy. It ends when dropped.
#[derive(Debug)]
pub struct EgressProxy {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    routes: BTreeMap<String, SocketAddr>,
    asked: Mutex<Vec<String>>,
    refuses: AtomicBool,
}

impl EgressProxy {
    /// Starts a proxy that knows where each `HOST:PORT` is; others it answers with 502.
    pub fn start(routes: &[(&str, SocketAddr)]) -> Self {
        let routes = routes.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect();
        let shared = Arc::new(Shared { routes, asked: Mutex::default(), refuses: AtomicBool::new(false) });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("the port");
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = accept(listener, served) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// `http://ADDRESS`, as `spec.network.egressProxy` has it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on everything is answered with 403, or nothing is any more.
    pub fn refuse(&self, refuses: bool) {
        self.shared.refuses.store(refuses, Ordering::SeqCst);
    }

    /// First lines of the requests so far, such as `CONNECT shop.example:443 HTTP/1.1`.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.shared.asked).clone()
    }
}

impl Drop for EgressProxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // Whoever hangs up in the middle has seen what the test wanted.
        tokio::spawn(async move { serve(client, &shared).await.ok() });
    }
}

async fn serve(mut client: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let Some((head, rest)) = read_head(&mut client).await? else { return Ok(()) };
    let (line, fields) = head.split_once("\r\n").unwrap_or((&head, ""));
    lock(&shared.asked).push(line.to_owned());
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (place, path) = place(method, target);
    if shared.refuses.load(Ordering::SeqCst) {
        return answer(&mut client, "403 Forbidden").await;
    }
    let Some(address) = shared.routes.get(&place) else {
        return answer(&mut client, "502 Bad Gateway").await;
    };
    let Ok(mut server) = TcpStream::connect(address).await else {
        return answer(&mut client, "502 Bad Gateway").await;
    };
    if method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    } else {
        // One request for each connection, so that each is seen here.
        let head = format!("{method} {path} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n");
        server.write_all(head.as_bytes()).await?;
    }
    server.write_all(&rest).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// `HOST:PORT` of a target, and the path that its server is asked for.
fn place(method: &str, target: &str) -> (String, String) {
    if method == "CONNECT" {
        return (target.to_owned(), String::new());
    }
    let rest = target.strip_prefix("http://").unwrap_or(target);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let port = if authority.contains(':') { "" } else { ":80" };
    (format!("{authority}{port}"), format!("/{path}"))
}

/// The head of a request without its empty line, and what came behind it; `None` where the client hung up.
async fn read_head(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    while bytes.len() < HEAD_BYTES {
        if client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            bytes.truncate(end + 2);
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), rest)));
        }
    }
    Ok(None)
}

async fn answer(client: &mut TcpStream, status: &str) -> std::io::Result<()> {
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    client.write_all(text.as_bytes()).await?;
    client.shutdown().await
}
