//! Exposure by a Gateway: a route, or several where there are more hosts than one may name.

use imgplane_crds::{DataPlaneSpec, data_plane::HttpRouteExposure};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::{
    hosts,
    metadata::{desired, metadata},
    service,
};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{WORKLOAD_MANAGER, object_name},
};

/// Most host names of one route, by the Gateway API.
const HOSTS_PER_ROUTE: usize = 16;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpRoute<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta,
    spec: HttpRouteSpec<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpRouteSpec<'a> {
    parent_refs: &'a [imgplane_crds::data_plane::ParentRef],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hostnames: &'a [String],
    rules: [Rule<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    backend_refs: [BackendRef<'a>; 1],
}

#[derive(Serialize)]
struct BackendRef<'a> {
    name: &'a str,
    port: i32,
}

/// The routes. The first is named as every object of the DataPlane; names of the others have a dot, which no
/// DataPlane's name has, so that they are nobody else's.
pub(super) fn http_routes(owner: &Owner, spec: &DataPlaneSpec, exposure: &HttpRouteExposure) -> Vec<Desired> {
    let service = object_name(&owner.id);
    let hosts = hosts(spec);
    let route = |index: usize, hostnames: &[String]| {
        let name = if index == 0 { service.clone() } else { format!("{service}.{}", index + 1) };
        let route = HttpRoute {
            api_version: "gateway.networking.k8s.io/v1",
            kind: "HTTPRoute",
            metadata: metadata(owner, &name),
            spec: HttpRouteSpec {
                parent_refs: &exposure.parent_refs,
                hostnames,
                rules: [Rule { backend_refs: [BackendRef { name: &service, port: service::port(spec) }] }],
            },
        };
        desired(OwnedKind::HttpRoute, owner, &name, WORKLOAD_MANAGER, &route)
    };
    if hosts.is_empty() {
        return vec![route(0, &[])];
    }
    hosts.chunks(HOSTS_PER_ROUTE).enumerate().map(|(index, hosts)| route(index, hosts)).collect()
}
