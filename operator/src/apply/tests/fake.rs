//! An API server in memory: enough of it to see what the applier sends and to make it fail.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use imgplane_config::ObjectId;
use kube::{Client, client::Body, core::ObjectMeta};
use serde_json::{Value, json};

use super::{Desired, OwnedKind};
use crate::{
    labels,
    watch::{Owned, OwnedMeta},
};

/// How a call fails.
#[derive(Clone)]
pub(super) enum Answer {
    /// With a status object.
    Status(u16, Value),
    /// With a page that is no status object.
    Page(u16, String),
    /// Not at all: no answer comes.
    Never,
}

impl Answer {
    pub(super) fn status(code: u16, reason: &str, message: &str) -> Self {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure",
            "code": code, "reason": reason, "message": message,
        });
        Self::Status(code, status)
    }

    pub(super) fn page(code: u16, text: &str) -> Self {
        Self::Page(code, text.to_owned())
    }
}

#[derive(Default)]
struct Cluster {
    /// By path.
    objects: BTreeMap<String, Value>,
    calls: Vec<String>,
    /// Part of a call, how often it still fails, how.
    failures: Vec<(String, usize, Answer)>,
    /// Part of a call, and what appears just before it.
    surprises: Vec<(String, String, Value)>,
    clock: u64,
}

/// The API server. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Fake(Arc<Mutex<Cluster>>);

impl Fake {
    pub(super) fn client(&self) -> Client {
        let cluster = Arc::clone(&self.0);
        let service = tower::service_fn(move |request: Request<Body>| {
            let cluster = Arc::clone(&cluster);
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let body: Value = serde_json::from_slice(&body).unwrap_or_default();
                let answer = cluster.lock().unwrap().answer(&parts.method, &parts.uri, &body);
                let (code, text) = match answer {
                    Answer::Status(code, object) => (code, object.to_string()),
                    Answer::Page(code, text) => (code, text),
                    Answer::Never => std::future::pending().await,
                };
                Ok::<_, Infallible>(
                    Response::builder().status(code).body(Body::from(text.into_bytes())).unwrap(),
                )
            }
        });
        Client::new(service, "default")
    }

    /// Calls that contain a text, in order.
    pub(super) fn calls(&self, part: &str) -> Vec<String> {
        self.0.lock().unwrap().calls.iter().filter(|call| call.contains(part)).cloned().collect()
    }

    /// Lets the next calls that contain a text fail.
    pub(super) fn fail(&self, part: &str, times: usize, answer: Answer) {
        self.0.lock().unwrap().failures.push((part.to_owned(), times, answer));
    }

    /// Lets an object appear just before the next call that contains a text.
    pub(super) fn put_before_next(&self, part: &str, object: &Desired) {
        self.0.lock().unwrap().surprises.push((part.to_owned(), path(object), object.object.clone()));
    }

    /// Puts an object there, by somebody else.
    pub(super) fn put(&self, object: &Desired) {
        self.0.lock().unwrap().write(&path(object), object.object.clone(), "somebody");
    }

    /// Deletes the object whose path ends like this.
    pub(super) fn remove(&self, end: &str) {
        self.0.lock().unwrap().objects.retain(|path, _| !path.ends_with(end));
    }

    /// Somebody edits the object whose path ends like this.
    pub(super) fn edit(&self, end: &str) {
        let mut cluster = self.0.lock().unwrap();
        let (path, mut object) = cluster.find(end);
        object["spec"]["edited"] = json!(true);
        cluster.write(&path, object, "kubectl-edit");
    }

    /// A controller writes the status of the object whose path ends like this.
    pub(super) fn touch_status(&self, end: &str) {
        let mut cluster = self.0.lock().unwrap();
        let (path, mut object) = cluster.find(end);
        cluster.clock += 1;
        object["metadata"]["resourceVersion"] = json!(cluster.clock.to_string());
        cluster.objects.insert(path, object);
    }

    /// What a watch of the operator's objects shows.
    pub(super) fn owned(&self) -> Owned {
        let cluster = self.0.lock().unwrap();
        let objects = cluster.objects.iter().filter_map(|(path, object)| {
            let meta: ObjectMeta = serde_json::from_value(object["metadata"].clone()).unwrap();
            let ours = meta.labels.as_ref()?.get(labels::MANAGED_BY)? == labels::OPERATOR;
            let kind = OwnedKind::ALL
                .into_iter()
                .find(|kind| path.contains(&format!("/{}/", kind.api_resource().plural)))?;
            let id = ObjectId::new(meta.namespace.as_deref()?, meta.name.as_deref()?);
            ours.then(|| (kind, id, OwnedMeta::of(&meta)))
        });
        objects.collect()
    }
}

fn path(object: &Desired) -> String {
    let resource = object.kind.api_resource();
    let prefix = if resource.group.is_empty() { "/api" } else { "/apis" };
    let Desired { id, .. } = object;
    format!("{prefix}/{}/namespaces/{}/{}/{}", resource.api_version, id.namespace, resource.plural, id.name)
}

impl Cluster {
    fn find(&self, end: &str) -> (String, Value) {
        let found = self.objects.iter().find(|(path, _)| path.ends_with(end));
        found.map(|(path, object)| (path.clone(), object.clone())).unwrap()
    }

    fn write(&mut self, path: &str, mut object: Value, manager: &str) -> Value {
        self.clock += 1;
        let old = self.objects.get(path);
        let uid =
            old.map_or_else(|| json!(format!("uid-{}", self.clock)), |old| old["metadata"]["uid"].clone());
        object["metadata"]["uid"] = uid;
        object["metadata"]["resourceVersion"] = json!(self.clock.to_string());
        let held = object.pointer("/spec/replicas").map(|_| json!({"f:spec": {"f:replicas": {}}}));
        let mut fields = vec![json!({
            "manager": manager, "operation": "Apply", "fieldsV1": held.unwrap_or_else(|| json!({})),
            "time": format!("2026-01-01T00:{:02}:{:02}Z", self.clock / 60, self.clock % 60),
        })];
        let of_others = self.objects.get(path).and_then(|old| old["metadata"]["managedFields"].as_array());
        fields.extend(of_others.into_iter().flatten().filter(|entry| entry["manager"] != manager).cloned());
        object["metadata"]["managedFields"] = json!(fields);
        self.objects.insert(path.to_owned(), object.clone());
        object
    }

    fn answer(&mut self, method: &Method, uri: &http::Uri, body: &Value) -> Answer {
        // The client leaves its query string with an empty first part.
        let call = format!("{method} {uri}").replace("?&", "?");
        self.calls.push(call.clone());
        if let Some(index) = self.surprises.iter().position(|(part, ..)| call.contains(part)) {
            let (_, path, object) = self.surprises.remove(index);
            self.write(&path, object, "somebody");
        }
        let failure = self.failures.iter_mut().find(|(part, times, _)| *times > 0 && call.contains(part));
        if let Some((_, times, answer)) = failure {
            *times = times.saturating_sub(1);
            return answer.clone();
        }

        let not_found = || Answer::status(404, "NotFound", "not found");
        let conflict = |reason: &str| Answer::status(409, reason, "it is another one");
        match *method {
            Method::GET => self
                .objects
                .get(uri.path())
                .map_or_else(not_found, |object| Answer::Status(200, object.clone())),
            Method::PATCH => {
                let query = uri.query().unwrap_or_default();
                let manager = query.split('&').find_map(|part| part.strip_prefix("fieldManager="));
                let mut object = body.clone();
                // What one manager applies leaves alone what another one holds.
                if let Some(old) = self.objects.get(uri.path())
                    && manager == Some("imgplane-replicas")
                {
                    object = old.clone();
                    object["spec"]["replicas"] = body["spec"]["replicas"].clone();
                }
                Answer::Status(200, self.write(uri.path(), object, manager.unwrap()))
            }
            Method::POST => {
                let path = format!("{}/{}", uri.path(), body["metadata"]["name"].as_str().unwrap());
                if self.objects.contains_key(&path) {
                    return conflict("AlreadyExists");
                }
                Answer::Status(201, self.write(&path, body.clone(), "imgplane"))
            }
            Method::DELETE => match self.objects.get(uri.path()) {
                None => not_found(),
                Some(object) if object["metadata"]["uid"] != body["preconditions"]["uid"] => {
                    conflict("Conflict")
                }
                Some(_) => {
                    let object = self.objects.remove(uri.path());
                    Answer::Status(200, object.unwrap_or_default())
                }
            },
            _ => Answer::status(405, "MethodNotAllowed", "not here"),
        }
    }
}
