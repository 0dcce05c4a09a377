//! What the operator sees of a real API server: objects, their Secrets, what cannot be decoded, and restarts.
//!
//! Only the stage: nothing is judged, applied or written here.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

use std::time::{Duration, Instant};

use imgplane_config::ObjectId;
use imgplane_operator::{
    Settings,
    watch::{Observed, World},
};
use imgplane_tests::server::kubernetes::Kubernetes;
use kube::{Client, ResourceExt};
use tokio::{sync::watch::Receiver, time::timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long anything may take on a busy machine.
const SOON: Duration = Duration::from_mins(1);

const PHOTOS: &str = "
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: photos, namespace: shop}
spec: {type: S3, s3: {bucket: media, auth: {secretRef: {name: keys}}}}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main, namespace: shop}
spec: {origins: [{name: photos}]}
";

fn secret(key: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: keys, namespace: shop}}\n\
         stringData: {{accessKey: {key}, secretKey: hush}}\n"
    )
}

/// A watch of the whole cluster, or of single namespaces.
struct Watching {
    world: World,
    changed: Receiver<u64>,
    _end: DropGuard,
}

impl Watching {
    async fn start(client: Client, watched: &[&str]) -> Self {
        let settings = Settings {
            namespace: "imgplane-system".into(),
            identity: "operator-0".into(),
            deployment: None,
            watch_namespaces: watched.iter().map(|&namespace| namespace.to_owned()).collect(),
            dataplane_image: "imgplane/dataplane:1".into(),
            image_pull_policy: "IfNotPresent".into(),
            image_pull_secrets: Vec::new(),
            scraper_namespaces: Vec::new(),
            admin_listen: ([127, 0, 0, 1], 0).into(),
        };
        let shutdown = CancellationToken::new();
        let (world, changed) = World::start(client, &settings, shutdown.clone());
        timeout(SOON, world.synced()).await.unwrap();
        assert!(world.is_synced());
        Self { world, changed, _end: shutdown.drop_guard() }
    }

    /// Waits for a change after which something holds, and tells how long that took.
    async fn until(&mut self, what: &str, holds: impl Fn(&Observed) -> bool) -> (Observed, Duration) {
        let began = Instant::now();
        let waiting = async {
            loop {
                let observed = self.world.observe();
                if holds(&observed) {
                    return observed;
                }
                self.changed.changed().await.unwrap();
            }
        };
        let observed = timeout(SOON, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
        (observed, began.elapsed())
    }
}

fn cluster() -> Kubernetes {
    let cluster = Kubernetes::start();
    cluster.apply_crds();
    for namespace in ["shop", "foreign", "imgplane-system"] {
        cluster.create_namespace(namespace);
    }
    cluster
}

fn names<K: ResourceExt>(objects: &[K]) -> Vec<String> {
    let name = |object: &K| format!("{}/{}", object.namespace().unwrap_or_default(), object.name_any());
    objects.iter().map(name).collect()
}

fn key(observed: &Observed) -> Option<String> {
    let data = observed.snapshot.secrets.get(&ObjectId::new("shop", "keys"))?;
    Some(String::from_utf8(data["accessKey"].clone()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_and_their_secrets_are_seen_as_they_come_change_and_go() {
    let cluster = cluster();
    cluster.apply(&secret("AKIA1"));
    let mut watching = Watching::start(cluster.client().await, &[]).await;
    assert!(watching.world.observe().snapshot.secrets.is_empty(), "nobody names the Secret yet");

    cluster.apply(PHOTOS);
    let (observed, _) = watching.until("an origin", |observed| !observed.snapshot.origins.is_empty()).await;
    assert_eq!(key(&observed).as_deref(), Some("AKIA1"), "an origin was shown without its Secret");
    let (observed, _) =
        watching.until("an endpoint", |observed| !observed.snapshot.endpoints.is_empty()).await;
    assert_eq!(names(&observed.snapshot.endpoints), ["shop/main"]);
    assert_eq!(observed.snapshot.endpoints[0].metadata.generation, Some(1));

    cluster.apply(&secret("AKIA2"));
    let (_, took) = watching.until("a new key", |seen| key(seen).as_deref() == Some("AKIA2")).await;
    eprintln!("seconds from a new Secret to its value: {:.3}", took.as_secs_f64());

    let patch = r#"{"spec": {"urlPrefix": "pictures"}}"#;
    cluster.kubectl(&["patch", "uep", "main", "-n", "shop", "--type=merge", "-p", patch]).succeeded();
    let changed = |observed: &Observed| {
        observed.snapshot.endpoints.iter().any(|endpoint| endpoint.spec.url_prefix.is_some())
    };
    let (observed, _) = watching.until("a prefix", changed).await;
    assert_eq!(observed.snapshot.endpoints[0].metadata.generation, Some(2));

    cluster.kubectl(&["delete", "secret", "keys", "-n", "shop"]).succeeded();
    watching.until("no Secret", |observed| key(observed).is_none()).await;
    cluster.kubectl(&["delete", "ogn,uep", "--all", "-n", "shop"]).succeeded();
    watching
        .until("an empty cluster", |observed| {
            observed.snapshot.origins.is_empty() && observed.snapshot.endpoints.is_empty()
        })
        .await;
    // This API server knows no HTTPRoute, which is no failure.
    assert_eq!(watching.world.watch_errors(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_cannot_be_decoded_is_told_apart_and_hurts_no_other() {
    let cluster = cluster();
    // As after a downgrade: the cluster takes what this release does not know.
    let open = r#"[
        {"op": "remove", "path": "/spec/versions/0/selectableFields"},
        {"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema",
         "value": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
    ]"#;
    cluster.kubectl(&["patch", "crd", "urlendpoints.imgplane.dev", "--type=json", "-p", open]).succeeded();
    let strange = "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\n\
                   metadata: {name: strange, namespace: shop}\nspec: {origins: everything}\n";
    let until = Instant::now() + SOON;
    // The API server takes up a new schema in its own time.
    while !cluster.kubectl_reading(&["create", "--validate=false", "-f", "-"], strange).success {
        assert!(Instant::now() < until, "the open schema is not served");
    }
    cluster.apply(PHOTOS);
    let mut watching = Watching::start(cluster.client().await, &[]).await;
    let observed = watching.world.observe();
    assert_eq!(names(&observed.snapshot.endpoints), ["shop/main"]);
    let [unreadable] = observed.snapshot.unreadable.as_slice() else { panic!("{observed:?}") };
    assert_eq!(unreadable.id, ObjectId::new("shop", "strange"));
    assert_eq!(unreadable.generation, 1);
    assert!(!unreadable.uid.is_empty());
    assert!(unreadable.error.contains("everything"), "{}", unreadable.error);

    let good = r#"{"spec": {"origins": [{"name": "photos"}]}}"#;
    cluster.kubectl(&["patch", "uep", "strange", "-n", "shop", "--type=merge", "-p", good]).succeeded();
    let (observed, _) =
        watching.until("a readable object", |observed| observed.snapshot.unreadable.is_empty()).await;
    assert_eq!(names(&observed.snapshot.endpoints), ["shop/main", "shop/strange"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_around_a_restart_of_the_api_server_are_not_missed() {
    let mut cluster = cluster();
    cluster.apply(PHOTOS);
    cluster.apply(&secret("AKIA1"));
    let mut watching = Watching::start(cluster.client().await, &[]).await;
    cluster.apply(&secret("AKIA2"));
    cluster.stop_api();
    cluster.start_api();
    cluster.apply(&secret("AKIA3"));
    cluster.kubectl(&["delete", "uep", "main", "-n", "shop"]).succeeded();
    let (_, took) = watching
        .until("both changes", |observed| {
            key(observed).as_deref() == Some("AKIA3") && observed.snapshot.endpoints.is_empty()
        })
        .await;
    eprintln!("seconds from the end of a restart to what changed after it: {:.3}", took.as_secs_f64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_namespaces_are_watched_with_roles_in_these_alone() {
    let cluster = cluster();
    let user = "system:serviceaccount:imgplane-system:imgplane-operator";
    for namespace in ["shop", "imgplane-system"] {
        let role = [
            "create",
            "role",
            "operator",
            "--verb=get,list,watch",
            "--resource=origins.imgplane.dev,urlendpoints.imgplane.dev,dataplanes.imgplane.dev,secrets,pods,\
             configmaps,serviceaccounts,services,deployments.apps,poddisruptionbudgets.policy,\
             networkpolicies.networking.k8s.io,ingresses.networking.k8s.io,horizontalpodautoscalers.autoscaling",
            "-n",
            namespace,
        ];
        cluster.kubectl(&role).succeeded();
        let account = "--serviceaccount=imgplane-system:imgplane-operator";
        cluster
            .kubectl(&["create", "rolebinding", "operator", "--role=operator", account, "-n", namespace])
            .succeeded();
    }
    cluster.apply(PHOTOS);
    cluster.apply(&secret("AKIA1"));
    cluster.apply(&PHOTOS.replace("shop", "foreign"));
    let watching = Watching::start(cluster.client_of(user).await, &["shop"]).await;
    let observed = watching.world.observe();
    assert_eq!(names(&observed.snapshot.endpoints), ["shop/main"]);
    assert_eq!(key(&observed).as_deref(), Some("AKIA1"));
}
