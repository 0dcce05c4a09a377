//! The origins that are judged, and what is remembered of them from before this program started.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{Bundle, Hash, ObjectId, Probe, report::ProbeResult};
use imgplane_crds::{ConditionStatus, ConditionType, Health, LastError};

use crate::{Snapshot, id_of, status::fingerprint};

/// An origin that pods run.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Generation of the settings that pods are to run.
    pub generation: i64,
    /// The settings and the credential as one; a new value in the Secret is a new revision.
    pub revision: Hash,
    /// Whether, how and how often it is probed.
    pub probe: Probe,
    /// Whose pods run it.
    pub data_planes: BTreeSet<ObjectId>,
    /// Whether it has no status yet, so that pods run no other settings of it.
    pub is_new: bool,
    /// What its status says of this very revision, if anything.
    pub remembered: Option<Remembered>,
}

/// A verdict as it was written into a status.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// In one word; never [`Health::Unknown`].
    pub health: Health,
    /// Reason of the condition where the origin was not reachable.
    pub reason: Option<String>,
    /// The condition's message.
    pub message: String,
    /// What failed.
    pub last_errors: Vec<LastError>,
}

/// The origins that are judged: those in what has been written for pods, with what their status says of them.
pub fn subjects<'a>(
    snapshot: &Snapshot,
    bundles: impl IntoIterator<Item = &'a Bundle>,
) -> BTreeMap<ObjectId, Subject> {
    let mut subjects: BTreeMap<ObjectId, Subject> = BTreeMap::new();
    let mut fingerprints = BTreeMap::new();
    for bundle in bundles {
        let credentials: BTreeMap<_, _> =
            bundle.credentials.iter().map(|record| (&record.id, &record.hash)).collect();
        for record in &bundle.origins {
            let credential = credentials.get(&record.id).copied();
            let subject = subjects.entry(record.id.clone()).or_insert_with(|| Subject {
                generation: i64::MIN,
                revision: Hash::of(b""),
                probe: Probe::default(),
                data_planes: BTreeSet::new(),
                is_new: false,
                remembered: None,
            });
            subject.data_planes.insert(bundle.data_plane.id.clone());
            // DataPlanes differ only while one of them cannot be written to.
            if record.generation > subject.generation {
                subject.generation = record.generation;
                subject.revision = ProbeResult::revision_of(&record.hash, credential);
                subject.probe = record.body.probe.clone();
                fingerprints.insert(&record.id, credential.map(fingerprint));
            }
        }
    }
    for origin in &snapshot.origins {
        let id = id_of(origin);
        if let (Some(subject), Some(fingerprint)) = (subjects.get_mut(&id), fingerprints.get(&id)) {
            subject.is_new = origin.status.as_ref().is_none_or(|status| status.health.is_none());
            subject.remembered = origin
                .status
                .as_ref()
                .filter(|status| {
                    status.observed_generation == Some(subject.generation)
                        && status.credential_fingerprint == *fingerprint
                })
                .and_then(remembered);
        }
    }
    subjects
}

fn remembered(status: &imgplane_crds::OriginStatus) -> Option<Remembered> {
    let health = status.health.filter(|health| *health != Health::Unknown)?;
    let condition =
        status.conditions.iter().find(|condition| condition.type_ == ConditionType::Reachable.as_str())?;
    let failing = condition.status == ConditionStatus::False.as_str();
    (failing == (health == Health::Failing)).then(|| Remembered {
        health,
        reason: failing.then(|| condition.reason.clone()),
        message: condition.message.clone(),
        last_errors: status.last_errors.clone(),
    })
}
