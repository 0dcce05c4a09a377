//! What a kubelet and a Deployment controller do, for want of them in this suite: pods from a template, files from
//! ConfigMaps and Secrets, readiness from `/readyz`. The containers are the real program.
//!
//! Like a kubelet, it looks at mounted files when the pod changes and not when they do: without the operator's nudge
//! nothing arrives.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use imgplane_tests::{
    answer::{Answer, client, send},
    process::{Process, free_address, program},
};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{self as core, ConfigMap, Pod as PodObject, PodTemplateSpec, Secret, Volume},
};
use kube::{
    Api, Client,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use serde_json::json;
use tempfile::TempDir;

use crate::stage::SOON;

/// How often a pod is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Annotation whose change makes it look at mounted files.
const NUDGE: &str = "imgplane.dev/config";

/// Starts pods.
pub(crate) struct Kubelet {
    client: Client,
    started: AtomicUsize,
}

/// A running pod; it is gone with its last value.
#[derive(Clone)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    namespace: String,
    name: String,
    admin: SocketAddr,
    template: PodTemplateSpec,
    folder: TempDir,
    process: Mutex<Option<Process>>,
    asleep: AtomicBool,
    requests: reqwest::Client,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(task) = lock(&self.task).take() {
            task.abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kubelet {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, started: AtomicUsize::new(0) }
    }

    /// Waits for a Deployment, runs that many of its pods until they are ready, and writes its status.
    pub(crate) async fn deploy(&self, namespace: &str, name: &str, count: usize) -> Vec<Pod> {
        self.deploy_behind(namespace, name, count, |admin| admin).await
    }

    /// As [`Kubelet::deploy`], with something before the admin ports: `front` is told where one is, and tells where the
    /// operator finds it.
    pub(crate) async fn deploy_behind(
        &self,
        namespace: &str,
        name: &str,
        count: usize,
        front: impl Fn(SocketAddr) -> SocketAddr,
    ) -> Vec<Pod> {
        let api: Api<Deployment> = Api::namespaced(self.client.clone(), namespace);
        let began = Instant::now();
        let deployment = loop {
            if let Some(deployment) = api.get_opt(name).await.unwrap() {
                break deployment;
            }
            assert!(began.elapsed() < SOON, "there is no Deployment {name}");
            tokio::time::sleep(LOOK).await;
        };
        let template = deployment.spec.clone().unwrap().template;
        let mut pods = Vec::new();
        for _ in 0..count {
            pods.push(self.run_behind(namespace, name, template.clone(), &front).await);
        }
        for pod in &pods {
            pod.until_ready().await;
        }
        self.say_available(namespace, name, count).await;
        pods
    }

    /// Writes the status of a Deployment whose pods all run.
    pub(crate) async fn say_available(&self, namespace: &str, name: &str, count: usize) {
        let api: Api<Deployment> = Api::namespaced(self.client.clone(), namespace);
        let generation = api.get(name).await.unwrap().metadata.generation;
        let condition = |kind: &str, reason: &str| {
            json!({ "type": kind, "status": "True", "reason": reason, "message": "it is",
                    "lastTransitionTime": "2026-01-01T00:00:00Z", "lastUpdateTime": "2026-01-01T00:00:00Z" })
        };
        let status = json!({ "status": {
            "observedGeneration": generation, "replicas": count, "updatedReplicas": count, "readyReplicas": count,
            "availableReplicas": count,
            "conditions": [condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable")],
        }});
        api.patch_status(name, &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
    }

    /// Runs a pod of this template.
    pub(crate) async fn run(&self, namespace: &str, prefix: &str, template: PodTemplateSpec) -> Pod {
        self.run_behind(namespace, prefix, template, |admin| admin).await
    }

    async fn run_behind(
        &self,
        namespace: &str,
        prefix: &str,
        mut template: PodTemplateSpec,
        front: impl Fn(SocketAddr) -> SocketAddr,
    ) -> Pod {
        let number = self.started.fetch_add(1, Ordering::SeqCst);
        let name = format!("{prefix}-{number}");
        let (address, admin) = (free_address(), free_address());
        let told = front(admin);
        let spec = template.spec.as_mut().unwrap();
        spec.node_name = Some("node".to_owned());
        for port in container(spec).ports.iter_mut().flatten() {
            // All pods of this suite have one address, so their ports differ.
            let own = if port.name.as_deref() == Some("imgplane-admin") { told } else { address };
            port.container_port = i32::from(own.port());
        }
        let metadata = template.metadata.clone().unwrap_or_default();
        let object = PodObject {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(namespace.to_owned()),
                labels: metadata.labels,
                annotations: metadata.annotations,
                ..ObjectMeta::default()
            },
            spec: template.spec.clone(),
            status: None,
        };
        let api: Api<PodObject> = Api::namespaced(self.client.clone(), namespace);
        api.create(&PostParams::default(), &object).await.unwrap();
        let shared = Arc::new(Shared {
            client: self.client.clone(),
            namespace: namespace.to_owned(),
            name: name.clone(),
            admin,
            template,
            folder: tempfile::tempdir().unwrap(),
            process: Mutex::new(None),
            asleep: AtomicBool::new(false),
            requests: client(),
            task: Mutex::new(None),
        });
        let task = tokio::spawn(follow(Arc::downgrade(&shared), address));
        *lock(&shared.task) = Some(task);
        Pod { name, address, shared }
    }
}

/// The container that is the data plane.
fn container(spec: &mut core::PodSpec) -> &mut core::Container {
    spec.containers.iter_mut().find(|container| container.name == "imgplane").unwrap()
}

/// Does for one pod what a kubelet does, until it is dropped.
async fn follow(shared: std::sync::Weak<Shared>, address: SocketAddr) {
    let (mut nudged, mut said) = (None, None);
    loop {
        {
            let Some(shared) = shared.upgrade() else { return };
            if !shared.asleep.load(Ordering::SeqCst) {
                // An API server that is away stops a kubelet's work and not its containers.
                let _ = shared.look(address, &mut nudged, &mut said).await;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The annotation that makes a kubelet refresh its mounts, as it was last seen.
#[derive(PartialEq)]
struct Nudge(Option<String>);

impl Shared {
    async fn look(
        &self,
        address: SocketAddr,
        nudged: &mut Option<Nudge>,
        said: &mut Option<bool>,
    ) -> Result<(), kube::Error> {
        let api: Api<PodObject> = Api::namespaced(self.client.clone(), &self.namespace);
        let Some(pod) = api.get_opt(&self.name).await? else {
            *lock(&self.process) = None;
            return Ok(());
        };
        let nudge = Nudge(pod.metadata.annotations.unwrap_or_default().remove(NUDGE));
        if nudged.as_ref() != Some(&nudge) {
            if !self.mount().await? {
                return Ok(());
            }
            *nudged = Some(nudge);
            self.start_once(address).await;
        }
        let ready = self.answers().await;
        if *said != Some(ready) {
            self.say(&api, ready).await?;
            *said = Some(ready);
        }
        Ok(())
    }

    /// Writes the files of all volumes; no while one is missing that must exist.
    async fn mount(&self) -> Result<bool, kube::Error> {
        let spec = self.template.spec.clone().unwrap_or_default();
        let volumes: BTreeMap<_, _> = spec
            .volumes
            .unwrap_or_default()
            .into_iter()
            .map(|volume| (volume.name.clone(), volume))
            .collect();
        let mounts = spec.containers.into_iter().find(|container| container.name == "imgplane");
        for mount in mounts.and_then(|container| container.volume_mounts).unwrap_or_default() {
            let place = self.inside(&mount.mount_path);
            match self.files(&volumes[&mount.name]).await? {
                Some(Some(files)) => swap(&place, &files),
                Some(None) => return Ok(false),
                None => std::fs::create_dir_all(&place).unwrap(),
            }
        }
        Ok(true)
    }

    /// Files of a volume; nothing for one that is a plain folder, and none where an object is missing.
    async fn files(&self, volume: &Volume) -> Result<Option<Option<BTreeMap<String, Vec<u8>>>>, kube::Error> {
        let mut sources = Vec::new();
        if let Some(secret) = &volume.secret {
            sources.push((true, secret.secret_name.clone().unwrap_or_default(), secret.optional));
        } else if let Some(projected) = &volume.projected {
            for source in projected.sources.iter().flatten() {
                if let Some(map) = &source.config_map {
                    sources.push((false, map.name.clone(), map.optional));
                }
                if let Some(secret) = &source.secret {
                    sources.push((true, secret.name.clone(), secret.optional));
                }
            }
        } else {
            return Ok(None);
        }
        let mut files = BTreeMap::new();
        for (secret, name, optional) in sources {
            match self.content(secret, &name).await? {
                Some(content) => files.extend(content),
                None if optional == Some(true) => {}
                None => return Ok(Some(None)),
            }
        }
        Ok(Some(Some(files)))
    }

    async fn content(
        &self,
        secret: bool,
        name: &str,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, kube::Error> {
        if secret {
            let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.namespace);
            let found = api.get_opt(name).await?;
            return Ok(found.map(|secret| {
                secret.data.unwrap_or_default().into_iter().map(|(key, value)| (key, value.0)).collect()
            }));
        }
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), &self.namespace);
        let found = api.get_opt(name).await?;
        Ok(found.map(|map| {
            let text = map.data.unwrap_or_default().into_iter().map(|(key, value)| (key, value.into_bytes()));
            let bytes = map.binary_data.unwrap_or_default().into_iter().map(|(key, value)| (key, value.0));
            text.chain(bytes).collect()
        }))
    }

    /// A path of the container, as it lies on this machine.
    fn inside(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    async fn start_once(&self, address: SocketAddr) {
        if lock(&self.process).is_some() {
            return;
        }
        let mut spec = self.template.spec.clone().unwrap_or_default();
        let mut command = Command::new(program("imgplane-dataplane"));
        for argument in container(&mut spec).args.iter().flatten() {
            match argument.split_once("=/") {
                Some((flag, path)) => command.arg(format!("{flag}={}", self.inside(path).display())),
                None => command.arg(argument),
            };
        }
        command
            .args(["--listen", &address.to_string(), "--admin-listen", &self.admin.to_string()])
            .args(["--drain-delay", "0s"]);
        let log = self.folder.path().join("log");
        let admin = self.admin;
        let process =
            tokio::task::spawn_blocking(move || Process::start("imgplane-dataplane", command, log, admin))
                .await;
        *lock(&self.process) = Some(process.unwrap());
    }

    async fn answers(&self) -> bool {
        let answer = self.requests.get(format!("http://{}/readyz", self.admin)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    async fn say(&self, api: &Api<PodObject>, ready: bool) -> Result<(), kube::Error> {
        let status = if ready { "True" } else { "False" };
        let condition = |kind: &str| json!({ "type": kind, "status": status, "lastTransitionTime": "2026-01-01T00:00:00Z" });
        let patch = json!({ "status": {
            "phase": "Running", "podIP": "127.0.0.1", "podIPs": [{ "ip": "127.0.0.1" }], "hostIP": "127.0.0.1",
            "conditions": [condition("Ready"), condition("ContainersReady")],
        }});
        api.patch_status(&self.name, &PatchParams::default(), &Patch::Merge(&patch)).await?;
        Ok(())
    }
}

/// Replaces the files of a folder all at once, by a link, as a kubelet does.
fn swap(place: &Path, files: &BTreeMap<String, Vec<u8>>) {
    std::fs::create_dir_all(place).unwrap();
    let version = format!("..{}", std::fs::read_dir(place).unwrap().count());
    let (folder, fresh) = (place.join(&version), place.join("..data_tmp"));
    std::fs::create_dir(&folder).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).unwrap();
        let link = place.join(name);
        if !link.is_symlink() {
            symlink(Path::new("..data").join(name), link).unwrap();
        }
    }
    symlink(&version, &fresh).unwrap();
    std::fs::rename(&fresh, place.join("..data")).unwrap();
}

impl Pod {
    /// Waits until its readiness is in the API.
    pub(crate) async fn until_ready(&self) {
        let api: Api<PodObject> = Api::namespaced(self.shared.client.clone(), &self.shared.namespace);
        let began = Instant::now();
        loop {
            let pod = api.get(&self.name).await.unwrap();
            let conditions = pod.status.unwrap_or_default().conditions.unwrap_or_default();
            if conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True") {
                return;
            }
            assert!(began.elapsed() < SOON, "{} does not become ready", self.name);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// GET from its delivery port.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.shared.requests.get(format!("http://{}{path}", self.address)).header("accept", "*/*")).await
    }

    /// How often it read its config, and the seconds that this took in all.
    pub(crate) async fn reloads(&self) -> (f64, f64) {
        let answer = self.shared.requests.get(format!("http://{}/metrics", self.shared.admin)).send().await;
        let text = answer.unwrap().text().await.unwrap();
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} is not in {text}")).trim().parse::<f64>().unwrap()
        };
        (value("imgplane_config_reload_seconds_count "), value("imgplane_config_reload_seconds_sum "))
    }

    /// The folder of a mounted volume.
    pub(crate) fn volume(&self, name: &str) -> PathBuf {
        self.shared.inside(&format!("/volumes/{name}"))
    }

    /// Whether its kubelet looks at nothing any more.
    pub(crate) fn sleep(&self, asleep: bool) {
        self.shared.asleep.store(asleep, Ordering::SeqCst);
    }

    /// Ends the pod and deletes its object.
    pub(crate) async fn delete(self) {
        let api: Api<PodObject> = Api::namespaced(self.shared.client.clone(), &self.shared.namespace);
        api.delete(&self.name, &DeleteParams::default().grace_period(0)).await.unwrap();
        *lock(&self.shared.process) = None;
    }
}
