//! Where the pods are reached.

use imgplane_crds::{
    DataPlaneSpec,
    data_plane::{ServiceExposure, ServiceType},
};
use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};

use super::metadata::{desired, metadata, pod_labels};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{DELIVERY_PORT, WORKLOAD_MANAGER, object_name},
};

/// Port of the Service where the DataPlane names none.
pub(super) const HTTP: i32 = 80;
/// The same where the pods speak TLS.
pub(super) const HTTPS: i32 = 443;

/// Settings of the Service; a Service behind an Ingress or a Gateway has none.
pub(super) fn exposed(spec: &DataPlaneSpec) -> Option<&ServiceExposure> {
    spec.exposure.as_ref().and_then(|exposure| exposure.service.as_ref())
}

/// Port of the Service.
pub(super) fn port(spec: &DataPlaneSpec) -> i32 {
    let usual = if spec.tls.is_some() { HTTPS } else { HTTP };
    exposed(spec).and_then(|service| service.port).unwrap_or(usual)
}

/// Type of the Service.
pub(super) fn service_type(spec: &DataPlaneSpec) -> ServiceType {
    exposed(spec).map(|service| service.kind).unwrap_or_default()
}

pub(super) fn service(owner: &Owner, spec: &DataPlaneSpec) -> Desired {
    let name = object_name(&owner.id);
    let mut metadata = metadata(owner, &name);
    metadata.annotations = exposed(spec)
        .map(|service| &service.annotations)
        .filter(|annotations| !annotations.is_empty())
        .map(|annotations| annotations.iter().map(|(key, value)| (key.clone(), value.to_string())).collect());
    let service = Service {
        metadata,
        spec: Some(ServiceSpec {
            type_: Some(service_type(spec).as_str().to_owned()),
            selector: Some(pod_labels(&owner.id)),
            ports: Some(vec![ServicePort {
                name: Some(DELIVERY_PORT.to_owned()),
                port: port(spec),
                protocol: Some("TCP".to_owned()),
                target_port: Some(IntOrString::String(DELIVERY_PORT.to_owned())),
                // Gateways and meshes decide by this how they speak to the pods.
                app_protocol: Some(if spec.tls.is_some() { "https" } else { "http" }.to_owned()),
                node_port: None,
            }]),
            ..ServiceSpec::default()
        }),
        status: None,
    };
    desired(OwnedKind::Service, owner, &name, WORKLOAD_MANAGER, &service)
}
