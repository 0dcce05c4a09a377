//! Since when each object that is not acknowledged has been waited for.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::ObjectId;
use imgplane_crds::{ConditionType, Kind, Reason};
use k8s_openapi::jiff::Timestamp;

use super::DesiredStatus;

/// Remembers when waiting began. The transition time of a condition does not tell it: it stays where it is when a
/// newer generation comes while an older one is still waited for.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    by_object: BTreeMap<(Kind, ObjectId), Wait>,
}

#[derive(Debug, Clone)]
struct Wait {
    generation: i64,
    since: Timestamp,
}

impl Waits {
    /// Takes in what was found of an object.
    pub fn note(&mut self, status: &DesiredStatus, now: Timestamp) {
        let reason =
            status.body.condition(ConditionType::Programmed).map(|condition| condition.reason.as_str());
        let waits = [Reason::AckPending, Reason::AckTimeout];
        let key = (status.kind, status.id.clone());
        if !waits.iter().any(|waiting| reason == Some(waiting.as_str())) {
            self.by_object.remove(&key);
            return;
        }
        let generation = status.generation;
        let before = self.by_object.get(&key).filter(|wait| wait.generation == generation);
        if before.is_none() {
            self.by_object.insert(key, Wait { generation, since: began(status).unwrap_or(now) });
        }
    }

    /// Forgets objects that do not exist any more.
    pub fn retain(&mut self, existing: &BTreeSet<(Kind, ObjectId)>) {
        self.by_object.retain(|key, _| existing.contains(key));
    }

    /// Since when this generation has been waited for, unless it has not.
    pub(super) fn since(&self, kind: Kind, id: &ObjectId, generation: i64) -> Option<Timestamp> {
        let wait = self.by_object.get(&(kind, id.clone()))?;
        (wait.generation == generation).then_some(wait.since)
    }
}

/// When the program that wrote the present status began to wait, if it waited for the same.
fn began(status: &DesiredStatus) -> Option<Timestamp> {
    let before = status.current.as_ref()?.condition(ConditionType::Programmed)?;
    if before.observed_generation != Some(status.generation) {
        return None;
    }
    if before.reason == Reason::AckTimeout.as_str() {
        return Some(Timestamp::UNIX_EPOCH);
    }
    (before.reason == Reason::AckPending.as_str()).then_some(before.last_transition_time.0)
}
