//! What pods counted in the last minute, merged over pods.

use std::collections::BTreeMap;

use imgplane_config::{
    ObjectId,
    report::{ErrorSample, OriginHealth, Report},
};
use k8s_openapi::jiff::Timestamp;

use super::{SILENCE, Subject, evidence::Trouble};

/// Share of failures, as one in so many, below which an origin counts as healthy: the odd timeout is no news.
const NOTABLE: u64 = 100;

/// The last report of each pod.
#[derive(Debug, Default)]
pub(super) struct Looks {
    by_pod: BTreeMap<ObjectId, Look>,
}

#[derive(Debug)]
struct Look {
    at: Timestamp,
    origins: BTreeMap<ObjectId, OriginHealth>,
}

/// How requests to one origin fared in the last minute.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Traffic {
    /// There were none that say anything.
    Quiet,
    /// None failed, or so few that it is no news.
    Clean,
    /// Some failed.
    Mixed(Failures),
    /// All failed.
    Bad(Failures),
}

/// Requests that failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failures {
    /// How many.
    pub(super) failed: u64,
    /// How many did not fail.
    pub(super) succeeded: u64,
    /// Pods on which requests failed.
    pub(super) pods: usize,
    /// Pods that asked the origin at all.
    pub(super) asking: usize,
    /// The worst class.
    pub(super) worst: Trouble,
    /// The other classes.
    pub(super) others: Vec<Trouble>,
}

impl Failures {
    /// All classes, worst first.
    pub(super) fn troubles(&self) -> Vec<Trouble> {
        std::iter::once(&self.worst).chain(&self.others).cloned().collect()
    }
}

impl Looks {
    /// Takes in new reports, and forgets pods that have been silent for too long.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        reports: &[(ObjectId, &Report)],
        subjects: &BTreeMap<ObjectId, Subject>,
    ) {
        for (pod, report) in reports {
            let known = report.origins.iter().filter(|health| subjects.contains_key(&health.id));
            let origins = known.map(|health| (health.id.clone(), health.clone())).collect();
            self.by_pod.insert(pod.clone(), Look { at: now, origins });
        }
        self.by_pod.retain(|_, look| now.duration_since(look.at) <= SILENCE);
    }

    /// What the pods say of one origin. Failures before `since` do not count: they were of other settings.
    pub(super) fn traffic(&self, origin: &ObjectId, since: Timestamp) -> Traffic {
        let seen: Vec<(&ObjectId, &OriginHealth)> = self
            .by_pod
            .iter()
            .filter(|(_, look)| look.at >= since)
            .filter_map(|(pod, look)| Some((pod, look.origins.get(origin)?)))
            .filter(|(_, health)| health.requests > 0)
            .collect();
        let succeeded: u64 = seen.iter().map(|(_, health)| health.successes).sum();
        let mut classes: BTreeMap<_, Trouble> = BTreeMap::new();
        let mut failing = 0;
        for (_, health) in &seen {
            let counted = health.errors.iter().filter(|error| counts(error, succeeded, since));
            let mut fails = false;
            for error in counted {
                fails = true;
                let trouble = Trouble::of(error);
                classes.entry(trouble.class()).and_modify(|known| known.merge(&trouble)).or_insert(trouble);
            }
            failing += usize::from(fails);
        }
        let mut troubles: Vec<_> = classes.into_values().collect();
        troubles.sort_by(Trouble::worst_first);
        let failed: u64 = troubles.iter().map(|trouble| trouble.count).sum();
        let mut troubles = troubles.into_iter();
        let Some(worst) = troubles.next() else {
            return if succeeded == 0 { Traffic::Quiet } else { Traffic::Clean };
        };
        if failed.saturating_mul(NOTABLE) < failed + succeeded {
            return Traffic::Clean;
        }
        let failures = Failures {
            failed,
            succeeded,
            pods: failing,
            asking: seen.len(),
            worst,
            others: troubles.collect(),
        };
        if succeeded == 0 { Traffic::Bad(failures) } else { Traffic::Mixed(failures) }
    }
}

/// Whether a failure speaks against the origin.
///
/// An absent file never does, and a file that is too large is the file's matter. A refusal that may mean mere absence
/// does only while nothing else comes from the origin.
fn counts(error: &ErrorSample, succeeded: u64, since: Timestamp) -> bool {
    let missing_file = error.code == "ENOENT" && !names_a_missing_place(error);
    let too_large = error.code == "ELIMIT";
    let recent = i64::try_from(error.last_seen).is_ok_and(|seen| seen >= since.as_second());
    error.count > 0 && recent && !missing_file && !too_large && (succeeded == 0 || !error.ambiguous)
}

/// Whether the bucket, container or share is what is missing. Pods count no other ENOENT, but not all pods are ours.
fn names_a_missing_place(error: &ErrorSample) -> bool {
    let place = error.reason.ends_with("NotFound") && error.reason != "FileNotFound";
    place || error.provider_code.as_deref() == Some("NoSuchBucket")
}
