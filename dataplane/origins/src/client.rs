//! The HTTP client of one origin: its own connections, its time-outs, and the headers that every request carries.
//!
//! Built on hyper's pooled client with an own connector, because three things must be known exactly: which address
//! is dialled (the guard judges that one), in which phase a connection failed (each has its own class and its own
//! time-out), and which bytes of the address go out (the path is signed, or forwarded as received).

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use http::{
    HeaderMap, HeaderValue, Request, Response, Uri,
    header::{ACCEPT, ACCEPT_ENCODING, HeaderName, USER_AGENT},
};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::{Body as _, Incoming};
use hyper_util::{
    client::legacy::{self, connect::capture_connection},
    rt::{TokioExecutor, TokioTimer},
};
use imgplane_config::FetchPolicy;

use crate::{
    SetupError,
    body::{Chunks, broke_off},
    guard::Guard,
    steps::Notes,
};

mod dial;
mod link;
mod names;
#[cfg(test)]
mod tests;
mod tls;
mod trouble;

pub(crate) use names::Names;
pub(crate) use tls::Roots;
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
/// How much of the body of an answer that is no file is read, in bytes: for its error code, and so that the
/// connection can be used again.
const REFUSAL_BYTES: usize = 64 << 10;

/// The HTTP client of one origin.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    dial: Dial,
    pool: legacy::Client<Dial, Empty<Bytes>>,
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
}

impl Client {
    pub(crate) fn new(shared: &Shared, guard: Guard, policy: &FetchPolicy) -> Self {
        let dial = Dial::new(
            shared.names.clone(),
            Arc::new(guard),
            shared.roots.connector(),
            policy.connect_timeout,
        );
        let idle = usize::try_from(policy.max_concurrency).unwrap_or(usize::MAX);
        let pool = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(idle)
            .http1_max_buf_size(HEAD_BYTES)
            .build(dial.clone());
        Self {
            dial,
            pool,
            agent: shared.agent.clone(),
            headers_timeout: policy.headers_timeout,
            stall_timeout: policy.body_stall_timeout,
        }
    }

    /// Opens a connection of its own to where `uri` leads, tells of each step, and closes it.
    pub(crate) async fn try_out(&self, uri: &Uri, notes: &mut impl Notes) -> Result<(), Trouble> {
        self.dial.try_out(uri, notes).await
    }

    /// Sends a GET with `headers` and the headers that every request carries; gives the answer's head.
    pub(crate) async fn get(&self, uri: Uri, headers: HeaderMap) -> Result<Response<Incoming>, Trouble> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let map = request.headers_mut();
        map.insert(REQ_FROM.0, REQ_FROM.1);
        map.insert(USER_AGENT, self.agent.clone());
        map.insert(ACCEPT, HeaderValue::from_static("*/*"));
        map.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));

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
                .map_err(|_| Trouble::NoHeaders(self.headers_timeout))?,
        };
        answer.map_err(|error| Trouble::of(&error))
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
pub(crate) fn chunks(body: Incoming, label: &'static str) -> Chunks {
    body.into_data_stream()
        .map(move |piece| piece.map_err(|error| broke_off(label, trouble::text(&error))))
        .boxed()
}

/// A value of `User-Agent`.
pub(crate) fn agent(text: &str) -> Result<HeaderValue, SetupError> {
    HeaderValue::from_str(text)
        .map_err(|_| SetupError::Client("the User-Agent must be printable ASCII".to_owned()))
}
