//! `imgplane status` on a real API server, also as a plugin of kubectl.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::{
    path::Path,
    process::{Command, Output},
};

use imgplane_tests::{process::program, server::kubernetes::Kubernetes};
use serde_json::{Value, json};

const OBJECTS: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: media, namespace: shop}
spec: {type: Volume, volume: {name: photos}}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main, namespace: shop}
spec: {origins: [{name: media}]}
---
apiVersion: imgplane.dev/v1alpha1
kind: DataPlane
metadata: {name: pool, namespace: images}
spec: {mode: External}
";

/// What the operator would write.
fn conclude(cluster: &Kubernetes, kind: &str, namespace: &str, name: &str, ready: (&str, &str, &str)) {
    let (status, reason, message) = ready;
    let patch = json!({"status": {"observedGeneration": 1, "conditions": [{
        "type": "Ready", "status": status, "reason": reason, "message": message, "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }]}});
    let arguments = ["patch", kind, name, "-n", namespace, "--subresource=status", "--type=merge", "-p"];
    cluster.kubectl(&[&arguments[..], &[&patch.to_string()]].concat()).succeeded();
}

fn run(program: &Path, kubeconfig: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).env("KUBECONFIG", kubeconfig).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn status_lists_every_object_with_its_verdict_and_fails_while_one_is_not_ready() {
    let cluster = Kubernetes::start();
    cluster.apply_crds();
    cluster.create_namespace("shop");
    cluster.create_namespace("images");
    let status = |arguments: &[&str]| {
        run(&program("imgplane"), &cluster.kubeconfig(), &[&["status"], arguments].concat())
    };

    let empty = status(&["-A"]);
    assert_eq!((empty.status.code(), text(&empty.stdout).as_str()), (Some(0), ""));
    assert_eq!(text(&empty.stderr), "no Origin, UrlEndpoint or DataPlane in all namespaces\n");

    cluster.apply(OBJECTS);
    conclude(
        &cluster,
        "origin",
        "shop",
        "media",
        ("False", "VolumeNotFound", "no DataPlane mounts photos: mount it"),
    );
    conclude(&cluster, "dataplane", "images", "pool", ("True", "Ready", "2 of 2 pods"));
    let all = status(&["-A"]);
    assert_eq!(all.status.code(), Some(1));
    let unseen = "the operator has not looked at it: check that it runs and watches this namespace";
    assert_eq!(
        text(&all.stdout),
        format!(
            "\
KIND         NAMESPACE/NAME  READY    REASON          MESSAGE
DataPlane    images/pool     True     Ready           2 of 2 pods
Origin       shop/media      False    VolumeNotFound  no DataPlane mounts photos: mount it
UrlEndpoint  shop/main       Unknown  NotSeen         {unseen}
"
        )
    );
    assert_eq!(text(&all.stderr), "3 objects in all namespaces, 2 not ready\n");

    let one = status(&["-n", "images", "-o", "json"]);
    assert_eq!(one.status.code(), Some(0), "{}", text(&one.stderr));
    let rows: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!((&rows[0]["kind"], &rows[0]["ready"]), (&json!("DataPlane"), &json!("True")));
}

#[test]
fn status_says_what_is_missing_and_what_is_not_allowed() {
    let cluster = Kubernetes::start();
    let missing = run(&program("imgplane"), &cluster.kubeconfig(), &["status"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("helm install imgplane"), "{}", text(&missing.stderr));

    cluster.apply_crds();
    let refused = run(&program("imgplane"), &cluster.kubeconfig_of("visitor"), &["status", "-n", "shop"]);
    assert_eq!(refused.status.code(), Some(2));
    let message = text(&refused.stderr);
    assert!(
        message.contains("refuses to list origins in namespace shop") && message.contains("visitor"),
        "{message}"
    );
}

#[test]
fn a_link_with_the_right_name_makes_it_a_plugin_of_kubectl() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(program("imgplane"), folder.path().join("kubectl-imgplane")).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new("kubectl")
        .args(["imgplane", "--version"])
        .env("PATH", path)
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert_eq!(
        text(&output.stdout),
        format!("imgplane {}\n", env!("CARGO_PKG_VERSION")),
        "{}",
        text(&output.stderr)
    );
}
