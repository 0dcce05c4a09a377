//! An endpoint whose originals should be saved needs a place where they can be.

use std::collections::BTreeMap;

use imgplane_config::{DataPlaneConfig, ObjectId};
use imgplane_crds::Kind;

use super::{Fault, data_plane::Planes};
use crate::{Problem, ValidEndpoint};

pub(super) fn warn(
    accepted: &BTreeMap<ObjectId, ValidEndpoint>,
    planes: &Planes<'_>,
    problems: &mut Vec<Problem>,
) {
    for (id, endpoint) in accepted.iter().filter(|(_, endpoint)| endpoint.config.caching.save_originals) {
        let data_plane = &endpoint.data_plane;
        let config = planes.by_id.get(data_plane).and_then(|plane| plane.config.as_ref());
        if config.is_some_and(|config| !saves(config)) {
            let fault = Fault::OriginalsNotSaved { data_plane: data_plane.clone() };
            problems.push(Problem::new(Kind::UrlEndpoint, id, "spec.caching.saveOriginals", &fault));
        }
    }
}

/// Whether pods have a place for originals. Memory is none: it is gone with the first restart, and small.
const fn saves(config: &DataPlaneConfig) -> bool {
    config.stores.originals.is_some() || config.stores.shared.is_some() || config.cache.disk.is_some()
}
