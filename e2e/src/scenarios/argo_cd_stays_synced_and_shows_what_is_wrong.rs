//! A team's folder in git, synced by Argo CD: never out of sync for what the operator writes, degraded with our own
//! message when an origin breaks, and gone as a whole.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    cluster::{Cluster, PATIENCE},
    commands::succeed,
    manifests, store,
    suite::Suite,
    wait::until_true,
};

const NAMESPACE: &str = "storefront";
const APPLICATION: &str = "storefront-images";
/// Rotations of a Secret and foreign writes to a status: one each hour of a week.
const CHANGES: usize = 168;
/// How long a git command may take.
const GIT: Duration = Duration::from_mins(1);

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    suite.with_store()?;
    for key in ["argo-0", "argo-1"] {
        store::make_user(cluster, key, "the-right-secret")?;
    }
    cluster.fresh_namespace(NAMESPACE)?;
    cluster.apply(NAMESPACE, &manifests::secret("bucket", "argo-0", "the-right-secret"))?;

    let folder = tempfile::tempdir()?;
    let repository = Repository::make(cluster, folder.path())?;
    let application = std::fs::read_to_string(cluster.file("examples/gitops/argocd/application.yaml"))?
        .replace(
            "https://git.example.com/storefront/images.git",
            &format!("file://{}", folder.path().display()),
        )
        .replace("path: examples/gitops", "path: deploy");
    cluster.apply("argocd", &application)?;
    let seconds = until_state(cluster, "Synced", "Healthy")?;
    suite.seconds(name, "Application to Synced and Healthy", seconds, None);
    suite.picture(&format!("http://imgplane-{NAMESPACE}.{NAMESPACE}.svc/{NAMESPACE}/tr:w-90/cat.jpg"), 90)?;

    stays_synced(suite, name)?;

    repository.commit("deploy/origin.yaml", |text| text.replace("http://assets.", "http://nobody."))?;
    let seconds = until_true("a degraded Application with the origin's message", PATIENCE, || {
        let application = application_now(cluster)?;
        let origin = resource(&application, "Origin", "assets");
        let told = origin["health"]["message"].as_str().unwrap_or_default().to_owned();
        let degraded = application["status"]["health"]["status"] == "Degraded";
        Ok((degraded && told.contains("UNIDENTIFIED_DnsFailed"), origin.to_string()))
    })?;
    suite.seconds(name, "commit of a broken origin to Degraded", seconds, None);

    repository.commit("deploy/origin.yaml", |text| text.replace("http://nobody.", "http://assets."))?;
    let seconds = until_state(cluster, "Synced", "Healthy")?;
    suite.seconds(name, "commit of the fix to Healthy", seconds, None);

    cluster.kubectl_within(
        &["delete", "application", APPLICATION, "--namespace", "argocd", "--timeout=240s"],
        PATIENCE + GIT,
    )?;
    until_true("everything of the Application to be gone", PATIENCE, || {
        const KINDS: &str = "dataplanes,origins,urlendpoints,deployments,pods,services,configmaps,secrets";
        let left = cluster.kubectl(&["get", KINDS, "--namespace", NAMESPACE, "--output", "name"])?;
        let ours: Vec<_> = left
            .lines()
            .filter(|object| !["configmap/kube-root-ca.crt", "secret/bucket"].contains(object))
            .collect();
        Ok((ours.is_empty(), ours.join(" ")))
    })?;
    for key in ["argo-0", "argo-1"] {
        store::delete_user(cluster, key)?;
    }
    suite.done_with(NAMESPACE)
}

/// A week of changes that git knows nothing of, and an Application that never notices.
fn stays_synced(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    let syncs = |application: &Value| application["status"]["history"].as_array().map_or(0, Vec::len);
    let before = syncs(&application_now(cluster)?);
    for change in 0..CHANGES {
        let key = format!("argo-{}", (change + 1) % 2);
        cluster.apply(NAMESPACE, &manifests::secret("bucket", &key, "the-right-secret"))?;
        let status = format!(r#"{{"status": {{"health": "Unknown", "endpoints": {}}}}}"#, change % 7);
        cluster.kubectl(&[
            "patch",
            "origin",
            "assets",
            "--namespace",
            NAMESPACE,
            "--subresource=status",
            "--type=merge",
            "--patch",
            &status,
        ])?;
        let application = application_now(cluster)?;
        ensure!(
            application["status"]["sync"]["status"] == "Synced",
            "after {change} changes the Application is {}",
            application["status"]["sync"]
        );
    }
    let application = application_now(cluster)?;
    ensure!(
        syncs(&application) == before,
        "Argo CD synced again: {} instead of {before}",
        syncs(&application)
    );
    suite.note(name, "changes without a difference to git", CHANGES as f64, "", None);
    until_state(cluster, "Synced", "Healthy")?;
    Ok(())
}

fn application_now(cluster: &Cluster) -> Result<Value> {
    cluster.json(&["get", "application", APPLICATION, "--namespace", "argocd"])
}

fn resource(application: &Value, kind: &str, name: &str) -> Value {
    let all = application["status"]["resources"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().find(|one| one["kind"] == kind && one["name"] == name).cloned().unwrap_or(Value::Null)
}

fn until_state(cluster: &Cluster, sync: &str, health: &str) -> Result<f64> {
    until_true(&format!("an Application that is {sync} and {health}"), PATIENCE, || {
        let status = &application_now(cluster)?["status"];
        let holds = status["sync"]["status"] == sync && status["health"]["status"] == health;
        let instead = serde_json::json!({
            "sync": status["sync"]["status"],
            "health": status["health"],
            "conditions": status["conditions"],
            "resources": status["resources"],
        });
        Ok((holds, instead.to_string()))
    })
}

/// A git repository whose folder `deploy` is examples/gitops with a bucket added, on images that the node has.
struct Repository<'a> {
    folder: &'a Path,
}

impl<'a> Repository<'a> {
    fn make(cluster: &Cluster, folder: &'a Path) -> Result<Self> {
        let repository = Self { folder };
        let example = cluster.file("examples/gitops");
        succeed(Command::new("cp").arg("-r").arg(example).arg(folder.join("deploy")), None, GIT)?;
        std::fs::write(
            folder.join("deploy/bucket.yaml"),
            manifests::s3_origin("bucket", store::ENDPOINT, store::BUCKET, "bucket"),
        )?;
        repository.edit("deploy/kustomization.yaml", |text| {
            text.replace("  - origin.yaml\n", "  - origin.yaml\n  - bucket.yaml\n")
                + "images:\n  - {name: docker.io/library/nginx, newName: docker.io/imgplane/nginx, newTag: dev}\n"
        })?;
        repository.edit("deploy/urlendpoint.yaml", |text| {
            text.replace("    - name: assets\n", "    - name: assets\n    - name: bucket\n")
        })?;
        repository.git(&["init", "--quiet", "--initial-branch=main"])?;
        repository.git(&["config", "user.name", "storefront"])?;
        repository.git(&["config", "user.email", "storefront@example.com"])?;
        repository.git(&["add", "--all"])?;
        repository.git(&["commit", "--quiet", "--message", "begin"])?;
        Ok(repository)
    }

    fn commit(&self, file: &str, change: impl FnOnce(String) -> String) -> Result<()> {
        self.edit(file, change)?;
        self.git(&["commit", "--quiet", "--all", "--message", "change"])
    }

    fn edit(&self, file: &str, change: impl FnOnce(String) -> String) -> Result<()> {
        let path = self.folder.join(file);
        let before =
            std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let after = change(before.clone());
        ensure!(after != before, "{file} does not hold what was to be changed");
        std::fs::write(path, after)?;
        Ok(())
    }

    fn git(&self, arguments: &[&str]) -> Result<()> {
        succeed(Command::new("git").args(arguments).current_dir(self.folder), None, GIT)?;
        Ok(())
    }
}
