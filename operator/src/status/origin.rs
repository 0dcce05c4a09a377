//! Status of an Origin.

use imgplane_config::{ObjectId, Record};
use imgplane_crds::{Condition, ConditionStatus, ConditionType, Health, Kind, Origin, OriginStatus, Reason};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{
    DesiredStatus, Known, StatusBody,
    condition::{Conditions, Finding, Weight, find},
    fingerprint,
    index::Index,
    judged, message,
    programmed::{self, Asked},
};
use crate::{
    ValidOrigin,
    health::{Reachable, Verdict},
    id_of,
};

pub(super) fn status(known: &Known<'_>, index: &Index<'_>, origin: &Origin) -> DesiredStatus {
    let id = id_of(origin);
    let generation = origin.metadata.generation.unwrap_or_default();
    let current = origin.status.as_ref();
    let before = current.map(|status| status.conditions.as_slice()).unwrap_or_default();
    let valid = known.validated.origins.get(&id);
    let problems = index.problems(Kind::Origin, &id);
    let verdict = (known.verdicts)(&id);
    let credential_fingerprint = valid.and_then(|valid| fingerprint_of(&id, valid));

    let mut findings = judged::of(problems);
    let programmed = match valid {
        _ if programmed::is_refused(&findings) => programmed::not_accepted(generation, &findings),
        None => programmed::not_accepted(generation, &findings),
        Some(valid) => {
            let asked = Asked {
                kind: Kind::Origin,
                id: &id,
                generation,
                current: find(before, ConditionType::Programmed),
                trouble: None,
            };
            let unplaced = judged::judge(ConditionType::Programmed, problems);
            unplaced.unwrap_or_else(|| run(known, index, &asked, valid))
        }
    };
    findings.push(programmed);
    let same = current.is_some_and(|status| {
        status.observed_generation == Some(generation)
            && status.credential_fingerprint == credential_fingerprint
    });
    findings.push(reachable(&verdict, find(before, ConditionType::Reachable).filter(|_| same)));

    let fine = match (&verdict.health, &verdict.reachable) {
        (Health::Degraded, Reachable::Yes { message }) => message.as_str(),
        _ => message::ORIGIN_READY,
    };
    let body = OriginStatus {
        observed_generation: Some(generation),
        conditions: Conditions::new(generation, before, known.now).of(findings, fine),
        endpoints: Some(index.listed(&id)),
        health: Some(verdict.health),
        last_errors: verdict.last_errors.clone(),
        credential_fingerprint,
        credential_expiry: valid.and_then(|valid| valid.credential_expiry).map(Time),
    };
    let status = DesiredStatus::new(
        Kind::Origin,
        id,
        origin.metadata.uid.clone().unwrap_or_default(),
        generation,
        StatusBody::Origin(body),
        current.cloned().map(StatusBody::Origin),
    );
    DesiredStatus { settled: verdict.settled, ..status }
}

fn run(known: &Known<'_>, index: &Index<'_>, asked: &Asked<'_>, valid: &ValidOrigin) -> Finding {
    if valid.data_planes.is_empty() {
        let listed_by: Vec<_> = valid.listed_by.iter().collect();
        return Finding::because(Reason::NoDataPlane, message::not_run(&listed_by));
    }
    let data_planes: Vec<_> = valid.data_planes.iter().collect();
    programmed::programmed(known, index, asked, &data_planes)
}

/// `Reachable`. While the first probe of a new leader is awaited, what was said of the same settings stands.
pub(super) fn reachable(verdict: &Verdict, before: Option<&Condition>) -> Finding {
    let kind = ConditionType::Reachable;
    match &verdict.reachable {
        Reachable::Yes { message } => Finding::fine(kind, message.clone()),
        Reachable::No { reason, message } => Finding {
            kind,
            status: ConditionStatus::False,
            reason: reason.clone(),
            message: message.clone(),
            weight: Weight::Error,
        },
        Reachable::Unknown { message } => {
            let before = before
                .filter(|condition| !verdict.settled && condition.reason == Reason::NotObserved.as_str());
            let message = before.map_or(message, |condition| &condition.message).clone();
            // What nobody can tell does not keep an Origin from being ready.
            let weight = if verdict.settled { Weight::Notice } else { Weight::Working };
            Finding { weight, ..Finding::because(Reason::NotObserved, message) }
        }
    }
}

fn fingerprint_of(id: &ObjectId, valid: &ValidOrigin) -> Option<String> {
    let credential = valid.credential.clone()?;
    let record = Record::new(id.clone(), valid.generation, credential).ok()?;
    Some(fingerprint(&record.hash))
}
