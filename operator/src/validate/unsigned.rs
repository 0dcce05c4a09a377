//! An endpoint that lists a `WebProxy` lets everybody who knows it have pictures of others transformed, unless all of
//! its URLs need a signature.

use std::collections::BTreeMap;

use imgplane_config::{ObjectId, OriginKind};
use imgplane_crds::{Kind, UrlEndpoint, url_endpoint::Restriction};

use super::{
    Fault,
    fault::names,
    origin::{Known, Origins},
    reference::listed,
};
use crate::Problem;

pub(super) fn warn(
    endpoints: &BTreeMap<ObjectId, &UrlEndpoint>,
    origins: &Origins,
    problems: &mut Vec<Problem>,
) {
    for (id, endpoint) in endpoints.iter().filter(|(_, endpoint)| !is_all_signed(endpoint)) {
        for (field, name) in listed(endpoint) {
            let origin = ObjectId::new(&id.namespace, name);
            let Known::Valid(valid) = origins.get(&origin) else { continue };
            let OriginKind::WebProxy(proxy) = &valid.config.kind else { continue };
            let fault = Fault::UnsignedProxy { origin, hosts: names(&proxy.allowed_hosts) };
            problems.push(Problem::new(Kind::UrlEndpoint, id, field, &fault));
        }
    }
}

/// Files that are no videos follow the rule of images.
fn is_all_signed(endpoint: &UrlEndpoint) -> bool {
    let restriction =
        endpoint.spec.security.as_ref().and_then(|security| security.restrict_unsigned.as_ref());
    restriction
        .is_some_and(|kinds| [kinds.images, kinds.videos].iter().all(|kind| *kind == Some(Restriction::All)))
}
