//! Who reaches which port of the pods: everybody the delivery port, the operator and scrapers the admin port.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::networking::v1::{
        NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
    },
    apimachinery::pkg::{apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};

use super::metadata::{desired, metadata, pod_selector};
use crate::{
    Settings,
    apply::{Desired, OwnedKind, Owner},
    labels::{ADMIN_PORT, APP_NAME, DELIVERY, OPERATOR, WORKLOAD_MANAGER, object_name},
};

/// The label that the API server gives each namespace.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

pub(super) fn network_policy(owner: &Owner, settings: &Settings) -> Desired {
    let name = object_name(&owner.id);
    let operator = NetworkPolicyPeer {
        namespace_selector: Some(selector(NAMESPACE_NAME, &settings.namespace)),
        pod_selector: Some(selector(APP_NAME, OPERATOR)),
        ip_block: None,
    };
    let scrapers = settings.scraper_namespaces.iter().map(|namespace| NetworkPolicyPeer {
        namespace_selector: Some(selector(NAMESPACE_NAME, namespace)),
        ..NetworkPolicyPeer::default()
    });
    let policy = NetworkPolicy {
        metadata: metadata(owner, &name),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(pod_selector(&owner.id)),
            policy_types: Some(vec!["Ingress".to_owned()]),
            ingress: Some(vec![
                NetworkPolicyIngressRule { ports: Some(vec![port(DELIVERY)]), from: None },
                NetworkPolicyIngressRule {
                    ports: Some(vec![port(ADMIN_PORT)]),
                    from: Some(std::iter::once(operator).chain(scrapers).collect()),
                },
            ]),
            // Where origins are is nobody's knowledge but the user's; the pods guard addresses themselves.
            egress: None,
        }),
    };
    desired(OwnedKind::NetworkPolicy, owner, &name, WORKLOAD_MANAGER, &policy)
}

fn selector(label: &str, value: &str) -> LabelSelector {
    LabelSelector {
        match_labels: Some(BTreeMap::from([(label.to_owned(), value.to_owned())])),
        match_expressions: None,
    }
}

/// By number: not every network plugin knows ports by name.
fn port(number: u16) -> NetworkPolicyPort {
    NetworkPolicyPort {
        port: Some(IntOrString::Int(number.into())),
        protocol: Some("TCP".to_owned()),
        end_port: None,
    }
}
