//! What tells the series of a metric apart. Empty: does not apply.

use prometheus_client::encoding::EncodeLabelSet;

/// Labels of a delivered response. Empty: does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ResponseLabels {
    /// `namespace/name`.
    pub(crate) endpoint: String,
    /// HTTP status.
    pub(crate) status: u16,
    /// Code of `ik-error`.
    pub(crate) ik_error: &'static str,
    /// Format of a picture that was transformed for it.
    pub(crate) format: &'static str,
    /// `hit`, `miss`, `refresh`, `stale`, or empty where nothing is kept.
    pub(crate) cache: &'static str,
}

/// Label of what the cache did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct LookupLabel {
    /// A fixed word.
    pub(crate) outcome: &'static str,
}

/// Label of a direction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct DirectionLabel {
    /// `read` or `written`.
    pub(crate) direction: &'static str,
}

/// Labels of a fetch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct FetchLabels {
    /// `namespace/name`; empty where a chain ended without asking any.
    pub(crate) origin: String,
    /// Code of the failure; empty for a success.
    pub(crate) ik_error: &'static str,
    /// Its cause, in the word of reports and conditions; empty for a success.
    pub(crate) reason: &'static str,
}

/// Label of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct EndpointLabel {
    /// `namespace/name`.
    pub(crate) endpoint: String,
}

/// Labels of a request that was refused because of load.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RefusedLabels {
    /// `namespace/name`.
    pub(crate) endpoint: String,
    /// Why, a fixed word.
    pub(crate) reason: &'static str,
}

/// Label of an origin.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OriginLabel {
    /// `namespace/name`.
    pub(crate) origin: String,
}

/// Label of an output format.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct FormatLabel {
    /// Its usual extension.
    pub(crate) format: &'static str,
}

/// Label of a decoder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct DecoderLabel {
    /// `own` or `turbo`.
    pub(crate) decoder: &'static str,
}

/// Label of a part of the memory budget.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ShareLabel {
    /// `originals` or `pictures`.
    pub(crate) share: &'static str,
}

/// Labels of a compression.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CodingLabels {
    /// `br` or `gzip`.
    pub(crate) coding: &'static str,
    /// `compressed`, or `no_memory` where the file went as it is.
    pub(crate) outcome: &'static str,
}

/// Labels of what was done with a store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct StoreLabels {
    /// `cache.shared` or `originalsStore`.
    pub(crate) store: &'static str,
    /// `read`, `write`, `delete` or `list`.
    pub(crate) operation: &'static str,
    /// A fixed word.
    pub(crate) outcome: &'static str,
}

/// Labels of an operation of a store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct StoreOperationLabels {
    /// `cache.shared` or `originalsStore`.
    pub(crate) store: &'static str,
    /// `read`, `write`, `delete` or `list`.
    pub(crate) operation: &'static str,
}

/// Label of a store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct StoreLabel {
    /// `cache.shared` or `originalsStore`.
    pub(crate) store: &'static str,
}

/// Label of how something ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OutcomeLabel {
    /// A fixed word.
    pub(crate) outcome: &'static str,
}

/// Labels of a probe.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ProbeLabels {
    /// `namespace/name`.
    pub(crate) origin: String,
    /// `reachable`, `unknown`, `failed`, or `overload` where it was not made.
    pub(crate) outcome: &'static str,
}
