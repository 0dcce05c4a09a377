//! A real Kubernetes API: etcd and kube-apiserver on loopback, with an authority of their own and RBAC.
//!
//! There is no kubelet, no scheduler and no controller-manager: pods stay where the test puts them, nothing is garbage
//! collected, no role is aggregated from others, and Deployments make no pods. Everything else is what users have: schemas, CEL rules, field managers,
//! watches, roles, `kubectl`. Several run side by side; each is gone with its value.

mod audit;
mod authority;
mod kubectl;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use self::authority::Authority;
pub use self::{audit::Request, kubectl::Output};
use crate::process::{Process, free_address, tool};

/// Version of etcd that `make test-deps` builds.
const ETCD: &str = "etcd-3.6.14";
/// Version of Kubernetes that `make test-deps` builds.
const API_SERVER: &str = "kubernetes-1.34.4/kube-apiserver";
/// How long the API server may take to be ready. It takes 3 s on an idle machine.
const READY: Duration = Duration::from_mins(2);
/// Group whose members may do everything.
const ADMINISTRATORS: &str = "system:masters";

/// A running Kubernetes API.
#[derive(Debug)]
pub struct Kubernetes {
    // In this order they end: an API server without etcd lingers.
    api: Option<Process>,
    etcd: Process,
    store: SocketAddr,
    address: SocketAddr,
    authority: Authority,
    audit: Option<PathBuf>,
    folder: TempDir,
}

impl Kubernetes {
    /// Starts an empty cluster.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// As [`Kubernetes::start`], and every request of this user is noted.
    pub fn start_audited(user: &str) -> Self {
        Self::start_with(Some(user))
    }

    fn start_with(audited: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Authority::create(folder.path());
        let (store, address) = (free_address(), free_address());
        let mut etcd = Command::new(tool(ETCD));
        etcd.arg("--data-dir").arg(folder.path().join("etcd")).args([
            "--listen-client-urls",
            &format!("http://{store}"),
            "--advertise-client-urls",
            &format!("http://{store}"),
            // One member has no peers, so any port will do.
            "--listen-peer-urls=http://127.0.0.1:0",
            "--initial-advertise-peer-urls=http://127.0.0.1:0",
            "--initial-cluster=default=http://127.0.0.1:0",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]);
        let etcd = Process::start("etcd", etcd, folder.path().join("etcd.log"), store);
        let audit = audited.map(|user| audit::write_policy(folder.path(), user));
        let mut cluster = Self { api: None, etcd, store, address, authority, audit, folder };
        cluster.write_kubeconfig(&cluster.kubeconfig(), "admin", Some(ADMINISTRATORS));
        cluster.start_api();
        cluster
    }

    /// Starts the API server and waits until it is ready. Nothing happens where it runs.
    pub fn start_api(&mut self) {
        if self.api.is_some() {
            return;
        }
        let mut command = Command::new(tool(API_SERVER));
        command
            .arg(format!("--etcd-servers=http://{}", self.store))
            .arg(format!("--bind-address={}", self.address.ip()))
            .arg(format!("--secure-port={}", self.address.port()))
            .arg(format!("--advertise-address={}", self.address.ip()))
            // The Service `kubernetes` takes no loopback address.
            .arg("--endpoint-reconciler-type=none")
            .arg("--service-cluster-ip-range=10.201.0.0/16")
            .arg("--authorization-mode=RBAC")
            .arg("--allow-privileged=true")
            // Without a controller-manager no namespace gets the ServiceAccount that it would ask for.
            .arg("--disable-admission-plugins=ServiceAccount")
            .arg("--service-account-issuer=https://kubernetes.default.svc")
            .args(self.authority.server_flags());
        if let Some(policy) = &self.audit {
            command.args(audit::server_flags(policy));
        }
        let log = self.folder.path().join("apiserver.log");
        self.api = Some(Process::start("kube-apiserver", command, log, self.address));
        let until = Instant::now() + READY;
        while !self.kubectl(&["get", "--raw=/readyz"]).success {
            let api = self.api.as_mut().expect("it was started");
            assert!(
                api.is_alive() && Instant::now() < until,
                "kube-apiserver is not ready:\n{}",
                api.output()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills the API server; what it stored stays. [`Kubernetes::start_api`] brings it back at the same address.
    pub fn stop_api(&mut self) {
        self.api = None;
    }

    /// What the API server printed since it was last started.
    pub fn log(&self) -> String {
        self.api.as_ref().map(Process::output).unwrap_or_default()
    }

    /// Every request of the audited user that has been answered or, for a watch, begun.
    pub fn requests(&self) -> Vec<Request> {
        self.audit.as_deref().map(audit::read).unwrap_or_default()
    }

    /// Process id of etcd, whose life is that of the cluster's data.
    pub fn store_id(&self) -> u32 {
        self.etcd.id()
    }

    /// Base address of the API.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// File by which the administrator reaches the cluster.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// File by which a user without groups does. A ServiceAccount is the user `system:serviceaccount:NAMESPACE:NAME`.
    pub fn kubeconfig_of(&self, user: &str) -> PathBuf {
        let path = self.folder.path().join(format!("kubeconfig-{}", user.replace(['/', ':'], "-")));
        if !path.exists() {
            self.write_kubeconfig(&path, user, None);
        }
        path
    }

    fn write_kubeconfig(&self, path: &Path, user: &str, group: Option<&str>) {
        let identity = self.authority.identity(user, group);
        let config = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": {"server": self.url(), "certificate-authority": self.authority.file()}}],
            "users": [{"name": "user", "user": {"client-certificate": identity.certificate, "client-key": identity.key}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "user"}}],
            "current-context": "test",
        });
        std::fs::write(path, config.to_string()).expect("the kubeconfig is written");
    }

    /// The administrator's client, for the runtime that this is called on.
    pub async fn client(&self) -> kube::Client {
        client(&self.kubeconfig()).await
    }

    /// The client of a user, as [`Kubernetes::kubeconfig_of`].
    pub async fn client_of(&self, user: &str) -> kube::Client {
        client(&self.kubeconfig_of(user)).await
    }

    /// Runs kubectl as the administrator.
    pub fn kubectl(&self, arguments: &[&str]) -> Output {
        kubectl::run(&self.kubeconfig(), self.folder.path(), arguments, None)
    }

    /// Runs kubectl as the administrator with text on its standard input.
    pub fn kubectl_reading(&self, arguments: &[&str], input: &str) -> Output {
        kubectl::run(&self.kubeconfig(), self.folder.path(), arguments, Some(input))
    }

    /// Runs kubectl as a user, as [`Kubernetes::kubeconfig_of`].
    pub fn kubectl_as(&self, user: &str, arguments: &[&str]) -> Output {
        kubectl::run(&self.kubeconfig_of(user), self.folder.path(), arguments, None)
    }

    /// Applies manifests as users do, server-side and with unknown fields as errors.
    pub fn apply(&self, manifests: &str) {
        self.kubectl_reading(&["apply", "--server-side", "--validate=strict", "-f", "-"], manifests)
            .succeeded();
    }

    /// Applies the definitions of our kinds and waits until they are served.
    pub fn apply_crds(&self) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crds/yaml");
        self.kubectl(&["apply", "--server-side", "-f", folder]).succeeded();
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"]).succeeded();
    }

    /// Makes a namespace.
    pub fn create_namespace(&self, name: &str) {
        self.kubectl(&["create", "namespace", name]).succeeded();
    }
}

/// A client that uses a kubeconfig's current context, for the runtime that this is called on.
pub async fn client(kubeconfig: &Path) -> kube::Client {
    // The client's TLS asks for the process's provider; another test may have set the same one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = kube::config::Kubeconfig::read_from(kubeconfig).expect("the kubeconfig is read");
    let config = kube::Config::from_custom_kubeconfig(config, &kube::config::KubeConfigOptions::default())
        .await
        .expect("the kubeconfig is understood");
    kube::Client::try_from(config).expect("a client")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clusters_run_side_by_side_and_survive_a_restart_of_the_api_server() {
        let began = Instant::now();
        let mut first = Kubernetes::start();
        eprintln!("ready after {:?}", began.elapsed());
        let second = Kubernetes::start();
        first.create_namespace("shop");
        first.stop_api();
        assert!(!first.kubectl(&["get", "namespace", "shop"]).success);
        first.start_api();
        assert!(first.kubectl(&["get", "namespace", "shop"]).success);
        assert!(!second.kubectl(&["get", "namespace", "shop"]).success, "clusters share nothing");
    }

    #[test]
    fn a_user_may_do_only_what_roles_say() {
        let cluster = Kubernetes::start();
        let user = "system:serviceaccount:shop:reader";
        let denied = cluster.kubectl_as(user, &["get", "configmaps", "-n", "default"]);
        assert!(denied.stderr.contains("forbidden"), "{denied:?}");
        let role = ["create", "clusterrole", "reader", "--verb=get,list", "--resource=configmaps"];
        cluster.kubectl(&role).succeeded();
        let binding =
            ["create", "clusterrolebinding", "r", "--clusterrole=reader", "--serviceaccount=shop:reader"];
        cluster.kubectl(&binding).succeeded();
        // The authorizer learns of roles through a watch of its own.
        let until = Instant::now() + READY;
        while !cluster.kubectl_as(user, &["get", "configmaps", "-n", "default"]).success {
            assert!(Instant::now() < until, "the role does not take effect");
        }
        let denied = cluster.kubectl_as(user, &["delete", "configmap", "x", "-n", "default"]);
        assert!(denied.stderr.contains("forbidden"), "{denied:?}");
    }

    #[tokio::test]
    async fn the_client_speaks_to_the_cluster() {
        let cluster = Kubernetes::start();
        let version = cluster.client().await.apiserver_version().await.unwrap();
        assert_eq!(version.minor.trim_end_matches('+'), "34");
    }
}
