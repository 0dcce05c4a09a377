//! What the operator needs to know of a pod: where it answers, whether it is ready, and why it is not.

use std::net::IpAddr;

use imgplane_config::ObjectId;
use k8s_openapi::api::core::v1::{Container, ContainerState, ContainerStatus, Pod};
use kube::core::DeserializeGuard;

use super::{mirror::Seen, undecoded::decoded};
use crate::labels;

/// Most characters of a cluster's message that are passed on.
const LONGEST_MESSAGE: usize = 300;

/// A pod that carries the label of a DataPlane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodView {
    /// The pod.
    pub id: ObjectId,
    /// `metadata.uid`.
    pub uid: String,
    /// The DataPlane that the label names, in the pod's own namespace.
    pub data_plane: ObjectId,
    /// Where it answers, once it has an address.
    pub ip: Option<IpAddr>,
    /// Whether its `Ready` condition is True.
    pub ready: bool,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Number of the port named [`labels::ADMIN_PORT_NAME`], else [`labels::ADMIN_PORT`].
    pub admin_port: u16,
    /// Value of the annotation [`labels::NUDGE`].
    pub nudged: Option<String>,
    /// Image of the data plane's container: the one with the admin port, else the first.
    pub image: Option<String>,
    /// Why the container does not run, such as `ImagePullBackOff: ...` or `Unschedulable: ...`, in words that stay
    /// the same from one attempt to the next. Absent while it starts as usual.
    pub waiting: Option<String>,
}

impl Seen for PodView {
    fn matters(&self, before: &Self) -> bool {
        self != before
    }
}

/// Keeps what is needed of a pod. One without a DataPlane's name is none of ours; one that cannot be decoded is not
/// ready.
pub(super) fn see(pod: DeserializeGuard<Pod>) -> Option<(ObjectId, PodView)> {
    let pod = decoded(pod, |metadata| Pod { metadata, ..Pod::default() });
    let meta = pod.metadata;
    let id = ObjectId::new(meta.namespace?, meta.name?);
    let data_plane = meta.labels?.remove(labels::DATA_PLANE).filter(|name| !name.is_empty())?;
    let status = pod.status.unwrap_or_default();
    let spec = pod.spec.unwrap_or_default();
    let containers = || spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let named = containers().find_map(|container| Some((container, admin_port(container)?)));
    let container = named.map(|(container, _)| container).or_else(|| containers().next());

    let condition = |kind: &str| status.conditions.iter().flatten().find(|found| found.type_ == kind);
    let ready = condition("Ready").is_some_and(|ready| ready.status == "True");
    let statuses = || {
        let all = [&status.container_statuses, &status.init_container_statuses];
        all.into_iter().flatten().flatten()
    };
    let own = container.and_then(|container| statuses().find(|status| status.name == container.name));
    let unscheduled = condition("PodScheduled").filter(|scheduled| scheduled.status == "False");
    let waiting = if ready {
        None
    } else if let Some(scheduled) = unscheduled {
        let reason = scheduled.reason.as_deref().unwrap_or("Unschedulable");
        Some(told(reason, scheduled.message.as_deref()))
    } else {
        // A sidecar's neighbour that does not start keeps the pod unready as well.
        own.into_iter().chain(statuses()).find_map(trouble)
    };
    let view = PodView {
        id: id.clone(),
        uid: meta.uid.unwrap_or_default(),
        data_plane: ObjectId::new(&id.namespace, data_plane),
        ip: status.pod_ip.as_deref().and_then(|ip| ip.parse().ok()),
        ready,
        terminating: meta.deletion_timestamp.is_some(),
        admin_port: named.map_or(labels::ADMIN_PORT, |(_, port)| port),
        nudged: meta.annotations.and_then(|mut annotations| annotations.remove(labels::NUDGE)),
        image: container.and_then(|container| container.image.clone()),
        waiting,
    };
    Some((id, view))
}

fn admin_port(container: &Container) -> Option<u16> {
    let mut ports = container.ports.iter().flatten();
    let port = ports.find(|port| port.name.as_deref() == Some(labels::ADMIN_PORT_NAME))?;
    u16::try_from(port.container_port).ok()
}

/// Why a container does not run.
fn trouble(status: &ContainerStatus) -> Option<String> {
    let state = status.state.as_ref()?;
    if let Some(ended) = ended(state) {
        return Some(ended);
    }
    let waiting = state.waiting.as_ref()?;
    let reason = waiting.reason.as_deref().unwrap_or_default();
    let message = waiting.message.as_deref();
    match reason {
        // The usual steps of a start.
        "" | "ContainerCreating" | "PodInitializing" => None,
        // The kubelet's message tells how long it waits, which changes all the time; how the container ended does not.
        "CrashLoopBackOff" => {
            let ended = status.last_state.as_ref().and_then(ended);
            Some(told(reason, ended.as_deref().or(message)))
        }
        // The kubelet goes to and fro between these two; both messages end in the cause.
        "ErrImagePull" | "ImagePullBackOff" => {
            let cause =
                message.map(|text| text.split_once("ErrImagePull: ").map_or(text, |(_, cause)| cause));
            Some(told("ImagePullBackOff", cause))
        }
        _ => Some(told(reason, message)),
    }
}

fn ended(state: &ContainerState) -> Option<String> {
    let ended = state.terminated.as_ref().filter(|ended| ended.exit_code != 0)?;
    let reason = ended.reason.as_deref().unwrap_or("Error");
    Some(format!("{reason}: the container ended with exit code {}", ended.exit_code))
}

fn told(reason: &str, message: Option<&str>) -> String {
    match message.map(str::trim).filter(|message| !message.is_empty()) {
        Some(message) => format!("{reason}: {}", short(message)),
        None => reason.to_owned(),
    }
}

/// The beginning of a message of the cluster.
pub(super) fn short(message: &str) -> String {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}...", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(spec: &Value, status: &Value) -> Value {
        json!({
            "metadata": {
                "namespace": "shop", "name": "web-0", "uid": "u1",
                "labels": {labels::DATA_PLANE: "images"}, "annotations": {labels::NUDGE: "abc"},
            },
            "spec": spec, "status": status,
        })
    }

    fn view(pod: Value) -> PodView {
        see(serde_json::from_value(pod).unwrap()).unwrap().1
    }

    fn waiting(container: &Value) -> Option<String> {
        let mut container = container.clone();
        container["name"] = json!("c");
        container["ready"] = json!(false);
        container["restartCount"] = json!(0);
        container["image"] = json!("i");
        container["imageID"] = json!("");
        view(pod(&json!({"containers": [{"name": "c"}]}), &json!({"containerStatuses": [container]}))).waiting
    }

    #[test]
    fn a_sidecar_is_found_by_the_name_of_its_admin_port() {
        let spec = json!({
            "containers": [{"name": "nginx", "image": "nginx:1", "ports": [{"containerPort": 80}]}],
            "initContainers": [{
                "name": "imgplane", "image": "imgplane/dataplane:1", "restartPolicy": "Always",
                "ports": [{"name": labels::ADMIN_PORT_NAME, "containerPort": 9081}],
            }],
        });
        let status = json!({
            "podIP": "10.1.2.3",
            "conditions": [{"type": "Ready", "status": "True"}],
        });
        let view = view(pod(&spec, &status));
        assert_eq!(view.admin_port, 9081);
        assert_eq!(view.image.as_deref(), Some("imgplane/dataplane:1"));
        assert_eq!(view.ip, Some("10.1.2.3".parse().unwrap()));
        assert_eq!(view.data_plane, ObjectId::new("shop", "images"));
        assert_eq!(view.nudged.as_deref(), Some("abc"));
        assert!(view.ready && !view.terminating && view.waiting.is_none());
    }

    #[test]
    fn a_pod_that_has_just_been_made_is_neither_ready_nor_in_trouble() {
        let view = view(pod(&json!({"containers": [{"name": "c", "image": "i"}]}), &json!({})));
        assert_eq!(view.admin_port, labels::ADMIN_PORT);
        assert_eq!(view.image.as_deref(), Some("i"));
        assert!(!view.ready && view.ip.is_none() && view.waiting.is_none());
    }

    #[test]
    fn a_pod_without_the_label_is_none_of_ours() {
        let mut pod = pod(&json!({"containers": []}), &json!({}));
        pod["metadata"]["labels"] = json!({"app": "web"});
        assert!(see(serde_json::from_value(pod).unwrap()).is_none());
    }

    #[test]
    fn trouble_is_told_in_words_that_stay_the_same() {
        let wait = |reason: &str, message: &str| json!({"state": {"waiting": {"reason": reason, "message": message}}});
        for (name, status, expected) in [
            ("starting", wait("ContainerCreating", ""), None),
            ("pull", wait("ErrImagePull", "not found"), Some("ImagePullBackOff: not found")),
            (
                "pull again",
                wait("ImagePullBackOff", "Back-off pulling image \"x\": ErrImagePull: not found"),
                Some("ImagePullBackOff: not found"),
            ),
            (
                "no pull",
                wait("ErrImageNeverPull", "Container image \"x\" is not present with pull policy of Never"),
                Some("ErrImageNeverPull: Container image \"x\" is not present with pull policy of Never"),
            ),
            (
                "crashes",
                json!({
                    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting"}},
                    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
                }),
                Some("CrashLoopBackOff: OOMKilled: the container ended with exit code 137"),
            ),
            (
                "ended",
                json!({"state": {"terminated": {"exitCode": 2, "reason": "Error"}}}),
                Some("Error: the container ended with exit code 2"),
            ),
            ("completed", json!({"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}), None),
            ("running", json!({"state": {"running": {}}}), None),
        ] {
            assert_eq!(waiting(&status).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_pod_that_fits_on_no_node_says_so() {
        let status = json!({"conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 Insufficient memory.",
        }]});
        let view = view(pod(&json!({"containers": [{"name": "c"}]}), &status));
        assert_eq!(
            view.waiting.as_deref(),
            Some("Unschedulable: 0/1 nodes are available: 1 Insufficient memory.")
        );
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let short = short(&"ü".repeat(400));
        assert_eq!(short.chars().count(), LONGEST_MESSAGE + 3);
    }
}
