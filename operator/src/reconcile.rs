//! The leader's loop: a change becomes objects, what pods say becomes status. The one place that knows all stages.
//!
//! A turn reads what is watched, judges and plans on a blocking thread, applies, nudges. Between turns the leader
//! looks at pods: often while something is pending, seldom otherwise. Whatever fails is tried again; nothing that
//! runs is ever taken away because something else failed.

mod heartbeat;
mod pace;
mod plan;
mod pool;
mod tally;
mod thoughts;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use imgplane_config::ObjectId;
use kube::Client;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use self::{
    pace::Pace,
    plan::{NoPlan, Plan},
    pool::Pool,
    tally::Tally,
    thoughts::Thoughts,
};
use crate::{
    Settings,
    acknowledge::{AdminToken, Nudger, Scraped, Scraper},
    apply::{Applier, ApplyError, OwnedKind, Owner},
    clock,
    health::{DueProbe, ProbeOutcome},
    labels,
    metrics::Metrics,
    status::Publication,
    watch::{PodView, World},
    write::{Announcer, StatusWriter},
};

pub(crate) use heartbeat::{Heartbeat, INTERVAL};

/// Changes come in bursts: this long after the first one the rest is usually there.
const SETTLE: Duration = Duration::from_millis(25);
/// Pauses before what failed is tried again; the last one repeats.
const RETRY: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10), Duration::from_secs(30)];
/// Probes that run at once. A first start with thousands of origins must not try them all in one moment, and a pod runs
/// four at a time.
const PROBES: usize = 8;

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
    applier: Applier,
    scraper: Scraper,
    nudger: Nudger,
    writer: StatusWriter,
    announcer: Announcer,
    thoughts: Thoughts,
    pace: Pace,
    looks: JoinSet<Vec<Scraped>>,
    probes: JoinSet<Probed>,
    /// Probes that wait for their turn: at most two for each origin.
    waiting: VecDeque<(DueProbe, PodView, AdminToken)>,
    tally: Tally,
    failures: usize,
    retry: Option<Instant>,
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
            applier: Applier::new(client.clone()),
            scraper: Scraper::new(),
            nudger: Nudger::new(client.clone()),
            writer,
            announcer,
            thoughts: Thoughts::default(),
            pace: Pace::new(Instant::now()),
            looks: JoinSet::new(),
            probes: JoinSet::new(),
            waiting: VecDeque::new(),
            tally: Tally::default(),
            failures: 0,
            retry: None,
        }
    }

    /// Leads until the future is dropped. It may be dropped at any moment: whatever was not finished is done again by
    /// the next leader.
    pub(crate) async fn lead(mut self) {
        self.turn().await;
        loop {
            self.around.heartbeat.beat();
            let retry = self.retry.unwrap_or_else(|| Instant::now() + INTERVAL);
            tokio::select! {
                changed = self.around.changes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    sleep(SETTLE).await;
                    self.turn().await;
                }
                Some(look) = self.looks.join_next() => self.heard(look.unwrap_or_default()).await,
                Some(probed) = self.probes.join_next() => {
                    if let Ok(probed) = probed {
                        self.probed(probed).await;
                    }
                }
                () = sleep_until(self.pace.next()), if self.looks.is_empty() => self.look(),
                () = sleep_until(retry) => {
                    if self.retry.is_some() {
                        self.turn().await;
                    }
                }
            }
        }
    }

    /// Brings the cluster to what is wanted now.
    async fn turn(&mut self) {
        let started = Instant::now();
        self.around.changes.borrow_and_update();
        self.retry = None;
        let world = self.around.world.clone();
        let (unread, gone) = self.think(move |thoughts| thoughts.observe(&world)).await;
        for id in &gone {
            self.applier.forget(id);
        }
        let mut failed = false;
        for id in unread {
            self.around.heartbeat.beat();
            failed |= !self.read_back(id).await;
        }
        let settings = Arc::clone(&self.around.settings);
        for (id, plan) in self.think(move |thoughts| thoughts.plan(&settings)).await {
            self.around.heartbeat.beat();
            failed |= !self.write(&id, plan).await;
        }
        if failed {
            let pause = RETRY.get(self.failures).or(RETRY.last()).copied().unwrap_or_default();
            self.failures += 1;
            self.retry = Some(Instant::now() + pause);
        } else {
            self.failures = 0;
        }
        self.around.metrics.reconciled(started.elapsed());
        self.around.metrics.watch_errors(self.around.world.watch_errors());
        self.learn(Vec::new(), &[], &[]).await;
    }

    /// Learns what an earlier leader published for a DataPlane, so that last known good survives it.
    async fn read_back(&mut self, id: ObjectId) -> bool {
        match self.applier.published(&id).await {
            Ok(files) => {
                self.thoughts.pools.insert(id, Pool::resume(files));
                true
            }
            Err(error) => {
                tracing::warn!(data_plane = %id, %error, "what was published before could not be read back");
                false
            }
        }
    }

    /// Applies one plan and nudges the pods. `false` when it has to be tried again.
    async fn write(&mut self, id: &ObjectId, plan: Result<Plan, NoPlan>) -> bool {
        let outcome = match &plan {
            Ok(plan) => self.apply(plan).await,
            Err(_) => Ok(None),
        };
        let Some(pool) = self.thoughts.pools.get_mut(id) else { return true };
        match (plan, outcome) {
            (Ok(plan), Ok(token)) => {
                pool.token = token;
                if pool.publish(&plan, Instant::now()) {
                    self.pace.written(Instant::now());
                }
            }
            (Err(why), _) => {
                tracing::warn!(data_plane = %id, %why, "nothing was written");
                pool.publication = match why {
                    NoPlan::TooLarge(text) => Publication::TooLarge(text),
                    NoPlan::Failed(text) => Publication::Failed(text),
                };
                return true;
            }
            (Ok(plan), Err(error)) => {
                tracing::warn!(data_plane = %id, %error, "objects could not be applied");
                if !error.concerns_config() {
                    // Pods that run have their config all the same.
                    pool.publish(&plan, Instant::now());
                }
                pool.publication = Publication::Failed(error.to_string());
                self.nudge(id).await;
                return false;
            }
        }
        self.nudge(id).await;
        true
    }

    async fn apply(&mut self, plan: &Plan) -> Result<Option<AdminToken>, ApplyError> {
        let token = self.token(&plan.owner).await?;
        let applied = self.applier.apply(&plan.owner, &plan.objects, &self.thoughts.observed.owned).await;
        self.around.metrics.applied(&applied);
        applied.map(|_| Some(token))
    }

    /// The token of a DataPlane's pods: read again when somebody changed its Secret, made again when that is gone.
    async fn token(&mut self, owner: &Owner) -> Result<AdminToken, ApplyError> {
        let secret = ObjectId::new(&owner.id.namespace, labels::token_secret_name(&owner.id));
        let seen = self.thoughts.observed.owned.get(OwnedKind::Secret, &secret);
        let version = seen.map(|meta| meta.resource_version.clone());
        let pool = self.thoughts.pools.get(&owner.id);
        let known = pool.filter(|pool| version.is_some() && pool.token_version == version);
        if let Some(token) = known.and_then(|pool| pool.token.clone()) {
            return Ok(token);
        }
        let token = self.applier.token(owner).await?;
        if let Some(pool) = self.thoughts.pools.get_mut(&owner.id) {
            pool.token_version = version;
        }
        Ok(token)
    }

    /// Has the kubelets of a DataPlane's pods refresh the mounted config.
    async fn nudge(&self, id: &ObjectId) {
        let Some(text) = self.thoughts.pools.get(id).and_then(|pool| pool.nudge(Instant::now())) else {
            return;
        };
        let nudged = self.nudger.nudge(&self.thoughts.late(id), &text).await;
        self.around.metrics.nudged(nudged.patched, nudged.failed.len());
    }

    /// Asks every ready pod what it runs.
    fn look(&mut self) {
        let pods = self.thoughts.to_be_asked();
        let scraper = self.scraper.clone();
        self.looks.spawn(async move {
            let asked: Vec<_> = pods.iter().map(|(pod, token)| (pod, token)).collect();
            scraper.scrape(&asked).await
        });
    }

    async fn heard(&mut self, look: Vec<Scraped>) {
        for scraped in &look {
            self.around.metrics.scraped(scraped);
        }
        self.learn(look, &[], &[]).await;
        let pending = self.thoughts.is_pending();
        self.pace.looked(Instant::now(), pending);
        if pending {
            let late: Vec<_> = self.thoughts.pools.keys().cloned().collect();
            for id in late {
                self.nudge(&id).await;
            }
        }
    }

    async fn probed(&mut self, Probed { due, outcome }: Probed) {
        self.around.metrics.probed(outcome.is_some());
        match outcome {
            Some(outcome) => self.learn(Vec::new(), &[outcome], &[]).await,
            None => self.learn(Vec::new(), &[], &[due]).await,
        }
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
                thoughts.say(&world, now, &writer, &announcer, &metrics);
                thoughts.due_probes(now.1)
            })
            .await;
        self.tally.tell(&self.writer, &self.announcer, &self.around.metrics);
        self.waiting.extend(due);
        while self.probes.len() < PROBES
            && let Some((due, pod, token)) = self.waiting.pop_front()
        {
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
