//! Caching, limits and strictness of an endpoint.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{duration::Duration, size::Size};

/// How long responses are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Caching {
    /// `max-age` of successful responses. Default: `365d`. Example: `12h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// How long a file that no origin has is not asked for again, from `0s`, always asked, to `1h`. Default: `10s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_ttl: Option<Duration>,
    /// Let the `Cache-Control` or `Expires` of an origin say how long its files are kept, here and by clients,
    /// instead of `ttl`. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_cache_control: Option<bool>,
    /// How long after its end a kept result is still served while its origin cannot be asked for a newer one, from
    /// `0s`, never, to `30d`. Default: `24h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_if_error: Option<Duration>,
    /// Keep a copy of each original when it is first asked for, and make all other results from that, so that its origin
    /// is asked once. Copies are kept where the DataPlane's `originalsStore` says, until they are purged. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub save_originals: Option<bool>,
}

/// Bounds of each request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointLimits {
    /// Largest original that is transformed. Default: `40Mi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_input_bytes: Option<Size>,
    /// Largest image, original or result, in pixels. Default: `100000000`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub max_pixels: Option<i64>,
    /// Longest transformation. Default: `30s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transformation_timeout: Option<Duration>,
    /// Transformations of this endpoint at once, per pod. Default: `0`, which means half the workers and at
    /// least one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10000))]
    pub max_concurrency: Option<u32>,
}

/// What happens to parameters that are unknown or wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Compat {
    /// Parameters that imgplane does not know: `Ignore` leaves them out and names them in `ik-warning`,
    /// `Reject` answers 400. Default: `Ignore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_parameters: Option<UnknownParameters>,
    /// Values that cannot be read, such as `w-wide`: `Reject` answers 400, `Ignore` leaves them out and names
    /// them in `ik-warning`. Default: `Reject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid_values: Option<InvalidValues>,
    /// Overlay parameters of before layers, such as `oi-logo.png`: `Reject` answers 400, `Translate` reads them as
    /// layers. Default: `Reject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_overlays: Option<LegacyOverlays>,
}

/// What happens to unknown parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum UnknownParameters {
    /// They are left out.
    Ignore,
    /// The request is refused.
    Reject,
}

/// What happens to values that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum InvalidValues {
    /// The request is refused.
    Reject,
    /// They are left out.
    Ignore,
}

/// What happens to overlay parameters of before layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum LegacyOverlays {
    /// The request is refused.
    Reject,
    /// They are read as layers.
    Translate,
}
