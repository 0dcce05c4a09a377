//! The leader's loop: a change becomes objects, what pods say becomes status. The one place that knows all stages.
//!
//! A turn reads what is watched, judges and plans on a blocking thread, and has the outcome written and pods nudged by
//! tasks. Between turns the leader looks at pods: often while something is pending, seldom otherwise. Whatever fails is
//! tried again; nothing that runs is ever taken away because something else failed.

mod heartbeat;
mod pace;
mod plan;
mod pool;
mod purging;
mod restricted;
mod tally;
mod thoughts;
mod writes;

use std::{sync::Arc, time::Duration};

use imgplane_config::ObjectId;
use imgplane_crds::Kind;
use kube::{Client, ResourceExt};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use self::{
    pace::Pace,
    plan::{NoPlan, Plan},
    pool::Pool,
    restricted::{RESTRICTED, RESTRICTED_NOTE, newly_restricted},
    tally::Tally,
    thoughts::Thoughts,
    writes::{Configured, Work, Writes, Wrote},
};
use crate::{
    Hour, Settings,
    acknowledge::{AdminToken, Nudger, Scraped, Scraper},
    apply::{Applied, Applier, ApplyError},
    clock,
    health::{DueProbe, ProbeOutcome},
    id_of,
    metrics::Metrics,
    status::Publication,
    watch::{Owned, World},
    write::{Announcer, StatusWriter},
};

pub(crate) use heartbeat::{Heartbeat, INTERVAL};

/// Changes come in bursts: this long after the first one the rest is usually there.
const SETTLE: Duration = Duration::from_millis(25);
/// Pause before what could not be read back is asked for again.
const READ_AGAIN: Duration = Duration::from_secs(3);

/// What the operator's replicas share with whoever leads.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// Everything that is watched; synced.
    pub(crate) world: World,
    /// Grows when something changed.
    pub(crate) changes: watch::Receiver<u64>,
    /// What the operator was started with.
    pub(crate) settings: Arc<Settings>,
    /// Counts.
    pub(crate) metrics: Metrics,
    /// Shows that the loop turns.
    pub(crate) heartbeat: Heartbeat,
}

/// The leader, for one term.
pub(crate) struct Reconciler {
    around: Surroundings,
    applier: Arc<Applier>,
    scraper: Scraper,
    nudger: Nudger,
    writer: StatusWriter,
    announcer: Announcer,
    thoughts: Thoughts,
    pace: Pace,
    writes: Writes,
    looks: JoinSet<Look>,
    probes: JoinSet<Probed>,
    tally: Tally,
    /// When what could not be read back is asked for again.
    read_again: Option<Instant>,
    /// Whether what the last turn found is still to be said.
    unsaid: bool,
}

/// What pods said.
#[derive(Default)]
struct Look {
    /// Whether all were asked, and not those alone that keep results.
    of_all: bool,
    scraped: Vec<Scraped>,
}

/// A probe that was asked for, and its outcome if there was one.
struct Probed {
    due: DueProbe,
    outcome: Option<ProbeOutcome>,
}

impl Reconciler {
    /// A leader that knows nothing yet.
    pub(crate) fn new(
        client: &Client,
        around: Surroundings,
        writer: StatusWriter,
        announcer: Announcer,
    ) -> Self {
        Self {
            around,
            applier: Arc::new(Applier::new(client.clone())),
            scraper: Scraper::new(),
            nudger: Nudger::new(client.clone()),
            writer,
            announcer,
            thoughts: Thoughts::default(),
            pace: Pace::new(Instant::now()),
            writes: Writes::default(),
            looks: JoinSet::new(),
            probes: JoinSet::new(),
            tally: Tally::default(),
            read_again: None,
            unsaid: false,
        }
    }

    /// Leads until the future is dropped. It may be dropped at any moment: whatever was not finished is done again by
    /// the next leader.
    pub(crate) async fn lead(mut self) {
        self.turn().await;
        loop {
            self.around.heartbeat.beat();
            // A credential has come near its end, or pods were asked to purge something. This loop turns every few seconds
            // whatever happens.
            if self.thoughts.is_outdated(Hour::now()) || self.thoughts.unplanned {
                self.turn().await;
            }
            let retry = self.read_again.into_iter().chain(self.writes.retry()).min();
            let wake = retry.unwrap_or_else(|| Instant::now() + INTERVAL);
            tokio::select! {
                changed = self.around.changes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    sleep(SETTLE).await;
                    self.turn().await;
                }
                Some(wrote) = self.writes.next() => self.wrote(wrote).await,
                Some(look) = self.looks.join_next() => self.heard(look.unwrap_or_default()).await,
                Some(probed) = self.probes.join_next() => self.probed(probed.ok()).await,
                () = sleep_until(self.pace.next()), if self.looks.is_empty() => self.look(),
                () = sleep_until(wake) => {
                    if retry.is_some() {
                        self.turn().await;
                    }
                }
            }
        }
    }

    /// Has the cluster brought to what is wanted now.
    async fn turn(&mut self) {
        let started = Instant::now();
        self.around.changes.borrow_and_update();
        self.read_again = None;
        self.writes.woke(started);
        let world = self.around.world.clone();
        let (unread, gone) = self.think(move |thoughts| thoughts.observe(&world)).await;
        for id in &gone {
            self.applier.forget(id);
            self.writes.forget(id);
        }
        for id in unread {
            self.around.heartbeat.beat();
            self.read_back(id).await;
        }
        let settings = Arc::clone(&self.around.settings);
        let plans = self.think(move |thoughts| thoughts.plan(&settings, clock::now())).await;
        let owned = Arc::new(self.thoughts.observed.owned.clone());
        let mut awaited = false;
        for (id, plan) in plans {
            match plan {
                Ok(plan) => awaited |= self.publish(&Arc::new(plan), &owned),
                Err(why) => self.unplanned(&id, why),
            }
        }
        for id in self.thoughts.without_token() {
            self.writes.token(&self.applier, &id);
        }
        self.around.metrics.reconciled(started.elapsed());
        self.around.metrics.watch_errors(self.around.world.watch_errors());
        // What is on its way is there in a moment, and then everything is said at once.
        self.unsaid = awaited;
        if !awaited {
            self.learn(Vec::new(), &[], &[]).await;
        }
    }

    /// Learns what an earlier leader published for a DataPlane, so that last known good survives it.
    async fn read_back(&mut self, id: ObjectId) {
        match self.applier.published(&id).await {
            Ok(files) => {
                self.thoughts.pools.insert(id, Pool::resume(files));
            }
            Err(error) => {
                tracing::warn!(data_plane = %id, %error, "what was published before could not be read back");
                self.read_again = Some(Instant::now() + READ_AGAIN);
            }
        }
    }

    /// Has a config written, and what is around the pods after it. Whether pods are about to get something new.
    fn publish(&mut self, plan: &Arc<Plan>, owned: &Arc<Owned>) -> bool {
        let id = &plan.owner.id;
        let version = self.thoughts.token_version(id).map(str::to_owned);
        let Some(pool) = self.thoughts.pools.get_mut(id) else { return false };
        // Pods may say what they run before the write has ended, and what is judged already is not in it.
        pool.ledger.expected(&plan.packed.bundle, &plan.packed.hash);
        // Read again when somebody changed its Secret, made again when that is gone.
        let known = pool.token.clone().filter(|_| version.is_some() && pool.token_version == version);
        let new = pool.hash() != Some(&plan.packed.hash);
        self.writes.config(&self.applier, plan, known, version, owned) && new
    }

    /// Nothing is written for a DataPlane; what was written before stays.
    fn unplanned(&mut self, id: &ObjectId, why: NoPlan) {
        let Some(pool) = self.thoughts.pools.get_mut(id) else { return };
        let publication = match why {
            NoPlan::TooLarge(text) => Publication::TooLarge(text),
            NoPlan::Failed(text) => Publication::Failed(text),
        };
        if pool.publication != publication {
            tracing::warn!(data_plane = %id, why = ?publication, "nothing was written");
            pool.publication = publication;
        }
    }

    /// Takes in what came of writes, all that have ended.
    async fn wrote(&mut self, first: Wrote) {
        let mut next = Some(first);
        // What the turn that waited for this has found is news in any case.
        let mut news = std::mem::take(&mut self.unsaid);
        while let Some(wrote) = next {
            self.around.heartbeat.beat();
            news |= match wrote {
                Wrote::Config(configured) => self.configured(configured),
                Wrote::Workload { id, applied } => self.worked(&id, &applied),
                Wrote::Token { id, token } => self.found_token(&id, token),
                Wrote::Nudge { nudged, .. } => {
                    self.around.metrics.nudged(nudged.patched, nudged.failed.len());
                    false
                }
            };
            next = self.writes.ended();
        }
        if self.writes.again() {
            self.turn().await;
        } else if news {
            self.learn(Vec::new(), &[], &[]).await;
        }
    }

    /// A config was written, or was not. Whether that is news.
    fn configured(&mut self, configured: Configured) -> bool {
        let Configured { plan, owned, token, version, applied, pruned } = configured;
        let id = &plan.owner.id;
        self.around.metrics.applied(&applied);
        self.around.metrics.applied(&pruned);
        let Some(pool) = self.thoughts.pools.get_mut(id) else {
            // It is gone meanwhile, and so is what was made for it.
            self.applier.forget(id);
            return false;
        };
        let before = pool.publication.clone();
        let written = applied.is_ok();
        let mut restricted = Vec::new();
        match &applied {
            Ok(_) => {
                let before = pool.written.endpoints();
                restricted = newly_restricted(before, &plan.packed.bundle.endpoints);
                if pool.publish(&plan, Instant::now()) {
                    self.pace.written(Instant::now());
                }
            }
            Err(error) => pool.publication = Publication::Failed(error.to_string()),
        }
        let news = pool.publication != before;
        let trouble = match token {
            Ok(token) => {
                pool.token_version = version;
                pool.token = Some(token);
                applied.err().or(pruned.err())
            }
            Err(error) => Some(error),
        };
        match trouble {
            None => self.writes.succeeded(Work::Config, id),
            Some(error) => {
                tracing::warn!(data_plane = %id, %error, "the config could not be written as it should be");
                self.writes.failed(Work::Config, id, Instant::now());
            }
        }
        if written {
            self.writes.workload(&self.applier, &plan, &owned);
        }
        for endpoint in &restricted {
            self.announce_restriction(endpoint);
        }
        self.nudge(id);
        news
    }

    /// Tells of an endpoint that its unnamed URLs fail from now on.
    fn announce_restriction(&self, id: &ObjectId) {
        let endpoints = &self.thoughts.observed.snapshot.endpoints;
        let Some(uid) = endpoints.iter().find(|endpoint| id_of(*endpoint) == *id).and_then(ResourceExt::uid)
        else {
            return;
        };
        self.announcer.warn((Kind::UrlEndpoint, id, &uid), RESTRICTED, RESTRICTED_NOTE);
    }

    /// What is around a DataPlane's pods was applied, or not all of it. Whether that is news.
    fn worked(&mut self, id: &ObjectId, applied: &Result<Applied, ApplyError>) -> bool {
        self.around.metrics.applied(applied);
        let Some(pool) = self.thoughts.pools.get_mut(id) else {
            self.applier.forget(id);
            return false;
        };
        let unapplied = applied.as_ref().err().map(ToString::to_string);
        let news = pool.unapplied != unapplied;
        pool.unapplied = unapplied;
        match applied {
            Ok(_) => self.writes.succeeded(Work::Workload, id),
            Err(error) => {
                tracing::warn!(data_plane = %id, %error, "objects could not be applied");
                self.writes.failed(Work::Workload, id, Instant::now());
            }
        }
        news
    }

    /// The token of a DataPlane for which nothing is written. No news: what its pods say with it is.
    fn found_token(&mut self, id: &ObjectId, token: Result<Option<AdminToken>, ApplyError>) -> bool {
        match token {
            Ok(token) => {
                self.writes.succeeded(Work::Token, id);
                if let Some(pool) = self.thoughts.pools.get_mut(id) {
                    pool.token = token.or(pool.token.take());
                }
            }
            Err(error) => {
                tracing::warn!(data_plane = %id, %error, "the admin token could not be read");
                self.writes.failed(Work::Token, id, Instant::now());
            }
        }
        false
    }

    /// Has the kubelets of a DataPlane's pods refresh what is mounted.
    fn nudge(&mut self, id: &ObjectId) {
        let Some(text) = self.thoughts.pools.get(id).and_then(|pool| pool.nudge(Instant::now())) else {
            return;
        };
        let mut pods = self.thoughts.late(id);
        pods.retain(|pod| pod.nudged.as_deref() != Some(&*text));
        self.writes.nudge(&self.nudger, id, pods, text);
    }

    /// Asks every ready pod what it runs, or those alone that keep results.
    fn look(&mut self) {
        let of_all = self.pace.is_of_all(Instant::now());
        let pods = if of_all { self.thoughts.to_be_asked() } else { self.thoughts.keepers() };
        let scraper = self.scraper.clone();
        self.looks.spawn(async move {
            let asked: Vec<_> = pods.iter().map(|(pod, token)| (pod, token)).collect();
            let scraped = if of_all { scraper.scrape(&asked).await } else { scraper.glance(&asked).await };
            Look { of_all, scraped }
        });
    }

    async fn heard(&mut self, look: Look) {
        let Look { of_all, scraped: look } = look;
        for scraped in &look {
            self.around.metrics.scraped(scraped);
        }
        if !of_all {
            let metrics = self.around.metrics.clone();
            self.think(move |thoughts| thoughts.hear_keepers(look, Instant::now(), &metrics)).await;
            self.pace.glanced(Instant::now());
            return;
        }
        self.learn(look, &[], &[]).await;
        let pending = self.thoughts.is_pending();
        self.pace.looked(Instant::now(), pending, self.thoughts.keeps());
        if pending {
            let late: Vec<_> = self.thoughts.pools.keys().cloned().collect();
            for id in late {
                self.nudge(&id);
            }
        }
    }

    /// Takes in what came of probes, all that have ended.
    async fn probed(&mut self, first: Option<Probed>) {
        let (mut outcomes, mut lost) = (Vec::new(), Vec::new());
        let mut next = first;
        while let Some(Probed { due, outcome }) = next {
            self.around.metrics.probed(outcome.is_some());
            match outcome {
                Some(outcome) => outcomes.push(outcome),
                None => lost.push(due),
            }
            next = self.probes.try_join_next().and_then(Result::ok);
        }
        self.learn(Vec::new(), &outcomes, &lost).await;
    }

    /// Takes in what is new, asks for the probes that are due, and says what is known.
    async fn learn(&mut self, look: Vec<Scraped>, probes: &[ProbeOutcome], lost: &[DueProbe]) {
        let now = (Instant::now(), clock::now());
        let (probes, lost) = (probes.to_vec(), lost.to_vec());
        let Surroundings { world, metrics, .. } = self.around.clone();
        let (writer, announcer) = (self.writer.clone(), self.announcer.clone());
        let due = self
            .think(move |thoughts| {
                thoughts.learn(look, &probes, &lost, now);
                for took in thoughts.settle(now.0) {
                    metrics.programmed(took);
                }
                thoughts.purge(now.0, &metrics);
                thoughts.say(&world, now, &writer, &announcer, &metrics);
                thoughts.due_probes(now.1)
            })
            .await;
        self.tally.tell(&self.writer, &self.announcer, &self.around.metrics);
        for (due, pod, token) in due {
            let scraper = self.scraper.clone();
            self.probes.spawn(async move {
                match scraper.probe(&pod, &token, &due.origin, None).await {
                    Ok(result) => Probed { outcome: Some(due.clone().answered(result)), due },
                    Err(error) => {
                        tracing::warn!(origin = %due.origin, pod = %pod.id, %error, "a probe brought no answer");
                        Probed { due, outcome: None }
                    }
                }
            });
        }
    }

    /// Runs something heavy with all that is known, on a blocking thread.
    async fn think<R: Send + 'static>(
        &mut self,
        step: impl FnOnce(&mut Thoughts) -> R + Send + 'static,
    ) -> R {
        let mut thoughts = std::mem::take(&mut self.thoughts);
        let outcome = tokio::task::spawn_blocking(move || {
            let result = step(&mut thoughts);
            (thoughts, result)
        })
        .await;
        match outcome {
            Ok((thoughts, result)) => {
                self.thoughts = thoughts;
                result
            }
            // A defect in a pure stage must end the process loudly: half of what is known is worse than a restart.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}
