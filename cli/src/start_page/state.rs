//! Everything that changes on the start page, as one JSON document.

use std::collections::BTreeMap;

use imgplane_config::{ObjectId, report::OriginHealth};
use imgplane_crds::Kind;
use imgplane_dataplane::RecentError;
use serde::Serialize;

use crate::{dev::Shared, finding::Finding, place::place};

use super::advice;

/// The document.
#[derive(Debug, Serialize)]
pub(super) struct StateAnswer {
    version: &'static str,
    folder: String,
    delivery: String,
    revision: u64,
    endpoints: Vec<EndpointAnswer>,
    origins: Vec<OriginAnswer>,
    problems: Vec<Finding>,
    errors: Vec<ErrorAnswer>,
    advice: BTreeMap<&'static str, &'static str>,
}

#[derive(Debug, Serialize)]
struct EndpointAnswer {
    id: String,
    url: String,
    domains: Vec<String>,
    origins: Vec<String>,
    /// An older version runs than the one in the folder.
    kept: bool,
}

#[derive(Debug, Serialize)]
struct OriginAnswer {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    place: String,
    note: Option<String>,
    health: Option<OriginHealth>,
}

#[derive(Debug, Serialize)]
struct ErrorAnswer {
    #[serde(flatten)]
    error: RecentError,
    advice: Option<&'static str>,
}

/// The document as of now.
pub(super) fn state(shared: &Shared) -> StateAnswer {
    let view = shared.view();
    let health = shared.handle().map(|handle| handle.report().origins).unwrap_or_default();
    let errors = shared.handle().map(imgplane_dataplane::Handle::recent_errors).unwrap_or_default();
    let endpoints = view.endpoints().into_iter().map(|endpoint| EndpointAnswer {
        id: endpoint.id.to_string(),
        url: shared.endpoint_url(&endpoint.body),
        domains: endpoint.body.custom_domains.clone(),
        origins: endpoint
            .body
            .media_library
            .iter()
            .chain(&endpoint.body.origins)
            .map(ObjectId::to_string)
            .collect(),
        kept: view.kept.contains(&(Kind::UrlEndpoint, endpoint.id.clone())),
    });
    let origins = view.bundle.iter().flat_map(|bundle| &bundle.origins).map(|origin| OriginAnswer {
        id: origin.id.to_string(),
        kind: origin.body.kind.name(),
        place: place(&origin.body.kind, &shared.volumes),
        note: view
            .kept
            .contains(&(Kind::Origin, origin.id.clone()))
            .then(|| "the last good version is in use".to_owned()),
        health: health.iter().find(|health| health.id == origin.id).cloned(),
    });
    StateAnswer {
        version: env!("CARGO_PKG_VERSION"),
        folder: shared.folder.clone(),
        delivery: shared.delivery(),
        revision: view.revision,
        endpoints: endpoints.collect(),
        origins: origins.collect(),
        problems: view.findings.clone(),
        errors: errors
            .into_iter()
            .map(|error| ErrorAnswer { advice: advice::of(error.ik_error.as_deref()), error })
            .collect(),
        advice: advice::all(),
    }
}
