//! What the operator needs to know of a Deployment that it made.

use imgplane_config::ObjectId;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus};
use kube::core::DeserializeGuard;

use super::{mirror::Seen, owned::OwnedMeta, pods::short, undecoded::decoded};
use crate::labels;

/// State of a Deployment, as its controller last said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentView {
    /// Pods that are wanted.
    pub desired: i32,
    /// Pods that are ready.
    pub ready: i32,
    /// Pods of the newest template; 0 until the controller has looked at it.
    pub updated: i32,
    /// Why there are not enough pods: the message of a True `ReplicaFailure`, else of a False `Progressing` or
    /// `Available` condition.
    pub trouble: Option<String>,
}

/// A Deployment with the metadata by which foreign changes are seen.
#[derive(Debug)]
pub(super) struct DeploymentSeen {
    /// The DataPlane that its label names, if it has the name that it got from the operator.
    pub(super) data_plane: Option<ObjectId>,
    pub(super) view: DeploymentView,
    pub(super) meta: OwnedMeta,
}

impl Seen for DeploymentSeen {
    fn matters(&self, before: &Self) -> bool {
        self.view != before.view || self.meta.matters(&before.meta)
    }
}

/// Keeps what is needed of a Deployment. One that cannot be decoded exists, and has no ready pod.
pub(super) fn see(deployment: DeserializeGuard<Deployment>) -> Option<(ObjectId, DeploymentSeen)> {
    let deployment = decoded(deployment, |metadata| Deployment { metadata, ..Deployment::default() });
    let meta = deployment.metadata;
    let id = ObjectId::new(meta.namespace.as_deref()?, meta.name.as_deref()?);
    let label = meta.labels.as_ref().and_then(|labels| labels.get(labels::DATA_PLANE));
    let data_plane = label
        .map(|name| ObjectId::new(&id.namespace, name))
        .filter(|data_plane| labels::object_name(data_plane) == id.name);
    let status = deployment.status.unwrap_or_default();
    let current = status.observed_generation >= meta.generation;
    let view = DeploymentView {
        desired: deployment.spec.and_then(|spec| spec.replicas).unwrap_or(1),
        ready: status.ready_replicas.unwrap_or_default(),
        updated: if current { status.updated_replicas.unwrap_or_default() } else { 0 },
        trouble: trouble(&status),
    };
    Some((id, DeploymentSeen { data_plane, view, meta: OwnedMeta::of(&meta) }))
}

fn trouble(status: &DeploymentStatus) -> Option<String> {
    let told = |kind: &str, bad: &str| {
        let mut conditions = status.conditions.iter().flatten();
        let found = conditions.find(|condition| condition.type_ == kind && condition.status == bad)?;
        let reason = found.reason.as_deref().unwrap_or(kind);
        Some(match found.message.as_deref() {
            Some(message) => format!("{reason}: {}", short(message)),
            None => reason.to_owned(),
        })
    };
    told("ReplicaFailure", "True")
        .or_else(|| told("Progressing", "False"))
        .or_else(|| told("Available", "False"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn seen(status: &Value) -> DeploymentSeen {
        let deployment = json!({
            "metadata": {
                "namespace": "shop", "name": "imgplane-images", "generation": 3,
                "labels": {labels::DATA_PLANE: "images"},
            },
            "spec": {"replicas": 2, "selector": {}, "template": {}},
            "status": status,
        });
        see(serde_json::from_value(deployment).unwrap()).unwrap().1
    }

    #[test]
    fn pods_of_the_newest_template_count_once_the_controller_has_seen_it() {
        let status = |seen| json!({"observedGeneration": seen, "readyReplicas": 2, "updatedReplicas": 2});
        assert_eq!(seen(&status(2)).view.updated, 0);
        let view = seen(&status(3)).view;
        assert_eq!((view.desired, view.ready, view.updated), (2, 2, 2));
        assert_eq!(seen(&status(3)).data_plane, Some(ObjectId::new("shop", "images")));
    }

    #[test]
    fn the_most_telling_condition_is_told() {
        let condition = |kind: &str, status: &str, reason: &str| json!({"type": kind, "status": status, "reason": reason, "message": "because"});
        let unavailable = condition("Available", "False", "MinimumReplicasUnavailable");
        let stuck = condition("Progressing", "False", "ProgressDeadlineExceeded");
        let quota = condition("ReplicaFailure", "True", "FailedCreate");
        let fine = condition("Available", "True", "MinimumReplicasAvailable");
        for (conditions, expected) in [
            (vec![&unavailable, &stuck, &quota], Some("FailedCreate: because")),
            (vec![&unavailable, &stuck], Some("ProgressDeadlineExceeded: because")),
            (vec![&unavailable], Some("MinimumReplicasUnavailable: because")),
            (vec![&fine], None),
        ] {
            assert_eq!(seen(&json!({"conditions": conditions})).view.trouble.as_deref(), expected);
        }
    }
}
