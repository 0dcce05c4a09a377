//! `DataPlane`: a pool of pods that serve endpoints, and what they may do.

mod limits;
mod namespaces;
mod tenancy;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use limits::{Network, PodLimits};
pub use namespaces::{AllowedNamespaces, LabelRequirement, LabelSelector, NamespacesFrom, Operator};
pub use tenancy::{AccountGrant, DomainAccount, MountedVolume};

use crate::{status::DataPlaneStatus, text::HostName};

/// A pool of pods that serve endpoints, and what they may do.
#[derive(CustomResource, KubeSchema, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "imgplane.dev",
    version = "v1alpha1",
    kind = "DataPlane",
    plural = "dataplanes",
    namespaced,
    status = "DataPlaneStatus",
    derive = "PartialEq",
    derive = "Default",
    shortname = "dpl",
    category = "imgplane",
    selectable = ".spec.mode",
    doc = "DataPlane is a pool of pods that serve UrlEndpoints: its hosts, who may use it, and what it may reach.",
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "Default", type_ = "boolean", json_path = ".spec.default"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(name = "Pods", type_ = "string", json_path = ".status.pods"),
    printcolumn(name = "Endpoints", type_ = "integer", json_path = ".status.endpoints"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("!has(self.domains) || !has(self.hosts) || self.domains.all(d, !(d.host in self.hosts))")
        .message("ties a host to an account that hosts lists as shared: remove it from one of the two")
        .field_path(".domains"),
    validation = Rule::new(
        "self.mode != 'Managed' || !has(self.volumes) || self.volumes.all(v, has(v.claimName))"
    )
    .message("needs claimName for each volume when mode is Managed")
    .field_path(".volumes")
)]
#[serde(rename_all = "camelCase")]
pub struct DataPlaneSpec {
    /// Serve the UrlEndpoints that name no DataPlane. Of several such DataPlanes the oldest is honoured.
    /// Default: `false`.
    #[serde(default)]
    pub default: bool,
    /// Who runs the pods: `Managed`, the operator; `External`, somebody else, and only config is published.
    /// Default: `Managed`.
    #[serde(default)]
    pub mode: Mode,
    /// Hosts that all accounts share, with URLs of the form `/ACCOUNT/PREFIX/...`. Default: every host that is
    /// no custom domain. Example: `[img.example.com]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = ("self.all(a, self.exists_one(b, a == b))", "lists a host twice: list each host once"))]
    pub hosts: Vec<HostName>,
    /// Hosts that imply an account, with URLs of the form `/PREFIX/...`. Default: none.
    /// Example: `[{host: static.example.com, account: shop}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = (
        "self.all(a, self.exists_one(b, a.host == b.host))",
        "lists a host twice: list each host once"
    ))]
    pub domains: Vec<DomainAccount>,
    /// Namespaces whose UrlEndpoints may use this DataPlane. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// Account ids that namespaces may use besides their own name. Default: none.
    /// Example: `[{namespace: shop, accountIds: [acme]}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(validation = (
        "self.all(a, self.exists_one(b, a.__namespace__ == b.__namespace__))",
        "lists a namespace twice: put all its accountIds into one item"
    ))]
    pub accounts: Vec<AccountGrant>,
    /// Serve a namespace that has Origins and no default UrlEndpoint from its oldest Origin, at `/NAMESPACE/`.
    /// Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implicit_default_endpoint: Option<bool>,
    /// Volumes that the pods mount read-only, for Origins of type `Volume`. Default: none.
    /// Example: `[{name: photos, claimName: photos-pvc, allowedNamespaces: [shop]}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(
        merge_strategy = ListMerge::Map(vec!["name".into()]),
        validation = (
            "self.all(a, self.exists_one(b, a.name == b.name))",
            "names a volume twice: give each volume its own name"
        )
    )]
    pub volumes: Vec<MountedVolume>,
    /// Which addresses origins may reach. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Bounds of each pod. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<PodLimits>,
}

/// Who runs the pods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum Mode {
    /// The operator.
    #[default]
    Managed,
    /// Somebody else.
    External,
}
