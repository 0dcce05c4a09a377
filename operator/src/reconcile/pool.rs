//! One DataPlane's pods as the leader knows them: what was written for them, and what they last said.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use imgplane_config::{DataPlaneConfig, FileSet, Hash, ObjectId, PurgeRequest, Purges, report::Report};
use tokio::time::Instant;

use super::plan::{Packed, Plan, Written};
use crate::{
    acknowledge::{AdminToken, Ledger, PodAck, Scraped},
    metrics::PurgeCounts,
    status::Publication,
    watch::PodView,
};

/// How long after a write a pod that does not run it is nudged again, in seconds. Its kubelet may have refreshed the mount
/// before it knew of the new ConfigMap, or may still wait to ask an API server that was away; only a further change of the
/// annotation makes it look before its own minute is over.
const NUDGE_AGAIN: [u64; 11] = [3, 6, 9, 12, 15, 25, 35, 45, 60, 80, 100];

/// Least time between two writes of purges that pods were asked for: what comes meanwhile goes together.
const LIST_EVERY: Duration = Duration::from_secs(2);

/// What the leader knows of one DataPlane.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// The bearer token of its pods; absent until it was read or made.
    pub(super) token: Option<AdminToken>,
    /// `resourceVersion` of the token's Secret as it was seen before the token was read.
    pub(super) token_version: Option<String>,
    /// What was written.
    pub(super) written: Written,
    /// How the last write of its config went.
    pub(super) publication: Publication,
    /// Why its pods, or what is around them, could not be applied the last time.
    pub(super) unapplied: Option<String>,
    /// Stands for what pods mount beside their config: the admin token and the certificate.
    mounted: Option<Hash>,
    /// Stands for the same, once it has changed in this leader's time: pods that were not told have the old one.
    remount: Option<String>,
    /// Which record each config held.
    pub(super) ledger: Ledger,
    /// When what is pending was written; absent when every ready pod runs it.
    pending: Option<Instant>,
    /// What was purged, of which the config is to tell the pods.
    pub(super) purges: Purges,
    /// When it grew last.
    listed: Option<Instant>,
    heard: BTreeMap<String, Heard>,
}

/// What one pod last said.
#[derive(Debug, Default)]
struct Heard {
    report: Option<Report>,
    /// Since when it has not answered.
    silent_since: Option<Instant>,
}

impl Pool {
    /// A DataPlane whose config an earlier leader may have written.
    pub(super) fn resume(files: Option<FileSet>) -> Self {
        let read = files.map(|files| {
            FileSet::read(|name| files.config.get(name).or_else(|| files.secret.get(name)).cloned())
        });
        let written = match read {
            Some(Ok(loaded)) => Written::Earlier(Box::new(loaded)),
            Some(Err(error)) => {
                tracing::warn!(%error, "what was published before cannot be used; nothing is kept of it");
                Written::Nothing
            }
            None => Written::Nothing,
        };
        let purges = written.data_plane().map(|config| config.purges.clone()).unwrap_or_default();
        Self { written, purges, ..Self::default() }
    }

    /// Notes that a plan was applied. Whether pods have something new to load.
    pub(super) fn publish(&mut self, plan: &Plan, now: Instant) -> bool {
        let Packed { bundle, hash, .. } = &plan.packed;
        let new = self.hash() != Some(hash);
        self.ledger.published(bundle, hash);
        self.written = Written::Packed(plan.packed.clone());
        self.publication = Publication::Published { hash: hash.clone() };
        if new {
            self.pending = Some(now);
        }
        new
    }

    /// Hash of the config that pods are to run.
    pub(super) fn hash(&self) -> Option<&Hash> {
        match &self.written {
            Written::Nothing | Written::Earlier(_) => None,
            Written::Packed(packed) => Some(&packed.hash),
        }
    }

    /// What the annotation of its pods should say. It changes while a pod is late, because only a change makes the
    /// kubelet look again.
    pub(super) fn nudge(&self, now: Instant) -> Option<String> {
        let hash = self.hash()?;
        let late = self.pending.map_or(Duration::ZERO, |since| now.duration_since(since));
        let again = NUDGE_AGAIN.iter().filter(|after| late.as_secs() >= **after).count();
        let again = if again == 0 { String::new() } else { format!(".{again}") };
        let remount = self.remount.as_deref().map(|mounted| format!("+{mounted}")).unwrap_or_default();
        Some(format!("{hash}{again}{remount}"))
    }

    /// Takes in what pods mount beside their config.
    pub(super) fn mounts(&mut self, mounted: Hash) {
        if self.mounted.as_ref().is_some_and(|before| *before != mounted) {
            self.remount = Some(mounted.as_str().chars().take(8).collect());
        }
        self.mounted = Some(mounted);
    }

    /// Whether a pod does not run the newest config, or was not told of another token or certificate.
    pub(super) fn is_late(&self, pod: &PodView) -> bool {
        let told = |mounted: &String| pod.nudged.as_deref().is_some_and(|text| text.ends_with(mounted));
        !self.is_current(pod) || !self.remount.as_ref().is_none_or(told)
    }

    /// Takes in what a pod said that was not asked for its origins: of these stays what it said before.
    pub(super) fn glance(&mut self, mut scraped: Scraped, now: Instant) {
        let before = self.heard.get_mut(&scraped.uid).and_then(|heard| heard.report.as_mut());
        if let (Ok(report), Some(before)) = (&mut scraped.report, before) {
            report.origins = std::mem::take(&mut before.origins);
        }
        self.hear(scraped, now);
    }

    /// Takes in what a pod said, or that it said nothing.
    pub(super) fn hear(&mut self, scraped: Scraped, now: Instant) {
        let heard = self.heard.entry(scraped.uid).or_default();
        match scraped.report {
            Ok(report) => *heard = Heard { report: Some(report), silent_since: None },
            Err(error) => {
                if heard.silent_since.is_none() {
                    tracing::warn!(pod = %scraped.pod, %error, "a pod does not say what it runs");
                }
                heard.silent_since.get_or_insert(now);
            }
        }
    }

    /// Notes that a pod which leaves does not answer: it has left.
    pub(super) fn left(&mut self, uid: String, now: Instant) {
        self.heard.entry(uid).or_default().silent_since.get_or_insert(now);
    }

    /// Whether a pod that leaves serves still, as far as is known.
    pub(super) fn lingers(&self, pod: &PodView) -> bool {
        pod.terminating && self.heard.get(&pod.uid).is_none_or(|heard| heard.silent_since.is_none())
    }

    /// How far the purges are that these pods were asked for.
    pub(super) fn purge_counts(&self, pods: &[&PodView]) -> Option<PurgeCounts> {
        if !self.keeps() {
            return None;
        }
        let list = &self.purges;
        let mut asked: BTreeSet<&str> = self.asked(pods).map(|request| request.id.as_str()).collect();
        for purge in &list.records {
            asked.remove(purge.request.id.as_str());
        }
        let completed = list.records.iter().filter(|purge| purge.number <= list.completed).count();
        Some(PurgeCounts { waiting: asked.len(), listed: list.records.len() - completed, completed })
    }

    /// What these pods were asked to purge.
    fn asked(&self, pods: &[&PodView]) -> impl Iterator<Item = &PurgeRequest> {
        let heard = pods.iter().filter_map(|pod| self.heard.get(&pod.uid)?.report.as_ref());
        heard.flat_map(|report| &report.purges)
    }

    /// Forgets pods that are gone.
    pub(super) fn retain(&mut self, uids: &BTreeSet<&str>) {
        self.heard.retain(|uid, _| uids.contains(uid.as_str()));
    }

    /// Judges whether every one of these pods, its ready ones, runs the newest config. `Some` when that just became
    /// so: how long it took.
    pub(super) fn settle(&mut self, pods: &[&PodView], now: Instant) -> Option<Duration> {
        let hash = self.hash()?;
        let runs = |pod: &&PodView| {
            let report = self.heard.get(&pod.uid).and_then(|heard| heard.report.as_ref());
            report.and_then(|report| report.config_hash.as_ref()) == Some(hash)
        };
        if pods.iter().all(runs) {
            let since = self.pending.take()?;
            return (!pods.is_empty()).then(|| now.duration_since(since));
        }
        self.pending.get_or_insert(now);
        None
    }

    /// Whether a ready pod does not run the newest config.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether its pods keep results, so that they may be asked to purge some.
    pub(super) fn keeps(&self) -> bool {
        self.written.data_plane().is_some_and(keeps)
    }

    /// Lists what these pods, those that serve, were asked to purge, and notes what all of them have purged. Whether the
    /// list is another one now.
    pub(super) fn purge(&mut self, pods: &[&PodView], now: Instant) -> bool {
        let shared = self.written.data_plane().is_some_and(|config| config.stores.shared.is_some());
        let open = self.purges.is_open();
        let purged = if open { self.ledger.purged(&self.acks(pods, now), shared) } else { None };
        let completed = purged.is_some_and(|number| self.purges.complete(number));
        let early = self.listed.is_some_and(|listed| now.duration_since(listed) < LIST_EVERY);
        let asked: Vec<_> = self.asked(pods).cloned().collect();
        if early || asked.is_empty() || !self.keeps() {
            return completed;
        }
        let served: BTreeSet<&ObjectId> = self.written.endpoints().iter().map(|record| &record.id).collect();
        // What was kept of an endpoint that is gone is gone with it.
        let grown = self.purges.take_up(asked.iter().filter(|request| served.contains(&request.endpoint)));
        if grown {
            self.listed = Some(now);
        }
        completed || grown
    }

    /// What these pods, the ready ones, said.
    pub(super) fn acks(&self, pods: &[&PodView], now: Instant) -> Vec<PodAck> {
        pods.iter().map(|pod| self.ack(pod, now)).collect()
    }

    fn ack(&self, pod: &PodView, now: Instant) -> PodAck {
        let heard = self.heard.get(&pod.uid);
        let report = heard.and_then(|heard| heard.report.as_ref());
        PodAck {
            pod: pod.id.clone(),
            config: report.and_then(|report| report.config_hash.clone()),
            refused: report.map(|report| report.records.clone()).unwrap_or_default(),
            config_error: report.and_then(|report| report.config_error.clone()),
            tls_error: report.and_then(|report| report.tls_error.clone()),
            cache_error: report.and_then(|report| report.cache_error.clone()),
            store_error: report.and_then(|report| report.store_error.clone()),
            store_purged: report.and_then(|report| report.store_purged),
            silent_for: heard.and_then(|heard| heard.silent_since).map(|since| now.duration_since(since)),
        }
    }

    /// The report of a pod that answered the last time.
    pub(super) fn report(&self, pod: &PodView) -> Option<&Report> {
        let heard = self.heard.get(&pod.uid).filter(|heard| heard.silent_since.is_none())?;
        heard.report.as_ref()
    }

    /// Whether a pod answered the last time and runs the newest config.
    pub(super) fn is_current(&self, pod: &PodView) -> bool {
        self.report(pod).is_some_and(|report| report.config_hash.as_ref() == self.hash())
    }
}

/// Whether pods with this config keep results or originals.
pub(super) fn keeps(config: &DataPlaneConfig) -> bool {
    !config.cache.is_off() || !config.stores.is_empty()
}

/// Whether a pod counts: those that leave have their requests drained and load nothing new.
pub(super) fn counts(pod: &PodView) -> bool {
    pod.ready && !pod.terminating
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use imgplane_config::{Bundle, Record};

    use super::{super::plan::Packed, *};

    #[test]
    fn late_pods_are_nudged_ever_more_seldom_and_not_for_ever() {
        let config = DataPlaneConfig::default();
        let data_plane = Record::new(ObjectId::new("imgplane-system", "default"), 1, config).unwrap();
        let bundle = Bundle {
            data_plane,
            endpoints: vec![],
            origins: vec![],
            credentials: vec![],
            signing_keys: vec![],
        };
        let (now, hash) = (Instant::now(), Hash::of(b"config"));
        let packed =
            Packed { bundle: Arc::new(bundle), files: Arc::new(FileSet::default()), hash: hash.clone() };
        let pool = Pool { written: Written::Packed(packed), pending: Some(now), ..Pool::default() };
        for (seconds, again) in [
            (0, None),
            (2, None),
            (3, Some(1)),
            (15, Some(5)),
            (24, Some(5)),
            (60, Some(9)),
            (9000, Some(11)),
        ] {
            let expected = again.map_or(hash.to_string(), |again| format!("{hash}.{again}"));
            assert_eq!(pool.nudge(now + Duration::from_secs(seconds)), Some(expected), "{seconds} s");
        }
        assert_eq!(Pool::default().nudge(now), None);

        let mut pool = Pool { pending: None, ..pool };
        pool.mounts(Hash::of(b"a certificate"));
        assert_eq!(pool.nudge(now), Some(hash.to_string()), "pods that run have mounted it");
        pool.mounts(Hash::of(b"another"));
        let mounted: String = Hash::of(b"another").as_str().chars().take(8).collect();
        assert_eq!(pool.nudge(now), Some(format!("{hash}+{mounted}")));
    }
}
