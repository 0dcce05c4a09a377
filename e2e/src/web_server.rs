//! nginx in a pod, with servers, files and secrets of a scenario's own.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use crate::suite::Images;

/// Name of its Deployment and of its Service, which leads to the pod itself: a port on which nothing listens refuses.
pub(crate) const NAME: &str = "web";
/// The port that must listen before it is ready.
pub(crate) const PORT: u16 = 8080;
/// Folder of its files.
pub(crate) const FILES: &str = "/files";

/// All objects of it: `servers` is what stands inside `http { ... }`, `secret` lies in `/secret`.
pub(crate) fn manifests(
    images: &Images,
    servers: &str,
    files: &[(&str, Vec<u8>)],
    secret: &Map<String, Value>,
) -> Value {
    let Images { registry, tag, pull_policy, .. } = images;
    let files: Map<String, Value> = files
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), BASE64_STANDARD.encode(bytes).into()))
        .collect();
    let mount = |name: &str, path: &str| json!({"name": name, "mountPath": path, "readOnly": true});
    let pod = json!({
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{
            "name": "nginx",
            "image": format!("{registry}/nginx:{tag}"),
            "imagePullPolicy": pull_policy,
            "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
            "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            "volumeMounts": [mount("conf", "/etc/nginx/conf.d"), mount("files", FILES), mount("secret", "/secret")],
        }],
        "volumes": [
            {"name": "conf", "configMap": {"name": NAME}},
            {"name": "files", "configMap": {"name": "web-files"}},
            {"name": "secret", "secret": {"secretName": NAME}},
        ],
    });
    let labels = json!({"app": NAME});
    let named = |name: &str| json!({"name": name});
    json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named(NAME), "data": {"default.conf": servers}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named("web-files"), "binaryData": files},
        {"apiVersion": "v1", "kind": "Secret", "metadata": named(NAME), "stringData": secret},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named(NAME), "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        }},
        {"apiVersion": "v1", "kind": "Service", "metadata": named(NAME), "spec": {
            "clusterIP": "None", "selector": labels, "ports": [{"port": PORT}],
        }},
    ]})
}
