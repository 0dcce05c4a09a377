//! From names to objects: which origins an endpoint really has, and which DataPlanes run an origin.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_crds::{Kind, UrlEndpoint};

use super::{
    Fault, Left,
    data_plane::{Plane, Planes},
    origin::{Known, Origins},
    terms::Refusal,
};
use crate::{Problem, ValidEndpoint, ValidOrigin};

/// More origins than this are slow for files that only the last one has.
const MANY_ORIGINS: usize = 2;

/// What has become of a listed origin.
enum Outcome {
    Usable,
    NotFound,
    NotAccepted,
    /// As above, and pods keep nothing of it.
    Refused,
    /// The DataPlane does not lend it its volume or identity.
    NotLent(ObjectId),
}

/// Follows the references of every endpoint, accepted or not, so that all problems are seen at once; accepted ones
/// get the origins that can be used.
pub(super) fn follow(
    endpoints: &BTreeMap<ObjectId, &UrlEndpoint>,
    accepted: &mut BTreeMap<ObjectId, ValidEndpoint>,
    planes: &Planes<'_>,
    origins: &mut Origins,
    problems: &mut Vec<Problem>,
) {
    for (id, endpoint) in endpoints {
        let plane = accepted.get(id).and_then(|endpoint| planes.by_id.get(&endpoint.data_plane));
        let listed = listed(endpoint);
        let outcomes: Vec<_> =
            listed.iter().map(|(_, name)| outcome(&id.namespace, name, plane, origins, problems)).collect();
        let left = Left {
            usable: outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Usable)).count(),
            listed: listed.len(),
            kept: outcomes.iter().any(|outcome| matches!(outcome, Outcome::NotAccepted)),
        };
        for ((field, name), outcome) in listed.iter().zip(&outcomes) {
            let origin = ObjectId::new(&id.namespace, *name);
            if let Some(origin) = origins.get_mut(&origin) {
                origin.listed_by.insert(id.clone());
            }
            let fault = match outcome {
                Outcome::Usable => {
                    use_origin(field, origin, accepted.get_mut(id), origins);
                    continue;
                }
                Outcome::NotFound => {
                    let existing = origins.names_in(&id.namespace);
                    Fault::OriginNotFound { origin, left, existing }
                }
                Outcome::NotAccepted => Fault::OriginNotAccepted { origin, left },
                Outcome::Refused => Fault::OriginRefused { origin, left },
                Outcome::NotLent(data_plane) => {
                    Fault::OriginNotUsable { origin, data_plane: data_plane.clone(), left }
                }
            };
            problems.push(Problem::new(Kind::UrlEndpoint, id, field.as_str(), &fault));
        }
        let count = endpoint.spec.origins.len();
        if count > MANY_ORIGINS {
            problems.push(Problem::new(Kind::UrlEndpoint, id, "spec.origins", &Fault::ManyOrigins { count }));
        }
    }
}

const MEDIA_LIBRARY: &str = "spec.mediaLibrary.originRef.name";

/// Fields and names of all origins that an endpoint lists, each once.
pub(super) fn listed(endpoint: &UrlEndpoint) -> Vec<(String, &str)> {
    let library = endpoint.spec.media_library.as_ref();
    let mut listed: Vec<(String, &str)> = Vec::new();
    let library = library.map(|library| (MEDIA_LIBRARY.to_owned(), library.origin_ref.name.as_str()));
    let origins = endpoint.spec.origins.iter().enumerate();
    let origins =
        origins.map(|(index, origin)| (format!("spec.origins[{index}].name"), origin.name.as_str()));
    for (field, name) in library.into_iter().chain(origins) {
        if !listed.iter().any(|(_, other)| *other == name) {
            listed.push((field, name));
        }
    }
    listed
}

fn outcome(
    namespace: &str,
    name: &str,
    plane: Option<&Plane<'_>>,
    origins: &Origins,
    problems: &mut Vec<Problem>,
) -> Outcome {
    let id = ObjectId::new(namespace, name);
    match (origins.get(&id), plane) {
        (Known::Missing, _) => Outcome::NotFound,
        (Known::Invalid, _) => Outcome::NotAccepted,
        (Known::Refused, _) => Outcome::Refused,
        (Known::Valid(_), None) => Outcome::Usable,
        (Known::Valid(origin), Some(plane)) => {
            if lent(&id, origin, plane, problems) {
                Outcome::Usable
            } else {
                Outcome::NotLent(plane.id.clone())
            }
        }
    }
}

/// Whether a DataPlane lends an origin what it needs of the pods; reports it to the origin if not.
fn lent(id: &ObjectId, origin: &ValidOrigin, plane: &Plane<'_>, problems: &mut Vec<Problem>) -> bool {
    match can_run(id, origin, plane) {
        Ok(()) => true,
        Err(refusal) => {
            problems.push(Problem::new(Kind::Origin, id, refusal.field, &refusal.fault));
            false
        }
    }
}

/// Whether a DataPlane can run an origin.
pub(super) fn can_run(id: &ObjectId, origin: &ValidOrigin, plane: &Plane<'_>) -> Result<(), Refusal> {
    plane.can_run(&id.namespace, &origin.config.kind)
}

fn use_origin(field: &str, origin: ObjectId, endpoint: Option<&mut ValidEndpoint>, origins: &mut Origins) {
    let Some(endpoint) = endpoint else { return };
    if let Some(valid) = origins.get_mut(&origin) {
        valid.data_planes.insert(endpoint.data_plane.clone());
    }
    if field == MEDIA_LIBRARY {
        endpoint.config.media_library = Some(origin);
    } else {
        endpoint.config.origins.push(origin);
    }
}

/// An origin that no endpoint uses goes to the default DataPlane, so that its health is known before it is used.
pub(super) fn place_unlisted(
    planes: &Planes<'_>,
    origins: &mut Origins,
    namespaces: &BTreeMap<String, BTreeMap<String, String>>,
    problems: &mut Vec<Problem>,
) {
    let default = planes.default.as_ref().and_then(|id| planes.by_id.get(id));
    for (id, origin) in origins.valid_mut() {
        if !origin.data_planes.is_empty() {
            continue;
        }
        let admitting =
            default.filter(|plane| plane.config.is_some() && plane.admits(&id.namespace, namespaces));
        if let Some(plane) = admitting {
            if lent(id, origin, plane, problems) {
                origin.data_planes.insert(plane.id.clone());
            }
        } else if origin.listed_by.is_empty() {
            // Of an origin that is listed, the endpoints that list it say why it is not run.
            let fault = Fault::NotPlaced { namespace: id.namespace.clone() };
            problems.push(Problem::new(Kind::Origin, id, "metadata.name", &fault));
        }
    }
}
