//! Any address of the web that the URL names, within bounds.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::AllowedHost;

/// Any address of the web that the URL names. Whoever knows the endpoint can have files of these hosts transformed, so
/// name as few hosts as you can. Addresses inside the cluster and other private ones are never asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebProxy {
    /// Hosts that may be asked: `img.example.com`, `*.example.com` for all below it, `*` for all, which needs
    /// `openProxy: true`. Example: `["*.example.com"]`.
    #[schemars(length(max = 128))]
    #[x_kube(validation = ("self.size() > 0", "must name at least one host"))]
    pub allowed_hosts: Vec<AllowedHost>,
    /// Hosts that may not be asked, whatever `allowedHosts` says; in the same forms. Default: none.
    /// Example: `[intranet.example.com]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub denied_hosts: Vec<AllowedHost>,
    /// Schemes that may be asked: `http`, `https`. Default: `[https]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2))]
    #[x_kube(validation = ("self.size() > 0", "must name at least one scheme"))]
    pub allowed_schemes: Option<Vec<Scheme>>,
    /// Ports that may be asked besides the usual ones, 80 and 443. Default: none. Example: `[8443]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(range(min = 1, max = 65_535)))]
    pub allowed_ports: Vec<u16>,
    /// Whether it is meant that every host of the web may be asked. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_proxy: Option<bool>,
}

/// Scheme of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = crate::schema::without_description)]
pub enum Scheme {
    /// Plain.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// The text that stands in `allowedSchemes`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
