//! What the scenarios share: the cluster, the installation, the client, and the notebook of numbers.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    args::RunOptions,
    client::{self, Load},
    cluster::{Cluster, PATIENCE},
    install, manifests,
    pod::{get::Answer, load::Outcome},
    results::{Results, Seen},
    store,
    wait::{Look, until},
};

/// Where images come from.
#[derive(Debug)]
pub(crate) struct Images {
    pub(crate) registry: String,
    pub(crate) tag: String,
    pub(crate) pull_policy: String,
    pub(crate) e2e: String,
    pub(crate) dataplane: String,
}

/// The suite.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) cluster: Cluster,
    pub(crate) images: Images,
    pub(crate) results: Results,
    /// How long the scenario that goes on goes on.
    pub(crate) soak: Duration,
    keep: bool,
    ready: Mutex<Ready>,
}

/// What was set up in this run.
#[derive(Debug, Default)]
struct Ready {
    client: bool,
    store: bool,
    installed: bool,
}

impl Suite {
    /// Connects to the cluster.
    pub(crate) fn new(options: &RunOptions) -> Result<Self> {
        let repository = options
            .repository
            .canonicalize()
            .with_context(|| format!("{} is not there", options.repository.display()))?;
        ensure!(
            repository.join("charts/imgplane").is_dir(),
            "{} is no checkout of imgplane: say where it is with --repository",
            repository.display()
        );
        let image = |name: &str| format!("{}/{name}:{}", options.registry, options.tag);
        Ok(Self {
            cluster: Cluster::connect(&repository)?,
            images: Images {
                registry: options.registry.clone(),
                tag: options.tag.clone(),
                pull_policy: options.pull_policy.clone(),
                e2e: image("e2e"),
                dataplane: image("dataplane"),
            },
            results: Results::default(),
            soak: Duration::from_mins(options.soak.unwrap_or_default()),
            keep: options.keep,
            ready: Mutex::default(),
        })
    }

    /// Has the client's pod run.
    pub(crate) fn with_client(&self) -> Result<()> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.client {
            client::start(&self.cluster, &self.images.e2e, &self.images.pull_policy)?;
            ready.client = true;
        }
        Ok(())
    }

    /// Has the S3 server run.
    pub(crate) fn with_store(&self) -> Result<()> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.store {
            store::start(&self.cluster, &self.images)?;
            ready.store = true;
        }
        Ok(())
    }

    /// Has imgplane installed and ready, and the client run.
    pub(crate) fn with_imgplane(&self) -> Result<()> {
        self.with_client()?;
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.installed {
            if !install::is_installed(&self.cluster)? {
                install::prepare(&self.cluster, &self.images)?;
            }
            install::helm(&self.cluster, &self.images, &["upgrade", "--install"], &[])?;
            ready.installed = true;
        }
        install::wait(&self.cluster)
    }

    /// Says that the installation is there, or is gone.
    pub(crate) fn set_installed(&self, installed: bool) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).installed = installed;
    }

    /// A fresh namespace with an Origin on the volume and an endpoint `main` that is served.
    pub(crate) fn with_endpoint(&self, namespace: &str) -> Result<()> {
        self.with_imgplane()?;
        self.cluster.fresh_namespace(namespace)?;
        let origin = manifests::volume_origin("photos", install::VOLUME);
        self.cluster.apply(namespace, &(origin + &manifests::endpoint("main", "", &["photos"])))?;
        self.cluster.wait_for(namespace, "urlendpoint/main", "Ready")
    }

    /// The default DataPlane's pods that are ready and stay.
    pub(crate) fn pods(&self) -> Result<Vec<Pod>> {
        self.ready_pods("imgplane.dev/dataplane=default")
    }

    /// The operator's pods that are ready and stay.
    pub(crate) fn operators(&self) -> Result<Vec<Pod>> {
        self.ready_pods("app.kubernetes.io/name=imgplane-operator")
    }

    fn ready_pods(&self, selector: &str) -> Result<Vec<Pod>> {
        let arguments = ["get", "pods", "--namespace", install::NAMESPACE, "--selector", selector];
        let list = self.cluster.json(&arguments)?;
        let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ready = |pod: &&serde_json::Value| {
            let conditions = pod["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
            pod["metadata"]["deletionTimestamp"].is_null()
                && conditions.iter().any(|found| found["type"] == "Ready" && found["status"] == "True")
        };
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Ok(items
            .iter()
            .filter(ready)
            .map(|pod| Pod {
                name: text(&pod["metadata"]["name"]),
                address: text(&pod["status"]["podIP"]),
                container: text(&pod["status"]["containerStatuses"][0]["containerID"]),
                restarts: pod["status"]["containerStatuses"][0]["restartCount"].as_u64().unwrap_or_default(),
            })
            .collect())
    }

    /// Waits until exactly so many pods are ready.
    pub(crate) fn until_pods(&self, count: usize) -> Result<Vec<Pod>> {
        let (pods, _) = until(&format!("{count} ready pods"), PATIENCE, || {
            let pods = self.pods()?;
            Ok(if pods.len() == count { Look::Done(pods) } else { Look::NotYet(format!("{pods:?}")) })
        })?;
        Ok(pods)
    }

    /// One request from inside the cluster.
    pub(crate) fn get(&self, url: &str) -> Result<Answer> {
        client::get(&self.cluster, url, &[])
    }

    /// A request that must bring a picture of this width.
    pub(crate) fn picture(&self, url: &str, width: u32) -> Result<Answer> {
        let answer = self.get(url)?;
        ensure!(
            answer.status == Some(200) && answer.size.is_some_and(|size| size.0 == width),
            "{url} should be a picture {width} wide: {answer:?}"
        );
        Ok(answer)
    }

    /// Starts a steady load on a URL from inside the cluster.
    pub(crate) fn load(&self, url: &str, seconds: u64, flags: &[&str]) -> Result<Load> {
        Load::start(&self.cluster, url, seconds, flags)
    }

    /// Starts a load that lasts until its end is asked for, `longest` seconds at most.
    pub(crate) fn open_load(&self, url: &str, longest: u64, flags: &[&str]) -> Result<Load> {
        Load::start_open(&self.cluster, url, longest, flags)
    }

    /// Notes a number of seconds.
    pub(crate) fn seconds(&self, scenario: &str, what: &str, value: f64, aim: Option<f64>) {
        self.note(scenario, what, value, "s", aim);
    }

    /// Notes a number.
    pub(crate) fn note(&self, scenario: &str, what: &str, value: f64, unit: &'static str, aim: Option<f64>) {
        self.results.note(Seen { scenario: scenario.to_owned(), what: what.to_owned(), value, unit, aim });
    }

    /// Notes a load, and demands that it lost nothing.
    pub(crate) fn lossless(&self, scenario: &str, outcome: &Outcome) -> Result<()> {
        self.note(scenario, "requests", outcome.requests as f64, "", None);
        self.note(scenario, "failed requests", outcome.failed as f64, "", Some(0.0));
        self.note(scenario, "p99", outcome.p99_ms, "ms", None);
        ensure!(outcome.requests > 0, "the load made no request");
        ensure!(
            outcome.failed == 0,
            "{} of {} requests failed: {:?}",
            outcome.failed,
            outcome.requests,
            outcome.failures
        );
        Ok(())
    }

    /// Removes a scenario's namespace without waiting, unless it is to be kept.
    pub(crate) fn done_with(&self, namespace: &str) -> Result<()> {
        if !self.keep {
            self.cluster.kubectl(&[
                "delete",
                "namespace",
                namespace,
                "--ignore-not-found",
                "--wait=false",
            ])?;
        }
        Ok(())
    }

    /// Removes what the suite put into the cluster.
    pub(crate) fn clean_up(&self) -> Result<()> {
        if self.keep {
            return Ok(());
        }
        install::uninstall(&self.cluster)?;
        for namespace in [client::NAMESPACE, store::NAMESPACE, install::NAMESPACE] {
            self.cluster.delete_namespace(namespace)?;
        }
        Ok(())
    }
}

/// A ready pod of the data plane or the operator.
#[derive(Debug, Clone)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) container: String,
    pub(crate) restarts: u64,
}

impl Pod {
    /// A URL of this pod alone.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}:8080/{path}", self.address)
    }

    /// Kills its program at once, as an out-of-memory kill would; only on a node of `scripts/cluster`.
    pub(crate) fn kill(&self, cluster: &Cluster) -> Result<()> {
        let id = self.container.strip_prefix("containerd://").unwrap_or(&self.container);
        cluster.node(&["kill", id])
    }
}

/// Time that a load needs around what happens under it.
pub(crate) const AROUND: Duration = Duration::from_secs(3);
