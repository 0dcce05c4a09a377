//! kubectl and helm on the cluster of KUBECONFIG, as a person would use them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{
    commands::{Finished, finish, succeed},
    wait::{Look, until},
};

/// How long one kubectl call may take that does not wait for anything.
const CALL: Duration = Duration::from_mins(1);
/// How long something may take that usually takes seconds; machines that run this are busy.
pub(crate) const PATIENCE: Duration = Duration::from_mins(4);

/// The cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    repository: PathBuf,
    /// Name of the node of `scripts/cluster`, if it is one.
    own: Option<String>,
}

impl Cluster {
    /// The cluster of the current context.
    pub(crate) fn connect(repository: &Path) -> Result<Self> {
        let mut cluster = Self { repository: repository.to_owned(), own: None };
        let nodes = cluster
            .json(&["get", "nodes"])
            .context("no cluster answers: start one with `scripts/cluster up`, or set KUBECONFIG to one")?;
        let label = "/items/0/metadata/labels/imgplane.dev~1e2e";
        cluster.own = nodes.pointer(label).and_then(Value::as_str).map(str::to_owned);
        Ok(cluster)
    }

    /// Whether `scripts/cluster` can stop parts of it.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// A file of the repository.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.repository.join(name)
    }

    /// Runs kubectl to its end, whatever it says.
    pub(crate) fn try_kubectl(&self, arguments: &[&str]) -> Result<Finished> {
        finish(&mut self.command(arguments), None, CALL)
    }

    /// Runs kubectl, which must succeed.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        succeed(&mut self.command(arguments), None, CALL)
    }

    /// Runs kubectl with more time than usual.
    pub(crate) fn kubectl_within(&self, arguments: &[&str], deadline: Duration) -> Result<String> {
        succeed(&mut self.command(arguments), None, deadline)
    }

    /// kubectl, ready to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command.args(arguments).current_dir(&self.repository);
        command
    }

    /// What kubectl prints with `-o json`.
    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.kubectl(&[arguments, &["-o", "json"]].concat())?;
        serde_json::from_str(&text).context("kubectl printed no JSON")
    }

    /// Applies manifests to a namespace.
    pub(crate) fn apply(&self, namespace: &str, manifests: &str) -> Result<()> {
        let arguments = ["apply", "--server-side", "--force-conflicts", "--namespace", namespace, "-f", "-"];
        succeed(&mut self.command(&arguments), Some(manifests), CALL)?;
        Ok(())
    }

    /// Changes fields of an object by a merge patch.
    pub(crate) fn merge(&self, namespace: &str, object: &str, patch: &str) -> Result<()> {
        self.kubectl(&["patch", object, "--namespace", namespace, "--type=merge", "--patch", patch])?;
        Ok(())
    }

    /// Waits until an object's condition is as wanted, for its present generation.
    pub(crate) fn wait_for(&self, namespace: &str, object: &str, condition: &str) -> Result<()> {
        let timeout = format!("--timeout={}s", PATIENCE.as_secs());
        let wanted = format!("--for=condition={condition}");
        let arguments = ["wait", "--namespace", namespace, object, &wanted, &timeout];
        self.kubectl_within(&arguments, PATIENCE + CALL)?;
        Ok(())
    }

    /// Waits until a Deployment runs what it should.
    pub(crate) fn rolled_out(&self, namespace: &str, deployment: &str) -> Result<()> {
        let timeout = format!("--timeout={}s", PATIENCE.as_secs());
        let name = format!("deployment/{deployment}");
        let arguments = ["rollout", "status", "--namespace", namespace, &name, &timeout];
        self.kubectl_within(&arguments, PATIENCE + CALL)?;
        Ok(())
    }

    /// Makes a namespace that holds nothing yet, for a scenario of its own.
    pub(crate) fn fresh_namespace(&self, name: &str) -> Result<()> {
        self.delete_namespace(name)?;
        self.kubectl(&["create", "namespace", name])?;
        Ok(())
    }

    /// Makes a namespace, if it is not there.
    pub(crate) fn namespace(&self, name: &str) -> Result<()> {
        if !self.exists(&["namespace", name])? {
            self.kubectl(&["create", "namespace", name])?;
        }
        Ok(())
    }

    /// Deletes a namespace and waits until it is gone.
    pub(crate) fn delete_namespace(&self, name: &str) -> Result<()> {
        let arguments = ["delete", "namespace", name, "--ignore-not-found", "--timeout=240s"];
        self.kubectl_within(&arguments, PATIENCE + CALL)?;
        Ok(())
    }

    /// Whether an object exists.
    pub(crate) fn exists(&self, object: &[&str]) -> Result<bool> {
        let text = self.kubectl(&[&["get"], object, &["--ignore-not-found", "-o", "name"]].concat())?;
        Ok(!text.trim().is_empty())
    }

    /// A field of an object, by JSON pointer.
    pub(crate) fn field(&self, namespace: &str, object: &str, pointer: &str) -> Result<Value> {
        let object = self.json(&["get", "--namespace", namespace, object])?;
        Ok(object.pointer(pointer).cloned().unwrap_or(Value::Null))
    }

    /// Status, reason and message of an object's condition; waits until it is there.
    pub(crate) fn condition(&self, namespace: &str, object: &str, condition: &str) -> Result<Condition> {
        let conditions = self.field(namespace, object, "/status/conditions")?;
        let list = conditions.as_array().map(Vec::as_slice).unwrap_or_default();
        let found = list.iter().find(|found| found["type"] == condition);
        let text = |name: &str| found.and_then(|found| found[name].as_str()).unwrap_or_default().to_owned();
        Ok(Condition { status: text("status"), reason: text("reason"), message: text("message") })
    }

    /// Waits until a condition has a status and a reason that begins so; returns it with the seconds.
    pub(crate) fn until_condition(
        &self,
        namespace: &str,
        object: &str,
        condition: &str,
        (status, reason): (&str, &str),
    ) -> Result<(Condition, f64)> {
        until(&format!("{object} {condition}={status}/{reason}"), PATIENCE, || {
            let found = self.condition(namespace, object, condition)?;
            Ok(if found.status == status && found.reason.starts_with(reason) {
                Look::Done(found)
            } else {
                Look::NotYet(format!("{}/{}: {}", found.status, found.reason, found.message))
            })
        })
    }

    /// Runs helm, which must succeed.
    pub(crate) fn helm(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(helm());
        command.args(arguments).current_dir(&self.repository);
        succeed(&mut command, None, PATIENCE * 2)
    }

    /// Has `scripts/cluster` do something with the node.
    pub(crate) fn node(&self, arguments: &[&str]) -> Result<()> {
        let own = self.own.as_deref().context("this is not a cluster of scripts/cluster")?;
        let mut command = Command::new(self.file("scripts/cluster"));
        command.args(arguments).env("IMGPLANE_CLUSTER", own);
        succeed(&mut command, None, CALL)?;
        Ok(())
    }

    /// Runs a program of this build inside the network of a cluster of `scripts/cluster`, whatever it says.
    pub(crate) fn in_network(&self, program: &str, arguments: &[&str]) -> Result<Finished> {
        let own = self.own.as_deref().context("this is not a cluster of scripts/cluster")?;
        let built = std::env::current_exe()?.with_file_name(program);
        let mut command = Command::new(self.file("scripts/cluster"));
        command.arg("exec").arg(built).args(arguments).env("IMGPLANE_CLUSTER", own);
        finish(&mut command, None, CALL)
    }
}

/// A condition of an object; empty texts where it has none.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) message: String,
}

/// The helm that `scripts/install-tools` built, or the machine's own.
fn helm() -> PathBuf {
    let tools = std::env::var_os("IMGPLANE_TOOLS").map_or_else(
        || {
            let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
                || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
                PathBuf::from,
            );
            cache.join("imgplane/tools")
        },
        PathBuf::from,
    );
    let built = tools.join("helm");
    if built.exists() { built } else { PathBuf::from("helm") }
}
