//! Brings the objects of one DataPlane to what they should be, in order, and deletes those that should not be.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use imgplane_config::{Hash, ObjectId};
use kube::{
    Api, Client,
    api::{DeleteParams, Patch, PatchParams, Preconditions},
    core::{DynamicObject, ObjectMeta},
};

use super::{ApplyError, Desired, OwnedKind, Owner, Part, Verb, call::Call, memory::Memory};
use crate::{
    labels,
    watch::{Owned, OwnedMeta},
};

/// Applies, prunes, and remembers what it applied. Who stops it in the middle loses nothing: what was not noted is
/// applied again. Several DataPlanes may be applied at once, and both parts of one.
pub struct Applier {
    pub(super) client: Client,
    memory: Mutex<Memory>,
}

impl std::fmt::Debug for Applier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Applier").field("memory", &self.memory).finish_non_exhaustive()
    }
}

/// What an apply did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Objects that were sent.
    pub written: usize,
    /// Objects that were left alone because they are as they should be.
    pub unchanged: usize,
    /// Objects that were deleted.
    pub pruned: usize,
}

/// What failed so far.
#[derive(Default)]
struct Failures {
    first: Option<ApplyError>,
    more: usize,
}

impl Failures {
    fn add(&mut self, error: ApplyError) {
        if self.first.is_some() {
            self.more += 1;
        } else {
            self.first = Some(error);
        }
    }

    fn into_result(self) -> Result<(), ApplyError> {
        match self {
            Self { first: None, .. } => Ok(()),
            Self { first: Some(first), more: 0 } => Err(first),
            Self { first: Some(first), more } => Err(ApplyError::Several { first: Box::new(first), more }),
        }
    }
}

impl Applier {
    /// Has applied nothing yet, so that every object is sent once.
    pub fn new(client: Client) -> Self {
        Self { client, memory: Mutex::default() }
    }

    /// Never held across a call: each change is one step.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies those of the objects that belong to a part, in the order given.
    ///
    /// Left alone is what was applied the same before and, by `owned`, was written by nobody since. Of objects around
    /// the pods one that fails does not stop the others; of the config it stops everything behind it, because an index
    /// must not name a shard that is not there.
    ///
    /// # Errors
    /// The first failure, with the count of the others.
    pub async fn apply(
        &self,
        part: Part,
        owner: &Owner,
        desired: &[Desired],
        owned: &Owned,
    ) -> Result<Applied, ApplyError> {
        let mut applied = Applied::default();
        let mut failures = Failures::default();
        for object in desired.iter().filter(|object| Part::of(object.kind) == part) {
            // Digesting a full shard takes milliseconds, and there may be many that need no call.
            tokio::task::yield_now().await;
            match self.apply_one(owner, object, owned.get(object.kind, &object.id)).await {
                Ok(true) => applied.written += 1,
                Ok(false) => applied.unchanged += 1,
                Err(error) => {
                    let stop = !error.is_local() || part == Part::Config;
                    failures.add(error);
                    if stop {
                        break;
                    }
                }
            }
        }
        failures.into_result().map(|()| applied)
    }

    /// Deletes what this DataPlane owns of a part and does not desire. To be called once everything of that part was
    /// applied: what replaces it may be what failed.
    ///
    /// The Secret with the admin token is never deleted: pods that run would lock the operator out.
    ///
    /// # Errors
    /// The first failure, with the count of the others. What could not be deleted does no harm while it is tried again.
    pub async fn prune(
        &self,
        part: Part,
        owner: &Owner,
        desired: &[Desired],
        owned: &Owned,
    ) -> Result<Applied, ApplyError> {
        let wanted: BTreeSet<_> = desired.iter().map(|object| (object.kind, &object.id)).collect();
        let pruned = self.prune_unwanted(part, owner, &wanted, owned).await?;
        self.memory().keep_only(part, owner, &wanted);
        Ok(Applied { pruned, ..Applied::default() })
    }

    /// Forgets a DataPlane that is gone.
    pub fn forget(&self, data_plane: &ObjectId) {
        self.memory().forget(data_plane);
    }

    pub(super) fn api(&self, kind: OwnedKind, namespace: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, &kind.api_resource())
    }

    /// Whether the object was sent.
    async fn apply_one(
        &self,
        owner: &Owner,
        desired: &Desired,
        seen: Option<&OwnedMeta>,
    ) -> Result<bool, ApplyError> {
        let content = Hash::of(format!("{} {}", desired.manager, desired.object).as_bytes());
        if self.memory().is_unchanged(owner, desired, &content, seen) {
            return Ok(false);
        }
        let known = self.memory().knows(owner, desired);
        if seen.is_none() && !known {
            self.leave_foreign_alone(owner, desired).await?;
        }
        self.hand_over_replicas(desired).await?;
        let left = self.send(desired).await?;
        self.memory().note(owner, desired, content, seen, OwnedMeta::of(&left));
        Ok(true)
    }

    /// Sends an object by server-side apply. `force`, because what the operator makes is the operator's.
    pub(super) async fn send(&self, desired: &Desired) -> Result<ObjectMeta, ApplyError> {
        let Desired { kind, id, manager, object } = desired;
        let api = self.api(*kind, &id.namespace);
        let params = PatchParams::apply(manager).force().validation_strict();
        let patch = Patch::Apply(object);
        let call = Call { verb: Verb::Patch, kind: *kind, id };
        // Only metadata comes back: a shard is big, and of a Secret nothing should.
        let left = call.run(|| async { api.patch_metadata(&id.name, &params, &patch).await }).await?;
        tracing::info!(kind = %kind, object = %id, "applied an object");
        Ok(left.metadata)
    }

    /// Fails for an object of the same name that somebody else made.
    async fn leave_foreign_alone(&self, owner: &Owner, desired: &Desired) -> Result<(), ApplyError> {
        let api = self.api(desired.kind, &desired.id.namespace);
        let call = Call { verb: Verb::Get, kind: desired.kind, id: &desired.id };
        let found = call.run(|| async { present(api.get_metadata(&desired.id.name).await) }).await?;
        match found {
            Some(found) if !is_ours(&found.metadata, owner) => {
                Err(ApplyError::Foreign { subject: call.subject() })
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn prune_unwanted(
        &self,
        part: Part,
        owner: &Owner,
        wanted: &BTreeSet<(OwnedKind, &ObjectId)>,
        owned: &Owned,
    ) -> Result<usize, ApplyError> {
        let mut pruned = 0;
        let mut failures = Failures::default();
        for (kind, id, meta) in owned.of(&owner.id) {
            let other = Part::of(kind) != part;
            if other || wanted.contains(&(kind, id)) || meta.terminating || !may_prune(owner, kind, id) {
                continue;
            }
            match self.delete(kind, id, meta).await {
                Ok(true) => pruned += 1,
                Ok(false) => {}
                Err(error) => {
                    let stop = !error.is_local();
                    failures.add(error);
                    if stop {
                        break;
                    }
                }
            }
        }
        failures.into_result().map(|()| pruned)
    }

    /// Deletes the very object that was seen. Whether it was still there.
    async fn delete(&self, kind: OwnedKind, id: &ObjectId, meta: &OwnedMeta) -> Result<bool, ApplyError> {
        let api = self.api(kind, &id.namespace);
        let seen = Preconditions { uid: Some(meta.uid.clone()), resource_version: None };
        let params = DeleteParams::background().preconditions(seen);
        let call = Call { verb: Verb::Delete, kind, id };
        let deleted = call
            .run(|| async {
                match api.delete(&id.name, &params).await {
                    Ok(_) => Ok(true),
                    // It is gone, or another object has its name by now.
                    Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(false),
                    Err(error) => Err(error),
                }
            })
            .await?;
        if deleted {
            tracing::info!(kind = %kind, object = %id, "deleted an object that is not needed any more");
        }
        Ok(deleted)
    }
}

/// What a read found; that there is nothing is no error.
pub(super) fn present<T>(answer: kube::Result<T>) -> kube::Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the operator made an object: by its label, or by its owner where somebody took the label off.
pub(super) fn is_ours(meta: &ObjectMeta, owner: &Owner) -> bool {
    let label = |labels: &BTreeMap<String, String>| {
        labels.get(labels::MANAGED_BY).is_some_and(|by| by == labels::OPERATOR)
    };
    let owned = meta.owner_references.iter().flatten().any(|reference| reference.uid == owner.uid);
    owned || meta.labels.as_ref().is_some_and(label)
}

/// Labels are easily copied, so only names that the operator gives are deleted.
fn may_prune(owner: &Owner, kind: OwnedKind, id: &ObjectId) -> bool {
    let token = kind == OwnedKind::Secret && id.name == labels::token_secret_name(&owner.id);
    let base = labels::object_name(&owner.id);
    let given = id.name.strip_prefix(&base).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    given && !token
}
