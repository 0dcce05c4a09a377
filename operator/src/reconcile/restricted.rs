//! Endpoints that were just closed to unnamed transformations: from then on URLs fail that worked before, and nothing
//! in a status is wrong.

use std::collections::BTreeSet;

use imgplane_config::{EndpointConfig, ObjectId, Record};

/// Why the Event was made, in one word.
pub(super) const RESTRICTED: &str = "UnnamedTransformationsRestricted";

/// What happened, how widely, what to do.
pub(super) const RESTRICTED_NOTE: &str = "spec.restrictUnnamedTransformations was turned on: URLs with any other parameter than \
    named transformations (n-NAME) are answered 400 from now on, signed ones too. Give what pages still ask for a name \
    in spec.namedTransformations, or turn it off";

/// Endpoints that are restricted now and were written without the restriction before; a new endpoint is none of them.
/// `before` is in any order, the outcome in the order of `after`.
pub(super) fn newly_restricted(
    before: &[Record<EndpointConfig>],
    after: &[Record<EndpointConfig>],
) -> Vec<ObjectId> {
    let is_restricted = |record: &&Record<EndpointConfig>| record.body.restrict_unnamed_transformations;
    let restricted: Vec<_> = after.iter().filter(is_restricted).collect();
    // Nearly always.
    if restricted.is_empty() {
        return Vec::new();
    }
    let were_open: BTreeSet<_> =
        before.iter().filter(|record| !is_restricted(record)).map(|record| &record.id).collect();
    restricted
        .into_iter()
        .filter(|record| were_open.contains(&record.id))
        .map(|record| record.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_endpoint_that_was_open_is_newly_restricted() {
        let endpoint = |name: &str, restricted: bool| {
            let body = EndpointConfig {
                restrict_unnamed_transformations: restricted,
                ..EndpointConfig::new("shop")
            };
            Record::new(ObjectId::new("shop", name), 1, body).unwrap()
        };
        let before = [endpoint("closed", true), endpoint("closes", false), endpoint("opens", true)];
        let after = [
            endpoint("closed", true),
            endpoint("closes", true),
            endpoint("new", true),
            endpoint("opens", false),
        ];
        assert_eq!(newly_restricted(&before, &after), [ObjectId::new("shop", "closes")]);
        assert!(newly_restricted(&after, &after).is_empty());
        assert!(newly_restricted(&[], &after).is_empty());
    }
}
