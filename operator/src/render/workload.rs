//! What runs the pods of a Managed DataPlane, and what leads to them.

use imgplane_crds::{
    DataPlaneSpec,
    data_plane::{ExposureType, IngressExposure},
};

use super::{
    autoscaler::autoscaler,
    deployment::deployment,
    disruption_budget::disruption_budget,
    http_route::http_routes,
    ingress::ingress,
    network_policy::network_policy,
    overlay::OverlayError,
    service::service,
    service_account::service_account,
    template::{PodDefaults, pod_template},
};
use crate::{
    Settings,
    apply::{Desired, Owner},
};

/// The objects that run the pods, in the order in which they are applied. Records have no part in them, so that a
/// change of an endpoint never restarts a pod.
///
/// # Errors
/// [`OverlayError`] where the pods cannot be made as the DataPlane says; validation reports the same.
pub fn workload_objects(
    owner: &Owner,
    spec: &DataPlaneSpec,
    settings: &Settings,
) -> Result<Vec<Desired>, OverlayError> {
    let template = pod_template(&owner.id, spec, &PodDefaults::from(settings))?;
    // Whoever guards and names the pods comes before them.
    let mut objects = vec![
        service_account(owner, spec),
        network_policy(owner, settings),
        service(owner, spec),
        disruption_budget(owner),
        deployment(owner, spec, template),
    ];
    objects.extend(spec.autoscaling.as_ref().map(|autoscaling| autoscaler(owner, autoscaling)));
    if let Some(exposure) = &spec.exposure {
        match exposure.kind {
            ExposureType::Service => {}
            ExposureType::Ingress => {
                let usual = IngressExposure::default();
                objects.push(ingress(owner, spec, exposure.ingress.as_ref().unwrap_or(&usual)));
            }
            ExposureType::HttpRoute => {
                objects.extend(exposure.http_route.iter().flat_map(|route| http_routes(owner, spec, route)));
            }
        }
    }
    Ok(objects)
}

/// Hosts that the DataPlane itself names: shared ones, then those of accounts.
pub(super) fn hosts(spec: &DataPlaneSpec) -> Vec<String> {
    spec.hosts.iter().chain(spec.domains.iter().map(|domain| &domain.host)).map(ToString::to_string).collect()
}
