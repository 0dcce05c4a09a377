//! Folders of web servers, and what requests to them carry.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::WebTls;
use crate::{
    reference::SecretKeyRef,
    text::{HeaderName, HeaderValue, WebAddress},
};

/// A folder of a web server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebFolder {
    /// Address of the folder; the path of the file is added. Example: `https://static.example.com/media`.
    pub base_url: WebAddress,
    /// Send the host that the client asked for in the `Host` header, instead of the host of `baseUrl`; the connection
    /// still goes to the latter. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_host_header: Option<bool>,
    /// Headers of every request to `baseUrl`; they are not sent where a redirect leads to another server. Default: none.
    /// Example: `[{name: X-Auth, valueFrom: {secretRef: {name: web, key: token}}}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(validation = (
        "self.all(a, self.exists_one(b, a.name == b.name))",
        "lists a header twice: list each header once"
    ))]
    pub headers: Vec<RequestHeader>,
    /// Whom to trust, and who we are. Default: the public certificate authorities, and nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<WebTls>,
}

/// A header of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("has(self.value) != has(self.valueFrom)")
        .message("must have either value or valueFrom: set one of the two")
)]
#[serde(rename_all = "camelCase")]
pub struct RequestHeader {
    /// Name of the header. Example: `X-Auth`.
    pub name: HeaderName,
    /// Its value, where everybody may read it. Example: `imgplane`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<HeaderValue>,
    /// Where its value is, if it is secret. Example: `{secretRef: {name: web, key: token}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<HeaderSource>,
}

/// Where the value of a header is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeaderSource {
    /// The Secret that holds it. Example: `{name: web, key: token}`.
    pub secret_ref: SecretKeyRef,
}
