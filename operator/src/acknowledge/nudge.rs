//! Makes pods see a new config at once: a changed annotation makes the kubelet refresh the mounted volumes of its pod,
//! which it otherwise does once a minute.
//!
//! On pods of others this is the only thing that is ever written, and only where the label allows it: the API server
//! itself checks pod and label with the write, so that a label that was just taken off counts.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use http::{Method, Request, header};
use imgplane_config::ObjectId;
use kube::{
    Client,
    core::{DynamicObject, PartialObjectMeta},
};
use serde_json::{Value, json};
use tokio::time;

use crate::{labels, watch::PodView};

/// Pods that are patched at once.
const AT_ONCE: usize = 16;

/// Longest wait for one answer. A nudge that fails costs a minute, and the next round makes up for it.
const DEADLINE: Duration = Duration::from_secs(5);

/// What the API server answers when a tested value is another one, or a path is not there.
const TEST_FAILED: u16 = 422;

/// Patches the annotation of pods.
#[derive(Clone)]
pub struct Nudger {
    client: Client,
}

impl std::fmt::Debug for Nudger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nudger")
    }
}

/// What became of some nudges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nudged {
    /// Pods that were patched.
    pub patched: usize,
    /// Pods that are gone, or that do not carry the label any more.
    pub left_alone: usize,
    /// Pods that could not be patched, and why. They see the config within about a minute.
    pub failed: Vec<(ObjectId, String)>,
}

enum Outcome {
    Patched,
    LeftAlone,
    Failed(ObjectId, String),
}

impl Nudger {
    /// Patches by way of this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Writes a text that stands for the config to the annotation of those pods that have another value, several at
    /// once. Only a change makes a kubelet look, so a pod that is late needs another text.
    pub async fn nudge(&self, pods: &[&PodView], text: &str) -> Nudged {
        let due = pods.iter().filter(|pod| !pod.terminating && pod.nudged.as_deref() != Some(text));
        let mut outcomes = stream::iter(due)
            .map(|pod| async move {
                match self.patch(pod, text).await {
                    Ok(true) => Outcome::Patched,
                    Ok(false) => Outcome::LeftAlone,
                    Err(reason) => Outcome::Failed(pod.id.clone(), reason),
                }
            })
            .buffer_unordered(AT_ONCE);
        let mut nudged = Nudged::default();
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Outcome::Patched => nudged.patched += 1,
                Outcome::LeftAlone => nudged.left_alone += 1,
                Outcome::Failed(pod, reason) => {
                    tracing::warn!(%pod, reason, "could not make a pod refresh its config at once");
                    nudged.failed.push((pod, reason));
                }
            }
        }
        nudged.failed.sort();
        nudged
    }

    /// Whether the pod was patched.
    async fn patch(&self, pod: &PodView, text: &str) -> Result<bool, String> {
        let key = format!("/metadata/annotations/{}", escape(labels::NUDGE));
        let value = json!({"op": "add", "path": key, "value": text});
        // A pod without any annotation has no place to add one to, so it gets the whole map, and only if it has none.
        let map = [
            json!({"op": "test", "path": "/metadata/annotations", "value": null}),
            json!({"op": "add", "path": "/metadata/annotations", "value": {labels::NUDGE: text}}),
        ];
        Ok(self.send(pod, std::slice::from_ref(&value)).await? || self.send(pod, &map).await?)
    }

    /// Sends operations that hold only for this very pod while it carries the label. Whether they did.
    async fn send(&self, pod: &PodView, operations: &[Value]) -> Result<bool, String> {
        let label = format!("/metadata/labels/{}", escape(labels::DATA_PLANE));
        let mut patch = vec![
            json!({"op": "test", "path": "/metadata/uid", "value": pod.uid}),
            json!({"op": "test", "path": label, "value": pod.data_plane.name}),
        ];
        patch.extend_from_slice(operations);
        let uri = format!(
            "/api/v1/namespaces/{}/pods/{}?fieldManager={}",
            pod.id.namespace,
            pod.id.name,
            labels::NUDGE_MANAGER
        );
        let request = Request::builder()
            .method(Method::PATCH)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/json-patch+json")
            .header(header::ACCEPT, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
            .body(Value::from(patch).to_string().into_bytes())
            .map_err(|error| error.to_string())?;
        let answer = self.client.request::<PartialObjectMeta<DynamicObject>>(request);
        match time::timeout(DEADLINE, answer).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(kube::Error::Api(status))) => match status.code {
                404 | TEST_FAILED => Ok(false),
                code => Err(format!("status {code}: {}", status.message)),
            },
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", DEADLINE.as_secs())),
        }
    }
}

/// A name as a step of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
