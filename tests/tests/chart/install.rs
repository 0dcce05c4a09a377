//! Real Helm and real kubectl against a real API server: what a user does in the first and the last minute.

use std::path::Path;

use imgplane_tests::server::kubernetes::Kubernetes;
use serde_json::Value;

use crate::{
    helm::{NAMESPACE, chart, helm},
    read, root,
};

/// Runs Helm in a cluster and namespace.
#[track_caller]
fn run(cluster: &Kubernetes, namespace: &str, arguments: &[&str]) -> String {
    let mut all = arguments.to_vec();
    all.extend(["--namespace", namespace]);
    helm(Some(&cluster.kubeconfig()), &all).succeeded()
}

fn get(cluster: &Kubernetes, arguments: &[&str]) -> Value {
    let mut all = vec!["get", "-o", "json"];
    all.extend(arguments);
    serde_json::from_str(&cluster.kubectl(&all).succeeded()).unwrap()
}

/// Short names of the kind Origin, by which these tests tell definitions apart.
fn short_names(cluster: &Kubernetes) -> Value {
    get(cluster, &["crd", "origins.imgplane.dev"])["spec"]["names"]["shortNames"].clone()
}

/// The chart of a later release: its definition of Origin has one more short name.
fn later(folder: &Path) -> String {
    let status = std::process::Command::new("cp").arg("-r").arg(chart()).arg(folder).status().unwrap();
    assert!(status.success());
    let definition = folder.join("imgplane/crds/origin.yaml");
    let text = read(&definition);
    assert!(text.contains("    shortNames:\n"));
    std::fs::write(&definition, text.replace("    shortNames:\n", "    shortNames:\n    - org\n")).unwrap();
    folder.join("imgplane").display().to_string()
}

#[test]
fn definitions_follow_upgrades_and_rollbacks_and_outlive_the_release() {
    let cluster = Kubernetes::start();
    let folder = tempfile::tempdir().unwrap();
    let (now, later) = (chart().display().to_string(), later(folder.path()));
    let (old, new) = (serde_json::json!(["ogn"]), serde_json::json!(["org", "ogn"]));

    let notes = run(&cluster, NAMESPACE, &["install", "imgplane", &now, "--create-namespace"]);
    assert!(notes.contains("kubectl wait dataplane/default"), "{notes}");
    assert!(!notes.contains("--take-ownership"), "{notes}");
    assert_eq!(short_names(&cluster), old);
    let origin = serde_json::json!({
        "apiVersion": "imgplane.dev/v1alpha1",
        "kind": "Origin",
        "metadata": {"name": "mine", "namespace": "default"},
        "spec": {"type": "Volume", "volume": {"name": "photos"}},
    });
    cluster.apply(&origin.to_string());

    run(&cluster, NAMESPACE, &["upgrade", "imgplane", &later]);
    assert_eq!(short_names(&cluster), new);
    run(&cluster, NAMESPACE, &["rollback", "imgplane", "1"]);
    assert_eq!(short_names(&cluster), old);

    run(&cluster, NAMESPACE, &["uninstall", "imgplane"]);
    assert_eq!(get(&cluster, &["origins", "-A"])["items"].as_array().unwrap().len(), 1);
    for kinds in [
        "dataplanes,deployments,services,serviceaccounts,configmaps,roles,rolebindings,pdb",
        "clusterroles,clusterrolebindings",
    ] {
        let left = get(&cluster, &[kinds, "-A", "-l", "app.kubernetes.io/part-of=imgplane"]);
        assert_eq!(left["items"], serde_json::json!([]));
    }
    let notes = run(&cluster, NAMESPACE, &["install", "imgplane", &later]);
    assert_eq!(short_names(&cluster), new, "{notes}");
}

#[test]
fn a_release_of_another_name_takes_the_definitions_over_once() {
    let cluster = Kubernetes::start();
    let folder = tempfile::tempdir().unwrap();
    let (now, later) = (chart().display().to_string(), later(folder.path()));
    let notes = run(&cluster, "media", &["install", "pictures", &now, "--create-namespace"]);
    assert!(notes.contains("helm upgrade --take-ownership --set crds.inRelease=Always"), "{notes}");
    run(
        &cluster,
        "media",
        &["upgrade", "pictures", &now, "--take-ownership", "--set", "crds.inRelease=Always"],
    );
    let notes = run(&cluster, "media", &["upgrade", "pictures", &later, "--reset-values"]);
    assert!(!notes.contains("--take-ownership"), "{notes}");
    assert_eq!(short_names(&cluster), serde_json::json!(["org", "ogn"]));
}

#[test]
fn the_operator_may_do_what_it_needs_where_it_watches_and_nothing_elsewhere() {
    const USER: &str = "system:serviceaccount:imgplane-system:imgplane-operator";
    let cluster = Kubernetes::start();
    for namespace in [NAMESPACE, "shop", "other"] {
        cluster.create_namespace(namespace);
    }
    let now = chart().display().to_string();
    run(&cluster, NAMESPACE, &["install", "imgplane", &now, "--set", "watchNamespaces={shop}"]);
    let may = |verb: &str, resource: &str, namespace: &str| {
        let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
        let part = format!("--subresource={part}");
        cluster.kubectl_as(USER, &["auth", "can-i", verb, resource, &part, "-n", namespace]).success
    };
    for (verb, resource, here, in_shop, elsewhere) in [
        ("list", "origins.imgplane.dev", true, true, false),
        ("patch", "origins.imgplane.dev/status", true, true, false),
        ("patch", "origins.imgplane.dev", false, false, false),
        ("delete", "urlendpoints.imgplane.dev", false, false, false),
        ("get", "secrets", true, true, false),
        ("patch", "deployments.apps", true, true, false),
        ("create", "pods", false, false, false),
        ("patch", "pods", true, true, false),
        ("delete", "pods", false, false, false),
        ("create", "leases.coordination.k8s.io", true, false, false),
        ("update", "leases.coordination.k8s.io", false, false, false),
        ("create", "events.events.k8s.io", true, true, false),
        ("list", "namespaces", false, false, false),
        ("create", "roles.rbac.authorization.k8s.io", false, false, false),
    ] {
        for (namespace, expected) in [(NAMESPACE, here), ("shop", in_shop), ("other", elsewhere)] {
            assert_eq!(may(verb, resource, namespace), expected, "{verb} {resource} in {namespace}");
        }
    }
    for (namespace, name, expected) in [
        (NAMESPACE, "imgplane-operator", true),
        (NAMESPACE, "kube-scheduler", false),
        ("shop", "imgplane-operator", false),
    ] {
        let lease = format!("leases.coordination.k8s.io/{name}");
        for verb in ["get", "update"] {
            let may = cluster.kubectl_as(USER, &["auth", "can-i", verb, &lease, "-n", namespace]).success;
            assert_eq!(may, expected, "{verb} {lease} in {namespace}");
        }
    }
    run(&cluster, NAMESPACE, &["upgrade", "imgplane", &now, "--reset-values"]);
    for (verb, resource, expected) in [
        ("list", "origins.imgplane.dev", true),
        ("list", "namespaces", true),
        ("get", "nodes", false),
        ("update", "leases.coordination.k8s.io", false),
    ] {
        assert_eq!(may(verb, resource, "other"), expected, "{verb} {resource}");
    }
}

#[test]
fn the_operators_pods_and_the_examples_pass_the_restricted_pod_security_profile() {
    let cluster = Kubernetes::start();
    let folder = |name: &str| root().join(name).display().to_string();
    cluster.kubectl(&["apply", "--server-side", "-k", &folder("deploy")]).succeeded();
    cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"]).succeeded();
    cluster.kubectl(&["apply", "--server-side", "-k", &folder("deploy/dataplane")]).succeeded();
    // What refuses pods is asked with pods: the templates of the Deployments.
    for (base, namespace) in
        [("", NAMESPACE), ("examples/gitops", "storefront"), ("examples/sidecar", "pages")]
    {
        if !base.is_empty() {
            cluster
                .kubectl(&["apply", "--server-side", "--validate=strict", "-k", &folder(base)])
                .succeeded();
        }
        let enforced = get(&cluster, &["namespace", namespace]);
        assert_eq!(
            enforced["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted",
            "{namespace}"
        );
        let deployments = get(&cluster, &["deployments", "-n", namespace]);
        let deployments = deployments["items"].as_array().unwrap();
        assert!(!deployments.is_empty(), "{namespace}");
        for deployment in deployments {
            let mut pod = deployment["spec"]["template"].clone();
            pod["apiVersion"] = "v1".into();
            pod["kind"] = "Pod".into();
            pod["metadata"]["name"] = "trial".into();
            cluster
                .kubectl_reading(
                    &["create", "-n", namespace, "--dry-run=server", "-f", "-"],
                    &pod.to_string(),
                )
                .succeeded();
        }
    }
}
