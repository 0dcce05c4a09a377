//! The manifests that scenarios apply. They are what a user would write, with names filled in.

/// A pod of the e2e image that satisfies the restricted profile.
pub(crate) fn pod(name: &str, image: &str, pull_policy: &str, arguments: &[&str]) -> String {
    let arguments = serde_json::json!(arguments);
    format!(
        "apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  securityContext: {{runAsNonRoot: true, runAsUser: 65532, seccompProfile: {{type: RuntimeDefault}}}}
  containers:
    - name: client
      image: {image}
      imagePullPolicy: {pull_policy}
      args: {arguments}
      securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}
"
    )
}

/// A claim of the cluster's default class, and a pod that fills it with pictures.
pub(crate) fn filled_volume(name: &str, image: &str, pull_policy: &str) -> String {
    format!(
        "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}}}
spec:
  accessModes: [ReadWriteOnce]
  resources: {{requests: {{storage: 100Mi}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: fill-{name}}}
spec:
  restartPolicy: OnFailure
  automountServiceAccountToken: false
  securityContext: {{runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: {{type: RuntimeDefault}}}}
  containers:
    - name: fill
      image: {image}
      imagePullPolicy: {pull_policy}
      args: [pictures, /volume]
      securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
      volumeMounts: [{{name: volume, mountPath: /volume}}]
  volumes:
    - name: volume
      persistentVolumeClaim: {{claimName: {name}}}
"
    )
}

/// An Origin on a volume that the DataPlane mounts.
pub(crate) fn volume_origin(name: &str, volume: &str) -> String {
    format!(
        "---
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {{name: {name}}}
spec: {{type: Volume, volume: {{name: {volume}}}}}
"
    )
}

/// An Origin on a web server.
pub(crate) fn web_origin(name: &str, url: &str) -> String {
    format!(
        "---
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {{name: {name}}}
spec: {{type: WebFolder, webFolder: {{baseUrl: \"{url}\"}}}}
"
    )
}

/// An Origin on a bucket, with its credentials in a Secret.
pub(crate) fn s3_origin(name: &str, endpoint: &str, bucket: &str, secret: &str) -> String {
    format!(
        "---
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {{name: {name}}}
spec:
  type: S3Compatible
  s3Compatible:
    bucket: {bucket}
    endpoint: {endpoint}
    region: us-east-1
    forcePathStyle: true
    auth: {{type: Secret, secretRef: {{name: {secret}}}}}
"
    )
}

/// Credentials of a store.
pub(crate) fn secret(name: &str, access_key: &str, secret_key: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Secret
metadata: {{name: {name}}}
stringData: {{accessKey: {access_key}, secretKey: {secret_key}}}
"
    )
}

/// A UrlEndpoint; `prefix` may be empty.
pub(crate) fn endpoint(name: &str, prefix: &str, origins: &[&str]) -> String {
    let origins: Vec<String> = origins.iter().map(|origin| format!("{{name: {origin}}}")).collect();
    format!(
        "---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {{name: {name}}}
spec:
  urlPrefix: \"{prefix}\"
  origins: [{}]
",
        origins.join(", ")
    )
}

/// A Secret of these keys with their values.
pub(crate) fn signing_keys(name: &str, keys: &[(&str, &str)]) -> String {
    let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}: \"{value}\"")).collect();
    format!(
        "---
apiVersion: v1
kind: Secret
metadata: {{name: {name}}}
stringData: {{{}}}
",
        keys.join(", ")
    )
}

/// A UrlEndpoint that serves only what was signed with one of these keys of a Secret.
pub(crate) fn signed_endpoint(name: &str, origins: &[&str], secret: &str, keys: &[&str]) -> String {
    let keys: Vec<String> =
        keys.iter().map(|key| format!("{{secretRef: {{name: {secret}, key: {key}}}}}")).collect();
    format!(
        "{}  security: {{signingKeys: [{}], restrictUnsigned: {{images: All}}}}
",
        endpoint(name, "", origins),
        keys.join(", ")
    )
}
