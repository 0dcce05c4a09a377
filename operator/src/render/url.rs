//! Where URLs begin, as statuses show it.
//!
//! A guess from what the manifests say: what stands in front of the pods is not all in them.

use imgplane_config::{EndpointConfig, ObjectId};
use imgplane_crds::{
    DataPlaneSpec,
    data_plane::{ExposureType, Mode, ServiceType},
};

use super::service;
use crate::labels::object_name;

/// Where a DataPlane is reached: its first shared host, else its Service. Absent for an External one without hosts.
pub fn url_of_data_plane(data_plane: &ObjectId, spec: &DataPlaneSpec) -> Option<String> {
    match spec.hosts.first() {
        Some(host) => Some(at_host(spec, host)),
        None => at_service(data_plane, spec),
    }
}

/// Where an endpoint's URLs begin: its first custom domain, else a domain of its account, else the DataPlane's URL
/// with account and prefix. Absent for an External DataPlane without any host.
pub fn url_of_endpoint(
    data_plane: &ObjectId,
    spec: &DataPlaneSpec,
    endpoint: &EndpointConfig,
) -> Option<String> {
    let EndpointConfig { account, prefix, .. } = endpoint;
    if let Some(domain) = endpoint.custom_domains.first() {
        return Some(at_host(spec, domain));
    }
    let mut path = vec![prefix.as_str()];
    let domain = spec.domains.iter().find(|domain| domain.account.as_str() == account);
    let base = if let Some(domain) = domain {
        at_host(spec, &domain.host)
    } else {
        path.insert(0, account);
        url_of_data_plane(data_plane, spec)?
    };
    Some(
        path.iter()
            .filter(|segment| !segment.is_empty())
            .fold(base, |url, segment| format!("{url}/{segment}")),
    )
}

fn at_host(spec: &DataPlaneSpec, host: &str) -> String {
    let kind = spec.exposure.as_ref().map(|exposure| exposure.kind).unwrap_or_default();
    let secure = match kind {
        ExposureType::Service => spec.tls.is_some(),
        ExposureType::Ingress => spec
            .exposure
            .as_ref()
            .and_then(|exposure| exposure.ingress.as_ref())
            .is_some_and(|ingress| ingress.tls_secret_name.is_some()),
        // Whether the listener speaks TLS stands in the Gateway; nearly all do.
        ExposureType::HttpRoute => true,
    };
    let scheme = scheme(secure);
    // Whatever leads to a cluster-internal Service or a port of a node chooses its own port.
    let port = match (kind, service::service_type(spec)) {
        (ExposureType::Service, ServiceType::LoadBalancer) => port_of(spec),
        (ExposureType::Service, ServiceType::ClusterIp | ServiceType::NodePort)
        | (ExposureType::Ingress | ExposureType::HttpRoute, _) => String::new(),
    };
    format!("{scheme}://{host}{port}")
}

fn at_service(data_plane: &ObjectId, spec: &DataPlaneSpec) -> Option<String> {
    match spec.mode {
        Mode::External => None,
        Mode::Managed => {
            let (scheme, port) = (scheme(spec.tls.is_some()), port_of(spec));
            Some(format!("{scheme}://{}.{}.svc{port}", object_name(data_plane), data_plane.namespace))
        }
    }
}

fn scheme(secure: bool) -> &'static str {
    if secure { "https" } else { "http" }
}

/// `:8080`, or nothing where the scheme implies it.
fn port_of(spec: &DataPlaneSpec) -> String {
    let implied = if spec.tls.is_some() { service::HTTPS } else { service::HTTP };
    match service::port(spec) {
        port if port == implied => String::new(),
        port => format!(":{port}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn spec(value: &Value) -> DataPlaneSpec {
        serde_json::from_value(value.clone()).unwrap()
    }

    #[test]
    fn a_data_plane_is_reached_at_its_first_host_else_at_its_service() {
        let id = ObjectId::new("imgplane-system", "default");
        let ingress = |tls: Value| json!({ "hosts": ["img.example"], "exposure": { "type": "Ingress", "ingress": tls } });
        let balancer = |port: u16| json!({ "hosts": ["img.example"], "exposure": { "service": { "type": "LoadBalancer", "port": port } } });
        let tls = json!({ "secretRef": { "name": "cert" } });
        for (given, expected) in [
            (json!({}), Some("http://imgplane-default.imgplane-system.svc")),
            (
                json!({ "exposure": { "service": { "port": 8080 } } }),
                Some("http://imgplane-default.imgplane-system.svc:8080"),
            ),
            (json!({ "tls": tls }), Some("https://imgplane-default.imgplane-system.svc")),
            (json!({ "hosts": ["img.example", "b.example"] }), Some("http://img.example")),
            (json!({ "hosts": ["img.example"], "tls": tls }), Some("https://img.example")),
            (ingress(json!({})), Some("http://img.example")),
            (ingress(json!({ "tlsSecretName": "t" })), Some("https://img.example")),
            (
                json!({ "hosts": ["img.example"], "exposure": { "type": "HTTPRoute", "httpRoute": { "parentRefs": [] } } }),
                Some("https://img.example"),
            ),
            (balancer(8080), Some("http://img.example:8080")),
            (balancer(80), Some("http://img.example")),
            (json!({ "mode": "External" }), None),
            (json!({ "mode": "External", "hosts": ["img.example"] }), Some("http://img.example")),
        ] {
            assert_eq!(url_of_data_plane(&id, &spec(&given)).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn an_endpoint_begins_at_its_own_domain_its_accounts_domain_or_a_shared_host() {
        let id = ObjectId::new("imgplane-system", "default");
        let hosts = json!({ "hosts": ["img.example"], "domains": [{ "host": "static.shop.example", "account": "shop" }] });
        let endpoint = |account: &str, prefix: &str, domains: &[&str]| -> EndpointConfig {
            serde_json::from_value(json!({ "account": account, "prefix": prefix, "customDomains": domains }))
                .unwrap()
        };
        for (given, endpoint, expected) in [
            (&hosts, endpoint("shop", "p", &["own.example", "b"]), "http://own.example"),
            (&hosts, endpoint("shop", "p", &[]), "http://static.shop.example/p"),
            (&hosts, endpoint("shop", "", &[]), "http://static.shop.example"),
            (&hosts, endpoint("blog", "p", &[]), "http://img.example/blog/p"),
            (&hosts, endpoint("blog", "", &[]), "http://img.example/blog"),
            (&json!({}), endpoint("blog", "p", &[]), "http://imgplane-default.imgplane-system.svc/blog/p"),
        ] {
            assert_eq!(url_of_endpoint(&id, &spec(given), &endpoint).as_deref(), Some(expected));
        }
        let external = spec(&json!({ "mode": "External" }));
        assert_eq!(url_of_endpoint(&id, &external, &endpoint("shop", "p", &[])), None);
    }
}
