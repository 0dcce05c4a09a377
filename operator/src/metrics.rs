//! Every metric of the operator, with its name, help and labels. Nothing is named anywhere else.
//!
//! Labels are bounded: kinds, states and outcomes are fixed lists, DataPlanes are those that exist. Origins, endpoints
//! and pods are never labels. Names begin with `imgplane_operator_`.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use imgplane_config::ObjectId;
use imgplane_crds::Kind;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use crate::{
    acknowledge::{ScrapeError, Scraped},
    apply::{Applied, ApplyError},
};

/// How an attempt to write a status ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusOutcome {
    /// It was written.
    Written,
    /// It says what stands there already.
    Unchanged,
    /// The budget of its object is used up; it is written later.
    HeldBack,
    /// A newer one of the same object replaced it before it was written.
    Replaced,
    /// The queue was full; the next turn offers it again.
    Dropped,
    /// The API server refused it or did not answer; it is tried again.
    Failed,
}

impl StatusOutcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Unchanged => "unchanged",
            Self::HeldBack => "held_back",
            Self::Replaced => "replaced",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
        }
    }
}

/// How an attempt to publish an Event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventOutcome {
    /// It was published.
    Published,
    /// The limit of its object is used up.
    HeldBack,
    /// The API server refused it or did not answer.
    Failed,
}

impl EventOutcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::HeldBack => "held_back",
            Self::Failed => "failed",
        }
    }
}

/// How the objects of one kind fare, by the status of their `Ready` condition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readiness {
    /// True.
    pub ready: usize,
    /// False.
    pub failed: usize,
    /// Unknown: something is under way.
    pub pending: usize,
}

/// The pods of one DataPlane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pods {
    /// Pods that are ready.
    pub ready: usize,
    /// Ready pods that run the newest config.
    pub programmed: usize,
}

/// The purges of one DataPlane through the API of its pods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PurgeCounts {
    /// Pods were asked for them, and they have no number yet.
    pub waiting: usize,
    /// They are in the list, and some pod does not run it yet.
    pub listed: usize,
    /// They are in the list, and every pod runs it.
    pub completed: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PurgeLabels {
    /// `namespace/name`.
    dataplane: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
    ready: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabel {
    /// `namespace/name`.
    dataplane: String,
}

/// In the order of [`PurgeCounts`].
const PURGE_STATES: [&str; 3] = ["waiting", "listed", "completed"];

/// From 1 ms to about 16 s, each bucket twice the one before: turns and scrapes span that range.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

/// From 0.125 s to 128 s: what is not there after 90 s is reported as a timeout.
fn seconds_of_propagation() -> Histogram {
    Histogram::new(exponential_buckets(0.125, 2.0, 11))
}

/// The metrics of one operator. Clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    leader: Gauge,
    reconcile: Histogram,
    applies: Family<OutcomeLabel, Counter>,
    statuses: Family<OutcomeLabel, Counter>,
    events: Family<OutcomeLabel, Counter>,
    scrape: Family<OutcomeLabel, Histogram, fn() -> Histogram>,
    nudges: Family<OutcomeLabel, Counter>,
    probes: Family<OutcomeLabel, Counter>,
    watch_errors: Counter,
    programmed: Histogram,
    objects: Family<KindLabels, Gauge>,
    pods_ready: Family<PoolLabel, Gauge>,
    pods_programmed: Family<PoolLabel, Gauge>,
    purges: Family<PurgeLabels, Gauge>,
    /// DataPlanes that have series, so that those of deleted ones can be taken away.
    pools: Mutex<BTreeSet<String>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Declares them all.
    pub fn new() -> Self {
        let inner = Inner {
            registry: Registry::with_prefix("imgplane_operator"),
            leader: Gauge::default(),
            reconcile: seconds(),
            applies: Family::default(),
            statuses: Family::default(),
            events: Family::default(),
            scrape: Family::new_with_constructor(seconds),
            nudges: Family::default(),
            probes: Family::default(),
            watch_errors: Counter::default(),
            programmed: seconds_of_propagation(),
            objects: Family::default(),
            pods_ready: Family::default(),
            pods_programmed: Family::default(),
            purges: Family::default(),
            pools: Mutex::default(),
        };
        Self { inner: Arc::new(inner.registered()) }
    }

    /// Whether this replica leads. One that does not lead says nothing of objects and pods: what it knew of them grows
    /// old, and the one that leads says it.
    pub fn leads(&self, leads: bool) {
        self.inner.leader.set(i64::from(leads));
        if !leads {
            self.forget();
        }
    }

    /// Takes the present state of the world away; counters and histograms, which tell of the past, stay.
    fn forget(&self) {
        self.inner.objects.clear();
        self.pods([]);
    }

    /// A turn of the leader's loop ended after this time.
    pub fn reconciled(&self, took: Duration) {
        self.inner.reconcile.observe(took.as_secs_f64());
    }

    /// The objects of a DataPlane were applied, or not all of them.
    pub fn applied(&self, outcome: &Result<Applied, ApplyError>) {
        let (written, unchanged, pruned, failed) = match outcome {
            Ok(applied) => (applied.written, applied.unchanged, applied.pruned, 0),
            Err(_) => (0, 0, 0, 1),
        };
        for (outcome, by) in
            [("written", written), ("unchanged", unchanged), ("pruned", pruned), ("failed", failed)]
        {
            count(&self.inner.applies, outcome, by);
        }
    }

    /// So many statuses ended so.
    pub fn statuses(&self, outcome: StatusOutcome, by: usize) {
        count(&self.inner.statuses, outcome.as_str(), by);
    }

    /// So many Events ended so.
    pub fn events(&self, outcome: EventOutcome, by: usize) {
        count(&self.inner.events, outcome.as_str(), by);
    }

    /// A pod was asked for its report.
    pub fn scraped(&self, scraped: &Scraped) {
        let outcome = match &scraped.report {
            Ok(_) => "answered",
            Err(ScrapeError::NoAddress | ScrapeError::Connect { .. }) => "unreachable",
            Err(ScrapeError::Timeout { .. }) => "timeout",
            Err(ScrapeError::Unauthorized { .. }) => "unauthorized",
            Err(
                ScrapeError::Status { .. }
                | ScrapeError::TooLarge { .. }
                | ScrapeError::Cut { .. }
                | ScrapeError::Malformed { .. },
            ) => "unusable",
        };
        self.inner.scrape.get_or_create(&OutcomeLabel { outcome }).observe(scraped.took.as_secs_f64());
    }

    /// Pods were told of a new config, and some could not be.
    pub fn nudged(&self, patched: usize, failed: usize) {
        count(&self.inner.nudges, "patched", patched);
        count(&self.inner.nudges, "failed", failed);
    }

    /// A pod was asked to probe an origin; whether it answered says nothing of the origin.
    pub fn probed(&self, answered: bool) {
        count(&self.inner.probes, if answered { "answered" } else { "unanswered" }, 1);
    }

    /// How many requests of watches failed since the start.
    pub fn watch_errors(&self, total: u64) {
        let before = self.inner.watch_errors.get();
        self.inner.watch_errors.inc_by(total.saturating_sub(before));
    }

    /// Every ready pod runs a config this long after it was decided upon.
    pub fn programmed(&self, after: Duration) {
        self.inner.programmed.observe(after.as_secs_f64());
    }

    /// How the objects of a kind fare now.
    pub fn objects(&self, kind: Kind, readiness: Readiness) {
        let states = [("True", readiness.ready), ("False", readiness.failed), ("Unknown", readiness.pending)];
        for (ready, count) in states {
            let labels = KindLabels { kind: kind.as_str(), ready };
            self.inner.objects.get_or_create(&labels).set(gauge(count));
        }
    }

    /// The pods of all DataPlanes now; a DataPlane that is not named is gone.
    pub fn pods<'a>(&self, pools: impl IntoIterator<Item = (&'a ObjectId, Pods)>) {
        let mut known = self.inner.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = std::mem::take(&mut *known);
        for (id, pods) in pools {
            let dataplane = id.to_string();
            let label = PoolLabel { dataplane: dataplane.clone() };
            self.inner.pods_ready.get_or_create(&label).set(gauge(pods.ready));
            self.inner.pods_programmed.get_or_create(&label).set(gauge(pods.programmed));
            gone.remove(&dataplane);
            known.insert(dataplane);
        }
        for dataplane in gone {
            self.forget_purges(&dataplane);
            let label = PoolLabel { dataplane };
            self.inner.pods_ready.remove(&label);
            self.inner.pods_programmed.remove(&label);
        }
    }

    /// The purges of DataPlanes now; absent where nothing is kept.
    pub fn purges<'a>(&self, pools: impl IntoIterator<Item = (&'a ObjectId, Option<PurgeCounts>)>) {
        for (id, counts) in pools {
            let dataplane = id.to_string();
            let Some(PurgeCounts { waiting, listed, completed }) = counts else {
                self.forget_purges(&dataplane);
                continue;
            };
            for (state, count) in PURGE_STATES.into_iter().zip([waiting, listed, completed]) {
                let labels = PurgeLabels { dataplane: dataplane.clone(), state };
                self.inner.purges.get_or_create(&labels).set(gauge(count));
            }
        }
    }

    fn forget_purges(&self, dataplane: &str) {
        for state in PURGE_STATES {
            self.inner.purges.remove(&PurgeLabels { dataplane: dataplane.to_owned(), state });
        }
    }

    /// Writes them in the `OpenMetrics` text format.
    ///
    /// # Errors
    /// None in practice: writing into memory does not fail.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.inner.registry)?;
        Ok(text)
    }
}

fn count(family: &Family<OutcomeLabel, Counter>, outcome: &'static str, by: usize) {
    if by > 0 {
        family.get_or_create(&OutcomeLabel { outcome }).inc_by(by as u64);
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Inner {
    fn registered(mut self) -> Self {
        let r = &mut self.registry;
        r.register("leader", "1 on the replica that leads, 0 on the others", self.leader.clone());
        r.register_with_unit(
            "reconcile",
            "Time of a turn of the leader's loop, from what is watched to what is applied",
            Unit::Seconds,
            self.reconcile.clone(),
        );
        // outcome: written, unchanged, pruned count objects; failed counts DataPlanes whose objects were not all applied.
        r.register("applies", "Objects of DataPlanes by what was done with them", self.applies.clone());
        r.register("status_writes", "Statuses by how their write ended", self.statuses.clone());
        r.register("events", "Events by how their publication ended", self.events.clone());
        r.register_with_unit(
            "scrape",
            "Time of asking a pod what it runs, by outcome",
            Unit::Seconds,
            self.scrape.clone(),
        );
        r.register("nudges", "Pods told to look at their config at once, by outcome", self.nudges.clone());
        r.register("probes", "Probes of origins that pods were asked for, by outcome", self.probes.clone());
        r.register(
            "watch_errors",
            "Requests of watches, and reads of Secrets, that failed",
            self.watch_errors.clone(),
        );
        r.register_with_unit(
            "programmed",
            "Time from a change to every ready pod running it",
            Unit::Seconds,
            self.programmed.clone(),
        );
        // Three series per kind.
        r.register("objects", "Objects by kind and status of their Ready condition", self.objects.clone());
        // One series per DataPlane each.
        r.register("pods_ready", "Ready pods of a DataPlane", self.pods_ready.clone());
        r.register(
            "pods_programmed",
            "Ready pods of a DataPlane that run its newest config",
            self.pods_programmed.clone(),
        );
        // Three series per DataPlane that keeps results. state: waiting in pods, listed and not completed, completed.
        r.register(
            "purges",
            "Purges that pods of a DataPlane were asked for, by how far they are",
            self.purges.clone(),
        );
        self
    }
}

#[cfg(test)]
mod tests;
