//! Status of a UrlEndpoint.

use imgplane_config::ObjectId;
use imgplane_crds::{ConditionType, Kind, UrlEndpoint, UrlEndpointStatus};

use super::{
    DesiredStatus, Known, StatusBody,
    condition::{Conditions, find},
    index::Index,
    judged, message,
    programmed::{self, Asked},
};
use crate::{ValidEndpoint, id_of, render::url_of_endpoint};

pub(super) fn status(known: &Known<'_>, index: &Index<'_>, endpoint: &UrlEndpoint) -> DesiredStatus {
    let id = id_of(endpoint);
    let generation = endpoint.metadata.generation.unwrap_or_default();
    let current = endpoint.status.as_ref();
    let before = current.map(|status| status.conditions.as_slice()).unwrap_or_default();
    let problems = index.problems(Kind::UrlEndpoint, &id);
    let mut findings = judged::of(problems);
    let accepted = known.validated.endpoints.get(&id).filter(|_| !programmed::is_refused(&findings));
    let programmed = match accepted {
        None => judged::judge(ConditionType::Programmed, problems)
            .unwrap_or_else(|| programmed::not_accepted(generation, &findings)),
        Some(valid) => {
            let asked = Asked {
                kind: Kind::UrlEndpoint,
                id: &id,
                generation,
                current: find(before, ConditionType::Programmed),
                trouble: None,
            };
            programmed::programmed(known, index, &asked, &[&valid.data_plane])
        }
    };
    findings.push(programmed);
    let body = UrlEndpointStatus {
        observed_generation: Some(generation),
        conditions: Conditions::new(generation, before, known.now).of(findings, message::READY),
        url: accepted.and_then(|valid| {
            let data_plane = &valid.data_plane;
            url_of_endpoint(data_plane, index.spec(data_plane)?, &valid.config)
        }),
        origins: Some(origins(known, &id, endpoint, accepted)),
    };
    DesiredStatus::new(
        Kind::UrlEndpoint,
        id,
        endpoint.metadata.uid.clone().unwrap_or_default(),
        generation,
        StatusBody::UrlEndpoint(body),
        current.cloned().map(StatusBody::UrlEndpoint),
    )
}

/// Usable origins of all that are listed.
fn origins(
    known: &Known<'_>,
    id: &ObjectId,
    endpoint: &UrlEndpoint,
    accepted: Option<&ValidEndpoint>,
) -> String {
    if let Some(valid) = accepted {
        return format!("{}/{}", valid.usable_origins(), valid.listed_origins);
    }
    let library = endpoint.spec.media_library.as_ref().map(|library| &library.origin_ref);
    let listed: Vec<_> = library.into_iter().chain(&endpoint.spec.origins).collect();
    let usable = listed.iter().filter(|origin| {
        known.validated.origins.contains_key(&ObjectId::new(&id.namespace, origin.name.as_str()))
    });
    format!("{}/{}", usable.count(), listed.len())
}
