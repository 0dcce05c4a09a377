//! A real S3 server in the cluster: versitygw with one bucket of pictures and users that scenarios make.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, Result};

use crate::{cluster::Cluster, suite::Images};

/// Namespace of the store.
pub(crate) const NAMESPACE: &str = "e2e-store";
/// Its address for Origins.
pub(crate) const ENDPOINT: &str = "http://versitygw.e2e-store.svc.cluster.local:7070";
/// Its bucket.
pub(crate) const BUCKET: &str = "media";
/// The folder of the store's buckets, for [`beside`].
pub(crate) const DATA: &str = "/data";
const PORT: u16 = 7070;
const ROOT_KEY: &str = "ROOTKEY";
const ROOT_SECRET: &str = "ROOTSECRET";

/// Starts the store, if it does not run.
pub(crate) fn start(cluster: &Cluster, images: &Images) -> Result<()> {
    if cluster.exists(&["deployment", "versitygw", "--namespace", NAMESPACE])? {
        return cluster.rolled_out(NAMESPACE, "versitygw");
    }
    cluster.namespace(NAMESPACE)?;
    cluster.apply(NAMESPACE, &manifests(images))?;
    cluster.rolled_out(NAMESPACE, "versitygw")
}

/// The store's URL by its address, for Origins whose bucket is put before a host name.
pub(crate) fn by_address(cluster: &Cluster) -> Result<String> {
    let address = cluster.field(NAMESPACE, "service/versitygw", "/spec/clusterIP")?;
    let address: IpAddr = address.as_str().unwrap_or_default().parse().context("the store has no address")?;
    Ok(format!("http://{}", SocketAddr::new(address, PORT)))
}

/// Makes a user that may read everything.
pub(crate) fn make_user(cluster: &Cluster, access_key: &str, secret_key: &str) -> Result<()> {
    make_user_of(cluster, access_key, secret_key, "admin")
}

/// Makes a user that the store knows and allows nothing.
pub(crate) fn make_user_without_rights(cluster: &Cluster, access_key: &str, secret_key: &str) -> Result<()> {
    make_user_of(cluster, access_key, secret_key, "user")
}

fn make_user_of(cluster: &Cluster, access_key: &str, secret_key: &str, role: &str) -> Result<()> {
    // One of a scenario that failed before; that there is none is no error here.
    let _ = delete_user(cluster, access_key);
    admin(cluster, &["create-user", "-a", access_key, "-s", secret_key, "-r", role])
}

/// Deletes a user; requests that it signs are refused at once.
pub(crate) fn delete_user(cluster: &Cluster, access_key: &str) -> Result<()> {
    admin(cluster, &["delete-user", "-a", access_key])
}

fn admin(cluster: &Cluster, arguments: &[&str]) -> Result<()> {
    let exec = [
        "exec",
        "--namespace",
        NAMESPACE,
        "deployment/versitygw",
        "-c",
        "versitygw",
        "--",
        "versitygw",
        "admin",
    ];
    let access = ["-a", ROOT_KEY, "-s", ROOT_SECRET, "--er", "http://127.0.0.1:7071"];
    cluster.kubectl(&[&exec[..], &access, arguments].concat())?;
    Ok(())
}

/// Runs a command of this program where the buckets are, each a folder of [`DATA`].
pub(crate) fn beside(cluster: &Cluster, arguments: &[&str], within: Duration) -> Result<String> {
    let exec =
        ["exec", "--namespace", NAMESPACE, "deployment/versitygw", "-c", "beside", "--", "imgplane-e2e"];
    cluster.kubectl_within(&[&exec[..], arguments].concat(), within)
}

fn manifests(images: &Images) -> String {
    let Images { e2e, pull_policy, registry, tag, .. } = images;
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: versitygw}}
spec:
  selector: {{matchLabels: {{app: versitygw}}}}
  template:
    metadata: {{labels: {{app: versitygw}}}}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext: {{runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: {{type: RuntimeDefault}}}}
      initContainers:
        - name: pictures
          image: {e2e}
          imagePullPolicy: {pull_policy}
          args: [pictures, /data/{BUCKET}]
          volumeMounts: [{{name: data, mountPath: /data}}]
      containers:
        - name: versitygw
          image: {registry}/versitygw:{tag}
          imagePullPolicy: {pull_policy}
          args: [--port, \":7070\", --admin-port, \":7071\", --access, {ROOT_KEY}, --secret, {ROOT_SECRET}, --region,
            us-east-1, --iam-dir, /iam, --iam-cache-disable, --health, /healthz, --quiet, posix, /data]
          readinessProbe: {{httpGet: {{path: /healthz, port: 7070}}, periodSeconds: 1}}
          securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}
          volumeMounts:
            - {{name: data, mountPath: /data}}
            - {{name: iam, mountPath: /iam}}
        - name: beside
          image: {e2e}
          imagePullPolicy: {pull_policy}
          args: [hold]
          securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}
          volumeMounts: [{{name: data, mountPath: /data}}]
      volumes:
        - {{name: data, emptyDir: {{}}}}
        - {{name: iam, emptyDir: {{}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: versitygw}}
spec:
  selector: {{app: versitygw}}
  ports: [{{port: 7070}}]
"
    )
}
