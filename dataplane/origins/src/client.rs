//! The HTTP client of one origin: its own connections, its time-outs, and the headers that every request carries.
//!
//! Built on hyper's pooled client with an own connector, because three things must be known exactly: which address
//! is dialled (the guard judges that one), in which phase a connection failed (each has its own class and its own
//! time-out), and which bytes of the address go out (the path is signed, or forwarded as received).

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, Uri,
    header::{ACCEPT, ACCEPT_ENCODING, Entry, HeaderName, USER_AGENT},
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Incoming};
use hyper_util::{
    client::legacy::{self, connect::capture_connection},
    rt::{TokioExecutor, TokioTimer},
};
use imgplane_config::FetchPolicy;

use crate::{SetupError, body::Chunks, guard::Guard, sender::Sender, steps::Notes};

mod dial;
mod link;
mod names;
mod roots;
#[cfg(test)]
mod tests;
mod tls;
mod trouble;

pub(crate) use names::{Names, Unresolved};
pub(crate) use roots::{Roots, TlsWish};
pub(crate) use trouble::Trouble;

use dial::Dial;

/// By this header users let our requests through their firewalls.
const REQ_FROM: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-req-from"), HeaderValue::from_static("imagekit"));

/// How long an unused connection is kept; shorter than what usual servers keep theirs (S3 about 20 s, nginx 75 s), so
/// that few requests meet a connection that is just being closed.
const IDLE: Duration = Duration::from_secs(15);
/// Largest head of an answer, and the read buffer of each connection, in bytes.
const HEAD_BYTES: usize = 64 << 10;
/// How much of a file an origin may send ahead on one HTTP/2 stream, in bytes.
const STREAM_WINDOW: u32 = 512 << 10;
/// The most that it may send ahead on all streams of one connection, in bytes.
const CONNECTION_WINDOW: u32 = 64 << 20;
/// How often a connection with HTTP/2 is asked whether it still lives while streams run.
const PING: Duration = Duration::from_secs(10);
/// How much of the body of an answer that is no file is read, in bytes: for its error code, and so that the
/// connection can be used again.
const REFUSAL_BYTES: usize = 64 << 10;

/// The HTTP client of one origin.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    dial: Dial,
    pool: legacy::Client<Dial, Full<Bytes>>,
    agent: HeaderValue,
    headers_timeout: Duration,
    stall_timeout: Duration,
}

/// What clients of all origins share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) names: Names,
    pub(crate) roots: Roots,
    pub(crate) agent: HeaderValue,
    /// Where connections to public addresses go first.
    pub(crate) proxy: Option<Uri>,
}

/// What a client is made of.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    /// Judges its connections.
    pub(crate) guard: Guard,
    pub(crate) policy: &'a FetchPolicy,
    /// What it wants otherwise than others in TLS, if anything, and the member of the manifest that says so.
    pub(crate) tls: Option<(&'static str, TlsWish<'a>)>,
    /// Whether it goes through the egress proxy where there is one.
    pub(crate) proxied: bool,
}

impl Client {
    /// # Errors
    /// [`SetupError::Field`] for settings of TLS that cannot be used.
    pub(crate) fn new(shared: &Shared, making: Making<'_>) -> Result<Self, SetupError> {
        let Making { guard, policy, tls, proxied } = making;
        let tls = match tls {
            None => shared.roots.usual(),
            Some((member, wish)) => shared.roots.of_wish(member, wish)?,
        };
        let proxy = shared.proxy.clone().filter(|_| proxied);
        let dial = Dial::new(shared.names.clone(), Arc::new(guard), tls, proxy, policy.connect_timeout);
        let idle = usize::try_from(policy.max_concurrency).unwrap_or(usize::MAX);
        // So much that slow readers of some files hold up no other file of the same connection.
        let window = STREAM_WINDOW.saturating_mul(policy.max_concurrency).min(CONNECTION_WINDOW);
        let pool = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(idle)
            .http1_max_buf_size(HEAD_BYTES)
            .http2_max_header_list_size(HEAD_BYTES as u32)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(window.max(STREAM_WINDOW))
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(policy.headers_timeout)
            .build(dial.clone());
        Ok(Self {
            dial,
            pool,
            agent: shared.agent.clone(),
            headers_timeout: policy.headers_timeout,
            stall_timeout: policy.body_stall_timeout,
        })
    }

    /// Opens a connection of its own to where `uri` leads, tells of each step, and closes it.
    pub(crate) async fn try_out(&self, uri: &Uri, notes: &mut impl Notes) -> Result<(), Trouble> {
        self.dial.try_out(uri, notes).await
    }

    /// Sends a GET with `headers` and the headers that every request carries; gives the answer's head.
    pub(crate) async fn get(&self, uri: Uri, headers: HeaderMap) -> Result<Response<Incoming>, Trouble> {
        self.send(Method::GET, uri, headers, Bytes::new()).await
    }

    /// As [`Client::get`], with a method and a body. Of the headers that every request carries, `headers` may
    /// replace all but `x-req-from`.
    pub(crate) async fn send(
        &self,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, Trouble> {
        let peer = uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let map = request.headers_mut();
        map.insert(REQ_FROM.0, REQ_FROM.1);
        for (name, value) in [
            (USER_AGENT, self.agent.clone()),
            (ACCEPT, HeaderValue::from_static("*/*")),
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ] {
            if let Entry::Vacant(vacant) = map.entry(name) {
                vacant.insert(value);
            }
        }

        // Connecting has its own time-outs; the time for headers starts when a connection is there.
        let mut connected = capture_connection(&mut request);
        let mut answer = self.pool.request(request);
        let early = {
            let mut waiting =
                std::pin::pin!(connected.wait_for_connection_metadata().map(|seen| seen.is_some()));
            tokio::select! {
                biased;
                answer = &mut answer => Some(answer),
                // Without a connection the answer is the error of connecting.
                has_connection = &mut waiting => if has_connection { None } else { Some((&mut answer).await) },
            }
        };
        let answer = match early {
            Some(answer) => answer,
            None => tokio::time::timeout(self.headers_timeout, answer)
                .await
                .map_err(|_| Trouble::NoHeaders { peer: peer.clone(), limit: self.headers_timeout })?,
        };
        answer.map_err(|error| Trouble::of(&peer, &error))
    }

    /// Reads the body of an answer that is no file, as far as it is of use; what is wrong with it does not matter.
    pub(crate) async fn refusal(&self, body: Incoming) -> Bytes {
        let limited = Limited::new(body, REFUSAL_BYTES);
        let read = tokio::time::timeout(self.stall_timeout, limited.collect());
        read.await.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes).unwrap_or_default()
    }

    /// Reads such a body in the background, only so that the connection can be used again.
    pub(crate) fn discard(&self, body: Incoming) {
        if body.is_end_stream() {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move { this.refusal(body).await });
    }
}

/// The body of an answer that is a file.
pub(crate) fn chunks(body: Incoming, sender: Sender) -> Chunks {
    body.into_data_stream()
        .map(move |piece| piece.map_err(|error| sender.broke_off(&trouble::text(&error))))
        .boxed()
}

/// A value of `User-Agent`.
pub(crate) fn agent(text: &str) -> Result<HeaderValue, SetupError> {
    HeaderValue::from_str(text)
        .map_err(|_| SetupError::Client("the User-Agent must be printable ASCII".to_owned()))
}
