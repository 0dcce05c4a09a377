//! From manifests to settings: what is accepted, what is not, and why.
//!
//! Each object is parsed alone; then endpoints are attached to DataPlanes, conflicts are settled by age, and
//! references are followed. Nothing here stops at the first problem, and no object suffers for another's.

mod attach;
mod auth;
mod bound;
mod ca_bundle;
mod certificate;
mod conflict;
mod credential;
mod data_plane;
mod endpoint;
mod expiry;
mod fault;
mod implicit;
mod language;
mod origin;
mod originals;
mod place;
mod pods;
mod purge;
mod reference;
mod security;
mod shadow;
mod store;
mod terms;
mod unsigned;

use std::collections::{BTreeMap, btree_map::Entry};

use imgplane_config::ObjectId;
use imgplane_crds::{Kind, Reason};
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use crate::{Problem, Snapshot, Unreadable, Validated, snapshot::id_of};

pub(crate) use auth::auth;
pub(crate) use credential::LONGEST_VALUE;
pub(crate) use expiry::next_look;
pub(crate) use fault::Fault;
use fault::Left;
pub(crate) use store::{claim, of_spec as stores_of};
pub(crate) use terms::{Terms, own_hosts};

/// Judges every object of a snapshot.
pub fn validate(snapshot: &Snapshot) -> Validated {
    let mut problems: Vec<_> = snapshot.unreadable.iter().map(unreadable).collect();
    let mut planes = data_plane::parse_all(
        &distinct(Kind::DataPlane, &snapshot.data_planes, &mut problems),
        snapshot,
        &mut problems,
    );
    let origins = distinct(Kind::Origin, &snapshot.origins, &mut problems);
    let mut parsed = origin::parse_all(&origins, snapshot, &mut problems);
    let endpoints = distinct(Kind::UrlEndpoint, &snapshot.endpoints, &mut problems);
    // Who refers to them is told that they cannot be used, not that they do not exist.
    for unreadable in &snapshot.unreadable {
        match unreadable.kind {
            Kind::Origin => parsed.add_unreadable(&unreadable.id),
            Kind::DataPlane => planes.add_unreadable(&unreadable.id),
            Kind::UrlEndpoint => {}
        }
    }

    let candidates = endpoint::parse_all(&endpoints, &planes, snapshot, &mut problems);
    let mut accepted = conflict::settle(candidates, &planes, &mut problems);
    reference::follow(&endpoints, &mut accepted, &planes, &mut parsed, &mut problems);
    unsigned::warn(&endpoints, &parsed, &mut problems);
    originals::warn(&accepted, &planes, &mut problems);
    let implicit = implicit::choose(&endpoints, &accepted, &planes, &mut parsed, &snapshot.namespaces);
    reference::place_unlisted(&planes, &mut parsed, &snapshot.namespaces, &mut problems);
    shadow::warn(&accepted, &parsed, &mut problems);

    problems.sort();
    problems.dedup();
    Validated {
        problems,
        origins: parsed.into_valid(),
        endpoints: accepted,
        data_planes: planes.into_valid(implicit),
    }
}

/// Says of an object that nothing else can be said of it.
fn unreadable(unreadable: &Unreadable) -> Problem {
    let fault = Fault::Unreadable { error: unreadable.error.clone(), kind: unreadable.kind };
    Problem::new(unreadable.kind, &unreadable.id, "", &fault)
}

/// What orders conflicts: the oldest first, then by name. Objects from a folder have no age.
pub(crate) type Seniority = (Option<Timestamp>, ObjectId);

/// When an object was made, and its name.
pub(crate) fn seniority(object: &impl ResourceExt) -> Seniority {
    (object.creation_timestamp().map(|time| time.0), id_of(object))
}

/// Objects by id. Where a folder defines one twice, the first counts.
fn distinct<'a, K: ResourceExt>(
    kind: Kind,
    objects: &'a [K],
    problems: &mut Vec<Problem>,
) -> BTreeMap<ObjectId, &'a K> {
    let mut distinct = BTreeMap::new();
    for object in objects {
        match distinct.entry(id_of(object)) {
            Entry::Vacant(entry) => {
                entry.insert(object);
            }
            Entry::Occupied(entry) => {
                problems.push(Problem::new(kind, entry.key(), "metadata.name", &Fault::DefinedTwice));
            }
        }
    }
    distinct
}

/// Collects what is wrong with one object.
struct Findings {
    kind: Kind,
    id: ObjectId,
    problems: Vec<Problem>,
}

impl Findings {
    fn new(kind: Kind, id: &ObjectId) -> Self {
        Self { kind, id: id.clone(), problems: Vec::new() }
    }

    fn report(&mut self, field: impl Into<String>, fault: &Fault) {
        self.problems.push(Problem::new(self.kind, &self.id, field, fault));
    }

    /// Reports a value that cannot be used; `what` reads on after the field's name.
    fn invalid(&mut self, field: impl Into<String>, what: impl Into<String>) {
        let fault = Fault::Invalid { what: what.into(), kind: self.kind };
        self.report(field, &fault);
    }

    /// Gives the settings, unless a value could not be used or means more than is wanted, and passes the problems on.
    fn conclude<T>(self, settings: Option<T>, problems: &mut Vec<Problem>) -> Option<T> {
        let refusals = [Reason::Invalid, Reason::OpenProxy].map(Reason::as_str);
        let refused = self.problems.iter().any(|problem| refusals.contains(&problem.reason));
        problems.extend(self.problems);
        settings.filter(|_| !refused)
    }
}
