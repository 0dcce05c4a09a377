//! helm uninstall takes everything that helm and the operator made; the definitions and what the user made stay.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::{cluster::PATIENCE, install, suite::Suite, wait::until_true};

const NAMESPACE: &str = "e2e-leftovers";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_endpoint(NAMESPACE)?;
    let begun = Instant::now();
    install::uninstall(cluster)?;
    suite.set_installed(false);
    let kinds = "deployments,replicasets,pods,services,configmaps,secrets,serviceaccounts,poddisruptionbudgets,\
                 networkpolicies,roles,rolebindings,dataplanes,leases";
    let list = ["get", kinds, "--namespace", install::NAMESPACE, "-o", "name"];
    until_true("the release's namespace to be empty", PATIENCE, || {
        let text = cluster.kubectl(&list)?;
        // What every namespace has.
        let left: Vec<&str> = text
            .lines()
            .filter(|line| !["configmap/kube-root-ca.crt", "serviceaccount/default"].contains(line))
            .collect();
        Ok((left.is_empty(), left.join(" ")))
    })?;
    suite.seconds(name, "helm uninstall to nothing left", begun.elapsed().as_secs_f64(), None);
    let roles = cluster.kubectl(&["get", "clusterroles,clusterrolebindings", "-o", "name"])?;
    let left: Vec<&str> = roles.lines().filter(|line| line.contains("imgplane")).collect();
    ensure!(left.is_empty(), "roles are left: {left:?}");

    for kind in ["origins", "urlendpoints", "dataplanes"] {
        let definition = format!("{kind}.imgplane.dev");
        ensure!(cluster.exists(&["crd", &definition])?, "the definition of {kind} is gone");
    }
    for object in ["origin/photos", "urlendpoint/main"] {
        ensure!(cluster.exists(&[object, "--namespace", NAMESPACE])?, "the user's {object} is gone");
    }
    // And it can be installed again over them.
    suite.with_imgplane()?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Ready")?;
    suite.picture(&install::url(&format!("{NAMESPACE}/tr:w-90/cat.jpg")), 90)?;
    suite.done_with(NAMESPACE)
}
