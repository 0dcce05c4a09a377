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
    pub async fn nudge(&self, pods: &[PodView], text: &str) -> Nudged {
        let due = pods.iter().filter(|pod| !pod.terminating && pod.nudged.as_deref() != Some(text));
        // Collected, because the compiler does not see that a stream of these can be moved to another thread.
        let nudges: Vec<_> = due.map(|pod| self.nudge_one(pod, text)).collect();
        let mut outcomes = stream::iter(nudges).buffer_unordered(AT_ONCE);
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

    async fn nudge_one(&self, pod: &PodView, text: &str) -> Outcome {
        match self.patch(pod, text).await {
            Ok(true) => Outcome::Patched,
            Ok(false) => Outcome::LeftAlone,
            Err(reason) => Outcome::Failed(pod.id.clone(), reason),
        }
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

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        convert::Infallible,
        sync::{Arc, Mutex},
    };

    use http::Response;
    use http_body_util::BodyExt as _;
    use kube::client::Body;

    use super::*;

    /// Pods by name, as the API server has them, and every patch that was sent.
    #[derive(Default)]
    struct Cluster {
        pods: BTreeMap<String, Value>,
        forbidden: bool,
        patches: Vec<String>,
    }

    impl Cluster {
        /// Applies a JSON patch as the API server does: all of it or nothing.
        fn answer(&mut self, path: &str, patch: &Value) -> u16 {
            self.patches.push(path.to_owned());
            if self.forbidden {
                return 403;
            }
            let name = path.rsplit('/').next().unwrap();
            let Some(pod) = self.pods.get_mut(name) else { return 404 };
            let mut changed = pod.clone();
            for operation in patch.as_array().unwrap() {
                let path = operation["path"].as_str().unwrap();
                let value = &operation["value"];
                let (parent, key) = path.rsplit_once('/').unwrap();
                let key = key.replace("~1", "/").replace("~0", "~");
                let Some(parent) = changed.pointer_mut(parent).and_then(Value::as_object_mut) else {
                    return TEST_FAILED;
                };
                match operation["op"].as_str().unwrap() {
                    "test" if parent.get(&key).unwrap_or(&Value::Null) == value => {}
                    "add" => {
                        parent.insert(key, value.clone());
                    }
                    _ => return TEST_FAILED,
                }
            }
            *pod = changed;
            200
        }
    }

    fn client(cluster: &Arc<Mutex<Cluster>>) -> Client {
        let cluster = Arc::clone(cluster);
        let service = tower::service_fn(move |request: Request<Body>| {
            let cluster = Arc::clone(&cluster);
            async move {
                assert_eq!(request.headers()[header::CONTENT_TYPE], "application/json-patch+json");
                assert_eq!(request.uri().query(), Some("fieldManager=imgplane-nudge"));
                let (parts, body) = request.into_parts();
                let patch = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
                let code = cluster.lock().unwrap().answer(parts.uri.path(), &patch);
                let body = json!({"kind": "Status", "code": code, "message": "because", "metadata": {}});
                let body = Body::from(body.to_string().into_bytes());
                Ok::<_, Infallible>(Response::builder().status(code).body(body).unwrap())
            }
        });
        Client::new(service, "default")
    }

    fn view(name: &str, nudged: Option<&str>) -> PodView {
        PodView {
            id: ObjectId::new("shop", name),
            uid: format!("uid-of-{name}"),
            data_plane: ObjectId::new("shop", "main"),
            ip: None,
            ready: true,
            terminating: false,
            admin_port: 8081,
            nudged: nudged.map(str::to_owned),
            image: None,
            waiting: None,
        }
    }

    fn pod(name: &str, labels: &Value, annotations: &Value) -> Value {
        let mut pod = json!({"metadata": {"name": name, "uid": format!("uid-of-{name}"), "labels": labels}});
        if !annotations.is_null() {
            pod["metadata"]["annotations"] = annotations.clone();
        }
        pod
    }

    #[tokio::test]
    async fn only_labelled_pods_with_another_text_are_patched() {
        let (old, new) = ("0ld", "new");
        let ours = json!({"imgplane.dev/dataplane": "main"});
        let cluster = Arc::new(Mutex::new(Cluster::default()));
        for (name, labels, annotations) in [
            ("plain", &ours, Value::Null),
            ("annotated", &ours, json!({"other": "stays"})),
            ("behind", &ours, json!({"imgplane.dev/config": old})),
            ("current", &ours, json!({"imgplane.dev/config": new})),
            ("unlabelled", &json!({"app": "shop"}), json!({"other": "stays"})),
            ("bare", &Value::Null, Value::Null),
            ("lent", &json!({"imgplane.dev/dataplane": "another"}), Value::Null),
            ("leaving", &ours, Value::Null),
        ] {
            cluster.lock().unwrap().pods.insert(name.to_owned(), pod(name, labels, &annotations));
        }
        let mut reborn = view("plain", None);
        reborn.uid = "uid-of-its-predecessor".to_owned();
        let leaving = PodView { terminating: true, ..view("leaving", None) };
        let views = [
            view("plain", None),
            view("annotated", None),
            view("behind", Some(old)),
            view("current", Some(new)),
            view("unlabelled", None),
            view("bare", None),
            view("lent", None),
            view("gone", None),
            reborn,
            leaving,
        ];
        let nudger = Nudger::new(client(&cluster));
        let nudged = nudger.nudge(&views, new).await;
        assert_eq!(nudged, Nudged { patched: 3, left_alone: 5, failed: vec![] });

        let cluster = cluster.lock().unwrap();
        let annotations: Vec<_> = cluster
            .pods
            .iter()
            .filter_map(|(name, pod)| Some((name.as_str(), pod["metadata"].get("annotations")?.clone())))
            .collect();
        assert_eq!(
            annotations,
            [
                ("annotated", json!({"other": "stays", "imgplane.dev/config": new})),
                ("behind", json!({"imgplane.dev/config": new})),
                ("current", json!({"imgplane.dev/config": new})),
                ("plain", json!({"imgplane.dev/config": new})),
                ("unlabelled", json!({"other": "stays"})),
            ]
        );
        let untouched = |name: &str| !cluster.patches.iter().any(|path| path.ends_with(name));
        assert!(untouched("/current") && untouched("/leaving"));
    }

    #[tokio::test]
    async fn a_nudge_that_fails_is_told() {
        let cluster = Arc::new(Mutex::new(Cluster { forbidden: true, ..Cluster::default() }));
        let nudged = Nudger::new(client(&cluster)).nudge(&[view("p", None)], "new").await;
        assert_eq!(nudged.failed, [(ObjectId::new("shop", "p"), "status 403: because".to_owned())]);
    }
}
