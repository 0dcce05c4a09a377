//! The whole world against an API server in memory, in paused time.

mod config_maps;
mod outages;
mod secrets;

use std::time::Duration;

use imgplane_crds::Kind;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    sync::watch::Receiver,
    time::{sleep, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    fake::{Cluster, Fault},
    *,
};
use crate::{apply::OwnedKind, labels};

fn settings(watched: &[&str]) -> Settings {
    Settings {
        namespace: "imgplane-system".into(),
        identity: "operator-0".into(),
        deployment: None,
        watch_namespaces: watched.iter().map(|&namespace| namespace.to_owned()).collect(),
        dataplane_image: "imgplane/dataplane:1".into(),
        image_pull_policy: "IfNotPresent".into(),
        image_pull_secrets: Vec::new(),
        scraper_namespaces: Vec::new(),
        admin_listen: ([127, 0, 0, 1], 0).into(),
    }
}

struct Trial {
    cluster: Cluster,
    world: World,
    changed: Receiver<u64>,
    _end: DropGuard,
}

impl Trial {
    fn start(cluster: Cluster, watched: &[&str]) -> Self {
        let shutdown = CancellationToken::new();
        let (world, changed) = World::start(cluster.client(), &settings(watched), shutdown.clone());
        Self { cluster, world, changed, _end: shutdown.drop_guard() }
    }

    async fn synced(cluster: Cluster, watched: &[&str]) -> Self {
        let mut trial = Self::start(cluster, watched);
        timeout(Duration::from_mins(10), trial.world.synced()).await.unwrap();
        trial.changed.mark_unchanged();
        trial
    }

    /// Waits until a change that matters is shown.
    async fn change(&mut self) -> Observed {
        timeout(Duration::from_mins(10), self.changed.changed()).await.unwrap().unwrap();
        self.world.observe()
    }

    /// Lets everything happen that is going to happen soon.
    async fn quiet(&mut self) -> Observed {
        sleep(Duration::from_secs(1)).await;
        assert!(!self.changed.has_changed().unwrap(), "something mattered");
        self.world.observe()
    }

    async fn until(&mut self, what: &str, reached: impl Fn(&Observed) -> bool) -> Observed {
        let waiting = async {
            loop {
                let observed = self.world.observe();
                if reached(&observed) {
                    return observed;
                }
                self.changed.changed().await.unwrap();
            }
        };
        timeout(Duration::from_mins(10), waiting).await.unwrap_or_else(|_| panic!("never: {what}"))
    }
}

fn origin(namespace: &str, name: &str, secret: &str) -> Value {
    json!({
        "apiVersion": "imgplane.dev/v1alpha1", "kind": "Origin",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"type": "S3", "s3": {"bucket": "media", "auth": {"secretRef": {"name": secret}}}},
    })
}

fn endpoint(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "imgplane.dev/v1alpha1", "kind": "UrlEndpoint",
        "metadata": {"namespace": namespace, "name": name}, "spec": {"urlPrefix": name},
    })
}

fn data_plane(namespace: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "imgplane.dev/v1alpha1", "kind": "DataPlane",
        "metadata": {"namespace": namespace, "name": name}, "spec": spec,
    })
}

fn secret(namespace: &str, name: &str, key: &str) -> Value {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(key);
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace, "name": name},
        "data": {"accessKey": encoded, "unrelated": encoded},
    })
}

fn access_key(observed: &Observed, namespace: &str, name: &str) -> Option<String> {
    let data = observed.snapshot.secrets.get(&ObjectId::new(namespace, name))?;
    Some(String::from_utf8(data["accessKey"].clone()).unwrap())
}

fn names<K: kube::ResourceExt>(objects: &[K]) -> Vec<String> {
    objects.iter().map(|object| crate::id_of(object).to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_undecodable_object_stands_alone() {
    let cluster = Cluster::default();
    cluster.put("urlendpoints", endpoint("shop", "good"));
    let mut broken = endpoint("shop", "broken");
    broken["spec"]["origins"] = json!("all of them");
    cluster.put("urlendpoints", broken.clone());
    let mut trial = Trial::synced(cluster, &[]).await;
    let observed = trial.world.observe();
    assert_eq!(names(&observed.snapshot.endpoints), ["shop/good"]);
    let [unreadable] = observed.snapshot.unreadable.as_slice() else { panic!("{observed:?}") };
    assert_eq!((unreadable.kind, unreadable.generation), (Kind::UrlEndpoint, 1));
    assert_eq!(unreadable.id, ObjectId::new("shop", "broken"));
    assert_eq!(unreadable.uid, "uid of broken");
    assert!(unreadable.error.contains("all of them"), "{}", unreadable.error);

    trial.cluster.put("urlendpoints", endpoint("shop", "broken"));
    let observed = trial.change().await;
    assert_eq!(names(&observed.snapshot.endpoints), ["shop/broken", "shop/good"]);
    assert!(observed.snapshot.unreadable.is_empty());

    trial.cluster.put("urlendpoints", broken);
    assert_eq!(trial.change().await.snapshot.unreadable.len(), 1);
    trial.cluster.delete("urlendpoints", "shop", "broken");
    assert!(trial.change().await.snapshot.unreadable.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_undecodable_object_of_another_kind_stops_no_list() {
    let cluster = Cluster::default();
    let labels = json!({labels::DATA_PLANE: "images", labels::MANAGED_BY: labels::OPERATOR});
    let object = |name: &str, spec: &Value| json!({"metadata": {"namespace": "shop", "name": name, "labels": labels}, "spec": spec});
    let strange = |name: &str| {
        let mut object = object(name, &json!({}));
        object["metadata"]["managedFields"] = json!("all of them");
        object
    };
    let pod = |name: &str, containers: &Value| {
        let mut pod = object(name, &json!({"containers": containers}));
        pod["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
        pod
    };
    cluster.put("pods", pod("good", &json!([{"name": "imgplane"}])));
    cluster.put("pods", pod("strange", &json!("all of them")));
    cluster.put("deployments", object("imgplane-images", &json!({"replicas": "many"})));
    for plural in ["configmaps", "secrets"] {
        cluster.put(plural, object("good", &json!({})));
        cluster.put(plural, strange("strange"));
    }
    cluster.put("secrets", secret("shop", "keys", "AKIA1"));
    cluster.put("origins", origin("shop", "photos", "keys"));
    let namespace = |name: &str| json!({"metadata": {"name": name, "labels": {"images": "yes"}}});
    cluster.put("namespaces", namespace("shop"));
    let mut broken = namespace("strange");
    broken["metadata"]["managedFields"] = json!(7);
    cluster.put("namespaces", broken);
    let spec =
        json!({"allowedNamespaces": {"from": "Selector", "selector": {"matchLabels": {"images": "yes"}}}});
    cluster.put("dataplanes", data_plane("shop", "images", &spec));

    let mut trial = Trial::synced(cluster, &[]).await;
    let pods = |observed: &Observed| -> Vec<_> {
        observed.pods.iter().map(|pod| (pod.id.name.clone(), pod.ready)).collect()
    };
    let observed = trial.world.observe();
    assert_eq!(pods(&observed), [("good".to_owned(), true), ("strange".to_owned(), false)]);
    let images = ObjectId::new("shop", "images");
    assert_eq!(observed.deployments[&images].ready, 0);
    let owned: Vec<_> = observed.owned.of(&images).map(|(kind, id, _)| (kind, id.name.clone())).collect();
    let expected = [
        (OwnedKind::ConfigMap, "good"),
        (OwnedKind::ConfigMap, "strange"),
        (OwnedKind::Secret, "good"),
        (OwnedKind::Secret, "strange"),
        (OwnedKind::Deployment, "imgplane-images"),
    ];
    for (kind, name) in expected {
        assert!(owned.contains(&(kind, name.to_owned())), "{name} is missing in {owned:?}");
    }
    assert_eq!(access_key(&observed, "shop", "keys").as_deref(), Some("AKIA1"));
    assert_eq!(observed.snapshot.namespaces["shop"]["images"], "yes");
    assert_eq!(trial.world.watch_errors(), 0);

    // One that can be decoded no longer counts with what it was before, and goes as others do.
    trial.cluster.put("pods", pod("good", &json!("all of them")));
    assert!(!trial.change().await.pods[0].ready);
    trial.cluster.delete("pods", "shop", "good");
    assert_eq!(pods(&trial.change().await), [("strange".to_owned(), false)]);
    trial.cluster.delete("configmaps", "shop", "strange");
    let strange = ObjectId::new("shop", "strange");
    assert!(trial.change().await.owned.get(OwnedKind::ConfigMap, &strange).is_none());
}

#[tokio::test(start_paused = true)]
async fn many_objects_come_in_pages() {
    let cluster = Cluster::default();
    for number in 0..1200 {
        cluster.put("urlendpoints", endpoint("shop", &format!("e{number:04}")));
    }
    let trial = Trial::synced(cluster, &[]).await;
    assert_eq!(trial.world.observe().snapshot.endpoints.len(), 1200);
    let lists = trial.cluster.requests("urlendpoints?&limit=500");
    assert_eq!(lists.len(), 3, "{:?}", trial.cluster.requests("urlendpoints"));
}

#[tokio::test]
async fn ten_thousand_endpoints_are_observed_in_a_moment() {
    let cluster = Cluster::default();
    for number in 0..10_000 {
        let mut endpoint = endpoint("shop", &format!("e{number:05}"));
        endpoint["spec"]["origins"] = json!([{"name": "photos"}, {"name": "legacy"}]);
        let conditions: Vec<_> = ["Accepted", "ResolvedRefs", "Programmed", "Ready"]
            .iter()
            .map(|kind| {
                json!({
                    "type": kind, "status": "True", "reason": kind, "observedGeneration": 1,
                    "message": "every ready pod runs it", "lastTransitionTime": Timestamp::UNIX_EPOCH,
                })
            })
            .collect();
        endpoint["status"] = json!({"url": "https://img.example.com/shop", "conditions": conditions});
        cluster.put("urlendpoints", endpoint);
    }
    let trial = Trial::synced(cluster, &[]).await;
    let (began, mut observed) = (std::time::Instant::now(), trial.world.observe());
    let took = began.elapsed();
    assert_eq!(observed.snapshot.endpoints.len(), 10_000);
    let began = std::time::Instant::now();
    trial.world.reread_statuses(&mut observed.snapshot);
    eprintln!("observed in {took:?}, reread in {:?}", began.elapsed());
    // A hundredth of this on an idle machine; it is there to find what grows faster than the number of objects.
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_without_the_gateway_api_is_no_failure() {
    let cluster = Cluster::default();
    cluster.fail("httproutes", Fault::Code(404));
    let trial = Trial::synced(cluster, &[]).await;
    sleep(Duration::from_hours(1)).await;
    assert_eq!(trial.world.watch_errors(), 0);
    let asked = trial.cluster.requests("httproutes").len();
    assert!((50..70).contains(&asked), "asked {asked} times in an hour");
}

#[tokio::test(start_paused = true)]
async fn single_namespaces_are_watched_one_by_one_and_the_own_one_with_them() {
    let cluster = Cluster::default();
    for namespace in ["shop", "blog", "imgplane-system", "foreign"] {
        cluster.put("urlendpoints", endpoint(namespace, "a"));
    }
    let mut trial = Trial::synced(cluster, &["shop", "blog", "shop"]).await;
    let observed = trial.world.observe();
    assert_eq!(names(&observed.snapshot.endpoints), ["blog/a", "imgplane-system/a", "shop/a"]);
    let everywhere: Vec<_> = trial
        .cluster
        .requests("GET")
        .into_iter()
        .filter(|request| !request.contains("/namespaces/"))
        .collect();
    assert!(everywhere.is_empty(), "{everywhere:?}");
    trial.cluster.delete("urlendpoints", "blog", "a");
    trial.cluster.put("urlendpoints", endpoint("foreign", "b"));
    assert_eq!(names(&trial.change().await.snapshot.endpoints), ["imgplane-system/a", "shop/a"]);
}

#[tokio::test(start_paused = true)]
async fn namespaces_are_watched_only_while_a_data_plane_selects_them() {
    let cluster = Cluster::default();
    let namespace = |label: &str| {
        json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": "shop", "labels": {"images": label}},
        })
    };
    cluster.put("namespaces", namespace("yes"));
    cluster.put("dataplanes", data_plane("imgplane-system", "default", &json!({})));
    let mut trial = Trial::synced(cluster, &[]).await;
    assert!(trial.world.observe().snapshot.namespaces.is_empty());
    assert!(trial.cluster.requests("/api/v1/namespaces?").is_empty());

    let spec =
        json!({"allowedNamespaces": {"from": "Selector", "selector": {"matchLabels": {"images": "yes"}}}});
    trial.cluster.put("dataplanes", data_plane("imgplane-system", "default", &spec));
    let observed = trial.change().await;
    assert_eq!(observed.snapshot.namespaces["shop"]["images"], "yes", "shown before the labels were known");
    trial.cluster.put("namespaces", namespace("no"));
    assert_eq!(trial.change().await.snapshot.namespaces["shop"]["images"], "no");

    trial.cluster.put("dataplanes", data_plane("imgplane-system", "default", &json!({})));
    assert!(trial.change().await.snapshot.namespaces.is_empty());
    trial.cluster.put("namespaces", namespace("yes"));
    trial.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_status_is_seen_but_wakes_nobody() {
    let cluster = Cluster::default();
    cluster.put("urlendpoints", endpoint("shop", "a"));
    let mut trial = Trial::synced(cluster, &[]).await;
    let mut written = endpoint("shop", "a");
    written["status"] = json!({"url": "https://img.example.com/shop/a"});
    trial.cluster.put("urlendpoints", written);
    let observed = trial.quiet().await;
    let status = observed.snapshot.endpoints[0].status.as_ref().unwrap();
    assert_eq!(status.url.as_deref(), Some("https://img.example.com/shop/a"));
}

#[tokio::test(start_paused = true)]
async fn the_annotation_that_purges_matters_and_others_do_not() {
    let cluster = Cluster::default();
    cluster.put("urlendpoints", endpoint("shop", "a"));
    let mut trial = Trial::synced(cluster, &[]).await;
    let annotated = |key: &str, text: &str| {
        let mut endpoint = endpoint("shop", "a");
        endpoint["metadata"]["annotations"] = json!({key: text});
        endpoint
    };
    trial.cluster.put("urlendpoints", annotated("team", "web"));
    trial.quiet().await;
    for text in ["release 1", "release 2"] {
        trial.cluster.put("urlendpoints", annotated(labels::PURGE, text));
        let observed = trial.change().await;
        let found = observed.snapshot.endpoints[0].metadata.annotations.as_ref().unwrap();
        assert_eq!(found[labels::PURGE], text);
    }
}

#[tokio::test(start_paused = true)]
async fn statuses_are_reread_where_the_spec_is_still_the_same() {
    let cluster = Cluster::default();
    for name in ["gone", "respecified", "same"] {
        cluster.put("urlendpoints", endpoint("shop", name));
    }
    let mut trial = Trial::synced(cluster, &[]).await;
    let mut snapshot = trial.world.observe().snapshot;
    for name in ["same", "respecified"] {
        let mut written = endpoint("shop", name);
        written["status"] = json!({"url": "https://img.example.com"});
        if name == "respecified" {
            written["spec"]["urlPrefix"] = json!("other");
        }
        trial.cluster.put("urlendpoints", written);
    }
    trial.cluster.delete("urlendpoints", "shop", "gone");
    trial.until("the delete", |observed| observed.snapshot.endpoints.len() == 2).await;
    trial.world.reread_statuses(&mut snapshot);
    let known: Vec<_> = snapshot
        .endpoints
        .iter()
        .map(|endpoint| (endpoint.metadata.name.as_deref().unwrap(), endpoint.status.is_some()))
        .collect();
    assert_eq!(known, [("gone", false), ("respecified", false), ("same", true)]);
}

#[tokio::test(start_paused = true)]
async fn pods_deployments_and_foreign_changes_of_owned_objects_wake() {
    let mut trial = Trial::synced(Cluster::default(), &[]).await;
    let labels = json!({
        labels::DATA_PLANE: "images", labels::MANAGED_BY: labels::OPERATOR,
    });
    let pod = |ready: &str| {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": "shop", "name": "images-0", "labels": labels},
            "spec": {"containers": [{"name": "imgplane", "image": "i"}]},
            "status": {"podIP": "10.0.0.7", "conditions": [{"type": "Ready", "status": ready}]},
        })
    };
    let images = ObjectId::new("shop", "images");
    trial.cluster.put("pods", pod("False"));
    assert!(!trial.change().await.pods[0].ready);
    trial.cluster.put("pods", pod("True"));
    let observed = trial.change().await;
    assert!(observed.pods[0].ready && observed.pods[0].data_plane == images);

    let deployment = |ready: u8| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"namespace": "shop", "name": "imgplane-images", "labels": labels},
            "spec": {"replicas": 1, "selector": {}, "template": {}}, "status": {"readyReplicas": ready},
        })
    };
    trial.cluster.put("deployments", deployment(0));
    trial.change().await;
    trial.cluster.put("deployments", deployment(1));
    assert_eq!(trial.change().await.deployments[&images].ready, 1);

    let config = |manager: &str| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "namespace": "shop", "name": "imgplane-images-config-00", "labels": labels,
                "managedFields": [{"manager": manager, "operation": "Apply", "time": Timestamp::UNIX_EPOCH}],
            },
            "data": {"x": "y"},
        })
    };
    trial.cluster.put("configmaps", config("imgplane-config"));
    trial.change().await;
    trial.cluster.put("configmaps", config("imgplane-config"));
    trial.quiet().await;
    trial.cluster.put("configmaps", config("somebody"));
    let observed = trial.change().await;
    let found: Vec<_> = observed.owned.of(&images).map(|(kind, id, _)| (kind, id.name.clone())).collect();
    assert_eq!(
        found,
        [
            (OwnedKind::ConfigMap, "imgplane-images-config-00".to_owned()),
            (OwnedKind::Deployment, "imgplane-images".to_owned()),
        ]
    );

    // Without our labels an object is none of ours.
    let mut foreign = config("somebody");
    foreign["metadata"]["name"] = json!("foreign");
    foreign["metadata"]["labels"] = json!({"app": "web"});
    trial.cluster.put("configmaps", foreign);
    trial.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn metadata_is_all_that_is_transferred_of_owned_objects_and_foreign_secrets() {
    let cluster = Cluster::default();
    cluster.put("secrets", secret("shop", "none-of-ours", "hush"));
    let mut token = secret("shop", "imgplane-images-admin", "token");
    token["metadata"]["labels"] = json!({
        labels::DATA_PLANE: "images", labels::MANAGED_BY: labels::OPERATOR,
    });
    cluster.put("secrets", token);
    let trial = Trial::synced(cluster, &[]).await;
    let owned = trial.world.observe().owned;
    assert!(owned.get(OwnedKind::Secret, &ObjectId::new("shop", "imgplane-images-admin")).is_some());
    assert!(owned.get(OwnedKind::Secret, &ObjectId::new("shop", "none-of-ours")).is_none());
    assert!(trial.cluster.requests("/secrets/").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_all_watches_and_whoever_waits() {
    let cluster = Cluster::default();
    cluster.fail("urlendpoints", Fault::Silence);
    let shutdown = CancellationToken::new();
    let (world, mut changed) = World::start(cluster.client(), &settings(&[]), shutdown.clone());
    shutdown.cancel();
    timeout(Duration::from_secs(5), world.synced()).await.unwrap();
    assert!(!world.is_synced());
    assert!(timeout(Duration::from_secs(5), changed.changed()).await.unwrap().is_err());
}
