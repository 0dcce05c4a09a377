//! Which record each published config holds, and so which pods run an object's present settings.
//!
//! A pod counts for a record only when the config it reports is known to hold exactly the record's present hash.
//! Whatever is unknown counts as not yet: a config of another operator, one that is too old to be remembered, none.
//! Pure: no client and no clock.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use imgplane_config::{
    Bundle, DataPlaneConfig, Hash, Kind, ObjectId, Purges, Record,
    report::{RecordState, RefusedRevision},
};

/// How many configs are remembered. A pod that is further behind counts as running nothing, which it nearly does.
const REMEMBERED: usize = 256;

/// What has been published for one DataPlane.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Number of the newest config; each publication has the next one.
    newest: u64,
    /// The configs that are remembered.
    configs: BTreeMap<Hash, Config>,
    records: BTreeMap<Kind, BTreeMap<ObjectId, Entry>>,
    /// Objects that say something else than the newest config holds of them: another one is being written.
    overtaken: BTreeMap<Kind, BTreeSet<ObjectId>>,
}

/// One config.
#[derive(Debug, Clone, Copy)]
struct Config {
    number: u64,
    /// Number of the last purge that it lists.
    purged: u64,
}

/// One record of the newest config.
#[derive(Debug, Clone)]
struct Entry {
    generation: i64,
    hash: Hash,
    /// Stands for what the object says, which may be less than what its record does.
    said: Hash,
    /// Number of the first config from which on every one holds what the object says now.
    since: u64,
}

/// What a ready pod last said of its config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodAck {
    /// The pod.
    pub pod: ObjectId,
    /// Hash of the config that it loaded last; absent when it never said.
    pub config: Option<Hash>,
    /// Records that do not run as written.
    pub refused: Vec<RecordState>,
    /// Why its newest config could not be read as a whole, if so. Such a pod waits: the set may just be half written.
    pub config_error: Option<String>,
    /// Why it does not take over its newest delivery certificate, if so; it goes on with the one before.
    pub tls_error: Option<String>,
    /// Why it keeps no results in its folder, if so; it serves on without it.
    pub cache_error: Option<String>,
    /// Why it keeps nothing in a store that pods share, if so; it serves on without it.
    pub store_error: Option<String>,
    /// Up to which number the store that it shares knows what was purged; absent where it shares none, or does not tell.
    pub store_purged: Option<u64>,
    /// How long it has not answered; absent when it answered the last time. What it said before still counts.
    pub silent_for: Option<Duration>,
}

/// What pods say of one object's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// Every ready pod runs them.
    Programmed {
        /// How many pods that is.
        pods: usize,
    },
    /// Some pods have not loaded them yet.
    Pending {
        /// Pods that run them.
        running: usize,
        /// All ready pods.
        ready: usize,
        /// Pods that do not, sorted.
        waiting: Vec<ObjectId>,
    },
    /// Pods loaded them and do not run them.
    Rejected {
        /// The first of these pods, by name.
        pod: ObjectId,
        /// How many they are.
        pods: usize,
        /// What the first of them says.
        reason: String,
    },
    /// There is no ready pod.
    NoPods,
}

impl Ledger {
    /// Notes that this bundle is about to be written: until it is, no pod runs what has changed in it, whatever config it
    /// has. The same generation of an endpoint is another record once its origin has come to be known.
    pub fn expected(&mut self, bundle: &Bundle, hash: &Hash) {
        self.overtaken.clear();
        if self.newest() == Some(hash) {
            return;
        }
        let data_plane = std::slice::from_ref(&bundle.data_plane);
        let overtaken = [
            (Kind::DataPlane, self.changed(Kind::DataPlane, data_plane, said)),
            (Kind::UrlEndpoint, self.changed(Kind::UrlEndpoint, &bundle.endpoints, whole)),
            (Kind::Origin, self.changed(Kind::Origin, &bundle.origins, whole)),
        ];
        self.overtaken = overtaken.into();
    }

    /// Those of these records that the newest config has with another content.
    fn changed<T>(
        &self,
        kind: Kind,
        records: &[Record<T>],
        said: impl Fn(&Record<T>) -> Hash,
    ) -> BTreeSet<ObjectId> {
        let differs = |record: &&Record<T>| {
            self.entry(kind, &record.id).is_some_and(|entry| entry.said != said(record))
        };
        records.iter().filter(differs).map(|record| record.id.clone()).collect()
    }

    /// Notes that this bundle was written under this config hash. Noting the newest one again changes nothing.
    pub fn published(&mut self, bundle: &Bundle, hash: &Hash) {
        self.overtaken.clear();
        if self.newest() == Some(hash) {
            return;
        }
        self.newest += 1;
        let config = Config { number: self.newest, purged: bundle.data_plane.body.purges.last() };
        self.configs.insert(hash.clone(), config);
        if self.configs.len() > REMEMBERED
            && let Some(oldest) = self.configs.iter().min_by_key(|(_, config)| config.number)
        {
            let oldest = oldest.0.clone();
            self.configs.remove(&oldest);
        }
        let before = std::mem::take(&mut self.records);
        let mut next = Next { before, number: self.newest, records: BTreeMap::new() };
        next.take(Kind::DataPlane, std::slice::from_ref(&bundle.data_plane), said);
        next.take(Kind::UrlEndpoint, &bundle.endpoints, whole);
        next.take(Kind::Origin, &bundle.origins, whole);
        next.take(Kind::Credential, &bundle.credentials, whole);
        next.take(Kind::SigningKeys, &bundle.signing_keys, whole);
        self.records = next.records;
    }

    /// Hash of the config that was written last.
    pub fn newest(&self) -> Option<&Hash> {
        self.configs.iter().find(|(_, config)| config.number == self.newest).map(|(hash, _)| hash)
    }

    /// Up to which number all of these pods have taken in what was purged, and with them the store that they share, if they
    /// do; nothing where there are no pods. One that refused the DataPlane's record goes on with an older list.
    pub fn purged(&self, pods: &[PodAck], shared: bool) -> Option<u64> {
        let of_pod = |pod: &PodAck| {
            let refuses = |state: &RecordState| state.kind == Kind::DataPlane && state.refused.is_some();
            let hash = pod.config.as_ref().filter(|_| !pod.refused.iter().any(refuses))?;
            let listed = self.configs.get(hash)?.purged;
            match pod.store_purged {
                Some(stored) => Some(listed.min(stored)),
                None => (!shared).then_some(listed),
            }
        };
        pods.iter().map(|pod| of_pod(pod).unwrap_or_default()).min()
    }

    /// Sorts out what these pods said, for questions about many objects.
    pub fn acks<'a>(&'a self, pods: &'a [PodAck]) -> Acks<'a> {
        let mut refused: HashMap<_, Vec<_>> = HashMap::new();
        for (index, pod) in pods.iter().enumerate() {
            for state in &pod.refused {
                if let Some(revision) = &state.refused {
                    refused.entry((state.kind, &state.id)).or_default().push((index, revision));
                }
            }
        }
        let pods = pods
            .iter()
            .map(|pod| {
                let config = pod.config.as_ref().and_then(|hash| self.configs.get(hash));
                (&pod.pod, config.map(|config| config.number))
            })
            .collect();
        Acks { ledger: self, pods, refused }
    }

    /// What these pods say of one object at this generation. For many objects, ask [`Ledger::acks`] once.
    pub fn state(&self, pods: &[PodAck], kind: Kind, id: &ObjectId, generation: i64) -> Acknowledged {
        self.acks(pods).state(kind, id, generation)
    }

    fn entry(&self, kind: Kind, id: &ObjectId) -> Option<&Entry> {
        self.records.get(&kind)?.get(id)
    }
}

/// The records of the config that is being noted.
struct Next {
    before: BTreeMap<Kind, BTreeMap<ObjectId, Entry>>,
    number: u64,
    records: BTreeMap<Kind, BTreeMap<ObjectId, Entry>>,
}

impl Next {
    fn take<T>(&mut self, kind: Kind, records: &[Record<T>], said: impl Fn(&Record<T>) -> Hash) {
        let before = self.before.remove(&kind).unwrap_or_default();
        let entries = records
            .iter()
            .map(|record| {
                let said = said(record);
                let same = before.get(&record.id).filter(|entry| entry.said == said);
                let since = same.map_or(self.number, |entry| entry.since);
                let entry = Entry { generation: record.generation, hash: record.hash.clone(), said, since };
                (record.id.clone(), entry)
            })
            .collect();
        self.records.insert(kind, entries);
    }
}

/// Of a record that holds what its object says and nothing else.
fn whole<T>(record: &Record<T>) -> Hash {
    record.hash.clone()
}

/// Of a DataPlane's record, which holds the list of what was purged as well. A purge is no change of the DataPlane, and
/// must not unsettle its status.
fn said(record: &Record<DataPlaneConfig>) -> Hash {
    if record.body.purges.is_empty() {
        return record.hash.clone();
    }
    let body = DataPlaneConfig { purges: Purges::default(), ..record.body.clone() };
    let alone = Record::new(record.id.clone(), record.generation, body);
    alone.map_or_else(|_| record.hash.clone(), |alone| alone.hash)
}

/// What a set of pods said, in the light of what was published.
#[derive(Debug)]
pub struct Acks<'a> {
    ledger: &'a Ledger,
    /// Each pod with the number of the config that it runs, where that is known.
    pods: Vec<(&'a ObjectId, Option<u64>)>,
    /// Refused records, with the index of the pod that refused them.
    refused: HashMap<(Kind, &'a ObjectId), Vec<(usize, &'a RefusedRevision)>>,
}

/// The kind of the secret record that goes with one of this kind.
const fn secret_of(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::Origin => Some(Kind::Credential),
        Kind::UrlEndpoint => Some(Kind::SigningKeys),
        Kind::DataPlane | Kind::Credential | Kind::SigningKeys => None,
    }
}

/// What one pod does with a record.
enum Run<'a> {
    Runs,
    Waits,
    Refuses(&'a str),
}

impl Acks<'_> {
    /// How many of the pods loaded the newest config.
    pub fn current(&self) -> usize {
        let newest = self.ledger.newest;
        self.pods.iter().filter(|(_, number)| newest > 0 && *number == Some(newest)).count()
    }

    /// What the pods say of one object at this generation.
    ///
    /// An Origin that runs without its credential does not run, so that a refused credential rejects its Origin; the
    /// same holds for a UrlEndpoint and its signing keys.
    pub fn state(&self, kind: Kind, id: &ObjectId, generation: i64) -> Acknowledged {
        let ready = self.pods.len();
        if ready == 0 {
            return Acknowledged::NoPods;
        }
        let overtaken = self.ledger.overtaken.get(&kind).is_some_and(|ids| ids.contains(id));
        let entry = self.ledger.entry(kind, id);
        let entry = entry.filter(|entry| entry.generation >= generation && !overtaken);
        let Some(entry) = entry else {
            let mut waiting: Vec<_> = self.pods.iter().map(|(pod, _)| (*pod).clone()).collect();
            waiting.sort();
            return Acknowledged::Pending { running: 0, ready, waiting };
        };

        let mut running = 0;
        let mut waiting = Vec::new();
        let mut rejecting: Vec<(&ObjectId, &str)> = Vec::new();
        for (index, (pod, number)) in self.pods.iter().enumerate() {
            match self.run(index, *number, kind, id, entry) {
                Run::Runs => running += 1,
                Run::Waits => waiting.push((*pod).clone()),
                Run::Refuses(reason) => rejecting.push((pod, reason)),
            }
        }
        if let Some((pod, reason)) = rejecting.iter().min() {
            let (pod, reason) = ((*pod).clone(), (*reason).to_owned());
            return Acknowledged::Rejected { pod, pods: rejecting.len(), reason };
        }
        if waiting.is_empty() {
            return Acknowledged::Programmed { pods: running };
        }
        waiting.sort();
        Acknowledged::Pending { running, ready, waiting }
    }

    fn run(&self, pod: usize, number: Option<u64>, kind: Kind, id: &ObjectId, entry: &Entry) -> Run<'_> {
        let Some(number) = number.filter(|number| *number >= entry.since) else { return Run::Waits };
        let secret = secret_of(kind);
        let credential = secret.and_then(|secret| self.ledger.entry(secret, id));
        let refusal = self.refusal(pod, kind, id).map(|refusal| (refusal, Some(entry)));
        let refusal = refusal.or_else(|| Some((self.refusal(pod, secret?, id)?, credential)));
        match refusal {
            None => Run::Runs,
            // What was refused is not what is written now, or went with another credential: the pod is behind.
            Some((refusal, written))
                if written.is_none_or(|written| written.hash != refusal.revision.hash)
                    || credential.is_some_and(|credential| number < credential.since) =>
            {
                Run::Waits
            }
            Some((refusal, _)) => Run::Refuses(&refusal.reason),
        }
    }

    fn refusal(&self, pod: usize, kind: Kind, id: &ObjectId) -> Option<&RefusedRevision> {
        let refused = self.refused.get(&(kind, id))?;
        refused.iter().find(|(index, _)| *index == pod).map(|(_, revision)| *revision)
    }
}

#[cfg(test)]
mod tests;
