//! The pod template of a Managed DataPlane: our parts, with the DataPlane's `podTemplate` laid over them, and what it
//! must not change.

use imgplane_config::ObjectId;
use imgplane_crds::{DataPlaneSpec, data_plane::Opaque};
use k8s_openapi::{
    api::core::v1::{
        Container, LocalObjectReference, PodSecurityContext, PodSpec, PodTemplateSpec, SeccompProfile,
        TopologySpreadConstraint,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde_json::{Map, Value};

use super::{
    metadata::{labels, pod_selector},
    mount,
    overlay::{OverlayError, OverlayFault, merge, typed},
    pod::{CONTAINER, PodOptions, PodParts, Ports, USER, pod_parts},
    resources::{check_pod, resources},
    service_account::pod_annotations,
    store_folder,
};
use crate::{Settings, labels::object_name};

const FIELD: &str = "spec.podTemplate";
/// Volumes that stay as they are; the scratch space may be made larger.
const FIXED_VOLUMES: [&str; 4] =
    [mount::CONFIG_VOLUME, mount::ADMIN_VOLUME, mount::TLS_VOLUME, mount::IDENTITY_VOLUME];

/// Longest time between SIGTERM and the end: the drain delay of 5 seconds, the 65 that requests in flight may take, and
/// some more. A pod whose requests are answered ends at once.
const TERMINATION_GRACE_SECONDS: i64 = 75;

/// What of the operator's settings shows in pods.
#[derive(Debug, Clone, Default)]
pub(super) struct PodDefaults<'a> {
    image: &'a str,
    image_pull_policy: &'a str,
    image_pull_secrets: &'a [String],
}

impl<'a> From<&'a Settings> for PodDefaults<'a> {
    fn from(settings: &'a Settings) -> Self {
        Self {
            image: &settings.dataplane_image,
            image_pull_policy: &settings.image_pull_policy,
            image_pull_secrets: &settings.image_pull_secrets,
        }
    }
}

/// Whether pods can be made from what a Managed DataPlane says of them.
///
/// # Errors
/// [`OverlayError`] names the field of `podTemplate` or `resources` that is in the way.
pub fn check_pod_template(data_plane: &ObjectId, spec: &DataPlaneSpec) -> Result<(), OverlayError> {
    pod_template(data_plane, spec, &PodDefaults::default()).map(|_| ())
}

/// The pod template, as JSON: fields of an overlay that this version does not know are kept.
pub(super) fn pod_template(
    data_plane: &ObjectId,
    spec: &DataPlaneSpec,
    defaults: &PodDefaults<'_>,
) -> Result<Value, OverlayError> {
    let base = base(data_plane, spec, defaults)?;
    // Plain data always becomes JSON; null would make every golden file of Deployments fail.
    let mut template = serde_json::to_value(&base).unwrap_or_default();
    let none = Opaque::default();
    let overlay = spec.pod_template.as_ref().unwrap_or(&none);
    check_overlay(overlay)?;
    if let Value::Object(template) = &mut template {
        merge(template, overlay, FIELD)?;
    }
    let merged: PodTemplateSpec = typed(FIELD, template.clone())?;
    check_kept(&base, &merged)?;
    if let Some(pod) = &merged.spec {
        check_pod(&format!("{FIELD}.spec"), pod)?;
        if spec.autoscaling.is_some() && !requests_cpu(pod) {
            return Err(OverlayError {
                field: "spec.resources".to_owned(),
                fault: OverlayFault::NoCpuRequest,
            });
        }
    }
    Ok(template)
}

fn base(
    data_plane: &ObjectId,
    spec: &DataPlaneSpec,
    defaults: &PodDefaults<'_>,
) -> Result<PodTemplateSpec, OverlayError> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let options = PodOptions {
        image: spec.image.as_deref().and_then(given).unwrap_or_else(|| defaults.image.to_owned()),
        image_pull_policy: given(defaults.image_pull_policy),
        ports: Ports::default(),
        tls_secret: spec.tls.as_ref().map(|tls| tls.secret_ref.name.to_string()),
        volumes: spec
            .volumes
            .iter()
            .filter_map(|volume| Some((volume.name.to_string(), volume.claim_name.as_ref()?.to_string())))
            .collect(),
        identity_audience: spec
            .workload_identity
            .as_ref()
            .and_then(|identity| identity.audience.as_deref())
            .and_then(given),
        cache_disk: spec.cache.as_ref().and_then(|cache| cache.disk.as_ref()).map(|disk| disk.size.bytes()),
        stores: store_folder::claims(spec),
        resources: resources(spec.resources.as_ref())?,
    };
    // A new volume belongs to root, and the pods are to write to it. Without such a volume no group is given, because the
    // kubelet would give it to the files of `spec.volumes` too.
    let shares_volumes = !options.stores.is_empty();
    let PodParts { container, volumes, .. } = pod_parts(data_plane, &options);
    let pull_secrets: Vec<_> =
        defaults.image_pull_secrets.iter().map(|name| LocalObjectReference { name: name.clone() }).collect();
    let pod = PodSpec {
        service_account_name: Some(object_name(data_plane)),
        // Pods decode files of strangers, so they get no key to the cluster.
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        image_pull_secrets: (!pull_secrets.is_empty()).then_some(pull_secrets),
        termination_grace_period_seconds: Some(TERMINATION_GRACE_SECONDS),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                localhost_profile: None,
            }),
            fs_group: shares_volumes.then_some(USER),
            fs_group_change_policy: shares_volumes.then(|| "OnRootMismatch".to_owned()),
            ..PodSecurityContext::default()
        }),
        topology_spread_constraints: Some(vec![TopologySpreadConstraint {
            max_skew: 1,
            topology_key: "kubernetes.io/hostname".to_owned(),
            // On a cluster of one node all pods run there.
            when_unsatisfiable: "ScheduleAnyway".to_owned(),
            label_selector: Some(pod_selector(data_plane)),
            // Counts each rollout by itself: else new pods would keep away from where old ones still are.
            match_label_keys: Some(vec!["pod-template-hash".to_owned()]),
            ..TopologySpreadConstraint::default()
        }]),
        containers: vec![container],
        volumes: Some(volumes),
        ..PodSpec::default()
    };
    let annotations = pod_annotations(spec);
    let metadata = ObjectMeta {
        labels: Some(labels(data_plane)),
        annotations: (!annotations.is_empty()).then_some(annotations),
        ..ObjectMeta::default()
    };
    Ok(PodTemplateSpec { metadata: Some(metadata), spec: Some(pod) })
}

/// Judges the overlay by itself, where its places are those that the user wrote.
fn check_overlay(overlay: &Opaque) -> Result<(), OverlayError> {
    let known = |fields: &Map<String, Value>, path: &str, allowed: &[&str], known: &'static str| match fields
        .keys()
        .find(|field| !allowed.contains(&field.as_str()) && !field.starts_with('$'))
    {
        None => Ok(()),
        Some(field) => {
            Err(OverlayError { field: format!("{path}.{field}"), fault: OverlayFault::Unknown { known } })
        }
    };
    known(overlay, FIELD, &["metadata", "spec"], "metadata and spec, as in the template of a Deployment")?;
    if let Some(Value::Object(metadata)) = overlay.get("metadata") {
        known(metadata, &format!("{FIELD}.metadata"), &["labels", "annotations"], "labels and annotations")?;
    }
    typed::<PodTemplateSpec>(FIELD, Value::Object(overlay.0.clone())).map(|_| ())
}

/// What the operator, the Service and the pods themselves rely on.
fn check_kept(base: &PodTemplateSpec, merged: &PodTemplateSpec) -> Result<(), OverlayError> {
    let fixed = |place: &str, why| {
        Err(OverlayError { field: format!("{FIELD}.{place}"), fault: OverlayFault::Fixed { why } })
    };
    let labels = |template: &PodTemplateSpec| {
        template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default()
    };
    let found = labels(merged);
    if let Some((key, _)) = labels(base).into_iter().find(|(key, value)| found.get(key) != Some(value)) {
        return fixed(&format!("metadata.labels[{key}]"), "the Service and the operator find the pods by it");
    }
    let none = PodSpec::default();
    let (base, merged) = (base.spec.as_ref().unwrap_or(&none), merged.spec.as_ref().unwrap_or(&none));
    if merged.automount_service_account_token != Some(false) {
        return fixed(
            "spec.automountServiceAccountToken",
            "the pods decode files of strangers and get no key to the cluster",
        );
    }
    let Some(container) = ours(merged) else {
        return fixed(&format!("spec.containers[{CONTAINER}]"), "it is the data plane");
    };
    let place = format!("spec.containers[{CONTAINER}]");
    let nothing = Container::default();
    let base_container = ours(base).unwrap_or(&nothing);
    if container.command.is_some() || container.args != base_container.args {
        let field = if container.command.is_some() { "command" } else { "args" };
        return fixed(
            &format!("{place}.{field}"),
            "it tells the pods where their config is; flags have environment variables such as IMGPLANE_WORKERS",
        );
    }
    if !contains(container.ports.as_ref(), base_container.ports.as_ref()) {
        return fixed(&format!("{place}.ports"), "the Service, the probes and the operator use them");
    }
    if !contains(container.volume_mounts.as_ref(), base_container.volume_mounts.as_ref()) {
        return fixed(
            &format!("{place}.volumeMounts"),
            "the pods read their config from them, or keep results there",
        );
    }
    for volume in base.volumes.iter().flatten().filter(|volume| FIXED_VOLUMES.contains(&volume.name.as_str()))
    {
        if !merged.volumes.iter().flatten().any(|found| found == volume) {
            return fixed(&format!("spec.volumes[{}]", volume.name), "the pods read their config from it");
        }
    }
    // The one that the operator itself mounts was found unchanged above.
    let has_identity = base.volumes.iter().flatten().any(|volume| volume.name == mount::IDENTITY_VOLUME);
    let own = has_identity.then_some(mount::IDENTITY_VOLUME);
    if let Some(token) = mounted_token(merged, container, own) {
        return fixed(
            &format!("{place}.volumeMounts[{token}]"),
            "the pods decode files of strangers and get no key to the cluster",
        );
    }
    Ok(())
}

fn ours(pod: &PodSpec) -> Option<&Container> {
    pod.containers.iter().find(|container| container.name == CONTAINER)
}

/// Whether every item of `expected` is in `found`, unchanged.
fn contains<T: PartialEq>(found: Option<&Vec<T>>, expected: Option<&Vec<T>>) -> bool {
    expected.into_iter().flatten().all(|item| found.is_some_and(|found| found.contains(item)))
}

/// The path at which the container would see a token of its service account.
/// A volume of the operator's own does not count.
fn mounted_token<'a>(pod: &PodSpec, container: &'a Container, own: Option<&str>) -> Option<&'a str> {
    let has_token = |name: &str| {
        pod.volumes
            .iter()
            .flatten()
            .filter(|volume| volume.name == name && own != Some(name))
            .flat_map(|volume| {
                volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten())
            })
            .any(|source| source.service_account_token.is_some())
    };
    container
        .volume_mounts
        .iter()
        .flatten()
        .find(|mount| has_token(&mount.name))
        .map(|mount| mount.mount_path.as_str())
}

/// Whether CPU use can be measured in percent of a request; a limit alone becomes the request.
fn requests_cpu(pod: &PodSpec) -> bool {
    ours(pod).and_then(|container| container.resources.as_ref()).is_some_and(|resources| {
        [&resources.requests, &resources.limits]
            .into_iter()
            .any(|quantities| quantities.as_ref().is_some_and(|quantities| quantities.contains_key("cpu")))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(spec: Value) -> Result<Value, OverlayError> {
        let spec: DataPlaneSpec = serde_json::from_value(spec).unwrap();
        let defaults = PodDefaults { image: "imgplane:1", ..PodDefaults::default() };
        pod_template(&ObjectId::new("imgplane-system", "default"), &spec, &defaults)
    }

    #[test]
    fn an_overlay_reaches_every_part_of_the_pod_and_keeps_fields_that_are_new() {
        let found = template(json!({ "podTemplate": {
            "metadata": { "labels": { "team": "web" }, "annotations": { "a": "b" } },
            "spec": {
                "nodeSelector": { "pool": "images" },
                "fieldOfTomorrow": { "x": 1 },
                "containers": [
                    { "name": "imgplane", "env": [{ "name": "IMGPLANE_WEBP_METHOD", "value": "6" }],
                      "resources": { "limits": { "cpu": 2 } } },
                    { "name": "logs", "image": "logs:1" },
                ],
                "volumes": [{ "name": "imgplane-tmp", "emptyDir": { "sizeLimit": "1Gi" } }],
            },
        } }))
        .unwrap();
        assert_eq!(found["metadata"]["labels"]["team"], "web");
        assert_eq!(found["metadata"]["labels"]["imgplane.dev/dataplane"], "default");
        assert_eq!(found["spec"]["fieldOfTomorrow"]["x"], 1);
        let ours = &found["spec"]["containers"][0];
        assert_eq!(ours["env"][0]["name"], "IMGPLANE_WEBP_METHOD");
        assert_eq!((&ours["resources"]["limits"]["cpu"], &ours["image"]), (&json!(2), &json!("imgplane:1")));
        assert_eq!(found["spec"]["containers"][1]["name"], "logs");
    }

    #[test]
    fn the_folder_for_results_may_be_on_another_disk_and_must_stay_where_it_is() {
        let with = |overlay: Value| {
            template(json!({ "cache": { "disk": { "size": "1Gi" } }, "podTemplate": { "spec": overlay } }))
        };
        let other = json!({ "name": "imgplane-cache", "emptyDir": null, "ephemeral": { "volumeClaimTemplate": {
            "spec": { "resources": { "requests": { "storage": "2Gi" } } } } } });
        let found = with(json!({ "volumes": [other.clone()] })).unwrap();
        let volumes = found["spec"]["volumes"].as_array().unwrap();
        let volume = volumes.iter().find(|volume| volume["name"] == "imgplane-cache").unwrap();
        assert_eq!((volume.get("emptyDir"), &volume["ephemeral"]), (None, &other["ephemeral"]));
        let moved = json!({ "mountPath": "/var/cache/imgplane", "name": "x" });
        let error =
            with(json!({ "containers": [{ "name": "imgplane", "volumeMounts": [moved] }] })).unwrap_err();
        assert_eq!(error.field, "spec.podTemplate.spec.containers[imgplane].volumeMounts");

        let args = |found: &Value| found["spec"]["containers"][0]["args"].to_string();
        assert!(args(&found).contains("--cache-dir=/var/cache/imgplane"), "{found}");
        let memory = template(json!({ "cache": { "memory": "1Gi" } })).unwrap();
        assert_eq!(memory, template(json!({})).unwrap(), "memory is a matter of config");
    }

    #[test]
    fn an_overlay_cannot_take_away_what_keeps_the_pods_working() {
        let ours = |change: Value| {
            let mut container = json!({ "name": "imgplane" });
            container.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            json!({ "spec": { "containers": [container] } })
        };
        let token = json!({ "spec": {
            "volumes": [{ "name": "t", "projected": { "sources": [{ "serviceAccountToken": { "path": "t" } }] } }],
            "containers": [{ "name": "imgplane", "volumeMounts": [{ "name": "t", "mountPath": "/t" }] }],
        } });
        for (overlay, expected) in [
            (
                json!({ "nodeSelector": {} }),
                "nodeSelector: does not belong here: the fields are metadata and spec",
            ),
            (json!({ "metadata": { "name": "x" } }), "metadata.name: does not belong here"),
            (
                json!({ "metadata": { "labels": { "imgplane.dev/dataplane": "other" } } }),
                "metadata.labels[imgplane.dev/dataplane]: must stay",
            ),
            (
                json!({ "metadata": { "labels": null } }),
                "metadata.labels[app.kubernetes.io/instance]: must stay",
            ),
            (
                json!({ "spec": { "automountServiceAccountToken": true } }),
                "spec.automountServiceAccountToken: must stay",
            ),
            (
                json!({ "spec": { "automountServiceAccountToken": null } }),
                "spec.automountServiceAccountToken: must",
            ),
            (ours(json!({ "$patch": "delete" })), "spec.containers[imgplane]: must stay"),
            (ours(json!({ "args": ["--help"] })), "spec.containers[imgplane].args: must stay"),
            (ours(json!({ "command": ["sh"] })), "spec.containers[imgplane].command: must stay"),
            (
                ours(json!({ "ports": [{ "containerPort": 8081, "name": "x" }] })),
                "spec.containers[imgplane].ports: must stay",
            ),
            (
                ours(json!({ "volumeMounts": [{ "mountPath": "/etc/imgplane/config", "name": "x" }] })),
                "spec.containers[imgplane].volumeMounts: must stay",
            ),
            (
                json!({ "spec": { "volumes": [{ "name": "imgplane-config", "$patch": "delete" }] } }),
                "spec.volumes[imgplane-config]: must stay",
            ),
            (token, "spec.containers[imgplane].volumeMounts[/t]: must stay"),
            (ours(json!({ "image": 7 })), "spec.containers[0].image: cannot be used: invalid type"),
            (json!({ "spec": { "containers": {} } }), "spec.containers: cannot be used: invalid type"),
            (
                ours(json!({ "resources": { "requests": { "memory": "1 Gi" } } })),
                "spec.containers[imgplane].resources.requests.memory: \"1 Gi\" is no quantity",
            ),
        ] {
            let error = template(json!({ "podTemplate": overlay })).unwrap_err().to_string();
            assert!(error.starts_with(&format!("spec.podTemplate.{expected}")), "{expected}\n{error}");
        }
    }

    #[test]
    fn a_token_for_a_cloud_is_mounted_where_it_is_asked_for_and_cannot_be_made_one_for_the_cluster() {
        let named = |audience: Option<&str>, audience_of_overlay: &str| {
            let token =
                json!({ "serviceAccountToken": { "path": "token", "audience": audience_of_overlay } });
            let volume = json!({ "name": "imgplane-identity", "projected": { "sources": [token] } });
            let mount = json!({ "name": "imgplane-identity", "mountPath": "/t" });
            let container = json!({ "name": "imgplane", "volumeMounts": [mount] });
            template(json!({
                "workloadIdentity": { "audience": audience },
                "podTemplate": { "spec": { "volumes": [volume], "containers": [container] } },
            }))
        };
        assert!(named(None, "sts").unwrap_err().field.ends_with("volumeMounts[/t]"));
        let error = named(Some("sts"), "https://kubernetes.default.svc").unwrap_err();
        assert_eq!(error.field, "spec.podTemplate.spec.volumes[imgplane-identity]");

        let found = template(json!({ "workloadIdentity": { "audience": "sts.amazonaws.com" } })).unwrap();
        let pod = &found["spec"];
        assert_eq!(pod["automountServiceAccountToken"], false);
        let variables = &pod["containers"][0]["env"];
        assert_eq!(variables[0]["name"], "AWS_WEB_IDENTITY_TOKEN_FILE");
        assert_eq!(variables[0]["value"], "/var/run/secrets/imgplane/identity/token");
        assert_eq!(variables[1]["name"], "AZURE_FEDERATED_TOKEN_FILE");
        let none = template(json!({ "workloadIdentity": { "audience": "", "allowedNamespaces": ["shop"] } }));
        assert_eq!(none.unwrap(), template(json!({})).unwrap());
    }

    #[test]
    fn autoscaling_needs_a_cpu_request_to_measure_against() {
        let memory = json!({ "limits": { "memory": "2Gi" } });
        let error = template(json!({ "autoscaling": {}, "resources": memory })).unwrap_err();
        assert_eq!(error.fault, OverlayFault::NoCpuRequest);
        assert!(template(json!({ "autoscaling": {} })).is_ok());
        assert!(template(json!({ "resources": memory })).is_ok());
        assert!(template(json!({ "autoscaling": {}, "resources": { "limits": { "cpu": "2" } } })).is_ok());
    }
}
