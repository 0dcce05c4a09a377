//! A steady load on one URL, and how it went: every failure with its time and its kind.

use std::{
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::header::CONNECTION;
use serde::{Deserialize, Serialize};

use super::{block_on, chain, prepare, print};
use crate::args::LoadOptions;

/// Failures that are told one by one; further ones are counted.
const TOLD: usize = 500;
/// Numbers that `{n}` in the URL becomes.
const NUMBERS: u32 = 1000;
/// Pause before a failed request is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// The line that says that the load has begun: its first request was answered.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Begun {
    /// Always true.
    pub(crate) begun: bool,
}

/// How the load went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    /// Requests made; tries of one request count once.
    pub(crate) requests: u64,
    /// Requests that got no picture.
    pub(crate) failed: u64,
    /// Requests that got a picture only after another try.
    pub(crate) retried: u64,
    /// The failures, first to last, at most [`TOLD`].
    pub(crate) failures: Vec<Failure>,
    /// Milliseconds of the successful tries.
    pub(crate) p50_ms: f64,
    /// Milliseconds of the successful tries.
    pub(crate) p99_ms: f64,
    /// Milliseconds of the slowest successful try.
    pub(crate) slowest_ms: f64,
}

/// One request that got no picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    /// Seconds since the load began.
    pub(crate) at: f64,
    /// `connect`, `timeout`, `body`, `request`, or `status 503`.
    pub(crate) kind: String,
    /// The whole error, or `ik-error` of the answer.
    pub(crate) message: String,
    /// Whether the connection was one that had been used before.
    pub(crate) kept: bool,
}

impl Outcome {
    /// Seconds from the first failure to the last; 0 without.
    pub(crate) fn span(&self) -> f64 {
        match (self.failures.first(), self.failures.last()) {
            (Some(first), Some(last)) => last.at - first.at,
            _ => 0.0,
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    requests: u64,
    failed: u64,
    retried: u64,
    failures: Vec<Failure>,
    milliseconds: Vec<f64>,
}

/// What the clients share.
#[derive(Debug, Default)]
struct Shared {
    tally: Mutex<Tally>,
    /// Tries so far.
    tries: AtomicU32,
    /// Whether the load is to end before its time.
    told: AtomicBool,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the load and prints its outcome.
pub(crate) fn load(options: &LoadOptions) -> anyhow::Result<ExitCode> {
    prepare();
    let tally = block_on(run(options))?;
    print(&outcome(tally))?;
    Ok(ExitCode::SUCCESS)
}

async fn run(options: &LoadOptions) -> anyhow::Result<Tally> {
    let clients = (options.connections + options.fresh).max(1);
    let shared = Arc::new(Shared::default());
    // One request is answered before the clock starts, so that a load that never worked fails with its reason.
    let first = Client::new(options, true, &shared)?;
    if let Err(failure) = first.once().await
        && !options.begin_failing
    {
        anyhow::bail!("the first request failed: {} ({})", failure.message, failure.kind);
    }
    print(&Begun { begun: true })?;
    let begun = Instant::now();
    let end = begun + Duration::from_secs(options.seconds);
    if options.until_told {
        listen(&shared);
    }
    let period = Duration::from_secs_f64(f64::from(clients) / f64::from(options.rate.max(1)));
    let mut running = tokio::task::JoinSet::new();
    for number in 0..clients {
        let client = Client::new(options, number < options.connections, &shared)?;
        // Spread over the period, so that the requests come evenly.
        let begin = begun + period.mul_f64(f64::from(number) / f64::from(clients));
        running.spawn(async move { client.repeat(begun, begin, end, period).await });
    }
    while running.join_next().await.transpose()?.is_some() {}
    Ok(std::mem::take(&mut *shared.lock()))
}

/// Ends the load when the standard input brings a line or ends. The thread ends with the process at the latest.
fn listen(shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        // An input that cannot be read ends the load too: nobody could tell it anything.
        let _ = std::io::stdin().read_line(&mut String::new());
        shared.told.store(true, Ordering::Relaxed);
    });
}

struct Client {
    http: reqwest::Client,
    url: String,
    kept: bool,
    retry: Duration,
    shared: Arc<Shared>,
}

impl Client {
    fn new(options: &LoadOptions, kept: bool, shared: &Arc<Shared>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(options.timeout))
            .no_proxy()
            .pool_max_idle_per_host(usize::from(kept))
            .build()?;
        let (retry, shared) = (Duration::from_secs(options.retry), Arc::clone(shared));
        Ok(Self { http, url: options.url.clone(), kept, retry, shared })
    }

    async fn repeat(&self, begun: Instant, begin: Instant, end: Instant, period: Duration) {
        let mut next = begin;
        while next < end && !self.shared.told.load(Ordering::Relaxed) {
            tokio::time::sleep_until(next.into()).await;
            let outcome = self.patiently(begun).await;
            {
                let mut tally = self.shared.lock();
                tally.requests += 1;
                match outcome {
                    Ok((milliseconds, tries)) => {
                        tally.milliseconds.push(milliseconds);
                        tally.retried += u64::from(tries > 1);
                    }
                    Err(failure) => {
                        tally.failed += 1;
                        if tally.failures.len() < TOLD {
                            tally.failures.push(failure);
                        }
                    }
                }
            }
            // A slow answer delays the next request, and they are not made up for: the load stays steady.
            next = (next + period).max(Instant::now());
        }
    }

    /// One request with its further tries: milliseconds of the successful one, and how many there were.
    async fn patiently(&self, begun: Instant) -> Result<(f64, u32), Failure> {
        let patience = Instant::now() + self.retry;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.once().await {
                Ok(milliseconds) => return Ok((milliseconds, tries)),
                Err(mut failure) => {
                    failure.at = begun.elapsed().as_secs_f64();
                    if Instant::now() + PAUSE > patience {
                        return Err(failure);
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn once(&self) -> Result<f64, Failure> {
        let begun = Instant::now();
        let mut request =
            self.http.get(numbered(&self.url, self.shared.tries.fetch_add(1, Ordering::Relaxed)));
        if !self.kept {
            request = request.header(CONNECTION, "close");
        }
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let reason = response
            .headers()
            .get("ik-error")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let picture = response
            .headers()
            .get("content-type")
            .is_some_and(|value| value.as_bytes().starts_with(b"image/"));
        let body = response.bytes().await.map_err(|error| self.failed(&error))?;
        if status.is_success() && picture && !body.is_empty() {
            return Ok(begun.elapsed().as_secs_f64() * 1000.0);
        }
        Err(Failure {
            at: 0.0,
            kind: format!("status {}", status.as_u16()),
            message: reason.unwrap_or_else(|| format!("{} bytes, a picture: {picture}", body.len())),
            kept: self.kept,
        })
    }

    fn failed(&self, error: &reqwest::Error) -> Failure {
        let kind = if error.is_connect() {
            "connect"
        } else if error.is_timeout() {
            "timeout"
        } else if error.is_body() || error.is_decode() {
            "body"
        } else {
            "request"
        };
        Failure { at: 0.0, kind: kind.to_owned(), message: chain(error), kept: self.kept }
    }
}

/// The URL of a try.
fn numbered(url: &str, tries: u32) -> String {
    url.replace("{n}", &format!("{:03}", tries % NUMBERS))
}

fn outcome(mut tally: Tally) -> Outcome {
    tally.milliseconds.sort_by(f64::total_cmp);
    tally.failures.sort_by(|a, b| a.at.total_cmp(&b.at));
    Outcome {
        requests: tally.requests,
        failed: tally.failed,
        retried: tally.retried,
        failures: tally.failures,
        p50_ms: percentile(&tally.milliseconds, 0.50),
        p99_ms: percentile(&tally.milliseconds, 0.99),
        slowest_ms: tally.milliseconds.last().copied().unwrap_or_default(),
    }
}

/// The value that this share of the sorted values does not exceed; 0 without values.
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let index = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(index.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert!((percentile(&values, 0.50) - 100.0).abs() < f64::EPSILON);
        assert!((percentile(&values, 0.99) - 198.0).abs() < f64::EPSILON);
        assert!((percentile(&values[..1], 0.99) - 1.0).abs() < f64::EPSILON);
        assert!(percentile(&[], 0.99).abs() < f64::EPSILON);
    }

    #[test]
    fn a_url_has_another_number_for_each_of_a_thousand_tries() {
        let urls = [0, 7, 999, 1000].map(|tries| numbered("/tr:w-1{n}/cat.jpg", tries));
        assert_eq!(urls, ["000", "007", "999", "000"].map(|number| format!("/tr:w-1{number}/cat.jpg")));
        assert_eq!(numbered("/cat.jpg", 7), "/cat.jpg");
    }

    #[test]
    fn the_span_of_failures_is_that_between_the_first_and_the_last() {
        let failure = |at| Failure { at, kind: String::new(), message: String::new(), kept: true };
        let tally = Tally { failures: vec![failure(3.5), failure(1.0), failure(2.0)], ..Tally::default() };
        assert!((outcome(tally).span() - 2.5).abs() < f64::EPSILON);
        assert!(Outcome::default().span().abs() < f64::EPSILON);
    }
}
