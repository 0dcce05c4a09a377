//! Which objects exist and cannot be used, and whether that is a mistake that is forgiven.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::ObjectId;
use imgplane_crds::{ConditionType, Kind, Reason, Severity};

use crate::{Problem, Snapshot, Validated};

/// Errors by object, and objects that cannot be read.
pub(super) struct Faults<'a> {
    errors: BTreeMap<(&'static str, &'a ObjectId), Vec<&'a Problem>>,
    unreadable: BTreeSet<(Kind, &'a ObjectId)>,
}

impl<'a> Faults<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, validated: &'a Validated) -> Self {
        let mut errors: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for problem in validated.problems.iter().filter(|problem| problem.severity == Severity::Error) {
            errors.entry((problem.kind, &problem.id)).or_default().push(problem);
        }
        let unreadable = snapshot.unreadable.iter().map(|object| (object.kind, &object.id)).collect();
        Self { errors, unreadable }
    }

    fn errors<'b>(&'b self, kind: Kind, id: &'b ObjectId) -> &'b [&'a Problem] {
        self.errors.get(&(kind.as_str(), id)).map_or(&[], Vec::as_slice)
    }

    /// Whether the object exists and this version cannot read it.
    pub(super) fn is_unreadable(&self, kind: Kind, id: &ObjectId) -> bool {
        self.unreadable.contains(&(kind, id))
    }

    /// Whether wrong values are all that is held against the object: no lost conflict, no missing right.
    pub(super) fn is_invalid(&self, kind: Kind, id: &ObjectId) -> bool {
        let errors = self.errors(kind, id);
        let invalid = |problem: &&Problem| problem.reason == Reason::Invalid.as_str();
        let refused = |problem: &&Problem| {
            problem.reason == Reason::NoDataPlane.as_str()
                || (problem.condition == ConditionType::Accepted.as_str()
                    && problem.reason != Reason::Invalid.as_str())
        };
        errors.iter().any(invalid) && !errors.iter().any(refused)
    }

    /// Whether a value in a field whose path begins like this cannot be used.
    pub(super) fn is_wrong(&self, kind: Kind, id: &ObjectId, field: &str) -> bool {
        let errors = self.errors(kind, id);
        errors.iter().any(|error| error.reason == Reason::Invalid.as_str() && error.field.starts_with(field))
    }

    /// Either of the two.
    pub(super) fn is_broken(&self, kind: Kind, id: &ObjectId) -> bool {
        self.is_unreadable(kind, id) || self.is_invalid(kind, id)
    }

    /// Whether the certificates of authorities that an Origin names cannot be used.
    pub(super) fn lacks_bundle(&self, origin: &ObjectId) -> bool {
        self.is_unresolved(Kind::Origin, origin, ".caBundleRef.")
    }

    /// Whether what an object names in a field whose path has this part cannot be used.
    pub(super) fn is_unresolved(&self, kind: Kind, id: &ObjectId, part: &str) -> bool {
        self.errors(kind, id).iter().any(|problem| {
            problem.condition == ConditionType::ResolvedRefs.as_str() && problem.field.contains(part)
        })
    }

    /// Whether an Origin's Secret cannot be used.
    pub(super) fn lacks_secret(&self, origin: &ObjectId) -> bool {
        self.errors(Kind::Origin, origin).iter().any(|problem| {
            [Reason::SecretNotFound, Reason::SecretKeyMissing, Reason::SecretMalformed]
                .iter()
                .any(|reason| problem.reason == reason.as_str())
        })
    }
}
