//! What the chart renders, as golden files, and the rules that hold for every rendering.

use std::{collections::BTreeSet, process::Command};

use imgplane_tests::process::program;
use serde_json::{Value, json};

use crate::{
    agrees, documents,
    helm::{lint, render},
    only, own,
};

/// Renderings that are reviewed as files: name, and the values that make it.
const CASES: [(&str, &str); 3] =
    [("default", ""), ("namespaced", "watchNamespaces: [blog, shop]\n"), ("everything", EVERYTHING)];

/// Every switch on, every list used.
const EVERYTHING: &str = r#"
fullnameOverride: images
image:
  registry: mirror.example.com/imgplane
  tag: 1.2.3
  pullPolicy: Always
  pullSecrets: [registry-key]
scraperNamespaces: [monitoring]
operator:
  replicas: 3
  logFormat: text
  logLevel: info,kube=debug
  resources: {limits: {memory: 1Gi}}
  env: [{name: HTTPS_PROXY, value: "http://proxy:3128"}]
  podLabels: {team: web}
  podAnnotations: {note: hello}
  nodeSelector: {kubernetes.io/arch: amd64}
  tolerations: [{key: dedicated, operator: Exists}]
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [system]}]}]
  priorityClassName: system-cluster-critical
serviceAccount:
  annotations: {owner: web}
dataPlane:
  name: pool
  labels: {team: web}
  annotations: {note: hello}
  spec:
    default: true
    replicas: 3
    hosts: [img.example.com]
    exposure: {type: Ingress, ingress: {className: nginx}}
metrics:
  service: {annotations: {note: hello}}
  serviceMonitor: {enabled: true, labels: {release: prometheus}, interval: 15s}
  podMonitor: {enabled: true, labels: {release: prometheus}, interval: 15s}
  dashboard: {enabled: true, annotations: {grafana_folder: imgplane}}
argocd:
  healthChecks: {enabled: true}
"#;

fn case(name: &str) -> (tempfile::TempDir, String) {
    let (_, values) = CASES.iter().find(|(known, _)| *known == name).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("values.yaml");
    std::fs::write(&path, values).unwrap();
    (folder, path.display().to_string())
}

fn rendered(name: &str) -> String {
    let (_folder, values) = case(name);
    render(&["--values", &values]).succeeded()
}

#[test]
fn the_chart_is_clean_under_strict_lint() {
    for (name, _) in CASES {
        let (_folder, values) = case(name);
        lint(&["--values", &values]).succeeded();
    }
}

#[test]
fn renderings_are_as_they_were_reviewed() {
    for (name, _) in CASES {
        agrees(&own(&format!("golden/{name}.yaml")), &rendered(name));
    }
}

#[test]
fn every_object_has_a_unique_name_a_namespace_where_it_needs_one_and_the_labels_of_the_release() {
    for (name, _) in CASES {
        let mut seen = BTreeSet::new();
        for object in documents(&rendered(name)) {
            let metadata = &object["metadata"];
            let id = format!("{} {}/{}", object["kind"], metadata["namespace"], metadata["name"]);
            let whole = ["ClusterRole", "ClusterRoleBinding"].contains(&object["kind"].as_str().unwrap());
            assert_eq!(metadata["namespace"].is_string(), !whole, "{name}: {id}");
            for label in ["part-of", "instance", "managed-by"] {
                assert!(
                    metadata["labels"][format!("app.kubernetes.io/{label}")].is_string(),
                    "{name}: {id}: {label}"
                );
            }
            assert!(seen.insert(id.clone()), "{name}: {id} twice");
        }
        assert!(seen.len() >= 9, "{seen:?}");
    }
}

/// The operator's container, and the arguments of it.
fn operator(objects: &[Value]) -> (Value, Vec<String>) {
    let container = only(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0].clone();
    let arguments =
        container["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned()).collect();
    (container, arguments)
}

#[test]
fn one_tag_and_one_policy_hold_for_both_images() {
    let settings = ["--set", "image.tag=dev", "--set", "image.pullPolicy=Never"];
    let objects = documents(&render(&settings).succeeded());
    let (container, arguments) = operator(&objects);
    assert_eq!(container["image"], "docker.io/imgplane/operator:dev");
    assert_eq!(container["imagePullPolicy"], "Never");
    for argument in ["--dataplane-image=docker.io/imgplane/dataplane:dev", "--image-pull-policy=Never"] {
        assert!(arguments.iter().any(|given| given == argument), "{argument}: {arguments:?}");
    }
    let whole = ["--set", "image.operator=a/b@sha256:1", "--set", "image.dataplane=c/d@sha256:2"];
    let (container, arguments) = operator(&documents(&render(&whole).succeeded()));
    assert_eq!(container["image"], "a/b@sha256:1");
    assert!(arguments.contains(&"--dataplane-image=c/d@sha256:2".to_owned()), "{arguments:?}");
}

#[test]
fn the_operator_takes_every_argument_and_variable_that_the_chart_gives() {
    for (name, _) in CASES {
        let (container, arguments) = operator(&documents(&rendered(name)));
        // What comes before `--help` is judged before help is printed.
        let output =
            Command::new(program("imgplane-operator")).args(&arguments).arg("--help").output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let help = String::from_utf8(output.stdout).unwrap();
        for variable in container["env"].as_array().unwrap() {
            let variable = variable["name"].as_str().unwrap();
            let ours = variable.starts_with("IMGPLANE_") || variable == "RUST_LOG";
            assert!(!ours || help.contains(variable), "{name}: {variable}");
        }
    }
    let output =
        Command::new(program("imgplane-operator")).args(["--frobnicate=1", "--help"]).output().unwrap();
    assert!(!output.status.success(), "an unknown flag is not refused, so that this test proves nothing");
}

#[test]
fn the_chart_is_of_the_version_of_the_programs() {
    let chart = documents(&crate::read(&crate::helm::chart().join("Chart.yaml")));
    for field in ["version", "appVersion"] {
        assert_eq!(chart[0][field], env!("CARGO_PKG_VERSION"), "{field}");
    }
}

fn rules(objects: &[Value], kind: &str, namespace: Option<&str>) -> Vec<Value> {
    objects
        .iter()
        .filter(|object| {
            object["kind"] == kind && namespace.is_none_or(|name| object["metadata"]["namespace"] == name)
        })
        .flat_map(|object| object["rules"].as_array().unwrap().clone())
        .collect()
}

#[test]
fn rights_hold_in_the_watched_namespaces_alone() {
    let cluster_wide = documents(&rendered("default"));
    let namespaced = documents(&rendered("namespaced"));
    let namespaces_rule = json!({"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "watch"]});
    let mut expected = rules(&cluster_wide, "ClusterRole", None);
    assert_eq!(expected.pop(), Some(namespaces_rule));
    for kind in ["ClusterRole", "ClusterRoleBinding"] {
        assert!(namespaced.iter().all(|object| object["kind"] != kind), "{kind}");
    }
    let bound: BTreeSet<_> = namespaced
        .iter()
        .filter(|object| object["kind"] == "RoleBinding")
        .map(|object| object["metadata"]["namespace"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(bound, ["blog", "imgplane-system", "shop"].map(str::to_owned).into());
    for namespace in ["blog", "shop"] {
        assert_eq!(rules(&namespaced, "Role", Some(namespace)), expected, "{namespace}");
    }
    let (_, arguments) = operator(&namespaced);
    assert!(arguments.contains(&"--watch-namespaces=blog,shop".to_owned()), "{arguments:?}");
}

#[test]
fn no_rule_gives_more_than_is_named() {
    for (name, _) in CASES {
        let objects = documents(&rendered(name));
        for rule in [rules(&objects, "ClusterRole", None), rules(&objects, "Role", None)].concat() {
            let text = rule.to_string();
            for wide in ["\"*\"", "escalate", "bind", "impersonate", "deletecollection", "pods/exec"] {
                assert!(!text.contains(wide), "{name}: {text}");
            }
            let status_only = rule["resources"][0].as_str().unwrap().ends_with("/status");
            if rule["apiGroups"][0] == "imgplane.dev" {
                let verbs = if status_only { json!(["patch"]) } else { json!(["list", "watch"]) };
                assert_eq!(
                    rule["verbs"], verbs,
                    "users' objects are read, and their status is written: {text}"
                );
            }
        }
    }
}

#[test]
fn a_release_can_run_without_what_others_provide() {
    for (setting, kind) in [
        ("dataPlane.create=false", "DataPlane"),
        ("serviceAccount.create=false", "ServiceAccount"),
        ("rbac.create=false", "ClusterRole"),
        ("metrics.service.enabled=false", "Service"),
        ("operator.podDisruptionBudget.enabled=false", "PodDisruptionBudget"),
        ("operator.replicas=1", "PodDisruptionBudget"),
    ] {
        let objects = documents(&render(&["--set", setting]).succeeded());
        assert!(objects.iter().all(|object| object["kind"] != kind), "{setting}");
        assert!(documents(&rendered("default")).iter().any(|object| object["kind"] == kind), "{kind}");
    }
}

#[test]
fn values_that_cannot_work_are_refused_with_their_name() {
    for (setting, word) in [
        ("image.tga=dev", "tga"),
        ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
        ("operator.replicas=two", "/operator/replicas"),
        ("operator.logFormat=xml", "/operator/logFormat"),
        ("watchNamespaces=shop", "/watchNamespaces"),
        ("watchNamespaces={Shop}", "/watchNamespaces/0"),
        ("dataPlane.name=Pool", "/dataPlane/name"),
        ("crds.inRelease=maybe", "/crds/inRelease"),
        ("metrics.podMonitor.interval=often", "/metrics/podMonitor/interval"),
    ] {
        let message = render(&["--set", setting]).failed();
        assert!(message.contains(word), "{setting}: {message}");
    }
    let message =
        render(&["--set", "metrics.serviceMonitor.enabled=true,metrics.service.enabled=false"]).failed();
    assert!(message.contains("needs metrics.service.enabled"), "{message}");
}
