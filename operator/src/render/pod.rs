//! What a pod needs to run the data plane: the container, what it mounts, and the label by which it is found.
//!
//! Shared by the pods of a Managed DataPlane and by sidecars in pods of others.

use std::collections::BTreeMap;

use imgplane_config::{ObjectId, StoreRole};
use k8s_openapi::{
    api::core::v1::{
        Capabilities, Container, ContainerPort, EnvVar, HTTPGetAction, Probe, ResourceRequirements,
        SeccompProfile, SecurityContext, Volume,
    },
    apimachinery::pkg::util::intstr::IntOrString,
};

use super::{cache_folder, mount, resources::default_resources, store_folder};
use crate::labels::{ADMIN_PORT, ADMIN_PORT_NAME, DATA_PLANE, DELIVERY, DELIVERY_PORT};

/// Name of the container, also in a `podTemplate`.
pub const CONTAINER: &str = "imgplane";
/// Name of the delivery port in a sidecar, where the pod's own container may have a port `http`.
const SIDECAR_DELIVERY_PORT: &str = "imgplane-http";
/// User and group of the images; nobody else's.
pub(super) const USER: i64 = 65_532;

/// Port numbers of the data plane in a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Where pictures are served.
    pub delivery: u16,
    /// Health, metrics and reports.
    pub admin: u16,
}

impl Default for Ports {
    /// Those of managed pods.
    fn default() -> Self {
        Self { delivery: DELIVERY, admin: ADMIN_PORT }
    }
}

/// What differs between pods that run the data plane.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PodOptions {
    /// The image.
    pub image: String,
    /// `imagePullPolicy`; absent: as Kubernetes does.
    pub image_pull_policy: Option<String>,
    /// Port numbers.
    pub ports: Ports,
    /// Secret with the certificate of the delivery port; absent: plain HTTP.
    pub tls_secret: Option<String>,
    /// Claims of persistent volumes, by the names that Origins use.
    pub volumes: BTreeMap<String, String>,
    /// Audience of the token that clouds take for the pod's identity; absent: none is mounted.
    pub identity_audience: Option<String>,
    /// Bytes of results that the pod may keep in a folder of its own; absent: it has no such folder.
    pub cache_disk: Option<u64>,
    /// Claims of persistent volumes that the pods share to keep results or originals there.
    pub stores: BTreeMap<StoreRole, String>,
    /// What the container requests and may take.
    pub resources: ResourceRequirements,
}

/// What a pod needs to run the data plane.
#[derive(Debug, Clone, PartialEq)]
pub struct PodParts {
    /// Labels by which the operator finds the pod.
    pub labels: BTreeMap<String, String>,
    /// The container.
    pub container: Container,
    /// What it mounts.
    pub volumes: Vec<Volume>,
}

/// The parts of a pod that runs a DataPlane's config.
pub fn pod_parts(data_plane: &ObjectId, options: &PodOptions) -> PodParts {
    let mounts = mount::mounts(data_plane, options);
    let (volumes, volume_mounts): (Vec<_>, Vec<_>) = mounts.into_iter().unzip();
    let Ports { delivery, admin } = options.ports;
    let container = Container {
        name: CONTAINER.to_owned(),
        image: Some(options.image.clone()),
        image_pull_policy: options.image_pull_policy.clone(),
        args: Some(args(options)),
        env: options.identity_audience.as_ref().map(|_| identity_variables()),
        ports: Some(vec![port(DELIVERY_PORT, delivery), port(ADMIN_PORT_NAME, admin)]),
        // Reads the config, opens its ports: within a second, a minute on a node that has just started many pods.
        startup_probe: Some(probe("/livez", admin, 1, 60)),
        readiness_probe: Some(probe("/readyz", admin, 2, 2)),
        // Slow to judge: a pod that is merely busy answers late, and a restart would make it worse.
        liveness_probe: Some(probe("/livez", admin, 10, 3)),
        resources: Some(container_resources(options)),
        security_context: Some(security_context()),
        volume_mounts: Some(volume_mounts),
        ..Container::default()
    };
    let labels = BTreeMap::from([(DATA_PLANE.to_owned(), data_plane.name.clone())]);
    PodParts { labels, container, volumes }
}

/// The parts of a native sidecar: an init container that goes on running. The pod it is added to lies in the
/// DataPlane's namespace, because a mount does not cross one.
pub fn sidecar_parts(
    data_plane: &ObjectId,
    image: &str,
    image_pull_policy: Option<&str>,
    ports: Ports,
) -> PodParts {
    let options = PodOptions {
        image: image.to_owned(),
        image_pull_policy: image_pull_policy.map(str::to_owned),
        ports,
        tls_secret: None,
        volumes: BTreeMap::new(),
        identity_audience: None,
        cache_disk: None,
        stores: BTreeMap::new(),
        resources: default_resources(),
    };
    let mut parts = pod_parts(data_plane, &options);
    parts.container.restart_policy = Some("Always".to_owned());
    for port in parts.container.ports.iter_mut().flatten() {
        if port.name.as_deref() == Some(DELIVERY_PORT) {
            port.name = Some(SIDECAR_DELIVERY_PORT.to_owned());
        }
    }
    parts
}

fn container_resources(options: &PodOptions) -> ResourceRequirements {
    let resources = options.resources.clone();
    match options.cache_disk {
        None => resources,
        Some(size) => cache_folder::with_storage(resources, size),
    }
}

fn args(options: &PodOptions) -> Vec<String> {
    let mut args = vec![
        format!("--config-dir={}", mount::CONFIG),
        format!("--admin-token-file={}", mount::TOKEN_FILE),
        format!("--volumes-dir={}", mount::VOLUMES),
    ];
    if options.tls_secret.is_some() {
        args.push(format!("--tls-dir={}", mount::TLS));
    }
    if options.cache_disk.is_some() {
        args.push(format!("--cache-dir={}", cache_folder::PATH));
    }
    if !options.stores.is_empty() {
        args.push(format!("--store-dir={}", store_folder::PATH));
    }
    // The usual ports are left to the program, so that IMGPLANE_LISTEN can choose the address family.
    let usual = Ports::default();
    if options.ports.delivery != usual.delivery {
        args.push(format!("--listen=0.0.0.0:{}", options.ports.delivery));
    }
    if options.ports.admin != usual.admin {
        args.push(format!("--admin-listen=0.0.0.0:{}", options.ports.admin));
    }
    args
}

/// Where the clients of the clouds look for the token.
fn identity_variables() -> Vec<EnvVar> {
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE"]
        .map(|name| EnvVar {
            name: name.to_owned(),
            value: Some(mount::IDENTITY_TOKEN_FILE.to_owned()),
            value_from: None,
        })
        .to_vec()
}

fn port(name: &str, number: u16) -> ContainerPort {
    ContainerPort {
        name: Some(name.to_owned()),
        container_port: number.into(),
        protocol: Some("TCP".to_owned()),
        ..ContainerPort::default()
    }
}

/// A probe of the admin port, every `period` seconds; `failures` in a row count.
fn probe(path: &str, port: u16, period: i32, failures: i32) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.to_owned()),
            port: IntOrString::Int(port.into()),
            ..HTTPGetAction::default()
        }),
        period_seconds: Some(period),
        timeout_seconds: Some(2),
        failure_threshold: Some(failures),
        ..Probe::default()
    }
}

/// The Restricted profile of Pod Security, and a root that cannot be written to.
fn security_context() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
        read_only_root_filesystem: Some(true),
        run_as_non_root: Some(true),
        run_as_user: Some(USER),
        run_as_group: Some(USER),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
        ..SecurityContext::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sidecar_keeps_running_and_takes_no_name_from_its_neighbours() {
        let ports = Ports { delivery: 8090, admin: 8091 };
        let parts = sidecar_parts(&ObjectId::new("shop", "edge"), "imgplane:1", None, ports);
        assert_eq!(parts.container.restart_policy.as_deref(), Some("Always"));
        let names: Vec<_> = parts.container.ports.iter().flatten().map(|port| port.name.as_deref()).collect();
        assert_eq!(names, [Some("imgplane-http"), Some(ADMIN_PORT_NAME)]);
        let args = parts.container.args.unwrap();
        assert!(args.contains(&"--listen=0.0.0.0:8090".to_owned()), "{args:?}");
        assert!(args.contains(&"--admin-listen=0.0.0.0:8091".to_owned()), "{args:?}");
        assert!(parts.volumes.iter().all(|volume| volume.name.starts_with("imgplane-")));
        assert_eq!(parts.labels, BTreeMap::from([(DATA_PLANE.to_owned(), "edge".to_owned())]));
    }

    #[test]
    fn parts_use_the_usual_ports_without_naming_them() {
        let parts = pod_parts(&ObjectId::new("shop", "edge"), &PodOptions::default());
        assert!(parts.container.args.iter().flatten().all(|arg| !arg.contains("listen")));
        assert_eq!(parts.container.restart_policy, None);
    }
}
