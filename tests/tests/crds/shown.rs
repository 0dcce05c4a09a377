//! What kubectl shows of our kinds.

use imgplane_tests::{golden::assert_golden, server::kubernetes::Kubernetes};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub(crate) fn explain(cluster: &Kubernetes, _: &Runtime) {
    for kind in ["origin", "urlendpoint", "dataplane"] {
        let fields = cluster.kubectl(&["explain", kind, "--recursive"]).succeeded();
        assert_golden(&format!("crds/explain-{kind}.txt"), &fields);
    }
    let text = ["origin.spec", "origin.spec.s3", "urlendpoint.spec", "dataplane.spec"]
        .map(|field| cluster.kubectl(&["explain", field]).succeeded());
    assert_golden("crds/explain-fields.txt", &text.join("\n"));
}

/// An object with a status, as the operator would write it.
fn written(cluster: &Kubernetes, kind: &str, name: &str, spec: &Value, status: &Value) {
    let object = json!({
        "apiVersion": "imgplane.dev/v1alpha1", "kind": kind,
        "metadata": { "name": name, "namespace": "columns" }, "spec": spec,
    });
    cluster.apply(&object.to_string());
    let patch = json!({ "status": status }).to_string();
    let resource = format!("{}/{name}", kind.to_lowercase());
    cluster
        .kubectl(&["patch", &resource, "-n", "columns", "--subresource=status", "--type=merge", "-p", &patch])
        .succeeded();
}

fn ready(status: &str, reason: &str) -> Value {
    json!([
        { "type": "Accepted", "status": "True", "reason": "Accepted", "message": "m", "observedGeneration": 1,
          "lastTransitionTime": "2026-01-01T00:00:00Z" },
        { "type": "Ready", "status": status, "reason": reason, "message": "m", "observedGeneration": 1,
          "lastTransitionTime": "2026-01-01T00:00:00Z" },
    ])
}

pub(crate) fn columns(cluster: &Kubernetes, _: &Runtime) {
    cluster.create_namespace("columns");
    let volume = json!({ "type": "Volume", "volume": { "name": "photos" } });
    written(
        cluster,
        "Origin",
        "photos",
        &volume,
        &json!({ "observedGeneration": 1, "endpoints": 2, "conditions": ready("True", "Ready") }),
    );
    written(
        cluster,
        "Origin",
        "wrong-key",
        &json!({ "type": "S3", "s3": { "bucket": "media", "auth": { "type": "Anonymous" } } }),
        &json!({ "observedGeneration": 1, "endpoints": 1,
                 "conditions": ready("False", "EACCES_CredentialsInvalid") }),
    );
    written(
        cluster,
        "UrlEndpoint",
        "main",
        &json!({ "origins": [{ "name": "photos" }, { "name": "wrong-key" }] }),
        &json!({ "observedGeneration": 1, "url": "https://img.example.com/shop", "origins": "1/2",
                 "conditions": ready("False", "OriginNotAccepted") }),
    );
    written(
        cluster,
        "DataPlane",
        "default",
        &json!({ "default": true }),
        &json!({ "observedGeneration": 1, "url": "https://img.example.com", "pods": "2/3", "endpoints": 1,
                 "conditions": ready("Unknown", "AckPending") }),
    );
    let shown = ["ogn", "uep", "dpl", "imgplane"].map(|kind| {
        let table = cluster.kubectl(&["get", kind, "-n", "columns"]).succeeded();
        format!("$ kubectl get {kind}\n{}", without_age(&table))
    });
    assert_golden("crds/get.txt", &shown.join("\n"));
}

/// The table with its last column, the age, as `AGE`.
fn without_age(table: &str) -> String {
    let lines = table.lines().map(|line| match line.trim_end().rsplit_once(' ') {
        Some((front, age)) if age != "AGE" => format!("{front} <age>\n"),
        _ => format!("{}\n", line.trim_end()),
    });
    lines.collect()
}

pub(crate) fn selectable(cluster: &Kubernetes, _: &Runtime) {
    cluster.create_namespace("selected");
    for (kind, name, spec) in [
        ("Origin", "a", json!({ "type": "Volume", "volume": { "name": "photos" } })),
        ("Origin", "b", json!({ "type": "WebFolder", "webFolder": { "baseUrl": "https://a.example" } })),
        ("UrlEndpoint", "a", json!({ "dataPlaneRef": { "name": "edge" } })),
        ("UrlEndpoint", "b", json!({})),
        ("DataPlane", "a", json!({ "mode": "External" })),
        ("DataPlane", "b", json!({})),
    ] {
        let object = json!({
            "apiVersion": "imgplane.dev/v1alpha1", "kind": kind,
            "metadata": { "name": name, "namespace": "selected" }, "spec": spec,
        });
        cluster.apply(&object.to_string());
    }
    for (kind, selector) in [
        ("origin", "spec.type=Volume"),
        ("urlendpoint", "spec.dataPlaneRef.name=edge"),
        ("dataplane", "spec.mode=External"),
    ] {
        let found = cluster
            .kubectl(&["get", kind, "-n", "selected", "-o", "name", "--field-selector", selector])
            .succeeded();
        assert_eq!(found.lines().count(), 1, "{selector}: {found}");
        assert!(found.trim_end().ends_with("/a"), "{selector}: {found}");
    }
}
