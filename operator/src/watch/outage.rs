//! How long to wait after a failure, and what is logged of it: once per outage, not once per attempt.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use kube::runtime::watcher;
use tokio::time::Instant;
use tracing::{debug, info, warn};

/// Pause before the next attempt where access is missing or the API does not exist: only a change of the cluster's
/// set-up helps.
pub(super) const DENIED_PAUSE: Duration = Duration::from_mins(1);
/// Pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause. It is short, because it is how long a cluster that is back is not noticed.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A failure that comes this long after the one before is a new outage: pause and answer together are shorter.
const OUTAGE_GAP: Duration = Duration::from_mins(2);

/// How many requests failed.
#[derive(Debug, Default)]
pub(super) struct Errors(AtomicU64);

impl Errors {
    pub(super) fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What an API server's answer means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The token is not accepted (401).
    Unauthenticated,
    /// The role lacks a verb (403).
    Forbidden,
    /// The API, or the object, does not exist (404).
    NotFound,
    /// The watch is too old, and a new list is due (410).
    Expired,
    /// The API server answers with another error.
    Refused,
    /// The answer cannot be read.
    Undecodable,
    /// No answer.
    Silent,
}

impl Cause {
    pub(super) fn of(error: &kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::of_code(status.code),
            kube::Error::SerdeError(_) => Self::Undecodable,
            _ => Self::Silent,
        }
    }

    pub(super) fn of_watch(error: &watcher::Error) -> Self {
        match error {
            watcher::Error::InitialListFailed(error)
            | watcher::Error::WatchStartFailed(error)
            | watcher::Error::WatchFailed(error) => Self::of(error),
            watcher::Error::WatchError(status) => Self::of_code(status.code),
            watcher::Error::NoResourceVersion => Self::Undecodable,
        }
    }

    const fn of_code(code: u16) -> Self {
        match code {
            401 => Self::Unauthenticated,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            410 => Self::Expired,
            _ => Self::Refused,
        }
    }

    /// What to do about it.
    const fn advice(self) -> &'static str {
        match self {
            Self::Unauthenticated => {
                "the token of the operator's ServiceAccount is not accepted: look whether it still exists"
            }
            Self::Forbidden => {
                "the operator's role lacks get, list or watch here: install the roles of the same release, and look \
                 whether watchNamespaces names every namespace"
            }
            Self::NotFound => {
                "the API does not exist: install the CustomResourceDefinitions of the same release"
            }
            Self::Expired => "the list is read again",
            Self::Refused => "the API server cannot answer now: it is asked again",
            Self::Undecodable => "the answer cannot be read: the list is read again",
            Self::Silent => "the API server cannot be reached: it is asked again",
        }
    }
}

/// The failures of one thing that is asked for again and again.
pub(super) struct Outage {
    what: String,
    /// Attempts without success, failures or not.
    attempts: u32,
    failures: u64,
    last: Option<Instant>,
}

impl Outage {
    /// `what` is the object of the sentence "could not watch ...".
    pub(super) fn new(what: String) -> Self {
        Self { what, attempts: 0, failures: 0, last: None }
    }

    /// Notes a failure, logs the first one of an outage, and gives the pause before the next attempt.
    pub(super) fn failed(&mut self, cause: Cause, error: &dyn fmt::Display, errors: &Errors) -> Duration {
        if self.last.is_some_and(|last| last.elapsed() > OUTAGE_GAP) {
            self.over();
        }
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.attempts)).min(LONGEST_PAUSE);
        // All watches fail together when the API server does; they come back one by one.
        let pause = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.attempts += 1;
        if cause == Cause::Expired {
            debug!(what = self.what, "the API server asked for a new list");
            return pause;
        }
        errors.count();
        self.last = Some(Instant::now());
        self.failures += 1;
        if self.failures == 1 {
            warn!(what = self.what, %error, advice = cause.advice(), "could not watch");
        } else {
            debug!(what = self.what, %error, failures = self.failures, "still could not watch");
        }
        pause
    }

    /// Notes a success, and logs the end of an outage.
    pub(super) fn succeeded(&mut self) {
        if self.failures > 0 {
            info!(what = self.what, failures = self.failures, "watches again");
        }
        self.over();
    }

    fn over(&mut self) {
        self.attempts = 0;
        self.failures = 0;
        self.last = None;
    }
}
