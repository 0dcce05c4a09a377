//! What a pod requests and may take.

use std::collections::BTreeMap;

use imgplane_crds::data_plane::Opaque;
use k8s_openapi::{
    api::core::v1::{PodSpec, ResourceRequirements},
    apimachinery::pkg::api::resource::Quantity,
};
use serde_json::Value;

use super::overlay::{OverlayError, OverlayFault, typed};

/// CPU that an idle pod needs with room for some requests; the scheduler and the autoscaler count with it.
const CPU_REQUEST: &str = "250m";
/// Memory of a pod that serves a few pictures at a time, and keeps as many results as it does by default.
const MEMORY_REQUEST: &str = "512Mi";
/// Room for several large pictures at once beside the results that are kept; the pods' memory budget is derived from it.
const MEMORY_LIMIT: &str = "1280Mi";

/// What a pod gets where the DataPlane says nothing. There is no CPU limit: transforming comes in bursts, and a limit
/// would slow each request down while cores of the node are idle.
pub(super) fn default_resources() -> ResourceRequirements {
    let quantities = |pairs: &[(&str, &str)]| -> BTreeMap<String, Quantity> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Quantity((*value).to_owned()))).collect()
    };
    ResourceRequirements {
        requests: Some(quantities(&[("cpu", CPU_REQUEST), ("memory", MEMORY_REQUEST)])),
        limits: Some(quantities(&[("memory", MEMORY_LIMIT)])),
        claims: None,
    }
}

/// `spec.resources`, or the default.
pub(super) fn resources(spec: Option<&Opaque>) -> Result<ResourceRequirements, OverlayError> {
    const FIELD: &str = "spec.resources";
    const KNOWN: [&str; 3] = ["requests", "limits", "claims"];
    let Some(spec) = spec else { return Ok(default_resources()) };
    if let Some(unknown) = spec.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        let field = format!("{FIELD}.{unknown}");
        return Err(OverlayError {
            field,
            fault: OverlayFault::Unknown { known: "requests, limits and claims" },
        });
    }
    let resources: ResourceRequirements = typed(FIELD, Value::Object(spec.0.clone()))?;
    check(FIELD, &resources)?;
    Ok(resources)
}

/// Judges the quantities of all containers of a pod.
pub(super) fn check_pod(field: &str, pod: &PodSpec) -> Result<(), OverlayError> {
    let sorts = [("containers", Some(&pod.containers)), ("initContainers", pod.init_containers.as_ref())];
    for (sort, containers) in sorts {
        for container in containers.into_iter().flatten() {
            if let Some(resources) = &container.resources {
                check(&format!("{field}.{sort}[{}].resources", container.name), resources)?;
            }
        }
    }
    Ok(())
}

fn check(field: &str, resources: &ResourceRequirements) -> Result<(), OverlayError> {
    for (sort, quantities) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        for (name, Quantity(text)) in quantities.iter().flatten() {
            if !is_quantity(text) {
                return Err(OverlayError {
                    field: format!("{field}.{sort}.{name}"),
                    fault: OverlayFault::Quantity { text: text.clone() },
                });
            }
        }
    }
    Ok(())
}

/// The grammar of Kubernetes' quantities without a sign: digits with at most one dot, and a suffix or an exponent.
fn is_quantity(text: &str) -> bool {
    const SUFFIXES: [&str; 16] =
        ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let number = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let Some((number, suffix)) = text.split_at_checked(number) else { return false };
    let dots = number.bytes().filter(|byte| *byte == b'.').count();
    let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|digits| digits.parse::<i16>().is_ok());
    number.len() > dots && dots <= 1 && (SUFFIXES.contains(&suffix) || exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_told_from_other_text() {
        for good in ["1", "250m", "0.5", "1.", ".5", "512Mi", "1e3", "1E-3", "2E", "100n", "12k"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", ".", "lots", "1 Gi", "1.2.3", "5MB", "-1", "1e", "Mi", "10gi", "1ü"] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }

    #[test]
    fn resources_replace_the_default_as_a_whole_and_numbers_may_be_bare() {
        let given = |json: &str| resources(Some(&serde_json::from_str(json).unwrap()));
        let found = given(r#"{"limits": {"cpu": 2, "memory": "4Gi"}}"#).unwrap();
        assert_eq!(found.requests, None);
        assert_eq!(found.limits.unwrap()["cpu"], Quantity("2".to_owned()));
        assert_eq!(resources(None).unwrap(), default_resources());
        for (json, expected) in [
            (r#"{"limits": {"memory": "lots"}}"#, "spec.resources.limits.memory: \"lots\" is no quantity"),
            (r#"{"limit": {"memory": "1Gi"}}"#, "spec.resources.limit: does not belong here"),
            (r#"{"limits": "1Gi"}"#, "spec.resources.limits: cannot be used"),
        ] {
            let error = given(json).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
