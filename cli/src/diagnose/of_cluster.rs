//! An Origin of a cluster, with the Secrets and ConfigMaps that it names, as far as the caller may read them.

use std::time::Duration;

use imgplane_config::ObjectId;
use imgplane_crds::{Origin, data_plane::MountedVolume};
use imgplane_operator::{Holder, Hour, Snapshot, default_data_plane, references, render, validate};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};

use super::{Subject, of_manifests::Error as Unusable};
use crate::{
    args::Diagnose,
    cluster::{self, Cluster},
    finding::{Finding, Severity},
    volumes::VolumeFolders,
};

/// How long the cluster may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why nothing can be tried.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    #[error(transparent)]
    Unusable(#[from] Unusable),
}

/// Reads the Origin and what it names.
pub(super) async fn read(args: &Diagnose) -> Result<Subject, Error> {
    tokio::time::timeout(PATIENCE, read_slowly(args))
        .await
        .unwrap_or(Err(Error::Cluster(cluster::Error::Silent(PATIENCE))))
}

async fn read_slowly(args: &Diagnose) -> Result<Subject, Error> {
    let cluster = Cluster::connect(args.context.as_deref()).await?;
    let namespace = args.namespace.clone().unwrap_or_else(|| cluster.namespace().to_owned());
    let name = args.origin.clone().unwrap_or_default();
    let id = ObjectId::new(&namespace, &name);
    let origin: Origin = cluster.get(&namespace, &name, &format!("Origin {id}")).await?;
    let pods = said(&origin);

    let mut snapshot = Snapshot { hour: Hour::now(), ..Snapshot::default() };
    for reference in references([&origin], [], []).into_keys() {
        let what = format!("{} {}", reference.holder.as_str(), reference.id);
        let (space, name) = (&reference.id.namespace, &reference.id.name);
        match reference.holder {
            Holder::Secret => {
                let found = optional(cluster.get::<Secret>(space, name, &what).await)?;
                let data = found.map(|secret| secret.data.unwrap_or_default());
                if let Some(data) = data {
                    let data = data.into_iter().map(|(key, value)| (key, value.0)).collect();
                    snapshot.secrets.insert(reference.id, data);
                }
            }
            Holder::ConfigMap => {
                if let Some(found) = optional(cluster.get::<ConfigMap>(space, name, &what).await)? {
                    let text = found.data.unwrap_or_default().into_iter();
                    let bytes = found.binary_data.unwrap_or_default().into_iter();
                    let data = text
                        .map(|(key, value)| (key, value.into_bytes()))
                        .chain(bytes.map(|(key, value)| (key, value.0)))
                        .collect();
                    snapshot.config_maps.insert(reference.id, data);
                }
            }
        }
    }
    // Which DataPlane runs it does not matter here: this machine plays one that lends the origin all it wants.
    let mut data_plane = default_data_plane([]);
    data_plane.spec.workload_identity = Some(imgplane_crds::data_plane::WorkloadIdentity {
        allowed_namespaces: vec![namespace.as_str().into()],
        ..Default::default()
    });
    let volume = origin.spec.volume.as_ref().map(|volume| volume.name.clone());
    let elsewhere = volume.as_ref().map(ToString::to_string);
    let elsewhere = elsewhere.filter(|name| args.volumes.named.iter().all(|(named, _)| named != name));
    data_plane.spec.volumes.extend(volume.map(|name| MountedVolume {
        name,
        claim_name: None,
        allowed_namespaces: None,
    }));
    let plane = imgplane_operator::id_of(&data_plane);
    snapshot.data_planes.push(data_plane);
    snapshot.origins.push(origin);
    let validated = validate(&snapshot);
    let bundle = render(&validated, &plane).map_err(|error| Unusable::Render(error.to_string()))?;
    let findings = validated
        .problems
        .iter()
        .filter(|problem| problem.id == id)
        .map(|problem| Finding {
            file: None,
            position: None,
            severity: match problem.severity {
                imgplane_crds::Severity::Error => Severity::Error,
                imgplane_crds::Severity::Warning => Severity::Warning,
            },
            object: Some(("Origin".to_owned(), problem.id.clone())),
            field: problem.field.clone(),
            reason: problem.reason.to_owned(),
            message: problem.message.clone(),
        })
        .collect();
    let volumes = VolumeFolders::new(std::path::Path::new("."), &args.volumes);
    Ok(Subject { origin: id, bundle, findings, pods, volumes, elsewhere })
}

/// What the status says of whether pods reach it.
fn said(origin: &Origin) -> Option<String> {
    let conditions = &origin.status.as_ref()?.conditions;
    let reachable = conditions.iter().find(|condition| condition.type_ == "Reachable")?;
    Some(format!("{}: {}", reachable.reason, reachable.message))
}

/// What is not there is told by validation.
fn optional<T>(got: Result<T, cluster::Error>) -> Result<Option<T>, cluster::Error> {
    match got {
        Err(cluster::Error::Missing { .. }) => Ok(None),
        got => got.map(Some),
    }
}
