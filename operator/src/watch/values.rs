//! Values of the Secrets and ConfigMaps that are named, and of no other, for no longer than they are named.
//!
//! That one changed is seen by its metadata; only then it is read again. One that is newly named, or of which another
//! value is, is read once whatever the metadata says, because the two watches do not come in step. What may not be read
//! has no value; what cannot be read for another reason keeps its last one. Both are told apart from what is not there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use imgplane_config::ObjectId;
use k8s_openapi::{
    ByteString, NamespaceResourceScope,
    api::core::v1::{ConfigMap, Secret},
};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::{
    sync::Semaphore,
    task::{self, AbortHandle, JoinError, JoinSet},
    time::{Instant, timeout},
};

use super::{
    mirror::{Mirror, Seen},
    outage::{Cause, DENIED_PAUSE, Errors, Outage},
    owned::{self, OwnedMeta},
    undecoded::Metadata,
};
use crate::{Holder, Reference, References, SecretData, Withheld, validate::LONGEST_VALUE};

/// Reads at once.
const READS_AT_ONCE: usize = 16;
/// A read takes milliseconds; one that is not answered within this time is tried again.
const READ_WITHIN: Duration = Duration::from_secs(10);
/// After so many failed reads what was never read holds up nobody else any more.
const PATIENCE: u32 = 4;
/// What is kept of the metadata of a Secret or ConfigMap.
#[derive(Debug)]
pub(super) struct HolderSeen {
    /// `metadata.resourceVersion`.
    version: String,
    /// Present for those that the operator made.
    pub(super) owned: Option<Arc<OwnedMeta>>,
}

impl Seen for HolderSeen {
    /// That one of another changed matters once it was read, and if it is named at all.
    fn matters(&self, before: &Self) -> bool {
        match (&self.owned, &before.owned) {
            (Some(now), Some(before)) => now.matters(before),
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        }
    }

    fn counts(&self) -> bool {
        self.owned.is_some()
    }
}

impl HolderSeen {
    /// Keeps what is needed of the metadata. Annotations may repeat values.
    pub(super) fn see<K>(object: Metadata<K>) -> Option<(ObjectId, Self)> {
        let meta = object.into_inner();
        let id = ObjectId::new(meta.namespace.as_deref()?, meta.name.as_deref()?);
        let owned = owned::is_ours(meta.labels.as_ref()).then(|| Arc::new(OwnedMeta::of(&meta)));
        Some((id, Self { version: meta.resource_version.unwrap_or_default(), owned }))
    }
}

/// What is known of what is named.
#[derive(Clone, PartialEq, Eq)]
enum Value {
    /// It was not read yet.
    Pending,
    /// It does not exist.
    Absent,
    /// Whether it exists is not known.
    Withheld(Withheld),
    Known(Arc<SecretData>),
}

/// What is shown of what is named and may exist.
pub(super) type Read = Result<Arc<SecretData>, Withheld>;

/// Version that the metadata showed; `None` where it showed no such object.
type Version = Option<String>;

struct Entry {
    /// The keys whose values are used.
    keys: BTreeSet<String>,
    /// Whether a key was added since the value was read.
    incomplete: bool,
    /// The version that the last read was started for.
    asked: Option<Version>,
    reading: Option<AbortHandle>,
    value: Value,
    failures: u32,
    retry_at: Option<Instant>,
    outage: Outage,
}

type Answer = Result<Option<SecretData>, ReadError>;

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Api(#[from] kube::Error),
    #[error("no answer within {} s", READ_WITHIN.as_secs())]
    TimedOut,
    #[error("the read ended without an answer: {0}")]
    Lost(#[from] JoinError),
}

impl ReadError {
    fn cause(&self) -> Cause {
        match self {
            Self::Api(error) => Cause::of(error),
            Self::TimedOut | Self::Lost(_) => Cause::Silent,
        }
    }
}

impl Entry {
    /// Takes in the answer to a read; tells whether the value changed.
    fn take(&mut self, answer: Answer, errors: &Errors) -> bool {
        self.reading = None;
        let value = match answer {
            Ok(data) => {
                self.failures = 0;
                self.incomplete = false;
                self.outage.succeeded();
                data.map_or(Value::Absent, |data| Value::Known(Arc::new(data)))
            }
            Err(error) => {
                let cause = error.cause();
                let pause = self.outage.failed(cause, &error, errors);
                self.failures += 1;
                let denied = cause == Cause::Forbidden;
                self.incomplete &= !denied && self.failures < PATIENCE;
                self.retry_at = Some(Instant::now() + if denied { DENIED_PAUSE } else { pause });
                match &self.value {
                    _ if denied => Value::Withheld(Withheld::Forbidden),
                    Value::Pending if self.failures < PATIENCE => Value::Pending,
                    Value::Pending | Value::Withheld(_) => Value::Withheld(Withheld::Unanswered),
                    known @ (Value::Absent | Value::Known(_)) => known.clone(),
                }
            }
        };
        let changed = self.value != value;
        self.value = value;
        changed
    }
}

/// Reads Secrets and ConfigMaps, and holds their values.
pub(super) struct ValueReader {
    client: Client,
    errors: Arc<Errors>,
    permits: Arc<Semaphore>,
    entries: BTreeMap<Reference, Entry>,
    reads: JoinSet<(Reference, Answer)>,
    changed: bool,
}

impl ValueReader {
    pub(super) fn new(client: Client, errors: Arc<Errors>) -> Self {
        Self {
            client,
            errors,
            permits: Arc::new(Semaphore::new(READS_AT_ONCE)),
            entries: BTreeMap::new(),
            reads: JoinSet::new(),
            changed: false,
        }
    }

    /// Names what is wanted: values of others are dropped, new ones and changed ones are read. `metadata` shows what
    /// exists.
    pub(super) fn want(&mut self, wanted: &References, metadata: impl Fn(Holder) -> Arc<Mirror<HolderSeen>>) {
        self.entries.retain(|reference, entry| {
            let kept = wanted.contains_key(reference);
            if let Some(reading) = entry.reading.as_ref().filter(|_| !kept) {
                reading.abort();
            }
            kept
        });
        let now = Instant::now();
        for (reference, keys) in wanted {
            let seen = metadata(reference.holder).get(&reference.id);
            let version = seen.map(|seen| seen.version.clone());
            let entry = self.entries.entry(reference.clone()).or_insert_with(|| Entry {
                keys: keys.clone(),
                incomplete: false,
                asked: None,
                reading: None,
                value: Value::Pending,
                failures: 0,
                retry_at: None,
                outage: Outage::new(format!("{} {}", reference.holder.as_str(), reference.id)),
            });
            if entry.keys != *keys {
                // What is read at the moment is read with the old keys.
                if let Some(reading) = entry.reading.take() {
                    reading.abort();
                }
                entry.asked = None;
                // Who names another key waits for its value, as who names another object does.
                entry.incomplete |= !keys.is_subset(&entry.keys);
                entry.keys.clone_from(keys);
            }
            let due = entry.retry_at.is_some_and(|at| at <= now);
            if entry.reading.is_none() && (due || entry.asked.as_ref() != Some(&version)) {
                entry.asked = Some(version);
                entry.retry_at = None;
                let (client, permits, reference) =
                    (self.client.clone(), self.permits.clone(), reference.clone());
                let keys = keys.clone();
                entry.reading = Some(self.reads.spawn(async move {
                    let answer = read(client, permits, &reference, &keys).await;
                    (reference, answer)
                }));
            }
        }
    }

    /// Waits for one read; for ever when there is none.
    pub(super) async fn finished(&mut self) {
        match self.reads.join_next_with_id().await {
            Some(ended) => self.take(ended),
            None => std::future::pending().await,
        }
    }

    /// Takes in what was read meanwhile.
    pub(super) fn take_finished(&mut self) {
        while let Some(ended) = self.reads.try_join_next_with_id() {
            self.take(ended);
        }
    }

    fn take(&mut self, ended: Result<(task::Id, (Reference, Answer)), JoinError>) {
        let is = |task, entry: &Entry| entry.reading.as_ref().is_some_and(|reading| reading.id() == task);
        let (entry, answer) = match ended {
            Ok((task, (id, answer))) => (self.entries.get_mut(&id).filter(|entry| is(task, entry)), answer),
            Err(error) => {
                let task = error.id();
                let entry = self.entries.values_mut().find(|entry| is(task, entry));
                (entry, Err(ReadError::Lost(error)))
            }
        };
        // That of what is not wanted any more is found nowhere.
        if let Some(entry) = entry {
            self.changed |= entry.take(answer, &self.errors);
        }
    }

    /// Whether something is known of everything that is wanted.
    pub(super) fn is_settled(&self) -> bool {
        self.entries.values().all(|entry| entry.value != Value::Pending && !entry.incomplete)
    }

    /// When the next failed read is due again.
    pub(super) fn next_retry(&self) -> Option<Instant> {
        self.entries.values().filter(|entry| entry.reading.is_none()).filter_map(|entry| entry.retry_at).min()
    }

    /// Whether a value changed since the last call.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// The values that are known, and why others are not. What does not exist is left out.
    pub(super) fn values(&self) -> BTreeMap<Reference, Read> {
        let known = self.entries.iter().filter_map(|(id, entry)| {
            let read = match &entry.value {
                Value::Known(data) => Ok(data.clone()),
                Value::Withheld(why) => Err(*why),
                Value::Pending => Err(Withheld::Unanswered),
                Value::Absent => return None,
            };
            Some((id.clone(), read))
        });
        known.collect()
    }
}

impl fmt::Debug for ValueReader {
    /// Tells what is read, and no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueReader").field("named", &self.entries.keys()).finish_non_exhaustive()
    }
}

async fn read(
    client: Client,
    permits: Arc<Semaphore>,
    reference: &Reference,
    keys: &BTreeSet<String>,
) -> Answer {
    // The semaphore is never closed; without a permit the read would only come too early.
    let _permit = permits.acquire_owned().await.ok();
    let Reference { holder, id } = reference;
    let used = |key: &str| keys.contains(key);
    Ok(match holder {
        Holder::Secret => get::<Secret>(client, id).await?.map(|secret| {
            let data = secret.data.unwrap_or_default().into_iter();
            data.map(|(key, ByteString(value))| kept(key, value, used)).collect()
        }),
        Holder::ConfigMap => get::<ConfigMap>(client, id).await?.map(|config_map| {
            let text = config_map.data.unwrap_or_default().into_iter();
            let text = text.map(|(key, value)| (key, value.into_bytes()));
            let binary = config_map.binary_data.unwrap_or_default().into_iter();
            let binary = binary.map(|(key, ByteString(value))| (key, value));
            text.chain(binary).map(|(key, value)| kept(key, value, used)).collect()
        }),
    })
}

async fn get<K>(client: Client, id: &ObjectId) -> Result<Option<K>, ReadError>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + fmt::Debug,
{
    let api = Api::<K>::namespaced(client, &id.namespace);
    match timeout(READ_WITHIN, api.get(&id.name)).await {
        Ok(Ok(object)) => Ok(Some(object)),
        Ok(Err(error)) if Cause::of(&error) == Cause::NotFound => Ok(None),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(ReadError::TimedOut),
    }
}

/// All keys are kept, for messages, and the values of those that are used. One that is longer than what can be used is
/// cut, and still too long.
fn kept(key: String, mut value: Vec<u8>, used: impl Fn(&str) -> bool) -> (String, Vec<u8>) {
    value.truncate(if used(&key) { LONGEST_VALUE + 1 } else { 0 });
    value.shrink_to_fit();
    (key, value)
}
