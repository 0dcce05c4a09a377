//! How many pods there are, where that follows their CPU use.

use imgplane_crds::data_plane::Autoscaling;
use k8s_openapi::api::autoscaling::v2::{
    ContainerResourceMetricSource, CrossVersionObjectReference, HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
};

use super::{
    metadata::{desired, metadata},
    pod::CONTAINER,
};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{WORKLOAD_MANAGER, object_name},
};

pub(super) fn autoscaler(owner: &Owner, autoscaling: &Autoscaling) -> Desired {
    let name = object_name(&owner.id);
    let autoscaler = HorizontalPodAutoscaler {
        metadata: metadata(owner, &name),
        spec: Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".to_owned()),
                kind: "Deployment".to_owned(),
                name: name.clone(),
            },
            min_replicas: Some(autoscaling.min.unwrap_or(Autoscaling::DEFAULT_MIN)),
            max_replicas: autoscaling.max.unwrap_or(Autoscaling::DEFAULT_MAX),
            metrics: Some(vec![MetricSpec {
                type_: "ContainerResource".to_owned(),
                // Of the data plane alone: containers that a podTemplate adds may idle.
                container_resource: Some(ContainerResourceMetricSource {
                    container: CONTAINER.to_owned(),
                    name: "cpu".to_owned(),
                    target: MetricTarget {
                        type_: "Utilization".to_owned(),
                        average_utilization: Some(
                            autoscaling.cpu_utilization.unwrap_or(Autoscaling::DEFAULT_CPU_UTILIZATION),
                        ),
                        ..MetricTarget::default()
                    },
                }),
                ..MetricSpec::default()
            }]),
            behavior: None,
        }),
        status: None,
    };
    desired(OwnedKind::HorizontalPodAutoscaler, owner, &name, WORKLOAD_MANAGER, &autoscaler)
}
