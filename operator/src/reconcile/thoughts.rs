//! What the leader knows and concludes. Nothing here waits: all of it runs on a blocking thread, because ten thousand
//! endpoints take longer than a reactor's thread may be held.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use imgplane_config::{Bundle, Hash, ObjectId};
use imgplane_crds::{ConditionType, DataPlane, Kind};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    plan::{NoPlan, Plan, Written, plan},
    pool::{Pool, counts, keeps},
};
use crate::{
    Hour, Settings, Validated,
    acknowledge::{AdminToken, Scraped},
    apply::OwnedKind,
    health::{DueProbe, ProbeOutcome, Subject, Verdicts, subjects},
    id_of, labels,
    metrics::{Metrics, Pods, Readiness},
    status::{Known, PlaneState, Waits, each_status},
    validate,
    watch::{Observed, PodView, World},
    write::{Announcer, StatusWriter},
};

/// Everything that is known, between two steps of the loop.
#[derive(Debug, Default)]
pub(super) struct Thoughts {
    /// What was seen last.
    pub(super) observed: Observed,
    validated: Validated,
    /// When the passage of time alone makes another look worth while.
    outdated_at: Option<Hour>,
    /// The DataPlanes whose past is known.
    pub(super) pools: BTreeMap<ObjectId, Pool>,
    /// Whether a list of purges has changed since the last plan.
    pub(super) unplanned: bool,
    subjects: BTreeMap<ObjectId, Subject>,
    verdicts: Verdicts,
    waits: Waits,
}

impl Thoughts {
    /// Looks at the world and judges it. Gives the DataPlanes whose past must be read before they can be planned, and
    /// those that are gone.
    pub(super) fn observe(&mut self, world: &World) -> (Vec<ObjectId>, Vec<ObjectId>) {
        // What was known before goes first: two copies of ten thousand endpoints need not be in memory together.
        self.observed = Observed::default();
        self.validated = Validated::default();
        self.observed = world.observe();
        self.validated = validate(&self.observed.snapshot);
        self.outdated_at = self.validated.outdated_at(self.observed.snapshot.hour);
        for data_plane in &self.observed.snapshot.data_planes {
            if let Some(pool) = self.pools.get_mut(&id_of(data_plane))
                && let Some(mounted) = mounted(&self.observed, data_plane)
            {
                pool.mounts(mounted);
            }
        }
        let existing: BTreeSet<_> = self.observed.snapshot.data_planes.iter().map(id_of).collect();
        // One that cannot be read still has its pods.
        let unreadable = |id: &ObjectId| {
            let all = &self.observed.snapshot.unreadable;
            all.iter().any(|object| object.kind == Kind::DataPlane && object.id == *id)
        };
        let gone: Vec<_> =
            self.pools.keys().filter(|id| !existing.contains(id) && !unreadable(id)).cloned().collect();
        for id in &gone {
            self.pools.remove(id);
        }
        let unread = existing.into_iter().filter(|id| !self.pools.contains_key(id)).collect();
        (unread, gone)
    }

    /// Whether what was judged is judged otherwise now, though nothing changed but the time.
    pub(super) fn is_outdated(&self, now: Hour) -> bool {
        self.outdated_at.is_some_and(|outdated_at| now >= outdated_at)
    }

    /// What should exist for each DataPlane that can be planned.
    pub(super) fn plan(
        &mut self,
        settings: &Settings,
        time: Timestamp,
    ) -> Vec<(ObjectId, Result<Plan, NoPlan>)> {
        self.unplanned = false;
        for (id, valid) in &self.validated.data_planes {
            if let Some(pool) = self.pools.get_mut(id).filter(|_| keeps(&valid.config)) {
                pool.purges.begin(u64::try_from(time.as_millisecond()).unwrap_or_default());
            }
        }
        let snapshot = &self.observed.snapshot;
        let plans = snapshot.data_planes.iter().filter_map(|data_plane| {
            let id = id_of(data_plane);
            let pool = self.pools.get(&id)?;
            let (written, purges) = (&pool.written, &pool.purges);
            let plan = plan(data_plane, snapshot, &self.validated, written, purges, settings)?;
            Some((id, plan))
        });
        plans.collect()
    }

    /// The pods of a DataPlane that count.
    pub(super) fn ready(&self, data_plane: &ObjectId) -> Vec<&PodView> {
        let pods = self.observed.pods.iter();
        pods.filter(|pod| pod.data_plane == *data_plane && counts(pod)).collect()
    }

    /// The pods of a DataPlane whose mounts may be old. One that is not ready may just wait for the config.
    pub(super) fn late(&self, data_plane: &ObjectId) -> Vec<PodView> {
        let Some(pool) = self.pools.get(data_plane) else { return Vec::new() };
        let pods = self.observed.pods.iter();
        pods.filter(|pod| pod.data_plane == *data_plane && !pod.terminating && pool.is_late(pod))
            .cloned()
            .collect()
    }

    /// The DataPlanes whose admin token exists and is not known.
    pub(super) fn without_token(&self) -> Vec<ObjectId> {
        let pools = self.pools.iter().filter(|(_, pool)| pool.token.is_none());
        pools
            .filter(|(id, _)| token_version(&self.observed, id).is_some())
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// `resourceVersion` of the Secret with a DataPlane's admin token, if there is one.
    pub(super) fn token_version(&self, data_plane: &ObjectId) -> Option<&str> {
        token_version(&self.observed, data_plane)
    }

    /// The pods to be asked what they run, with the token that they want: those that count, and those that may have been
    /// asked to purge something before they began to leave.
    pub(super) fn to_be_asked(&self) -> Vec<(PodView, AdminToken)> {
        let pods = self.observed.pods.iter();
        pods.filter_map(|pod| {
            let pool = self.pools.get(&pod.data_plane)?;
            let asked = counts(pod) || (pool.keeps() && pool.lingers(pod));
            Some((pod.clone(), pool.token.clone().filter(|_| asked)?))
        })
        .collect()
    }

    /// Takes in what pods said and what probes found.
    pub(super) fn learn(
        &mut self,
        look: Vec<Scraped>,
        probes: &[ProbeOutcome],
        lost: &[DueProbe],
        now: (Instant, Timestamp),
    ) {
        let (instant, time) = now;
        for scraped in look {
            self.hear(scraped, instant);
        }
        let uids: BTreeSet<_> = self.observed.pods.iter().map(|pod| pod.uid.as_str()).collect();
        for pool in self.pools.values_mut() {
            pool.retain(&uids);
        }
        let bundles: Vec<Arc<Bundle>> = self
            .pools
            .values()
            .filter_map(|pool| match &pool.written {
                Written::Packed(packed) => Some(Arc::clone(&packed.bundle)),
                Written::Nothing | Written::Earlier(_) => None,
            })
            .collect();
        self.subjects = subjects(&self.observed.snapshot, bundles.iter().map(AsRef::as_ref));
        for probe in lost {
            self.verdicts.lost(time, probe);
        }
        let reports: Vec<_> = self
            .observed
            .pods
            .iter()
            .filter(|pod| counts(pod))
            .filter_map(|pod| Some((pod.id.clone(), self.pools.get(&pod.data_plane)?.report(pod)?)))
            .collect();
        self.verdicts.update(time, &reports, probes, &self.subjects);
    }

    /// Takes in what one pod said. One that leaves may fall silent at any moment, which is no trouble.
    pub(super) fn hear(&mut self, scraped: Scraped, now: Instant) {
        let leaves = self.observed.pods.iter().any(|pod| pod.uid == scraped.uid && pod.terminating);
        let Some(pool) = self.pools.get_mut(&scraped.data_plane) else { return };
        if leaves && scraped.report.is_err() {
            pool.left(scraped.uid, now);
        } else {
            pool.hear(scraped, now);
        }
    }

    /// Judges every DataPlane anew. How long those took that just became programmed.
    pub(super) fn settle(&mut self, now: Instant) -> Vec<Duration> {
        let observed = &self.observed;
        let pools = self.pools.iter_mut();
        pools
            .filter_map(|(id, pool)| {
                let ready = observed.pods.iter().filter(|pod| pod.data_plane == *id && counts(pod));
                pool.settle(&ready.collect::<Vec<_>>(), now)
            })
            .collect()
    }

    /// Whether a ready pod of any DataPlane does not run the newest config.
    pub(super) fn is_pending(&self) -> bool {
        self.pools.values().any(Pool::is_pending)
    }

    /// The probes that are due, with the pod and the token.
    pub(super) fn due_probes(&mut self, time: Timestamp) -> Vec<(DueProbe, PodView, AdminToken)> {
        let mut pods: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
        for (id, pool) in &self.pools {
            let current = self.ready(id).into_iter().filter(|pod| pool.is_current(pod));
            pods.insert(id.clone(), current.map(|pod| pod.id.clone()).collect());
        }
        let due = self.verdicts.due_probes(time, &self.subjects, &pods);
        due.into_iter()
            .filter_map(|probe| {
                let pod = self.observed.pods.iter().find(|pod| pod.id == probe.pod)?.clone();
                let token = self.pools.get(&pod.data_plane)?.token.clone()?;
                Some((probe, pod, token))
            })
            .collect()
    }

    /// Offers every object's status to the writers.
    pub(super) fn say(
        &mut self,
        world: &World,
        now: (Instant, Timestamp),
        writer: &StatusWriter,
        announcer: &Announcer,
        metrics: &Metrics,
    ) {
        let (instant, time) = now;
        // What objects say now, which our own writes have changed. Specs stay as they were judged: a status must not
        // speak of a generation that nobody has looked at.
        world.reread_statuses(&mut self.observed.snapshot);
        let planes: BTreeMap<_, _> = self
            .pools
            .iter()
            .map(|(id, pool)| {
                let state = PlaneState {
                    publication: pool.publication.clone(),
                    ledger: &pool.ledger,
                    pods: pool.acks(&self.ready(id), instant),
                    trouble: self.trouble(id),
                    unapplied: pool.unapplied.clone(),
                };
                (id.clone(), state)
            })
            .collect();
        let mut readiness: BTreeMap<Kind, Readiness> =
            Kind::ALL.into_iter().map(|kind| (kind, Readiness::default())).collect();
        let mut existing = BTreeSet::new();
        let mut waits = self.waits.clone();
        let verdicts = |id: &ObjectId| self.verdicts.get(id);
        let known = Known {
            snapshot: &self.observed.snapshot,
            validated: &self.validated,
            planes: &planes,
            verdicts: &verdicts,
            waits: &self.waits,
            now: time,
        };
        each_status(&known, |status| {
            waits.note(&status, time);
            existing.insert((status.kind, status.id.clone()));
            let ready = status.body.condition(ConditionType::Ready).map(|ready| ready.status.as_str());
            let count = readiness.entry(status.kind).or_default();
            match ready {
                Some("True") => count.ready += 1,
                Some("False") => count.failed += 1,
                Some(_) | None => count.pending += 1,
            }
            announcer.offer(&status);
            writer.offer(status);
        });
        waits.retain(&existing);
        for (kind, count) in readiness {
            metrics.objects(kind, count);
        }
        metrics.pods(planes.iter().map(|(id, state)| {
            let programmed = state.ledger.acks(&state.pods).current();
            (id, Pods { ready: state.pods.len(), programmed })
        }));
        drop(planes);
        self.waits = waits;
    }

    /// Why pods of a DataPlane are missing, if they are.
    fn trouble(&self, data_plane: &ObjectId) -> Option<String> {
        let pods = self.observed.pods.iter().filter(|pod| pod.data_plane == *data_plane && !pod.terminating);
        let of_pod = |pod: &PodView| Some(format!("pod {}: {}", pod.id.name, pod.waiting.as_ref()?));
        pods.filter(|pod| !pod.ready).find_map(of_pod).or_else(|| {
            self.observed.deployments.get(data_plane).and_then(|deployment| deployment.trouble.clone())
        })
    }
}

fn token_version<'a>(observed: &'a Observed, data_plane: &ObjectId) -> Option<&'a str> {
    let secret = ObjectId::new(&data_plane.namespace, labels::token_secret_name(data_plane));
    observed.owned.get(OwnedKind::Secret, &secret).map(|meta| meta.resource_version.as_str())
}

/// Stands for what the pods of a DataPlane mount beside their config; `None` while there is no token yet.
fn mounted(observed: &Observed, data_plane: &DataPlane) -> Option<Hash> {
    let id = id_of(data_plane);
    let mut bytes = token_version(observed, &id)?.as_bytes().to_vec();
    let secret =
        data_plane.spec.tls.as_ref().map(|tls| ObjectId::new(&id.namespace, tls.secret_ref.name.as_str()));
    for (key, value) in secret.and_then(|secret| observed.snapshot.secrets.get(&secret)).into_iter().flatten()
    {
        bytes.extend_from_slice(key.as_bytes());
        bytes.extend_from_slice(value);
    }
    Some(Hash::of(&bytes))
}
