//! What requests run on: one immutable snapshot of everything configured. A reload makes a new one; requests in
//! flight finish on theirs.

use std::sync::Arc;

use imgplane_config::{
    Cache, EndpointConfig, Hash, InvalidValues, LegacyOverlays, ObjectId, Purges, UnknownParameters,
    UrlRewriter,
};
use imgplane_origins::Origin;
use imgplane_store::Place;
use imgplane_urls::{NamedTransformations, Rewriter, Router, Rules, SigningKey};

use crate::{
    admission::{Admission, Claim},
    request::{Flights, Lookups, Lost, Makings},
};

/// The snapshot.
#[derive(Debug)]
pub(crate) struct State {
    /// Finds the endpoint of a request, as an index into `endpoints`.
    pub(crate) router: Router,
    /// All endpoints, in the order of their ids.
    pub(crate) endpoints: Vec<Arc<Endpoint>>,
    /// Peers whose `X-Forwarded-Host` and `X-Forwarded-For` count.
    pub(crate) trusted_proxies: Vec<ipnet::IpNet>,
    /// Every host that is configured as one of ours, in lower case and without port.
    pub(crate) own_hosts: Arc<[String]>,
    /// The gate in front of the workers.
    pub(crate) admission: Arc<Admission>,
    /// Where results are to be kept.
    pub(crate) cache: Cache,
    /// The stores that all pods share.
    pub(crate) stores: Vec<Place>,
    /// What was purged of them, as far as the config tells.
    pub(crate) purges: Purges,
}

/// One endpoint, ready to serve.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The object.
    pub(crate) id: ObjectId,
    /// Its name in metrics and logs, `namespace/name`.
    pub(crate) label: String,
    /// Hash of its record.
    pub(crate) hash: Hash,
    /// Its settings.
    pub(crate) config: EndpointConfig,
    /// Keys that verify its signatures.
    pub(crate) keys: Vec<SigningKey>,
    /// Hash of the record of the keys.
    pub(crate) keys_hash: Option<Hash>,
    /// Its stored transformations.
    pub(crate) named: NamedTransformations,
    /// Translates URLs of another vendor.
    pub(crate) rewriter: Option<Rewriter>,
    /// The media library, then the origins, in order of preference; those that run.
    pub(crate) origins: Vec<Arc<Origin>>,
    /// How many origins it lists that do not run.
    pub(crate) missing_origins: usize,
    /// What it may take of the pod at once.
    pub(crate) claim: Claim,
    /// Fetches of its originals that run now.
    pub(crate) flights: Flights,
    /// What is looked up for it now in the store of results.
    pub(crate) lookups: Lookups,
    /// What is made for it now.
    pub(crate) makings: Makings,
    /// Its files that are not what they were.
    pub(crate) lost: Arc<Lost>,
    /// Stands for all of its settings that a result depends on.
    pub(crate) edition: Hash,
    /// Stands for all of its settings that a saved original depends on.
    pub(crate) originals_edition: Hash,
}

/// How strictly an endpoint reads transformation strings.
pub fn rules(config: &EndpointConfig) -> Rules {
    Rules {
        reject_unknown: config.compat.unknown_parameters == UnknownParameters::Reject,
        reject_invalid: config.compat.invalid_values == InvalidValues::Reject,
        translate_overlays: config.compat.legacy_overlays == LegacyOverlays::Translate,
    }
}

/// The stored transformations of an endpoint.
pub fn named(config: &EndpointConfig) -> NamedTransformations {
    let stored = config.named_transformations.iter();
    let stored = stored.map(|named| (named.name.clone(), named.value.clone(), named.enabled));
    NamedTransformations::new(stored, config.restrict_unnamed_transformations)
}

/// Whose URLs an endpoint translates.
pub fn rewriter(config: &EndpointConfig) -> Option<Rewriter> {
    config.url_rewriter.map(|rewriter| match rewriter {
        UrlRewriter::Cloudinary { preserve_asset_delivery_types } => {
            Rewriter::Cloudinary { preserve_asset_delivery_types }
        }
        UrlRewriter::Imgix => Rewriter::Imgix,
        UrlRewriter::Akamai => Rewriter::Akamai,
    })
}

/// How many workers one endpoint may hold. 0 means half of them, so that one endpoint cannot take all from the
/// others; where there are no others, there is nobody to protect and it means all.
pub(crate) fn slots(configured: u32, workers: usize, endpoints: usize) -> usize {
    match (configured, endpoints) {
        (0, 0 | 1) => workers.max(1),
        (0, _) => (workers / 2).max(1),
        (limit, _) => limit as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_gets_half_the_workers_unless_it_is_alone_or_says_otherwise() {
        for (configured, workers, endpoints, expected) in
            [(0, 8, 2, 4), (0, 1, 2, 1), (0, 8, 1, 8), (3, 8, 2, 3), (20, 8, 1, 20)]
        {
            assert_eq!(slots(configured, workers, endpoints), expected, "{configured} {workers} {endpoints}");
        }
    }
}
