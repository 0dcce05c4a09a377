//! `deploy/`, for those without Helm: the chart's defaults as plain manifests.

use std::process::Command;

use serde_json::Value;

use crate::{agrees, definitions, documents, helm::render, read, root};

/// First lines of what is written here.
const HEADER: &str =
    "# The chart's defaults as plain manifests, written by `UPDATE=1 cargo test --test chart`.\n";

/// Without the marks of a Helm release, which this is none of.
fn plain(rendered: &str) -> String {
    rendered
        .lines()
        .filter(|line| {
            let line = line.trim_start();
            !["helm.sh/chart:", "app.kubernetes.io/managed-by: Helm", "# Source:"]
                .iter()
                .any(|mark| line.starts_with(mark))
        })
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[test]
fn plain_manifests_are_the_charts_defaults() {
    let deploy = root().join("deploy");
    let operator = render(&["--set", "dataPlane.create=false"]).succeeded();
    agrees(&deploy.join("operator.yaml"), &format!("{HEADER}{}", plain(&operator)));
    let data_plane = render(&["--show-only", "templates/dataplane.yaml"]).succeeded();
    agrees(&deploy.join("dataplane/dataplane.yaml"), &format!("{HEADER}{}", plain(&data_plane)));
    for file in definitions::FILES {
        agrees(&deploy.join("crds").join(file), &read(&root().join("crds/yaml").join(file)));
    }
}

fn kustomize(folder: &str) -> Vec<Value> {
    let output = Command::new("kubectl").arg("kustomize").arg(root().join(folder)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    documents(&String::from_utf8(output.stdout).unwrap())
}

fn names(objects: &[Value]) -> Vec<String> {
    let mut names: Vec<_> = objects
        .iter()
        .map(|object| {
            format!("{} {}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap())
        })
        .collect();
    names.sort();
    names
}

#[test]
fn kustomize_builds_the_same_objects_as_helm_and_the_namespace() {
    let mut expected = names(&documents(&render(&["--include-crds"]).succeeded()));
    expected.push("Namespace imgplane-system".to_owned());
    expected.sort();
    let mut built = kustomize("deploy");
    built.extend(kustomize("deploy/dataplane"));
    assert_eq!(names(&built), expected);
    assert!(!serde_json::to_string(&built).unwrap().contains("helm"), "marks of Helm are left");
}
