//! The example with the sidecar, as a user applies it: an nginx serves a page whose pictures come from its own pod.

use std::{fs, time::Instant};

use anyhow::{Context as _, Result, ensure};

use crate::{cluster::PATIENCE, suite::Suite, wait::until_true};

const NAMESPACE: &str = "pages";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    cluster.delete_namespace(NAMESPACE)?;
    // An overlay as anybody would write it, with the images of this cluster.
    let folder = tempfile::tempdir_in(cluster.file("target"))?;
    let base = relative(&cluster.file("examples/sidecar"), folder.path())?;
    let overlay = format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [{base}]
images:
  - {{name: docker.io/library/nginx, newName: {registry}/nginx, newTag: {tag}}}
  - {{name: docker.io/imgplane/dataplane, newName: {registry}/dataplane, newTag: {tag}}}
",
        registry = suite.images.registry,
        tag = suite.images.tag,
    );
    fs::write(folder.path().join("kustomization.yaml"), overlay)?;
    let path = folder.path().to_str().context("the repository has a readable name")?;
    let begun = Instant::now();
    cluster.kubectl(&["apply", "-k", path])?;
    cluster.rolled_out(NAMESPACE, "web")?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Ready")?;
    suite.seconds(name, "apply to Ready", begun.elapsed().as_secs_f64(), None);

    let page = suite.get("http://web.pages.svc.cluster.local/")?;
    let text = page.text.clone().unwrap_or_default();
    let pictures: Vec<&str> =
        text.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    ensure!(page.status == Some(200) && pictures.len() >= 2, "the page and its pictures: {page:?}");
    for picture in pictures {
        let answer = suite.get(&format!("http://web.pages.svc.cluster.local{picture}"))?;
        ensure!(answer.status == Some(200) && answer.size.is_some(), "{picture}: {answer:?}");
    }
    let table = ["get", "dataplane", "--namespace", NAMESPACE, "--no-headers"];
    until_true("both sidecars to be programmed", PATIENCE, || {
        let table = cluster.kubectl(&table)?;
        Ok((table.contains("2/2"), table))
    })?;

    // A change reaches the sidecars as it reaches pods of the operator, and restarts nothing.
    let pods = cluster.kubectl(&["get", "pods", "--namespace", NAMESPACE, "-o", "name"])?;
    let begun = Instant::now();
    cluster.merge(NAMESPACE, "urlendpoint/main", r#"{"spec":{"urlPrefix":"moved"}}"#)?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Programmed")?;
    suite.seconds(name, "a change to Programmed", begun.elapsed().as_secs_f64(), Some(2.0));
    let moved = "http://web.pages.svc.cluster.local/images/moved/tr:w-90/cat.jpg";
    suite.picture(moved, 90)?;
    let after = cluster.kubectl(&["get", "pods", "--namespace", NAMESPACE, "-o", "name"])?;
    ensure!(pods == after, "the pods are the same: {pods} {after}");
    suite.done_with(NAMESPACE)
}

/// The way from one folder to another below the same root; kustomize takes no absolute paths.
fn relative(to: &std::path::Path, from: &std::path::Path) -> Result<String> {
    let shared = to.components().zip(from.components()).take_while(|(to, from)| to == from).count();
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = to.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let path: Vec<String> = up.chain(down).collect();
    ensure!(!path.is_empty(), "{} and {} are one folder", to.display(), from.display());
    Ok(path.join("/"))
}
