//! `UrlEndpoint`: where files are addressed, which origins are asked, how results look.

mod delivery;
mod language;
mod optimization;
mod security;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use delivery::{Caching, Compat, EndpointLimits, InvalidValues, LegacyOverlays, UnknownParameters};
pub use language::{AcceptOverride, DefaultImage, NamedTransformation, UrlRewriter, UrlRewriterType};
pub use optimization::{
    ChromaSubsampling, DataSaver, FormatSelection, MetadataPolicy, Optimization, PngCompression, Quality,
};
pub use security::{Referrers, RestrictUnsigned, Restriction, Security, SigningKey, SigningKeyRef};

use crate::{
    reference::{DataPlaneRef, OriginRef},
    status::UrlEndpointStatus,
    text::{AccountId, HostName, UrlPrefix},
};

/// Where files are addressed, which origins are asked, and how results look.
#[derive(CustomResource, KubeSchema, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "imgplane.dev",
    version = "v1alpha1",
    kind = "UrlEndpoint",
    plural = "urlendpoints",
    namespaced,
    status = "UrlEndpointStatus",
    derive = "PartialEq",
    derive = "Default",
    shortname = "uep",
    category = "imgplane",
    selectable = ".spec.dataPlaneRef.name",
    doc = "UrlEndpoint gives files their URLs: it lists Origins in order of preference and says how results look.",
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url"),
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
    printcolumn(name = "Origins", type_ = "string", json_path = ".status.origins"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new(
        "!has(self.mediaLibrary) || !has(self.origins) || \
         self.origins.all(o, o.name != self.mediaLibrary.originRef.name)"
    )
    .message("lists the media library again, which is asked first anyway: remove it here")
    .field_path(".origins")
)]
#[serde(rename_all = "camelCase")]
pub struct UrlEndpointSpec {
    /// First path segment of the URLs on shared hosts, but not `v1`, which is the API's. Default: the namespace; another
    /// value must stand in the DataPlane's `spec.accounts`. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Identifier of this endpoint, the path segment after the account, but not `v1`, which is the API's on hosts of an
    /// account. Default: none, which makes this the account's default endpoint. Example: `product-images`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_prefix: Option<UrlPrefix>,
    /// Hosts that belong to this endpoint alone: their URLs carry neither account nor `urlPrefix`.
    /// Default: none. Example: `[img.shop.example]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(validation = ("self.all(a, self.exists_one(b, a == b))", "lists a host twice: list each host once"))]
    pub custom_domains: Vec<HostName>,
    /// The DataPlane that serves this endpoint. Default: the DataPlane that is marked `default: true`.
    /// Example: `{name: default, namespace: imgplane-system}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_plane_ref: Option<DataPlaneRef>,
    /// An Origin that is asked before all others. Default: none. Example: `{originRef: {name: library}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_library: Option<MediaLibrary>,
    /// Origins of the same namespace in order of preference: the first that has the file answers. Default: none.
    /// More than two are allowed, and slow for files that only the last one has. Example: `[{name: photos}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(validation = (
        "self.all(a, self.exists_one(b, a.name == b.name))",
        "lists an origin twice: list each origin once"
    ))]
    pub origins: Vec<OriginRef>,
    /// Translate the URLs of another vendor, so that they keep working after a move. Default: none.
    /// Example: `{type: Cloudinary}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_rewriter: Option<UrlRewriter>,
    /// Transformations that URLs name with `n-NAME`. Default: none. Example: `[{name: thumb, value: "w-100,h-100"}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 250))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub named_transformations: Vec<NamedTransformation>,
    /// Allow named transformations only: a URL with any other parameter is answered 400, also a signed one.
    /// Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrict_unnamed_transformations: Option<bool>,
    /// Signatures, private files, and rules on clients. Default: everybody may have everything that is not marked
    /// private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<Security>,
    /// `Accept` headers for clients that send no useful one: the first whose `userAgent` is found in the request's
    /// `User-Agent` counts. Default: none. Example: `[{userAgent: MyApp, accept: image/webp}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub accept_overrides: Vec<AcceptOverride>,
    /// A picture for every URL whose file is missing. Default: none, and then the answer is 404.
    /// Example: `{path: placeholder.jpg}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_image: Option<DefaultImage>,
    /// Automatic format, quality and metadata of results. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimization: Option<Optimization>,
    /// How long pods, browsers and CDNs keep responses, and how long a missing file is taken for missing. The annotation
    /// `imgplane.dev/purge` purges all that pods keep of this endpoint whenever it gets a new text.
    /// Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caching: Option<Caching>,
    /// Bounds of each request. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<EndpointLimits>,
    /// What happens to parameters that are unknown or wrong. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compat: Option<Compat>,
}

/// An Origin that is asked before all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaLibrary {
    /// The Origin. Example: `{name: library}`.
    pub origin_ref: OriginRef,
}
