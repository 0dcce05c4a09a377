//! The pods of one DataPlane: whether they can be made as it says, and reached as it says.

use imgplane_config::ObjectId;
use imgplane_crds::{
    DataPlaneSpec,
    data_plane::{Autoscaling, DEFAULT_REPLICAS, ExposureType, Mode},
};

use super::{Findings, certificate};
use crate::{Snapshot, render::check_pod_template};

/// Most pods of one DataPlane that make sense; far beyond it, several DataPlanes do.
const MOST_PODS: i32 = 1000;

/// Fields that say how many pods there are, what they look like, and what leads to them. Where somebody else runs
/// them, those fields have no meaning.
pub(super) fn judge(id: &ObjectId, spec: &DataPlaneSpec, snapshot: &Snapshot, findings: &mut Findings) {
    match spec.mode {
        Mode::External => return,
        Mode::Managed => {}
    }
    judge_number_of_pods(spec, findings);
    judge_audience(spec, findings);
    if let Err(error) = check_pod_template(id, spec) {
        findings.invalid(error.field, error.fault.to_string());
    }
    let kind = spec.exposure.as_ref().map(|exposure| exposure.kind).unwrap_or_default();
    match kind {
        ExposureType::Ingress if spec.hosts.is_empty() && spec.domains.is_empty() => {
            findings.invalid(
                "spec.hosts",
                "must name a host when exposure.type is Ingress: an Ingress without one would take every host",
            );
        }
        ExposureType::HttpRoute
            if spec.exposure.as_ref().is_some_and(|exposure| exposure.http_route.is_none()) =>
        {
            findings.invalid(
                "spec.exposure.httpRoute",
                "is required when exposure.type is HTTPRoute: name the Gateway in parentRefs",
            );
        }
        ExposureType::Service | ExposureType::Ingress | ExposureType::HttpRoute => {}
    }
    if let Some(tls) = &spec.tls {
        let secret = ObjectId::new(&id.namespace, tls.secret_ref.name.as_str());
        certificate::judge(&secret, snapshot, "spec.tls.secretRef.name", findings);
    }
}

/// Audiences of the API server begin so wherever they are not set by hand.
const API_SERVER: &str = "kubernetes.default";

fn judge_audience(spec: &DataPlaneSpec, findings: &mut Findings) {
    let identity = spec.workload_identity.as_ref();
    let audience = identity.and_then(|identity| identity.audience.as_deref()).unwrap_or_default();
    if audience.contains(API_SERVER) {
        findings.invalid(
            "spec.workloadIdentity.audience",
            "must not be that of the API server: the pods decode files of strangers and get no key to the cluster",
        );
    }
}

fn judge_number_of_pods(spec: &DataPlaneSpec, findings: &mut Findings) {
    findings.number("spec.replicas", spec.replicas, DEFAULT_REPLICAS, &(0..=MOST_PODS));
    let Some(autoscaling) = &spec.autoscaling else { return };
    if spec.replicas.is_some() {
        findings.invalid(
            "spec.replicas",
            "is not used with autoscaling, which sets the number of pods: remove one of the two",
        );
    }
    let mut pods = |field: &str, value, default| {
        findings.number(&format!("spec.autoscaling.{field}"), value, default, &(1..=MOST_PODS))
    };
    let min = pods("min", autoscaling.min, Autoscaling::DEFAULT_MIN);
    let max = pods("max", autoscaling.max, Autoscaling::DEFAULT_MAX);
    if min > max {
        findings
            .invalid("spec.autoscaling.max", format!("is {max}, but must be at least min, which is {min}"));
    }
    findings.number(
        "spec.autoscaling.cpuUtilization",
        autoscaling.cpu_utilization,
        Autoscaling::DEFAULT_CPU_UTILIZATION,
        &(1..=1000),
    );
}
