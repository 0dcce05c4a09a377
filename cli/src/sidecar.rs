//! `imgplane sidecar`: the data plane as a container beside a Deployment's own, as a component for kustomize.

use anyhow::Context as _;
use imgplane_config::ObjectId;
use imgplane_operator::render::{PodParts, Ports, sidecar_parts};
use serde_json::{Value, json};

use crate::{
    args::Sidecar,
    exit::{Exit, print},
};

/// Image of this program's own release.
pub(crate) const IMAGE: &str = concat!("docker.io/imgplane/dataplane:", env!("CARGO_PKG_VERSION"));
/// Columns by which the patch is indented below its key.
const INDENT: &str = "      ";

/// Runs the command.
pub(crate) fn run(args: &Sidecar) -> anyhow::Result<Exit> {
    if args.port == args.admin_port {
        return Ok(Exit::usage(&format!(
            "--port and --admin-port are both {}: give them two free ports of the pod",
            args.port
        )));
    }
    print(&component(args)?)?;
    Ok(Exit::Fine)
}

/// The component with its instructions.
fn component(args: &Sidecar) -> anyhow::Result<String> {
    let Sidecar { data_plane, namespace, port, .. } = args;
    let ports = Ports { delivery: args.port, admin: args.admin_port };
    let id = ObjectId::new(namespace.clone().unwrap_or_default(), data_plane.clone());
    let patch = patch(sidecar_parts(&id, &args.image, args.image_pull_policy.as_deref(), ports));
    let patch = serde_saphyr::to_string(&patch).context("the patch cannot be written as YAML")?;
    let patch: String = patch.lines().flat_map(|line| [INDENT, line, "\n"]).collect();
    let (place, target) = match namespace {
        Some(namespace) => (format!("{namespace}/{data_plane}"), format!("\n      namespace: {namespace}")),
        None => (data_plane.clone(), String::new()),
    };
    Ok(format!(
        "\
# Adds the pods of DataPlane {place} to every Deployment of a kustomization, as a native sidecar. Save it as
# dataplane-sidecar/kustomization.yaml and name that folder:
#
#   components:
#     - dataplane-sidecar
#
# The DataPlane has `mode: External` and lies in the namespace of the Deployment. The other containers of the pod reach
# it at http://127.0.0.1:{port}/ACCOUNT/... where the account is that of the UrlEndpoint, its namespace by default.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - target:
      kind: Deployment{target}
    patch: |-
{patch}"
    ))
}

/// What is merged into a Deployment. Its name does not matter: the component says which are meant.
fn patch(parts: PodParts) -> Value {
    let PodParts { labels, container, volumes } = parts;
    let mut patch = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "any"},
        "spec": {"template": {
            "metadata": {"labels": labels},
            "spec": {"initContainers": [container], "volumes": volumes},
        }},
    });
    // Whether maps keep their order depends on features that other crates turn on; the text must not.
    patch.sort_all_objects();
    patch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(namespace: Option<&str>) -> Sidecar {
        Sidecar {
            data_plane: "pages".to_owned(),
            namespace: namespace.map(str::to_owned),
            image: "images/dataplane:1".to_owned(),
            image_pull_policy: None,
            port: 8090,
            admin_port: 8091,
        }
    }

    fn parsed(text: &str) -> (Value, Value) {
        let component: Value = serde_saphyr::from_str(text).unwrap();
        let patch = serde_saphyr::from_str(component["patches"][0]["patch"].as_str().unwrap()).unwrap();
        (component, patch)
    }

    #[test]
    fn the_component_adds_a_native_sidecar_its_volumes_and_the_label() {
        let (component, patch) = parsed(&component(&args(None)).unwrap());
        assert_eq!(component["kind"], "Component");
        assert_eq!(component["patches"][0]["target"], json!({"kind": "Deployment"}));
        let template = &patch["spec"]["template"];
        assert_eq!(template["metadata"]["labels"], json!({"imgplane.dev/dataplane": "pages"}));
        let container = &template["spec"]["initContainers"][0];
        assert_eq!(container["restartPolicy"], "Always");
        assert_eq!(container["image"], "images/dataplane:1");
        for mount in container["volumeMounts"].as_array().unwrap() {
            let volumes = template["spec"]["volumes"].as_array().unwrap();
            assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount} has no volume");
        }
    }

    #[test]
    fn a_namespace_narrows_what_is_patched() {
        let (component, _) = parsed(&component(&args(Some("shop"))).unwrap());
        assert_eq!(component["patches"][0]["target"], json!({"kind": "Deployment", "namespace": "shop"}));
    }
}
