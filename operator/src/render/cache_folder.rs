//! The folder in which pods keep results: where it is, and how much of a node's disk it is given.

use std::collections::BTreeMap;

use imgplane_crds::Size;
use k8s_openapi::{api::core::v1::ResourceRequirements, apimachinery::pkg::api::resource::Quantity};

/// Where the folder is in the container, whose root cannot be written to.
pub(super) const PATH: &str = "/var/cache/imgplane";
/// The resource that a folder of a pod counts as.
const RESOURCE: &str = "ephemeral-storage";
/// Least room beside the results.
const LEAST_HEADROOM: u64 = 64 << 20;

/// The size limit of the folder: that of the results and a tenth more, in whole mebibytes.
///
/// The kubelet counts blocks and folders, among them those of a file that is being replaced, and of the index beside
/// the results. A pod that is over the limit is evicted, so what the data plane bounds must never come near it.
pub(super) fn room(results: u64) -> Quantity {
    let headroom = (results / 10).max(LEAST_HEADROOM);
    let bytes = results.saturating_add(headroom).div_ceil(1 << 20).saturating_mul(1 << 20);
    Quantity(Size::new(bytes).to_string())
}

/// The same with a request for the room that the folder needs: the scheduler then chooses a node that has it, and a
/// node that runs short of disk evicts others first. Whoever asks for storage, or bounds it, knows what for.
pub(super) fn with_storage(mut resources: ResourceRequirements, results: u64) -> ResourceRequirements {
    let names = |quantities: &Option<BTreeMap<String, Quantity>>| {
        quantities.as_ref().is_some_and(|quantities| quantities.contains_key(RESOURCE))
    };
    if !names(&resources.requests) && !names(&resources.limits) {
        resources.requests.get_or_insert_default().insert(RESOURCE.to_owned(), room(results));
    }
    resources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_a_tenth_more_room_than_its_results() {
        for (results, expected) in
            [(256 << 20, "320Mi"), (1 << 30, "1127Mi"), (10 << 30, "11Gi"), (16 << 40, "18454938Mi")]
        {
            assert_eq!(room(results), Quantity(expected.to_owned()), "{results}");
        }
    }

    #[test]
    fn storage_is_asked_for_unless_somebody_said_how_much() {
        let of = |sort: &str| -> ResourceRequirements {
            serde_json::from_value(serde_json::json!({ sort: { RESOURCE: "1Gi" } })).unwrap()
        };
        for given in [of("requests"), of("limits")] {
            assert_eq!(with_storage(given.clone(), 10 << 30), given);
        }
        let found = with_storage(ResourceRequirements::default(), 10 << 30);
        assert_eq!(found.requests.unwrap()[RESOURCE], Quantity("11Gi".to_owned()));
        assert_eq!(found.limits, None);
    }
}
