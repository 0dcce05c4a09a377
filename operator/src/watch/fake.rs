//! The part of the API server that watches talk to, for tests: lists in pages, watches with history, faults on
//! demand.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use http_body_util::StreamBody;
use hyper::body::Frame;
use kube::{Client, client::Body};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tower::service_fn;

/// What a fault does to requests for a kind.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// An error with this code.
    Code(u16),
    /// No answer at all.
    Silence,
}

#[derive(Debug)]
struct Change {
    version: u64,
    kind: &'static str,
    plural: String,
    object: Value,
}

#[derive(Debug)]
struct Watch {
    plural: String,
    namespace: Option<String>,
    selector: Option<String>,
    metadata_only: bool,
    events: UnboundedSender<Bytes>,
}

#[derive(Debug, Default)]
struct State {
    version: u64,
    /// Watches that want to start before this version are told that they expired.
    oldest: u64,
    objects: BTreeMap<(String, String, String), Value>,
    history: Vec<Change>,
    watches: Vec<Watch>,
    /// Watches that stay open and hear of nothing.
    dead: Vec<Watch>,
    faults: BTreeMap<String, Fault>,
    requests: Vec<String>,
}

/// A cluster in memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Cluster(Arc<Mutex<State>>);

impl Cluster {
    pub(super) fn client(&self) -> Client {
        let state = self.0.clone();
        let service = service_fn(move |request: Request<Body>| {
            let state = state.clone();
            async move {
                let asked = Asked::of(&request);
                let answer = state.lock().unwrap().answer(&asked);
                match answer {
                    Some(answer) => Ok::<_, Infallible>(answer),
                    None => std::future::pending().await,
                }
            }
        });
        Client::new(service, "default")
    }

    /// Creates or changes an object; a changed spec gets a new generation.
    pub(super) fn put(&self, plural: &str, mut object: Value) {
        let mut state = self.0.lock().unwrap();
        state.version += 1;
        let version = state.version;
        let key = key(plural, &object);
        let before = state.objects.get(&key);
        let generation = before.map_or(1, |before| {
            let generation = before["metadata"]["generation"].as_i64().unwrap();
            if before["spec"] == object["spec"] { generation } else { generation + 1 }
        });
        let kind = if before.is_some() { "MODIFIED" } else { "ADDED" };
        object["metadata"]["uid"] = json!(format!("uid of {}", key.2));
        object["metadata"]["generation"] = json!(generation);
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        state.objects.insert(key, object.clone());
        state.tell(Change { version, kind, plural: plural.to_owned(), object });
    }

    pub(super) fn delete(&self, plural: &str, namespace: &str, name: &str) {
        let mut state = self.0.lock().unwrap();
        state.version += 1;
        let version = state.version;
        let key = (plural.to_owned(), namespace.to_owned(), name.to_owned());
        let mut object = state.objects.remove(&key).unwrap();
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        state.tell(Change { version, kind: "DELETED", plural: plural.to_owned(), object });
    }

    /// Forgets all history and tells all watches that they expired, in the middle of which `meanwhile` happens.
    pub(super) fn expire(&self, meanwhile: impl FnOnce(&Self)) {
        let watches = std::mem::take(&mut self.0.lock().unwrap().watches);
        meanwhile(self);
        let mut state = self.0.lock().unwrap();
        state.version += 1;
        state.oldest = state.version;
        state.history.clear();
        for watch in watches {
            let _closed = watch.events.send(expired());
        }
    }

    /// Closes all watches, as a restart of the API server does.
    pub(super) fn hang_up(&self) {
        self.0.lock().unwrap().watches.clear();
    }

    /// Lets all watches go silent, as a connection does whose other end was lost.
    pub(super) fn go_silent(&self) {
        let mut state = self.0.lock().unwrap();
        let watches = std::mem::take(&mut state.watches);
        state.dead.extend(watches);
    }

    /// Lets requests fail whose plural, or `plural/namespace/name` of a read, is `what`.
    pub(super) fn fail(&self, what: &str, fault: Fault) {
        self.0.lock().unwrap().faults.insert(what.to_owned(), fault);
    }

    pub(super) fn heal(&self, what: &str) {
        self.0.lock().unwrap().faults.remove(what);
    }

    /// Requests that contain a text, in order.
    pub(super) fn requests(&self, containing: &str) -> Vec<String> {
        let state = self.0.lock().unwrap();
        state.requests.iter().filter(|request| request.contains(containing)).cloned().collect()
    }
}

fn key(plural: &str, object: &Value) -> (String, String, String) {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    (plural.to_owned(), text("namespace"), text("name"))
}

#[derive(Debug)]
struct Asked {
    plural: String,
    namespace: Option<String>,
    name: Option<String>,
    metadata_only: bool,
    query: BTreeMap<String, String>,
    line: String,
}

impl Asked {
    fn of(request: &Request<Body>) -> Self {
        let uri = request.uri();
        let mut parts = uri.path().split('/').skip(1);
        // /api/VERSION or /apis/GROUP/VERSION
        for _ in 0..if parts.next() == Some("api") { 1 } else { 2 } {
            parts.next().unwrap();
        }
        let mut parts: Vec<String> = parts.map(str::to_owned).collect();
        let namespace =
            (parts[0] == "namespaces" && parts.len() > 2).then(|| parts.drain(..2).nth(1).unwrap());
        let query = uri.query().unwrap_or_default();
        Self {
            plural: parts[0].clone(),
            namespace,
            name: parts.get(1).cloned(),
            metadata_only: request
                .headers()
                .get("accept")
                .is_some_and(|accept| accept.to_str().unwrap().contains("as=PartialObjectMetadata")),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            line: format!("{} {uri}", request.method()),
        }
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Option<Response<StreamBody<Frames>>> {
        self.requests.push(asked.line.clone());
        let mut names = vec![asked.plural.clone()];
        if let (Some(namespace), Some(name)) = (&asked.namespace, &asked.name) {
            names.push(format!("{}/{namespace}/{name}", asked.plural));
        }
        match names.iter().find_map(|name| self.faults.get(name)) {
            Some(Fault::Code(code)) => return Some(status(*code)),
            Some(Fault::Silence) => return None,
            None => {}
        }
        Some(if let Some(name) = &asked.name {
            self.read(asked, name)
        } else if asked.query.contains_key("watch") {
            self.watch(asked)
        } else {
            self.list(asked)
        })
    }

    fn read(&self, asked: &Asked, name: &str) -> Response<StreamBody<Frames>> {
        let key = (asked.plural.clone(), asked.namespace.clone().unwrap(), name.to_owned());
        match self.objects.get(&key) {
            Some(object) => whole(200, object),
            None => status(404),
        }
    }

    fn list(&self, asked: &Asked) -> Response<StreamBody<Frames>> {
        let selector = asked.query.get("labelSelector").map(String::as_str);
        let found: Vec<&Value> = self
            .objects
            .iter()
            .filter(|((plural, ..), object)| {
                *plural == asked.plural && is_in(object, asked.namespace.as_deref(), selector)
            })
            .map(|(_, object)| object)
            .collect();
        let limit: usize = asked.query["limit"].parse().unwrap();
        let start: usize = asked.query.get("continue").map_or(0, |start| start.parse().unwrap());
        let end = found.len().min(start + limit);
        let items: Vec<Value> =
            found[start..end].iter().map(|object| shown(object, asked.metadata_only)).collect();
        let next = if end < found.len() { end.to_string() } else { String::new() };
        whole(
            200,
            &json!({
                "kind": "List", "apiVersion": "v1", "items": items,
                "metadata": {"resourceVersion": self.version.to_string(), "continue": next},
            }),
        )
    }

    fn watch(&mut self, asked: &Asked) -> Response<StreamBody<Frames>> {
        let (events, receiver) = unbounded_channel();
        let since: u64 = asked.query["resourceVersion"].parse().unwrap();
        if since < self.oldest {
            events.send(expired()).unwrap();
        } else {
            let watch = Watch {
                plural: asked.plural.clone(),
                namespace: asked.namespace.clone(),
                selector: asked.query.get("labelSelector").cloned(),
                metadata_only: asked.metadata_only,
                events,
            };
            for change in self.history.iter().filter(|change| change.version > since) {
                watch.tell(change);
            }
            self.watches.push(watch);
        }
        let lines = futures::stream::unfold(receiver, async |mut receiver| {
            let line = receiver.recv().await?;
            Some((line, receiver))
        });
        response(200, lines.boxed())
    }

    fn tell(&mut self, change: Change) {
        for watch in &self.watches {
            watch.tell(&change);
        }
        self.history.push(change);
    }
}

impl Watch {
    fn tell(&self, change: &Change) {
        let namespace = self.namespace.as_deref();
        if self.plural == change.plural && is_in(&change.object, namespace, self.selector.as_deref()) {
            let object = shown(&change.object, self.metadata_only);
            let _closed = self.events.send(line(&json!({"type": change.kind, "object": object})));
        }
    }
}

fn is_in(object: &Value, namespace: Option<&str>, selector: Option<&str>) -> bool {
    let labels = &object["metadata"]["labels"];
    namespace.is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
        && selector.is_none_or(|selector| match selector.split_once('=') {
            Some((key, value)) => labels[key] == value,
            None => labels.get(selector).is_some(),
        })
}

fn shown(object: &Value, metadata_only: bool) -> Value {
    if metadata_only {
        let metadata = &object["metadata"];
        json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
    } else {
        object.clone()
    }
}

fn expired() -> Bytes {
    line(&json!({"type": "ERROR", "object": failure(410)}))
}

fn line(value: &Value) -> Bytes {
    format!("{value}\n").into()
}

fn failure(code: u16) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": "Expected", "message": format!("answered with {code}, as the test wants"),
    })
}

fn status(code: u16) -> Response<StreamBody<Frames>> {
    whole(code, &failure(code))
}

type Frames = futures::stream::BoxStream<'static, Result<Frame<Bytes>, Infallible>>;

fn whole(code: u16, body: &Value) -> Response<StreamBody<Frames>> {
    response(code, futures::stream::iter([line(body)]).boxed())
}

fn response(code: u16, body: futures::stream::BoxStream<'static, Bytes>) -> Response<StreamBody<Frames>> {
    let frames = body.map(|bytes| Ok(Frame::data(bytes))).boxed();
    Response::builder().status(code).body(StreamBody::new(frames)).unwrap()
}
