//! Writes that are under way. Each is a task of its own, so that no DataPlane waits for another, no config for the pods
//! around it, and the loop for none of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use imgplane_config::{Hash, ObjectId};
use tokio::{task::JoinSet, time::Instant};

use super::plan::Plan;
use crate::{
    acknowledge::{AdminToken, Nudged, Nudger},
    apply::{Applied, Applier, ApplyError, Part},
    watch::{Owned, PodView},
};

/// Pauses before what failed is tried again; the last one repeats.
const RETRY: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10), Duration::from_secs(30)];

/// What is done for a DataPlane. Of each there is one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    /// Its admin token and its config.
    Config,
    /// Its pods and what is around them.
    Workload,
    /// Its admin token alone, while nothing can be written.
    Token,
    /// The annotation of its pods.
    Nudge,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Wrote {
    /// The config.
    Config(Configured),
    /// The workload.
    Workload { id: ObjectId, applied: Result<Applied, ApplyError> },
    /// The token, where there is one.
    Token { id: ObjectId, token: Result<Option<AdminToken>, ApplyError> },
    /// The annotations.
    Nudge { id: ObjectId, nudged: Nudged },
}

/// What came of a config.
#[derive(Debug)]
pub(super) struct Configured {
    /// What was to be written.
    pub(super) plan: Arc<Plan>,
    /// What was seen of the objects before.
    pub(super) owned: Arc<Owned>,
    /// The admin token.
    pub(super) token: Result<AdminToken, ApplyError>,
    /// `resourceVersion` of its Secret as it was seen before the token was read.
    pub(super) version: Option<String>,
    /// What was applied.
    pub(super) applied: Result<Applied, ApplyError>,
    /// What was deleted after.
    pub(super) pruned: Result<Applied, ApplyError>,
}

impl Wrote {
    fn key(&self) -> (Work, ObjectId) {
        match self {
            Self::Config(Configured { plan, .. }) => (Work::Config, plan.owner.id.clone()),
            Self::Workload { id, .. } => (Work::Workload, id.clone()),
            Self::Token { id, .. } => (Work::Token, id.clone()),
            Self::Nudge { id, .. } => (Work::Nudge, id.clone()),
        }
    }
}

/// What failed, and when it is tried again.
#[derive(Debug)]
struct Failure {
    times: usize,
    not_before: Instant,
    /// What was tried; something else is tried at once.
    content: Option<Hash>,
    /// Whether that time has come already: it comes once, whether or not the work could begin then.
    woken: bool,
}

/// All that is under way; what is dropped with it is abandoned.
#[derive(Default)]
pub(super) struct Writes {
    tasks: JoinSet<Wrote>,
    under_way: BTreeSet<(Work, ObjectId)>,
    /// Stands for what was tried last.
    tried: BTreeMap<(Work, ObjectId), Option<Hash>>,
    failures: BTreeMap<(Work, ObjectId), Failure>,
    /// What was to be begun while it was under way.
    overtaken: BTreeSet<(Work, ObjectId)>,
    /// Whether such work has ended, so that it is to be looked at again.
    again: bool,
}

impl Writes {
    /// Writes a DataPlane's config, with the token if it is known. `version` is that of the token's Secret as it is
    /// seen now. `false` where that is under way or waits after a failure.
    pub(super) fn config(
        &mut self,
        applier: &Arc<Applier>,
        plan: &Arc<Plan>,
        known: Option<AdminToken>,
        version: Option<String>,
        owned: &Arc<Owned>,
    ) -> bool {
        let content = Some(plan.packed.hash.clone());
        if !self.begin(Work::Config, &plan.owner.id, content) {
            return false;
        }
        let (applier, plan, owned) = (Arc::clone(applier), Arc::clone(plan), Arc::clone(owned));
        self.tasks.spawn(async move {
            let owner = &plan.owner;
            let token = match known {
                Some(token) => Ok(token),
                None => applier.token(owner).await,
            };
            // A token that nobody can use is trouble for the operator, and none for pods that run.
            let applied = applier.apply(Part::Config, owner, &plan.objects, &owned).await;
            let pruned = match &applied {
                Ok(_) => applier.prune(Part::Config, owner, &plan.objects, &owned).await,
                Err(_) => Ok(Applied::default()),
            };
            Wrote::Config(Configured { plan, owned, token, version, applied, pruned })
        });
        true
    }

    /// Writes what is around a DataPlane's pods.
    pub(super) fn workload(&mut self, applier: &Arc<Applier>, plan: &Arc<Plan>, owned: &Arc<Owned>) {
        if !self.begin(Work::Workload, &plan.owner.id, Some(plan.workload())) {
            return;
        }
        let (applier, plan, owned) = (Arc::clone(applier), Arc::clone(plan), Arc::clone(owned));
        self.tasks.spawn(async move {
            let (owner, objects) = (&plan.owner, &plan.objects);
            let mut applied = applier.apply(Part::Workload, owner, objects, &owned).await;
            if let Ok(sum) = &mut applied {
                match applier.prune(Part::Workload, owner, objects, &owned).await {
                    Ok(pruned) => sum.pruned = pruned.pruned,
                    Err(error) => applied = Err(error),
                }
            }
            Wrote::Workload { id: owner.id.clone(), applied }
        });
    }

    /// Reads the token of a DataPlane for which nothing is written.
    pub(super) fn token(&mut self, applier: &Arc<Applier>, id: &ObjectId) {
        if !self.begin(Work::Token, id, None) {
            return;
        }
        let (applier, id) = (Arc::clone(applier), id.clone());
        self.tasks.spawn(async move {
            let token = applier.token_of(&id).await;
            Wrote::Token { id, token }
        });
    }

    /// Has kubelets refresh what these pods of a DataPlane mount.
    pub(super) fn nudge(&mut self, nudger: &Nudger, id: &ObjectId, pods: Vec<PodView>, text: String) {
        if pods.is_empty() || !self.begin(Work::Nudge, id, None) {
            return;
        }
        let (nudger, id) = (nudger.clone(), id.clone());
        self.tasks.spawn(async move {
            let nudged = nudger.nudge(&pods, &text).await;
            Wrote::Nudge { id, nudged }
        });
    }

    /// The next write that ends; `None` while none is under way.
    pub(super) async fn next(&mut self) -> Option<Wrote> {
        // A task that panicked has ended the process already.
        let wrote = self.tasks.join_next().await?.ok()?;
        Some(self.end(wrote))
    }

    /// A further write that has ended already.
    pub(super) fn ended(&mut self) -> Option<Wrote> {
        let wrote = self.tasks.try_join_next()?.ok()?;
        Some(self.end(wrote))
    }

    fn end(&mut self, wrote: Wrote) -> Wrote {
        let key = wrote.key();
        self.under_way.remove(&key);
        self.again |= self.overtaken.remove(&key);
        wrote
    }

    /// Whether what was to be written meanwhile is to be looked at again; asked once.
    pub(super) fn again(&mut self) -> bool {
        std::mem::take(&mut self.again)
    }

    /// Notes that work succeeded.
    pub(super) fn succeeded(&mut self, work: Work, id: &ObjectId) {
        self.failures.remove(&(work, id.clone()));
    }

    /// Notes that what was tried last failed.
    pub(super) fn failed(&mut self, work: Work, id: &ObjectId, now: Instant) {
        let key = (work, id.clone());
        let content = self.tried.get(&key).cloned().flatten();
        let times = self.failures.get(&key).map_or(0, |failure| failure.times);
        let pause = RETRY.get(times).or(RETRY.last()).copied().unwrap_or_default();
        let not_before = now + pause;
        self.failures.insert(key, Failure { times: times + 1, not_before, content, woken: false });
    }

    /// When something that failed is to be tried again.
    pub(super) fn retry(&self) -> Option<Instant> {
        self.failures.values().filter(|failure| !failure.woken).map(|failure| failure.not_before).min()
    }

    /// Everything is about to be looked at: whatever may be tried again by now needs no further call.
    pub(super) fn woke(&mut self, now: Instant) {
        for failure in self.failures.values_mut() {
            failure.woken |= failure.not_before <= now;
        }
    }

    /// Forgets the failures of a DataPlane that is gone.
    pub(super) fn forget(&mut self, id: &ObjectId) {
        self.failures.retain(|(_, other), _| other != id);
        self.tried.retain(|(_, other), _| other != id);
    }

    fn begin(&mut self, work: Work, id: &ObjectId, content: Option<Hash>) -> bool {
        let key = (work, id.clone());
        let waits = self
            .failures
            .get(&key)
            .is_some_and(|failure| failure.not_before > Instant::now() && failure.content == content);
        if waits {
            return false;
        }
        let begins = self.under_way.insert(key.clone());
        if begins {
            self.tried.insert(key, content);
        } else {
            self.overtaken.insert(key);
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ObjectId {
        ObjectId::new("media", name)
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_waits_and_what_is_new_does_not() {
        let mut writes = Writes::default();
        let (one, two) = (Some(Hash::of(b"one")), Some(Hash::of(b"two")));
        let mut waited = Vec::new();
        for _ in 0..5 {
            assert!(writes.begin(Work::Workload, &id("main"), one.clone()));
            writes.under_way.clear();
            writes.failed(Work::Workload, &id("main"), Instant::now());
            assert!(!writes.begin(Work::Workload, &id("main"), one.clone()), "the same at once");
            assert!(!writes.again(), "it is looked at again when its time has come");
            let retry = writes.retry().unwrap();
            waited.push(retry.duration_since(Instant::now()).as_secs());
            tokio::time::advance(retry.duration_since(Instant::now())).await;
        }
        assert_eq!(waited, [1, 3, 10, 30, 30]);
        writes.failed(Work::Workload, &id("main"), Instant::now());
        assert!(writes.begin(Work::Workload, &id("main"), two), "something else may fare better");
        assert!(writes.begin(Work::Config, &id("main"), one.clone()), "config waits for no workload");
        assert!(writes.begin(Work::Workload, &id("other"), one), "and no DataPlane for another");
        writes.succeeded(Work::Workload, &id("main"));
        assert_eq!(writes.retry(), None);
    }

    fn nudged(name: &str) -> Wrote {
        Wrote::Nudge { id: id(name), nudged: Nudged::default() }
    }

    #[test]
    fn what_changes_while_it_is_written_is_looked_at_again_once_that_has_ended() {
        let mut writes = Writes::default();
        assert!(writes.begin(Work::Nudge, &id("slow"), None));
        assert!(writes.begin(Work::Nudge, &id("quick"), None));
        assert!(!writes.begin(Work::Nudge, &id("slow"), None));
        writes.end(nudged("quick"));
        assert!(!writes.again(), "it is still under way, and another look would find it so");
        writes.end(nudged("slow"));
        assert!(writes.again());
        assert!(!writes.again(), "once");
        assert!(writes.begin(Work::Nudge, &id("slow"), None));
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_another_attempt_comes_once() {
        let mut writes = Writes::default();
        assert!(writes.begin(Work::Workload, &id("main"), None));
        writes.under_way.clear();
        writes.failed(Work::Workload, &id("main"), Instant::now());
        writes.woke(Instant::now());
        assert!(writes.retry().is_some(), "not yet");
        tokio::time::advance(RETRY[0]).await;
        writes.woke(Instant::now());
        assert_eq!(writes.retry(), None, "its DataPlane may not be valid now, or the attempt may take long");
        assert!(writes.begin(Work::Workload, &id("main"), None));
        writes.failed(Work::Workload, &id("main"), Instant::now());
        assert_eq!(writes.retry(), Some(Instant::now() + RETRY[1]));
    }
}
