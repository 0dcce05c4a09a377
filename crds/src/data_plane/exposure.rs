//! How clients reach the pods.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::{AnnotationValue, GroupName, KindName, LabelName, ObjectName};

/// How clients reach the pods. There is always a Service `imgplane-NAME`; an Ingress or HTTPRoute leads to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("!has(self.service) || self.type == 'Service'")
        .message("belongs to type Service: remove it, or set exposure.type to Service")
        .field_path(".service"),
    validation = Rule::new("!has(self.ingress) || self.type == 'Ingress'")
        .message("belongs to type Ingress: remove it, or set exposure.type to Ingress")
        .field_path(".ingress"),
    validation = Rule::new("self.type != 'HTTPRoute' || has(self.httpRoute)")
        .message("is required when exposure.type is HTTPRoute: name the Gateway in parentRefs")
        .field_path(".httpRoute"),
    validation = Rule::new("!has(self.httpRoute) || self.type == 'HTTPRoute'")
        .message("belongs to type HTTPRoute: remove it, or set exposure.type to HTTPRoute")
        .field_path(".httpRoute")
)]
#[serde(rename_all = "camelCase")]
pub struct Exposure {
    /// `Service`: nothing but the Service. `Ingress`: an Ingress for all `hosts` and `domains`. `HTTPRoute`: a route
    /// of a Gateway for them. Default: `Service`.
    #[serde(rename = "type", default)]
    pub kind: ExposureType,
    /// The Service, for type `Service`. Example: `{type: LoadBalancer, port: 80}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceExposure>,
    /// The Ingress, for type `Ingress`. Custom domains of UrlEndpoints are not part of it: who may claim a host of a
    /// shared Ingress controller is decided here, in `hosts` and `domains`, or by an Ingress of your own.
    /// Example: `{className: nginx, tlsSecretName: img-example-com}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress: Option<IngressExposure>,
    /// The route, for type `HTTPRoute`. Without `hosts` and `domains` it takes every host of the Gateway's listener.
    /// Example: `{parentRefs: [{name: public, namespace: gateways}]}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_route: Option<HttpRouteExposure>,
}

/// What leads to the pods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum ExposureType {
    /// A Service alone.
    #[default]
    Service,
    /// An Ingress and a Service.
    Ingress,
    /// An HTTPRoute of the Gateway API and a Service.
    #[serde(rename = "HTTPRoute")]
    HttpRoute,
}

/// The Service that is exposed by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceExposure {
    /// `ClusterIP`, `NodePort` or `LoadBalancer`. Default: `ClusterIP`.
    #[serde(rename = "type", default)]
    pub kind: ServiceType,
    /// Port of the Service. Default: `80`, and `443` with `tls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<i32>,
    /// Annotations of the Service, which load balancers take settings from. Default: none.
    /// Example: `{service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    #[x_kube(validation = ("self.all(k, k.size() <= 317)", "has a key that is longer than an annotation's may be"))]
    pub annotations: BTreeMap<String, AnnotationValue>,
}

/// Where a Service is reached from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum ServiceType {
    /// From inside the cluster.
    #[default]
    #[serde(rename = "ClusterIP")]
    ClusterIp,
    /// From a port of every node.
    NodePort,
    /// From a load balancer of the cloud.
    LoadBalancer,
}

impl ServiceType {
    /// The text that stands in `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClusterIp => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
        }
    }
}

/// The Ingress.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IngressExposure {
    /// Name of the IngressClass. Default: the cluster's default class. Example: `nginx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_name: Option<ObjectName>,
    /// A Secret of the DataPlane's namespace with the certificate for all hosts; cert-manager may make it.
    /// Default: no TLS at the Ingress. Example: `img-example-com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_secret_name: Option<ObjectName>,
    /// Annotations of the Ingress, which its controller takes settings from. Default: none.
    /// Example: `{cert-manager.io/cluster-issuer: letsencrypt}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    #[x_kube(validation = ("self.all(k, k.size() <= 317)", "has a key that is longer than an annotation's may be"))]
    pub annotations: BTreeMap<String, AnnotationValue>,
}

/// The route.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteExposure {
    /// Gateways that the route attaches to. Example: `[{name: public, namespace: gateways}]`.
    #[schemars(length(max = 8))]
    #[x_kube(validation = ("self.size() > 0", "must name at least one Gateway"))]
    pub parent_refs: Vec<ParentRef>,
}

/// A Gateway, or a listener of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParentRef {
    /// API group of the parent. Default: `gateway.networking.k8s.io`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// Kind of the parent. Default: `Gateway`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<KindName>,
    /// Name of the Gateway. Example: `public`.
    pub name: ObjectName,
    /// Namespace of the Gateway. Default: the namespace of the DataPlane. Example: `gateways`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<LabelName>,
    /// Listener of the Gateway. Default: all that admit the route. Example: `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section_name: Option<ObjectName>,
    /// Port of the listeners. Default: any. Example: `443`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<i32>,
}
