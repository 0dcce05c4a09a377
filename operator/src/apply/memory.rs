//! What was applied and how the API server left it: whether an object needs to be applied again.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{Hash, ObjectId};

use super::{Desired, OwnedKind, Owner, Part};
use crate::watch::OwnedMeta;

/// Content and outcome of our last apply of one object.
#[derive(Debug)]
struct Mark {
    owner: String,
    content: Hash,
    /// Its metadata as the apply left it.
    left: OwnedMeta,
    /// Its metadata as it was seen before the apply: a watch that still shows this has not caught up.
    before: Option<OwnedMeta>,
}

/// What was applied, by DataPlane.
#[derive(Debug, Default)]
pub(super) struct Memory {
    marks: BTreeMap<ObjectId, BTreeMap<(OwnedKind, ObjectId), Mark>>,
}

impl Memory {
    /// Whether the object is what we applied last and nobody has written to it since.
    pub(super) fn is_unchanged(
        &self,
        owner: &Owner,
        desired: &Desired,
        content: &Hash,
        seen: Option<&OwnedMeta>,
    ) -> bool {
        let (Some(mark), Some(seen)) = (self.mark(owner, desired), seen) else { return false };
        mark.content == *content
            && (seen.is_as_written(&mark.left)
                || mark.before.as_ref().is_some_and(|before| seen.is_as_written(before)))
    }

    /// Whether we made the object that is not seen yet.
    pub(super) fn knows(&self, owner: &Owner, desired: &Desired) -> bool {
        self.mark(owner, desired).is_some()
    }

    fn mark(&self, owner: &Owner, desired: &Desired) -> Option<&Mark> {
        let mark = self.marks.get(&owner.id)?.get(&(desired.kind, desired.id.clone()))?;
        (mark.owner == owner.uid).then_some(mark)
    }

    /// Notes an apply.
    pub(super) fn note(
        &mut self,
        owner: &Owner,
        desired: &Desired,
        content: Hash,
        seen: Option<&OwnedMeta>,
        left: OwnedMeta,
    ) {
        let mark = Mark { owner: owner.uid.clone(), content, left, before: seen.cloned() };
        self.marks.entry(owner.id.clone()).or_default().insert((desired.kind, desired.id.clone()), mark);
    }

    /// Forgets what is not desired any more of a part.
    pub(super) fn keep_only(
        &mut self,
        part: Part,
        owner: &Owner,
        desired: &BTreeSet<(OwnedKind, &ObjectId)>,
    ) {
        if let Some(marks) = self.marks.get_mut(&owner.id) {
            marks.retain(|(kind, id), _| Part::of(*kind) != part || desired.contains(&(*kind, id)));
        }
    }

    /// Forgets all of a DataPlane.
    pub(super) fn forget(&mut self, data_plane: &ObjectId) {
        self.marks.remove(data_plane);
    }
}
