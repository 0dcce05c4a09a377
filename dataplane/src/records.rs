//! Which version of every record runs: the last one that could be used, object by object.

use std::collections::BTreeMap;

use imgplane_config::{
    Kind, Loaded, ObjectId, Record, Refusal,
    report::{RecordState, RefusedRevision, Revision},
};

/// One object's record.
#[derive(Debug, Clone)]
pub(crate) struct Slot<T> {
    /// The version that runs; absent when no usable one was ever seen.
    pub(crate) running: Option<Record<T>>,
    /// The newest version, if it was refused.
    pub(crate) refused: Option<RefusedRevision>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { running: None, refused: None }
    }
}

/// The records of one kind, by object.
pub(crate) type Slots<T> = BTreeMap<ObjectId, Slot<T>>;

/// Takes in what was loaded of one kind. A refused record keeps the version that runs; an object that is mentioned
/// no more is forgotten.
pub(crate) fn take<T>(slots: &mut Slots<T>, records: Vec<Record<T>>, refused: &[Refusal], kind: Kind) {
    let mut old = std::mem::take(slots);
    for record in records {
        slots.insert(record.id.clone(), Slot { running: Some(record), refused: None });
    }
    for refusal in refused.iter().filter(|refusal| refusal.kind == kind) {
        // Two records of one object in one load: the readable one stands.
        if slots.contains_key(&refusal.id) {
            continue;
        }
        let running = old.remove(&refusal.id).and_then(|slot| slot.running);
        slots.insert(refusal.id.clone(), Slot { running, refused: Some(refused_revision(refusal)) });
    }
}

/// Takes in the settings of the pool. There is one record of this kind, whatever its name.
pub(crate) fn take_single<T>(
    slot: &mut Option<(ObjectId, Slot<T>)>,
    record: Option<Record<T>>,
    refused: &[Refusal],
    kind: Kind,
) {
    if let Some(record) = record {
        *slot = Some((record.id.clone(), Slot { running: Some(record), refused: None }));
    } else if let Some(refusal) = refused.iter().find(|refusal| refusal.kind == kind) {
        let running = slot.take().and_then(|(_, slot)| slot.running);
        let state = Slot { running, refused: Some(refused_revision(refusal)) };
        *slot = Some((refusal.id.clone(), state));
    }
}

fn refused_revision(refusal: &Refusal) -> RefusedRevision {
    RefusedRevision {
        revision: Revision { generation: refusal.generation, hash: refusal.hash.clone() },
        reason: refusal.reason.clone(),
    }
}

/// How a record appears in the report.
pub(crate) fn record_state<T>(kind: Kind, id: &ObjectId, slot: &Slot<T>) -> RecordState {
    let running = slot.running.as_ref().map(|r| Revision { generation: r.generation, hash: r.hash.clone() });
    RecordState { kind, id: id.clone(), running, refused: slot.refused.clone() }
}

/// What is loaded, by kind, without the records that name no object here.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Settings of the pool.
    pub(crate) data_plane: Option<(ObjectId, Slot<imgplane_config::DataPlaneConfig>)>,
    /// Endpoints.
    pub(crate) endpoints: Slots<imgplane_config::EndpointConfig>,
    /// Origins as configured.
    pub(crate) origins: Slots<imgplane_config::OriginConfig>,
    /// Credentials.
    pub(crate) credentials: Slots<imgplane_config::Credential>,
    /// Keys that verify signatures.
    pub(crate) signing_keys: Slots<imgplane_config::SigningKeys>,
}

impl Records {
    /// Takes in a whole load.
    pub(crate) fn take(&mut self, loaded: Loaded) {
        let Loaded { data_plane, endpoints, origins, credentials, signing_keys, refused, hash: _ } = loaded;
        take_single(&mut self.data_plane, data_plane, &refused, Kind::DataPlane);
        take(&mut self.endpoints, endpoints, &refused, Kind::UrlEndpoint);
        take(&mut self.origins, origins, &refused, Kind::Origin);
        take(&mut self.credentials, credentials, &refused, Kind::Credential);
        take(&mut self.signing_keys, signing_keys, &refused, Kind::SigningKeys);
    }
}

#[cfg(test)]
mod tests {
    use imgplane_config::Hash;

    use super::*;

    fn record(name: &str, generation: i64, body: u8) -> Record<u8> {
        Record { id: ObjectId::new("n", name), generation, hash: Hash::of(&[body]), body }
    }

    fn refusal(name: &str) -> Refusal {
        Refusal {
            kind: Kind::Origin,
            id: ObjectId::new("n", name),
            generation: 2,
            hash: Hash::of(b"bad"),
            reason: "unknown field".into(),
        }
    }

    #[test]
    fn a_refused_record_keeps_the_last_good_one_and_says_why() {
        let mut slots = Slots::default();
        take(&mut slots, vec![record("a", 1, 1), record("b", 1, 2)], &[], Kind::Origin);
        take(&mut slots, vec![record("b", 2, 3)], &[refusal("a"), refusal("c")], Kind::Origin);
        let a = &slots[&ObjectId::new("n", "a")];
        assert_eq!(a.running.as_ref().map(|r| (r.generation, r.body)), Some((1, 1)));
        assert_eq!(a.refused.as_ref().unwrap().reason, "unknown field");
        let b = &slots[&ObjectId::new("n", "b")];
        assert_eq!((b.running.as_ref().unwrap().body, b.refused.is_some()), (3, false));
        let c = &slots[&ObjectId::new("n", "c")];
        assert!(c.running.is_none() && c.refused.is_some());
    }

    #[test]
    fn an_object_that_is_gone_from_the_config_is_forgotten() {
        let mut slots = Slots::default();
        take(&mut slots, vec![record("a", 1, 1)], &[], Kind::Origin);
        take(&mut slots, vec![], &[], Kind::Origin);
        assert!(slots.is_empty());
    }

    #[test]
    fn refused_settings_of_the_pool_keep_the_old_ones() {
        let mut slot = None;
        take_single(&mut slot, Some(record("pool", 1, 1)), &[], Kind::DataPlane);
        let refused = Refusal { kind: Kind::DataPlane, ..refusal("pool") };
        take_single(&mut slot, None, &[refused], Kind::DataPlane);
        let (_, slot) = slot.unwrap();
        assert!(slot.running.is_some() && slot.refused.is_some());
    }
}
