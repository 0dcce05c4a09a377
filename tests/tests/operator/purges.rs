//! Purges: from the pods that were asked for them to a list that all pods run, and by an annotation.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{
        HeaderMap, Method, StatusCode, Uri,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use imgplane_config::{FileSet, Loaded, ObjectId, PurgeRequest, Purges, report::Report};
use imgplane_tests::answer::client;
use serde_json::Value;

use crate::{
    budget::settle,
    node::Pod,
    stage::{DATA_PLANE, PHOTOS, SHOP, SYSTEM, Stage},
};

/// What pods were asked to purge. They go on to report it, which is the worst that they can do.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<PurgeRequest>>>);

/// Stands before the admin port of a pod and adds to its report what the pod was asked.
#[derive(Clone)]
struct Front {
    asked: Asked,
    admin: SocketAddr,
    requests: reqwest::Client,
}

impl Asked {
    /// Pods were asked all at once, by these ids, to purge files of endpoints of the shop.
    fn ask(&self, asked: &[(&str, &str)]) {
        let request = |(id, endpoint): &(&str, &str)| PurgeRequest {
            id: (*id).to_owned(),
            endpoint: ObjectId::new(SHOP, *endpoint),
            url: "cat.jpg*".to_owned(),
            resource: false,
            time: 7,
        };
        self.0.lock().unwrap().extend(asked.iter().map(request));
    }

    /// Puts a front before an admin port. Where it is.
    fn front(&self, admin: SocketAddr) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let front = Front { asked: self.clone(), admin, requests: client() };
        let router = Router::new().fallback(pass).with_state(front);
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }
}

async fn pass(
    State(front): State<Front>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Vec<u8>) {
    let mut request =
        front.requests.request(method, format!("http://{}{uri}", front.admin)).body(body.to_vec());
    for name in [AUTHORIZATION, CONTENT_TYPE] {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let Ok(answer) = request.send().await else { return (StatusCode::BAD_GATEWAY, Vec::new()) };
    let status = answer.status();
    let bytes = answer.bytes().await.unwrap();
    if uri.path() != "/v1/report" || status != StatusCode::OK {
        return (status, bytes.to_vec());
    }
    let mut report: Report = serde_json::from_slice(&bytes).unwrap();
    report.purges.clone_from(&front.asked.0.lock().unwrap());
    (status, serde_json::to_vec(&report).unwrap())
}

/// A cluster with a DataPlane that keeps results, and its pods behind their fronts.
async fn start(stage: &Stage, asked: &Asked, pods: usize) -> Vec<Pod> {
    stage.cluster.apply(&format!("{DATA_PLANE}  cache: {{memory: 64Mi}}\n"));
    stage.cluster.apply(PHOTOS);
    let pods =
        stage.kubelet.deploy_behind(SYSTEM, "imgplane-default", pods, |admin| asked.front(admin)).await;
    for (kind, name) in [("Origin", "photos"), ("UrlEndpoint", "main"), ("DataPlane", "default")] {
        stage.becomes(kind, name, "Ready", "True Ready").await;
    }
    pods
}

/// What the published config says.
async fn config(stage: &Stage) -> Loaded {
    let map = stage.get("ConfigMap", SYSTEM, "imgplane-default-config-00").await.unwrap();
    let file = |name: &str| match &map["data"][name] {
        Value::String(text) => Some(text.clone().into_bytes()),
        _ => BASE64_STANDARD.decode(map["binaryData"][name].as_str()?).ok(),
    };
    FileSet::read(file).unwrap()
}

async fn purges(stage: &Stage) -> Purges {
    config(stage).await.data_plane.unwrap().body.purges
}

/// Versions of the objects, which change with every write of a status.
async fn versions(stage: &Stage) -> Vec<Value> {
    let mut versions = Vec::new();
    for (kind, namespace, name) in
        [("Origin", SHOP, "photos"), ("UrlEndpoint", SHOP, "main"), ("DataPlane", SYSTEM, "default")]
    {
        let object = stage.get(kind, namespace, name).await.unwrap();
        versions.push(object["metadata"]["resourceVersion"].clone());
    }
    versions
}

/// How often config was written so far.
fn config_writes(stage: &Stage) -> usize {
    let requests = stage.cluster.requests().into_iter();
    requests.filter(|request| request.is_write() && request.resource == "configmaps").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_that_a_pod_was_asked_for_is_listed_and_completed_once_all_pods_run_it() {
    let stage = Stage::audited(&[]).await;
    let _operator = stage.operator("replica-1");
    let asked = Asked::default();
    let pods = start(&stage, &asked, 2).await;
    let begun = purges(&stage).await;
    assert!(begun.dropped > 0 && begun.records.is_empty(), "{begun:?}");
    settle(&stage).await;
    let (before, writes) = (versions(&stage).await, config_writes(&stage));

    pods[1].sleep(true);
    let (reloads, _) = pods[0].reloads().await;
    asked.ask(&[("of-nobody", "elsewhere"), ("one", "main"), ("two", "main")]);
    stage.until("listed", || async { purges(&stage).await.records.len() == 2 }).await;
    let listed = purges(&stage).await;
    let found: Vec<_> =
        listed.records.iter().map(|purge| (purge.number, purge.request.id.as_str())).collect();
    assert_eq!(found, [(begun.dropped + 1, "one"), (begun.dropped + 2, "two")]);
    stage.until("loaded by one pod", || async { pods[0].reloads().await.0 > reloads }).await;
    assert_eq!(purges(&stage).await.completed, 0, "one pod does not know of it");
    pods[1].sleep(false);
    stage.until("completed", || async { purges(&stage).await.completed == listed.last() }).await;

    assert_eq!(purges(&stage).await.records, listed.records);
    assert_eq!(config_writes(&stage) - writes, 2, "the list, and that it is completed");
    assert_eq!(versions(&stage).await, before, "a purge is no change of an object");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_leader_goes_on_with_the_list() {
    let (stage, first) = Stage::start().await;
    let asked = Asked::default();
    let _pods = start(&stage, &asked, 1).await;
    asked.ask(&[("one", "main")]);
    let completed = |id: &'static str| {
        let stage = &stage;
        move || async move {
            let purges = purges(stage).await;
            let last = purges.records.last().is_some_and(|purge| purge.request.id == id);
            last && purges.completed == purges.last()
        }
    };
    stage.until("completed", completed("one")).await;
    let one = purges(&stage).await;
    first.stop().await;
    let _second = stage.operator("replica-2");
    asked.ask(&[("two", "main")]);
    stage.until("completed by another", completed("two")).await;
    let two = purges(&stage).await;
    assert_eq!((two.dropped, two.last()), (one.dropped, one.last() + 1));
    assert_eq!(two.records[0], one.records[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_text_of_the_annotation_reaches_pods_at_the_same_generation() {
    let (stage, _operator) = Stage::start().await;
    let _pods = start(&stage, &Asked::default(), 1).await;
    let annotate = |text: &str| {
        let text = format!("imgplane.dev/purge={text}");
        stage
            .cluster
            .kubectl(&["annotate", "urlendpoint", "main", "-n", SHOP, "--overwrite", &text])
            .succeeded()
    };
    for text in ["release 1", "release 2"] {
        let before = config(&stage).await;
        annotate(text);
        stage
            .until("published", || async {
                config(&stage).await.endpoints[0].body.caching.purge.as_deref() == Some(text)
            })
            .await;
        let after = config(&stage).await;
        assert_eq!(after.endpoints[0].generation, 1);
        assert_eq!((after.data_plane, after.origins), (before.data_plane, before.origins));
        stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
    }
}
