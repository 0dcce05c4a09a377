//! Which replica leads: a Lease (`coordination.k8s.io/v1`) that its holder renews and that others take once it is old.
//!
//! Clocks of machines differ, so no time in the Lease is ever compared with a clock. Whoever waits measures, on its own
//! monotonic clock, how long the Lease has not changed. Whoever leads gives up [`MARGIN`] before anybody may take it.
//! A Lease that carries this replica's name and was not written by this process is somebody else's: two processes that
//! were given one name by mistake do not both lead.

mod owner;
mod record;

use std::{collections::VecDeque, time::Duration};

use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client, api::PostParams};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use self::{owner::Owner, record::Record};

/// Name of the Lease, in the operator's own namespace.
pub const LEASE: &str = "imgplane-operator";
/// How long a Lease that does not change is its holder's.
pub const DURATION: Duration = Duration::from_secs(15);
/// How often the holder renews it: two renewals may fail before the third is too late.
const RENEW: Duration = Duration::from_secs(5);
/// How long before the Lease may be taken its holder stops leading: longer than any one write of the leader takes.
pub const MARGIN: Duration = Duration::from_secs(5);
/// Pause after a renewal that failed.
const RETRY: Duration = Duration::from_secs(1);
/// How often others look at it. A killed leader is replaced [`DURATION`] after the next look.
const LOOK: Duration = Duration::from_secs(2);
/// Time for one request: short enough for several tries in the time that a holder has.
const REQUEST: Duration = Duration::from_secs(3);
/// How many unanswered writes are remembered: more than a holder makes before it gives up.
const TRIED: usize = 16;
/// How long the release at shutdown waits for those who still lead.
const STOP: Duration = Duration::from_secs(5);

/// Takes part in the election until `shutdown`; the receiver says whether this replica leads. The Lease is made the
/// property of the operator's Deployment, if that is named and can be read.
///
/// On shutdown the receiver says no. The Lease is released once every receiver is dropped, or after five seconds, so
/// whoever writes as the leader keeps its receiver until it has stopped. The task ends after the release.
pub fn contend(
    client: Client,
    namespace: &str,
    identity: &str,
    deployment: Option<&str>,
    shutdown: CancellationToken,
) -> (watch::Receiver<bool>, tokio::task::JoinHandle<()>) {
    let (leads, receiver) = watch::channel(false);
    let contender = Contender {
        owner: Owner::new(client.clone(), namespace, deployment),
        api: Api::namespaced(client, namespace),
        identity: identity.to_owned(),
        leads,
        last: None,
        tried: VecDeque::new(),
        seen: None,
        renewed: None,
        failing: false,
    };
    (receiver, tokio::spawn(contender.run(shutdown)))
}

/// One replica in the election.
struct Contender {
    api: Api<Lease>,
    owner: Owner,
    identity: String,
    leads: watch::Sender<bool>,
    /// The Lease as this process last wrote it, or read it while it was its own.
    last: Option<Lease>,
    /// What this process tried to write since: the answer may be lost and the write not.
    tried: VecDeque<Record>,
    /// Somebody's record, and when it was first seen as it is.
    seen: Option<(Record, Instant)>,
    /// When the last renewal that succeeded was begun; present only while leading.
    renewed: Option<Instant>,
    failing: bool,
}

/// A request for the Lease failed.
#[derive(Debug, thiserror::Error)]
enum LeaseError {
    #[error("no answer within {} s", REQUEST.as_secs())]
    Timeout,
    #[error(
        "the operator's role lacks get, create or update on leases.coordination.k8s.io in its namespace: {0}"
    )]
    Forbidden(String),
    #[error("somebody else wrote it at the same time")]
    Conflict,
    #[error(transparent)]
    Api(kube::Error),
}

impl From<kube::Error> for LeaseError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) if status.code == 403 => Self::Forbidden(status.message),
            kube::Error::Api(status) if status.code == 409 => Self::Conflict,
            other => Self::Api(other),
        }
    }
}

impl Contender {
    async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let pause = match self.renewed {
                Some(renewed) => self.renew(renewed).await,
                None => self.look().await,
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = sleep(pause) => {}
            }
        }
        let led = self.renewed.is_some();
        self.resign("shutting down");
        if led {
            // An error means that somebody still leads: the Lease then expires instead of being released too early.
            if timeout(STOP, self.leads.closed()).await.is_ok() {
                self.release().await;
            }
        }
    }

    /// Renews what this replica holds; gives the pause until the next time.
    async fn renew(&mut self, renewed: Instant) -> Duration {
        let give_up = renewed + DURATION.saturating_sub(MARGIN);
        let started = Instant::now();
        let Some(last) = self.last.clone() else {
            self.resign("the Lease was never written");
            return RETRY;
        };
        let left = give_up.saturating_duration_since(started);
        let lease = record::renewal(&last, &self.identity);
        let outcome = timeout(left, self.write(lease)).await.unwrap_or(Err(LeaseError::Timeout));
        match outcome {
            Ok(()) => {
                self.worked();
                self.renewed = Some(started);
                return RENEW;
            }
            Err(LeaseError::Conflict) => return self.examine(give_up).await,
            Err(error) => self.failed(&error),
        }
        self.retry_until(give_up)
    }

    /// Somebody wrote the Lease since: this process, in a request whose answer was lost, or another one.
    async fn examine(&mut self, give_up: Instant) -> Duration {
        let left = give_up.saturating_duration_since(Instant::now());
        match timeout(left, self.read()).await.unwrap_or(Err(LeaseError::Timeout)) {
            Ok(Some(lease)) if self.wrote(&lease) => {
                // The time that the lost answer took is gone already: the next try must not wait as well.
                self.last = Some(lease);
                return Duration::ZERO;
            }
            Ok(_) => {
                self.resign("another process holds the Lease");
                return LOOK;
            }
            Err(error) => self.failed(&error),
        }
        self.retry_until(give_up)
    }

    fn retry_until(&mut self, give_up: Instant) -> Duration {
        let left = give_up.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.resign("the Lease could not be renewed in time");
        }
        RETRY.min(left)
    }

    /// Looks whether the Lease may be taken and takes it; gives the pause until the next look.
    async fn look(&mut self) -> Duration {
        self.owner.meet().await;
        let outcome = match self.read().await {
            Ok(lease) => self.judge(lease).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(pause) => {
                self.worked();
                pause
            }
            Err(LeaseError::Conflict) => RETRY,
            Err(error) => {
                self.failed(&error);
                LOOK
            }
        }
    }

    async fn judge(&mut self, lease: Option<Lease>) -> Result<Duration, LeaseError> {
        let Some(lease) = lease else {
            let owner = self.owner.read().await.or_else(|| self.owner.known());
            return self.take(record::first(&self.identity, owner)).await;
        };
        let record = Record::of(&lease);
        if !record.is_free() && !self.wrote(&lease) {
            let now = Instant::now();
            let since = match &self.seen {
                Some((seen, since)) if *seen == record => *since,
                _ => now,
            };
            let expires = since + record.duration();
            self.seen = Some((record, since));
            if now < expires {
                return Ok(LOOK.min(expires - now));
            }
        }
        let mut lease = record::succession(&lease, &self.identity);
        // One that an operator without this right made, or an earlier release.
        if lease.metadata.owner_references.as_ref().is_none_or(Vec::is_empty) {
            lease.metadata.owner_references = self.owner.read().await.map(|owner| vec![owner]);
        }
        self.take(lease).await
    }

    /// Writes the Lease to one's own name and leads from then on.
    async fn take(&mut self, lease: Lease) -> Result<Duration, LeaseError> {
        let started = Instant::now();
        self.write(lease).await?;
        self.seen = None;
        self.renewed = Some(started);
        self.leads.send_replace(true);
        tracing::info!(identity = self.identity, "started to lead");
        Ok(RENEW)
    }

    fn resign(&mut self, why: &str) {
        self.renewed = None;
        if self.leads.send_replace(false) {
            tracing::info!(identity = self.identity, why, "stopped leading");
        }
    }

    /// Gives the Lease back, so that the next one need not wait until it is old.
    async fn release(&mut self) {
        let Some(last) = &self.last else { return };
        if let Err(error) = self.write(record::released(last)).await {
            tracing::warn!(%error, "the Lease was not released; it expires by itself");
        }
    }

    async fn read(&self) -> Result<Option<Lease>, LeaseError> {
        within(self.api.get_opt(LEASE)).await
    }

    /// Writes the Lease if nobody else did since it was read.
    async fn write(&mut self, lease: Lease) -> Result<(), LeaseError> {
        if self.tried.len() == TRIED {
            self.tried.pop_front();
        }
        self.tried.push_back(Record::of(&lease));
        let params = PostParams::default();
        let written = if lease.metadata.resource_version.is_none() {
            within(self.api.create(&params, &lease)).await?
        } else {
            within(self.api.replace(LEASE, &params, &lease)).await?
        };
        self.tried = [Record::of(&written)].into();
        self.last = Some(written);
        Ok(())
    }

    /// Whether this process wrote the Lease as it is, also where the answer to that was lost.
    fn wrote(&self, lease: &Lease) -> bool {
        self.tried.contains(&Record::of(lease))
    }

    fn worked(&mut self) {
        if std::mem::take(&mut self.failing) {
            tracing::info!("the Lease can be read and written again");
        }
    }

    /// Says that something fails, once until it works again.
    fn failed(&mut self, error: &LeaseError) {
        if !std::mem::replace(&mut self.failing, true) {
            tracing::warn!(%error, lease = LEASE, "the Lease could not be read or written; trying on");
        }
    }
}

async fn within<T>(request: impl Future<Output = Result<T, kube::Error>>) -> Result<T, LeaseError> {
    timeout(REQUEST, request).await.map_err(|_| LeaseError::Timeout)?.map_err(LeaseError::from)
}

#[cfg(test)]
mod tests;
