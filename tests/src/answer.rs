//! One request and its whole answer.

use std::{net::SocketAddr, sync::Once, time::Duration};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Longer than any deadline of the server, so that a hang shows as the server's fault and not as this one's.
const PATIENCE: Duration = Duration::from_secs(90);

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// A header's text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The code of `ik-error`; empty when there is none.
    pub fn error_code(&self) -> &str {
        self.header("ik-error").split(" - ").next().unwrap_or("")
    }

    /// Milliseconds of a metric in `Server-Timing`.
    pub fn timing(&self, metric: &str) -> Option<u64> {
        let entry =
            self.header("server-timing").split(',').find(|entry| entry.split(';').next() == Some(metric))?;
        entry.split(";dur=").nth(1)?.parse().ok()
    }

    /// The body decoded as a picture by a decoder that is not ours.
    pub fn picture(&self) -> image::DynamicImage {
        image::load_from_memory(&self.body).unwrap_or_else(|error| {
            panic!("{} bytes of {} are no picture: {error}", self.body.len(), self.header("content-type"))
        })
    }

    /// Short name of the delivered format: `jpeg png webp avif gif svg`, else the content type.
    pub fn format(&self) -> &str {
        match self.header("content-type") {
            "image/svg+xml" => "svg",
            other => other.strip_prefix("image/").unwrap_or(other),
        }
    }
}

/// A client that follows no redirects and asks through no proxy.
pub fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // A second install is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .expect("a client")
}

/// Sends a request and reads the answer to its end.
pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.expect("the body comes whole");
    Answer { status, headers, body }
}

/// Sends `GET target` over a connection of its own, byte for byte, and reads until the server closes it.
pub async fn exchange(address: SocketAddr, target: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await??;
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").context("a head")?;
    let head = std::str::from_utf8(bytes.get(..end).context("a head")?)?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("a status line")?.parse()?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
    }
    Ok(Answer { status, headers, body: Bytes::copy_from_slice(bytes.get(end + 4..).unwrap_or_default()) })
}
