//! `DataPlane`: a pool of pods that serve endpoints, and what they may do.

mod cache;
mod exposure;
mod identity;
mod limits;
mod namespaces;
mod opaque;
mod store;
mod tenancy;
mod workload;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cache::{Cache, DiskCache};
pub use exposure::{
    Exposure, ExposureType, HttpRouteExposure, IngressExposure, ParentRef, ServiceExposure, ServiceType,
};
pub use identity::WorkloadIdentity;
pub use limits::{Network, PodLimits};
pub use namespaces::{AllowedNamespaces, LabelRequirement, LabelSelector, NamespacesFrom, Operator};
pub use opaque::Opaque;
pub use store::{Store, StoreType, StoreVolume};
pub use tenancy::{AccountGrant, DomainAccount, MountedVolume};
pub use workload::{Autoscaling, Tls};

use crate::{
    status::DataPlaneStatus,
    text::{AddressOrRange, HostName, ImageReference, Region},
};

/// Longest name of a DataPlane: with its prefix it still names a Service, whose names are DNS labels.
pub const LONGEST_NAME: usize = 54;

/// What is said of the fields that describe pods, where somebody else runs them.
const MANAGED_ONLY: &str =
    "belongs to mode Managed: somebody else runs the pods of an External DataPlane, so remove it here";

/// How many pods run where neither `replicas` nor `autoscaling` is given: one may go while the other serves.
pub const DEFAULT_REPLICAS: i32 = 2;

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
    validation = Rule::new("self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,52}[a-z0-9])?$')")
        .message("metadata.name must be at most 54 lower-case letters, digits and hyphens: the Service is imgplane-NAME"),
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
    validation = Rule::new("self.mode != 'External' || !has(self.replicas)")
        .message(MANAGED_ONLY)
        .field_path(".replicas"),
    validation = Rule::new("self.mode != 'External' || !has(self.autoscaling)")
        .message(MANAGED_ONLY)
        .field_path(".autoscaling"),
    validation = Rule::new("self.mode != 'External' || !has(self.image) || self.image == ''")
        .message(MANAGED_ONLY)
        .field_path(".image"),
    validation = Rule::new("self.mode != 'External' || !has(self.resources)")
        .message(MANAGED_ONLY)
        .field_path(".resources"),
    validation = Rule::new("self.mode != 'External' || !has(self.podTemplate)")
        .message(MANAGED_ONLY)
        .field_path(".podTemplate"),
    validation = Rule::new("self.mode != 'External' || !has(self.exposure)")
        .message(MANAGED_ONLY)
        .field_path(".exposure"),
    validation = Rule::new("self.mode != 'External' || !has(self.tls)")
        .message(MANAGED_ONLY)
        .field_path(".tls"),
    validation = Rule::new(
        "self.mode != 'External' || !has(self.workloadIdentity) || \
         !has(self.workloadIdentity.serviceAccountAnnotations)"
    )
    .message(MANAGED_ONLY)
    .field_path(".workloadIdentity.serviceAccountAnnotations"),
    validation = Rule::new(
        "self.mode != 'External' || !has(self.workloadIdentity) || !has(self.workloadIdentity.audience) || \
         self.workloadIdentity.audience == ''"
    )
    .message(MANAGED_ONLY)
    .field_path(".workloadIdentity.audience"),
    validation = Rule::new("!has(self.replicas) || !has(self.autoscaling)")
        .message("is not used with autoscaling, which sets the number of pods: remove one of the two")
        .field_path(".replicas"),
    validation = Rule::new(
        "!has(self.exposure) || self.exposure.type != 'Ingress' || (has(self.hosts) && size(self.hosts) > 0) || \
         (has(self.domains) && size(self.domains) > 0)"
    )
    .message("must name a host when exposure.type is Ingress: an Ingress without one would take every host")
    .field_path(".hosts"),
    validation = Rule::new(
        "self.mode != 'Managed' || !has(self.volumes) || self.volumes.all(v, has(v.claimName))"
    )
    .message("needs claimName for each volume when mode is Managed")
    .field_path(".volumes"),
    validation = Rule::new(
        "self.mode != 'Managed' || !has(self.cache) || !has(self.cache.shared) || !has(self.cache.shared.volume) || \
         has(self.cache.shared.volume.claimName)"
    )
    .message("needs claimName when mode is Managed")
    .field_path(".cache.shared.volume"),
    validation = Rule::new(
        "self.mode != 'Managed' || !has(self.originalsStore) || !has(self.originalsStore.volume) || \
         has(self.originalsStore.volume.claimName)"
    )
    .message("needs claimName when mode is Managed")
    .field_path(".originalsStore.volume")
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
    /// How many pods run. Default: `2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub replicas: Option<i32>,
    /// Let the number of pods follow their CPU use, instead of `replicas`. Default: a fixed number.
    /// Example: `{min: 2, max: 20, cpuUtilization: 70}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// Image of the pods. Default: the one of the operator's own release.
    /// Example: `registry.example.com/imgplane/dataplane:1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageReference>,
    /// What each pod requests and may take, in the form that a container has it; replaces the default as a whole.
    /// Default: `{requests: {cpu: 250m, memory: 512Mi}, limits: {memory: 1280Mi}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Opaque>,
    /// Changes to the pods, in the form of a pod template: maps are merged, containers, environment variables and
    /// volumes by name, and tolerations are added. The container is named `imgplane`; every flag of it has an
    /// environment variable. Default: none.
    /// Example: `{spec: {nodeSelector: {pool: images}, tolerations: [{key: images, operator: Exists}]}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_template: Option<Opaque>,
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
    /// Which addresses origins may reach, and how. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// An identity of the cloud that the pods have, and whose Origins may use it. Default: nobody's.
    /// Example: `{allowedNamespaces: [shop], serviceAccountAnnotations: {iam.gke.io/gcp-service-account: media@p.iam}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_identity: Option<WorkloadIdentity>,
    /// How clients reach the pods. Default: by a Service `imgplane-NAME` of type `ClusterIP`, port 80.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
    /// Let the pods speak TLS themselves. Default: they speak plain HTTP. Example: `{secretRef: {name: cert}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Bounds of each pod. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<PodLimits>,
    /// Where results are kept, so that they need not be made again. Default: in `256Mi` of each pod's memory, and never in
    /// more than half of its memory limit; `{memory: 0}` keeps nothing. Example: `{memory: 512Mi, disk: {size: 10Gi}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
    /// Where the originals are kept of UrlEndpoints with `caching.saveOriginals`. Default: in `cache.shared`, else on the
    /// `cache.disk` of each pod. Example: `{type: Volume, volume: {claimName: originals}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originals_store: Option<Store>,
    /// Addresses from which the pods reach origins, for users' firewalls; shown in the status and not used
    /// otherwise. Default: none. Example: `[203.0.113.7]`.
    #[serde(rename = "egressIPs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub egress_ips: Vec<AddressOrRange>,
    /// Where the pods run, for people and tools that choose among DataPlanes; not used otherwise. Default: none.
    /// Example: `eu-west-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
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
