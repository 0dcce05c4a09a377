//! Names by which the operator finds what is its own: labels, annotations, field managers, object and port names.

use imgplane_config::ObjectId;

/// Label of every pod and object that belongs to a DataPlane; its value is the DataPlane's name. On pods of others
/// (External, sidecar) it is the permission to nudge and to ask for reports.
pub const DATA_PLANE: &str = "imgplane.dev/dataplane";
/// Annotation whose change makes the kubelet refresh the mounted config at once; its value is the config's hash.
pub const NUDGE: &str = "imgplane.dev/config";
/// Annotation of pods: the hash of their ServiceAccount's annotations. Clouds look at those when a pod is made, so a
/// change of them must make new pods.
pub const SERVICE_ACCOUNT: &str = "imgplane.dev/service-account";
/// Annotation of UrlEndpoints: a new text purges everything that pods keep of the endpoint.
pub const PURGE: &str = "imgplane.dev/purge";
/// Standard label: who made the object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Value of [`MANAGED_BY`].
pub const OPERATOR: &str = "imgplane-operator";
/// Standard label: what program the object is of.
pub const APP_NAME: &str = "app.kubernetes.io/name";
/// Value of [`APP_NAME`] on everything that runs pods of a DataPlane.
pub const DATA_PLANE_APP: &str = "imgplane-dataplane";
/// Standard label: which instance of the program.
pub const APP_INSTANCE: &str = "app.kubernetes.io/instance";

/// Name of the delivery port in pods and Services.
pub const DELIVERY_PORT: &str = "http";
/// Name of the admin port of a pod; a pod of others may give this name to another number.
pub const ADMIN_PORT_NAME: &str = "imgplane-admin";
/// Number of the admin port where the pod names none.
pub const ADMIN_PORT: u16 = 8081;
/// Number of the delivery port of managed pods.
pub const DELIVERY: u16 = 8080;

/// Field manager of config objects.
pub const CONFIG_MANAGER: &str = "imgplane-config";
/// Field manager of workload objects.
pub const WORKLOAD_MANAGER: &str = "imgplane-workload";
/// Field manager of `/status`.
pub const STATUS_MANAGER: &str = "imgplane-status";
/// Field manager of the nudge annotation.
pub const NUDGE_MANAGER: &str = "imgplane-nudge";

/// Name of the objects of a DataPlane, such as its Deployment and Service: `imgplane-NAME`.
pub fn object_name(data_plane: &ObjectId) -> String {
    format!("imgplane-{}", data_plane.name)
}

/// Name of the ConfigMap with a config shard.
pub fn config_map_name(data_plane: &ObjectId, shard: usize) -> String {
    format!("imgplane-{}-config-{shard:02}", data_plane.name)
}

/// Name of the Secret with a credentials shard.
pub fn credentials_name(data_plane: &ObjectId, shard: usize) -> String {
    format!("imgplane-{}-credentials-{shard:02}", data_plane.name)
}

/// Name of the Secret with the bearer token of the admin port, under the key [`TOKEN_KEY`].
pub fn token_secret_name(data_plane: &ObjectId) -> String {
    format!("imgplane-{}-admin", data_plane.name)
}

/// Key of the bearer token in its Secret.
pub const TOKEN_KEY: &str = "token";
