//! Origins: from what is written to where files are.

mod grammar;
mod place;
mod policy;
mod proxy;
mod web;

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{ObjectId, OriginConfig};
use imgplane_crds::{Kind, Origin, OriginSpec, Reason};

use super::{Findings, Seniority, seniority};
use crate::{Problem, Snapshot, ValidOrigin};

pub(super) use place::{Found, Places};

/// Every Origin that exists; those that are valid have settings.
pub(super) struct Origins {
    by_id: BTreeMap<ObjectId, Result<Parsed, Mistake>>,
}

/// Why an Origin has no settings.
#[derive(Clone, Copy)]
enum Mistake {
    /// A value in it cannot be used: pods keep what they ran.
    Forgiven,
    /// It would give more than its owner may have meant: pods keep nothing of it.
    Refused,
}

pub(super) struct Parsed {
    pub(super) seniority: Seniority,
    pub(super) valid: ValidOrigin,
}

/// What is known of an Origin.
pub(super) enum Known<'a> {
    /// It does not exist.
    Missing,
    /// A value in it cannot be used, and pods keep what they ran.
    Invalid,
    /// It may not be used, and pods keep nothing of it.
    Refused,
    /// It can be used.
    Valid(&'a ValidOrigin),
}

impl Origins {
    pub(super) fn get(&self, id: &ObjectId) -> Known<'_> {
        match self.by_id.get(id) {
            None => Known::Missing,
            Some(Err(Mistake::Forgiven)) => Known::Invalid,
            Some(Err(Mistake::Refused)) => Known::Refused,
            Some(Ok(parsed)) => Known::Valid(&parsed.valid),
        }
    }

    /// Notes an Origin that exists and whose fields cannot be read.
    pub(super) fn add_unreadable(&mut self, id: &ObjectId) {
        self.by_id.entry(id.clone()).or_insert(Err(Mistake::Forgiven));
    }

    pub(super) fn get_mut(&mut self, id: &ObjectId) -> Option<&mut ValidOrigin> {
        self.by_id.get_mut(id).and_then(|parsed| parsed.as_mut().ok()).map(|parsed| &mut parsed.valid)
    }

    pub(super) fn valid(&self) -> impl Iterator<Item = (&ObjectId, &Parsed)> {
        self.by_id.iter().filter_map(|(id, parsed)| Some((id, parsed.as_ref().ok()?)))
    }

    pub(super) fn valid_mut(&mut self) -> impl Iterator<Item = (&ObjectId, &mut ValidOrigin)> {
        self.by_id.iter_mut().filter_map(|(id, parsed)| Some((id, &mut parsed.as_mut().ok()?.valid)))
    }

    /// Names of the origins of a namespace.
    pub(super) fn names_in(&self, namespace: &str) -> Vec<String> {
        let first = ObjectId::new(namespace, "");
        self.by_id
            .range(first..)
            .take_while(|(id, _)| id.namespace == namespace)
            .map(|(id, _)| id.name.clone())
            .collect()
    }

    pub(super) fn into_valid(self) -> BTreeMap<ObjectId, ValidOrigin> {
        self.by_id.into_iter().filter_map(|(id, parsed)| Some((id, parsed.ok()?.valid))).collect()
    }
}

pub(super) fn parse_all(
    origins: &BTreeMap<ObjectId, &Origin>,
    snapshot: &Snapshot,
    problems: &mut Vec<Problem>,
) -> Origins {
    let by_id = origins
        .iter()
        .map(|(id, origin)| {
            let mut findings = Findings::new(Kind::Origin, id);
            let parsed = parse(id, &origin.spec, snapshot, &mut findings);
            let open = findings.problems.iter().any(|problem| problem.reason == Reason::OpenProxy.as_str());
            let mistake = if open { Mistake::Refused } else { Mistake::Forgiven };
            let valid = findings.conclude(parsed, problems).map(|(config, found)| Parsed {
                seniority: seniority(*origin),
                valid: ValidOrigin {
                    generation: origin.metadata.generation.unwrap_or_default(),
                    config,
                    credential: found.credential,
                    credential_expiry: found.expiry,
                    data_planes: BTreeSet::new(),
                    listed_by: BTreeSet::new(),
                },
            });
            (id.clone(), valid.ok_or(mistake))
        })
        .collect();
    Origins { by_id }
}

fn parse(
    id: &ObjectId,
    spec: &OriginSpec,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> Option<(OriginConfig, Found)> {
    let mut places = Places { id, base: "spec", snapshot, findings: &mut *findings, found: Found::default() };
    let kind = places.of(spec);
    let found = places.found;
    let Some(kind) = kind else {
        let what = format!("is required when type is {}", spec.kind.as_str());
        findings.invalid(format!("spec.{}", spec.kind.member()), what);
        return None;
    };
    let canonical_base_url = spec
        .canonical_header
        .as_ref()
        .map(|header| findings.address("spec.canonicalHeader.baseUrl", &header.base_url));
    let fetch = policy::fetch(spec.fetch.as_ref(), findings);
    let probe = policy::probe(spec.probe.as_ref(), findings);
    let secret_name = found.secret_name.clone();
    Some((OriginConfig { kind, canonical_base_url, fetch, probe, secret_name }, found))
}
