//! Asks pods what they run and has them probe origins, over their admin port.
//!
//! Requests go to the pod's address itself: through no proxy, along no redirect, on a connection that is used once,
//! because tomorrow the address is another pod's. What a pod answers is bounded in size and time.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use imgplane_config::{
    ObjectId,
    report::{ProbeRequest, ProbeResult, Report},
};
use serde::de::DeserializeOwned;
use tokio::{
    sync::Semaphore,
    time::{self, Instant},
};

use super::AdminToken;
use crate::watch::PodView;

/// Bodies above this many bytes are parsed off the reactor: they take more than a few milliseconds.
const PARSED_IN_PLACE: usize = 256 << 10;

/// What asking a pod may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time until the connection stands. A pod is in the same cluster.
    pub connect: Duration,
    /// Time for a whole report.
    pub report: Duration,
    /// Time for a whole probe: a pod itself waits for an origin that may not answer.
    pub probe: Duration,
    /// Bytes of an answer. A report about 10,000 origins that all fail has about 10 MB.
    pub body: usize,
    /// Pods that are asked at once.
    pub at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            report: Duration::from_secs(3),
            probe: Duration::from_secs(30),
            body: 32 << 20,
            at_once: 16,
        }
    }
}

/// Asks pods. Clones share the bound on how many are asked at once.
#[derive(Debug, Clone)]
pub struct Scraper {
    client: Client<HttpConnector, Full<Bytes>>,
    limits: Limits,
    /// Of its own for probes: a slow origin must not hold up acknowledgements.
    reports: Arc<Semaphore>,
    probes: Arc<Semaphore>,
}

/// What one pod answered.
#[derive(Debug)]
pub struct Scraped {
    /// The pod.
    pub pod: ObjectId,
    /// Its `metadata.uid`.
    pub uid: String,
    /// The DataPlane it belongs to.
    pub data_plane: ObjectId,
    /// What it says of itself.
    pub report: Result<Report, ScrapeError>,
    /// How long the answer took, without the wait for a turn.
    pub took: Duration,
}

/// A pod gave no useful answer.
#[derive(Debug, thiserror::Error)]
pub enum ScrapeError {
    /// It has no address.
    #[error("it has no address yet")]
    NoAddress,
    /// No connection.
    #[error(
        "its admin port {address} cannot be reached: {reason}; see whether it runs, and whether a NetworkPolicy keeps \
         the operator out"
    )]
    Connect {
        /// Where it was tried.
        address: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// No whole answer in time.
    #[error("its admin port {address} gave no whole answer within {} ms", .after.as_millis())]
    Timeout {
        /// Where it was tried.
        address: SocketAddr,
        /// How long was waited.
        after: Duration,
    },
    /// It asks for another token.
    #[error(
        "its admin port {address} does not take the admin token: it mounts another Secret, or an older one; restart it"
    )]
    Unauthorized {
        /// Where it was tried.
        address: SocketAddr,
    },
    /// It answered with an error.
    #[error("its admin port {address} answered with status {status}")]
    Status {
        /// Where it was tried.
        address: SocketAddr,
        /// The status.
        status: StatusCode,
    },
    /// Too much.
    #[error("its admin port {address} answered with more than {limit} bytes")]
    TooLarge {
        /// Where it was tried.
        address: SocketAddr,
        /// The bound.
        limit: usize,
    },
    /// The answer ended too early.
    #[error("the answer of its admin port {address} broke off: {reason}")]
    Cut {
        /// Where it was tried.
        address: SocketAddr,
        /// What happened.
        reason: String,
    },
    /// The answer is none.
    #[error(
        "the answer of its admin port {address} cannot be read: {reason}; run matching versions of operator and data \
         plane"
    )]
    Malformed {
        /// Where it was tried.
        address: SocketAddr,
        /// What is wrong.
        reason: String,
    },
}

impl Default for Scraper {
    fn default() -> Self {
        Self::new()
    }
}

impl Scraper {
    /// Asks within the default limits.
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// Asks within these limits.
    pub fn with_limits(limits: Limits) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(limits.connect));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        let turns = || Arc::new(Semaphore::new(limits.at_once));
        Self { client, limits, reports: turns(), probes: turns() }
    }

    /// Asks each pod for its report, several at once. Answers come in the order of the pods.
    pub async fn scrape(&self, pods: &[(&PodView, &AdminToken)]) -> Vec<Scraped> {
        self.reports_at(pods, "/v1/report?records=refused").await
    }

    /// The same without how origins fare, which is most of a report where many fail.
    pub async fn glance(&self, pods: &[(&PodView, &AdminToken)]) -> Vec<Scraped> {
        self.reports_at(pods, "/v1/report?records=refused&origins=none").await
    }

    async fn reports_at(&self, pods: &[(&PodView, &AdminToken)], path: &str) -> Vec<Scraped> {
        // The semaphore bounds how many are under way; the closure is gone before the wait, so that tasks can do this.
        let asks: Vec<_> = pods.iter().map(|(pod, token)| self.report(pod, token, path)).collect();
        future::join_all(asks).await
    }

    async fn report(&self, pod: &PodView, token: &AdminToken, path: &str) -> Scraped {
        // The semaphore is never closed, so there is always a turn in the end.
        let _turn = self.reports.acquire().await;
        let started = Instant::now();
        let ask = self.ask(pod, token, Method::GET, path, Bytes::new());
        let report = self.within(self.limits.report, pod, ask).await;
        Scraped {
            pod: pod.id.clone(),
            uid: pod.uid.clone(),
            data_plane: pod.data_plane.clone(),
            report,
            took: started.elapsed(),
        }
    }

    /// Has a pod try an origin that it runs: with this path, else with the origin's own `probe.path`.
    ///
    /// # Errors
    /// [`ScrapeError`]: of the pod. How the origin fared is in the result.
    pub async fn probe(
        &self,
        pod: &PodView,
        token: &AdminToken,
        origin: &ObjectId,
        path: Option<&str>,
    ) -> Result<ProbeResult, ScrapeError> {
        let _turn = self.probes.acquire().await;
        let body = ProbeRequest { origin: origin.clone(), path: path.map(str::to_owned) };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let ask = self.ask(pod, token, Method::POST, "/v1/probe", body.into());
        self.within(self.limits.probe, pod, ask).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        pod: &PodView,
        ask: impl Future<Output = Result<T, ScrapeError>>,
    ) -> Result<T, ScrapeError> {
        match time::timeout(limit, ask).await {
            Ok(answer) => answer,
            Err(_) => Err(ScrapeError::Timeout { address: address(pod)?, after: limit }),
        }
    }

    async fn ask<T: DeserializeOwned + Send + 'static>(
        &self,
        pod: &PodView,
        token: &AdminToken,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<T, ScrapeError> {
        let address = address(pod)?;
        let malformed = |reason: String| ScrapeError::Malformed { address, reason };
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| malformed("the token fits no header".to_owned()))?;
        bearer.set_sensitive(true);
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{address}{path}"))
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| malformed(error.to_string()))?;
        let answer = self.client.request(request).await.map_err(|error| {
            let reason = last_cause(&error);
            if error.is_connect() {
                ScrapeError::Connect { address, reason }
            } else {
                ScrapeError::Cut { address, reason }
            }
        })?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Err(ScrapeError::Unauthorized { address }),
            status => return Err(ScrapeError::Status { address, status }),
        }
        let limit = self.limits.body;
        let body = Limited::new(answer.into_body(), limit).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                ScrapeError::TooLarge { address, limit }
            } else {
                ScrapeError::Cut { address, reason: last_cause(error.as_ref()) }
            }
        })?;
        parse(body.to_bytes()).await.map_err(malformed)
    }
}

async fn parse<T: DeserializeOwned + Send + 'static>(body: Bytes) -> Result<T, String> {
    let small = body.len() <= PARSED_IN_PLACE;
    let read = move || serde_json::from_slice(&body).map_err(|error| error.to_string());
    if small {
        return read();
    }
    tokio::task::spawn_blocking(read).await.map_err(|error| error.to_string())?
}

fn address(pod: &PodView) -> Result<SocketAddr, ScrapeError> {
    pod.ip.map(|ip| SocketAddr::new(ip, pod.admin_port)).ok_or(ScrapeError::NoAddress)
}

/// The innermost cause: the outer ones say only that a request failed.
fn last_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
