//! Exposure by an Ingress controller.
//!
//! Only the DataPlane's own hosts: custom domains are claimed by UrlEndpoints of any namespace, and a host of a
//! shared controller is not theirs to take.

use imgplane_crds::{DataPlaneSpec, data_plane::IngressExposure};
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
    IngressSpec, IngressTLS, ServiceBackendPort,
};

use super::{
    hosts,
    metadata::{desired, metadata},
};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{DELIVERY_PORT, WORKLOAD_MANAGER, object_name},
};

pub(super) fn ingress(owner: &Owner, spec: &DataPlaneSpec, exposure: &IngressExposure) -> Desired {
    let name = object_name(&owner.id);
    let hosts = hosts(spec);
    let backend = IngressBackend {
        service: Some(IngressServiceBackend {
            name: name.clone(),
            port: Some(ServiceBackendPort { name: Some(DELIVERY_PORT.to_owned()), number: None }),
        }),
        resource: None,
    };
    let rule = |host: &String| IngressRule {
        host: Some(host.clone()),
        http: Some(HTTPIngressRuleValue {
            paths: vec![HTTPIngressPath {
                path: Some("/".to_owned()),
                path_type: "Prefix".to_owned(),
                backend: backend.clone(),
            }],
        }),
    };
    let mut metadata = metadata(owner, &name);
    metadata.annotations = (!exposure.annotations.is_empty())
        .then(|| exposure.annotations.iter().map(|(key, value)| (key.clone(), value.to_string())).collect());
    let ingress = Ingress {
        metadata,
        spec: Some(IngressSpec {
            ingress_class_name: exposure.class_name.as_ref().map(ToString::to_string),
            rules: Some(hosts.iter().map(rule).collect()),
            tls: exposure.tls_secret_name.as_ref().map(|secret| {
                vec![IngressTLS { hosts: Some(hosts.clone()), secret_name: Some(secret.to_string()) }]
            }),
            default_backend: None,
        }),
        status: None,
    };
    desired(OwnedKind::Ingress, owner, &name, WORKLOAD_MANAGER, &ingress)
}
