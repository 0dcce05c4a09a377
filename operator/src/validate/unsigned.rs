//! An endpoint that lists a `WebProxy` lets everybody who knows it have pictures of others transformed. There are no
//! signatures yet, so it is said of each.

use std::collections::BTreeMap;

use imgplane_config::{ObjectId, OriginKind};
use imgplane_crds::{Kind, UrlEndpoint};

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
    for (id, endpoint) in endpoints {
        for (field, name) in listed(endpoint) {
            let origin = ObjectId::new(&id.namespace, name);
            let Known::Valid(valid) = origins.get(&origin) else { continue };
            let OriginKind::WebProxy(proxy) = &valid.config.kind else { continue };
            let fault = Fault::UnsignedProxy { origin, hosts: names(&proxy.allowed_hosts) };
            problems.push(Problem::new(Kind::UrlEndpoint, id, field, &fault));
        }
    }
}
