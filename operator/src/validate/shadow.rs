//! A prefix hides the folder of the same name at the account's default endpoint. Folders are not listed here, so
//! the warning is given only where a manifest proves that the folder is there: another Origin points into it.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_crds::Kind;

use super::{
    Fault,
    conflict::address,
    fault::Shadow,
    origin::{Known, Origins},
    place::Place,
};
use crate::{Problem, ValidEndpoint};

pub(super) fn warn(
    accepted: &BTreeMap<ObjectId, ValidEndpoint>,
    origins: &Origins,
    problems: &mut Vec<Problem>,
) {
    let mut places: BTreeMap<Place, Vec<&ObjectId>> = BTreeMap::new();
    for (id, parsed) in origins.valid() {
        places.entry(Place::of(&parsed.valid.config.kind)).or_default().push(id);
    }
    let defaults: BTreeMap<(&ObjectId, &str), (&ObjectId, &ValidEndpoint)> = accepted
        .iter()
        .filter(|(_, endpoint)| endpoint.config.prefix.is_empty())
        .map(|(id, endpoint)| ((&endpoint.data_plane, endpoint.config.account.as_str()), (id, endpoint)))
        .collect();
    for (id, endpoint) in accepted.iter().filter(|(_, endpoint)| !endpoint.config.prefix.is_empty()) {
        let key = (&endpoint.data_plane, endpoint.config.account.as_str());
        let Some((default_id, default)) = defaults.get(&key) else { continue };
        if let Some((origin, evidence)) = hidden(endpoint, default, origins, &places) {
            let fault = Fault::PrefixShadowed(Box::new(Shadow {
                folder: endpoint.config.prefix.clone(),
                origin: origin.clone(),
                endpoint: (*default_id).clone(),
                evidence: evidence.clone(),
                address: address(&endpoint.config.account, &endpoint.config.prefix),
            }));
            problems.push(Problem::new(Kind::UrlEndpoint, id, "spec.urlPrefix", &fault));
        }
    }
}

/// The default endpoint's origin that has the hidden folder, and the Origin that proves it.
fn hidden<'a>(
    endpoint: &ValidEndpoint,
    default: &'a ValidEndpoint,
    origins: &Origins,
    places: &BTreeMap<Place, Vec<&'a ObjectId>>,
) -> Option<(&'a ObjectId, &'a ObjectId)> {
    default.config.origins.iter().find_map(|origin| {
        let Known::Valid(valid) = origins.get(origin) else { return None };
        let place = Place::of(&valid.config.kind).below(&endpoint.config.prefix);
        let evidence = places
            .range(place.clone()..)
            .take_while(|(candidate, _)| candidate.sorts_in(&place))
            .filter(|(candidate, _)| candidate.is_in(&place))
            .flat_map(|(_, ids)| ids);
        let mut evidence = evidence.copied().filter(|id| id.namespace == origin.namespace).peekable();
        let first = *evidence.peek()?;
        let served = evidence.any(|id| endpoint.config.origins.contains(id));
        (!served).then_some((origin, first))
    })
}
