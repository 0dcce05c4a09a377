//! Whom an origin's client trusts, and who it says it is.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    reference::SecretRef,
    text::{DataKey, ObjectName},
};

/// Whom to trust.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoreTls {
    /// Certificates of authorities that are trusted besides the public ones. Default: none.
    /// Example: `{kind: ConfigMap, name: ca, key: ca.crt}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_bundle_ref: Option<CaBundleRef>,
}

/// Whom to trust, and who we are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebTls {
    /// Certificates of authorities that are trusted besides the public ones. Default: none.
    /// Example: `{kind: ConfigMap, name: ca, key: ca.crt}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_bundle_ref: Option<CaBundleRef>,
    /// A Secret of type `kubernetes.io/tls` with the keys `tls.crt` and `tls.key`, which we show to the server.
    /// Default: none. Example: `{name: mtls}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate_ref: Option<SecretRef>,
    /// Take every certificate of the server, whoever signed it. Whoever is on the way can then read and replace files.
    /// Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insecure_skip_verify: Option<bool>,
}

/// Where certificates of authorities are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaBundleRef {
    /// What holds them: `ConfigMap` or `Secret`. Default: `ConfigMap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CaBundleKind>,
    /// Name of the ConfigMap or Secret, of the same namespace. Example: `ca`.
    pub name: ObjectName,
    /// Key under which they stand as PEM text, at most 64 KiB. Default: `ca.crt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<DataKey>,
}

impl CaBundleRef {
    /// The key where none is named.
    pub const DEFAULT_KEY: &str = "ca.crt";
}

/// What holds certificates of authorities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum CaBundleKind {
    /// A ConfigMap: they are no secret.
    #[default]
    ConfigMap,
    /// A Secret, where something else keeps them there.
    Secret,
}
