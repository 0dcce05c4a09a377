//! A cluster with our kinds, the chart's roles and a running operator, and the questions that tests ask it.

use std::{
    process::Command,
    sync::Once,
    time::{Duration, Instant},
};

use imgplane_operator::Settings;
use imgplane_tests::{
    process::tool,
    server::kubernetes::{Kubernetes, client},
};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::node::{Kubelet, Pod};

/// Namespace of the operator and of the default DataPlane.
pub(crate) const SYSTEM: &str = "imgplane-system";
/// Namespace of the users' objects.
pub(crate) const SHOP: &str = "shop";
/// The user that the operator's pods are, as the chart names their ServiceAccount.
pub(crate) const OPERATOR: &str = "system:serviceaccount:imgplane-system:imgplane-operator";
/// How long anything may take on a busy machine. What is aimed at is said where it is measured.
pub(crate) const SOON: Duration = Duration::from_mins(1);
/// Between two looks of a test.
const LOOK: Duration = Duration::from_millis(25);

/// Two pods that may reach servers on loopback.
pub(crate) const DATA_PLANE: &str = "
apiVersion: imgplane.dev/v1alpha1
kind: DataPlane
metadata: {name: default, namespace: imgplane-system}
spec:
  default: true
  network: {allowedCIDRs: [127.0.0.0/8]}
  volumes: [{name: photos, claimName: photos}]
";

/// An origin and the endpoint that lists it.
pub(crate) const PHOTOS: &str = "
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: photos, namespace: shop}
spec: {type: Volume, volume: {name: photos}}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main, namespace: shop}
spec: {origins: [{name: photos}]}
";

/// One replica of the operator, on a runtime of its own: when that ends, all that it ever started ends, as with a
/// process.
pub(crate) struct Operator {
    shutdown: CancellationToken,
    killed: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Operator {
    /// Starts a replica as this user.
    pub(crate) fn start(cluster: &Kubernetes, user: &str, settings: Settings) -> Self {
        let (shutdown, killed) = (CancellationToken::new(), CancellationToken::new());
        let kubeconfig = cluster.kubeconfig_of(user);
        let (stop, kill) = (shutdown.clone(), killed.clone());
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let client = client(&kubeconfig).await;
                tokio::select! {
                    ended = imgplane_operator::run(client, settings, stop) => ended.unwrap(),
                    () = kill.cancelled() => {}
                }
            });
            runtime.shutdown_background();
        });
        Self { shutdown, killed, thread: Some(thread) }
    }

    /// Ends it as SIGTERM does.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(move || thread.join()).await.unwrap().unwrap();
    }

    /// Ends it as SIGKILL does: nothing is released.
    pub(crate) fn kill(&self) {
        self.killed.cancel();
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.killed.cancel();
    }
}

/// The settings of a replica.
pub(crate) fn settings(identity: &str) -> Settings {
    Settings {
        namespace: SYSTEM.to_owned(),
        identity: identity.to_owned(),
        deployment: Some("imgplane-operator".to_owned()),
        watch_namespaces: Vec::new(),
        dataplane_image: "docker.io/imgplane/dataplane:dev".to_owned(),
        image_pull_policy: "Never".to_owned(),
        image_pull_secrets: Vec::new(),
        scraper_namespaces: vec!["monitoring".to_owned()],
        admin_listen: ([127, 0, 0, 1], 0).into(),
    }
}

/// The cluster of one test.
pub(crate) struct Stage {
    // Pods end before the API that they are described in.
    pub(crate) kubelet: Kubelet,
    pub(crate) client: Client,
    pub(crate) cluster: Kubernetes,
}

impl Stage {
    /// A cluster without an operator: definitions, roles, namespaces.
    pub(crate) async fn empty() -> Self {
        Self::with(Kubernetes::start(), &[]).await
    }

    /// As [`Stage::empty`], and the API server notes every request of the operator.
    pub(crate) async fn audited(values: &[&str]) -> Self {
        Self::with(Kubernetes::start_audited(OPERATOR), values).await
    }

    async fn with(cluster: Kubernetes, values: &[&str]) -> Self {
        start_log();
        cluster.apply_crds();
        cluster.create_namespace(SYSTEM);
        cluster.create_namespace(SHOP);
        cluster.apply(&roles(values));
        let client = cluster.client().await;
        Self { kubelet: Kubelet::new(client.clone()), client, cluster }
    }

    /// A cluster with one replica of the operator.
    pub(crate) async fn start() -> (Self, Operator) {
        let stage = Self::empty().await;
        let operator = stage.operator("replica-1");
        (stage, operator)
    }

    /// A replica under the chart's roles.
    pub(crate) fn operator(&self, identity: &str) -> Operator {
        Operator::start(&self.cluster, OPERATOR, settings(identity))
    }

    /// Runs the pods of a Managed DataPlane of [`SYSTEM`] and waits until they are ready.
    pub(crate) async fn pods(&mut self, data_plane: &str, count: usize) -> Vec<Pod> {
        self.kubelet.deploy(SYSTEM, &format!("imgplane-{data_plane}"), count).await
    }

    /// An object as it is now.
    pub(crate) async fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), namespace, &resource(kind));
        let object = api.get_opt(name).await.unwrap();
        object.map(|object| serde_json::to_value(object).unwrap())
    }

    /// A condition as `status reason`, or `-` where there is none, or one of an older generation.
    pub(crate) async fn condition(&self, kind: &str, name: &str, condition: &str) -> String {
        let namespace = if kind == "DataPlane" { SYSTEM } else { SHOP };
        let object = self.get(kind, namespace, name).await.unwrap_or_default();
        let found = find(&object, condition);
        if found["observedGeneration"] != object["metadata"]["generation"] {
            return "-".to_owned();
        }
        let text = |field: &str| found[field].as_str().unwrap_or("-").to_owned();
        format!("{} {}", text("status"), text("reason"))
    }

    /// The message of a condition.
    pub(crate) async fn message(&self, kind: &str, name: &str, condition: &str) -> String {
        let namespace = if kind == "DataPlane" { SYSTEM } else { SHOP };
        let object = self.get(kind, namespace, name).await.unwrap_or_default();
        find(&object, condition)["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a condition of the present generation is `status reason`; gives how long it took.
    #[track_caller]
    pub(crate) fn becomes(
        &self,
        kind: &'static str,
        name: &str,
        condition: &'static str,
        expected: &str,
    ) -> impl Future<Output = Duration> {
        let caller = std::panic::Location::caller();
        async move {
            let began = Instant::now();
            loop {
                let found = self.condition(kind, name, condition).await;
                if found == expected {
                    return began.elapsed();
                }
                if began.elapsed() > SOON {
                    let message = self.message(kind, name, condition).await;
                    panic!("{caller}: {kind} {name} {condition} is {found}, not {expected}: {message}");
                }
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Waits until a question about the cluster is answered with yes; gives how long that took.
    #[expect(clippy::unused_self, reason = "the question is about this cluster, and reads so")]
    #[track_caller]
    pub(crate) fn until<F: Future<Output = bool>>(
        &self,
        what: &str,
        mut question: impl FnMut() -> F,
    ) -> impl Future<Output = Duration> {
        let caller = std::panic::Location::caller();
        async move {
            let began = Instant::now();
            while !question().await {
                assert!(began.elapsed() < SOON, "{caller}: not {what}");
                tokio::time::sleep(LOOK).await;
            }
            began.elapsed()
        }
    }
}

/// The condition of an object, or null.
fn find(object: &Value, condition: &str) -> Value {
    let conditions = object["status"]["conditions"].as_array();
    let found = conditions.and_then(|all| all.iter().find(|found| found["type"] == condition));
    found.cloned().unwrap_or_default()
}

/// A kind by its name.
pub(crate) fn resource(kind: &str) -> ApiResource {
    let (group, version) = match kind {
        "Origin" | "UrlEndpoint" | "DataPlane" => ("imgplane.dev", "v1alpha1"),
        "Deployment" => ("apps", "v1"),
        "PodDisruptionBudget" => ("policy", "v1"),
        "NetworkPolicy" | "Ingress" => ("networking.k8s.io", "v1"),
        "HorizontalPodAutoscaler" => ("autoscaling", "v2"),
        "HTTPRoute" => ("gateway.networking.k8s.io", "v1"),
        "Lease" => ("coordination.k8s.io", "v1"),
        "Event" => ("events.k8s.io", "v1"),
        _ => ("", "v1"),
    };
    let plural = match kind {
        "NetworkPolicy" => Some("networkpolicies"),
        "Ingress" => Some("ingresses"),
        _ => None,
    };
    let kind = GroupVersionKind::gvk(group, version, kind);
    plural.map_or_else(
        || ApiResource::from_gvk(&kind),
        |plural| ApiResource::from_gvk_with_plural(&kind, plural),
    )
}

/// ServiceAccount, roles and bindings, as the chart makes them.
pub(crate) fn roles(values: &[&str]) -> String {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/../charts/imgplane");
    let output = Command::new(tool("helm"))
        .args(["template", "imgplane", chart, "--namespace", SYSTEM, "--kube-version", "1.34.0"])
        .args(["--show-only", "templates/roles.yaml", "--show-only", "templates/serviceaccount.yaml"])
        .args(values)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Warnings of the operator are shown with a test that fails.
fn start_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter = tracing_subscriber::EnvFilter::try_from_default_env()
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,imgplane_operator=info"));
        tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().init();
    });
}
