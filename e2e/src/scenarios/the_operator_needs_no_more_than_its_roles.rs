//! After all that happened, the operator was never refused anything by the API server, and its roles hold no star.

use anyhow::{Result, ensure};

use crate::{install, suite::Suite};

pub(super) fn run(suite: &Suite, _name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    let selector = "app.kubernetes.io/name=imgplane-operator";
    let logs = ["logs", "--namespace", install::NAMESPACE, "--selector", selector, "--tail=-1"];
    let text = cluster.kubectl(&logs)?;
    ensure!(!text.trim().is_empty(), "the operator logs nothing");
    let refused: Vec<&str> = text
        .lines()
        .filter(|line| line.to_lowercase().contains("forbidden") || line.contains("\"code\":403"))
        .collect();
    ensure!(refused.is_empty(), "the operator was refused:\n{}", refused.join("\n"));

    let account = format!("system:serviceaccount:{}:{}", install::NAMESPACE, install::OPERATOR);
    let may = |verb: &str, what: &str| -> Result<bool> {
        let question = ["auth", "can-i", verb, what, "--all-namespaces", "--as", &account];
        Ok(cluster.try_kubectl(&question)?.stdout.trim() == "yes")
    };
    for (verb, what) in
        [("list", "origins"), ("patch", "configmaps"), ("watch", "secrets"), ("patch", "deployments")]
    {
        ensure!(may(verb, what)?, "the operator needs to {verb} {what}");
    }
    for (verb, what) in [
        ("*", "*"),
        ("create", "pods"),
        ("create", "pods/exec"),
        ("update", "origins"),
        ("patch", "origins"),
        ("delete", "origins"),
        ("create", "clusterroles"),
        ("delete", "namespaces"),
        ("impersonate", "users"),
    ] {
        ensure!(!may(verb, what)?, "the operator may {verb} {what}");
    }
    Ok(())
}
