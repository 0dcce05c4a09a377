//! What is known at one moment: every object that decides what pods run.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_crds::{DataPlane, DataPlaneSpec, Kind, Origin, UrlEndpoint, data_plane::MountedVolume};
use kube::ResourceExt;

/// Namespace and name of the DataPlane that is assumed where a folder has none.
pub const DEFAULT_DATA_PLANE: (&str, &str) = ("imgplane-system", "default");

/// Namespace of manifests that name none, as for `kubectl`.
const DEFAULT_NAMESPACE: &str = "default";

/// The decoded `data` of a Secret, by key.
pub type SecretData = BTreeMap<String, Vec<u8>>;

/// Every object that decides what pods run. Order does not matter.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// All Origins.
    pub origins: Vec<Origin>,
    /// All UrlEndpoints.
    pub endpoints: Vec<UrlEndpoint>,
    /// All DataPlanes.
    pub data_planes: Vec<DataPlane>,
    /// Secrets that Origins may name.
    pub secrets: BTreeMap<ObjectId, SecretData>,
    /// Secrets of which nothing is known, though they may exist.
    pub withheld: BTreeMap<ObjectId, Withheld>,
    /// Labels of namespaces. A namespace that is absent here has no labels.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// Objects that exist and that this version cannot read.
    pub unreadable: Vec<Unreadable>,
}

/// Why nothing is known of a Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// The operator's role lacks the right to get it.
    Forbidden,
    /// The API server did not answer, or with an error.
    Unanswered,
}

/// An object of one of the kinds that does not have the expected fields, e.g. because a newer version wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its kind.
    pub kind: Kind,
    /// The object.
    pub id: ObjectId,
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// What is wrong with it.
    pub error: String,
}

/// The DataPlane that is assumed where a folder has none: the default one, open to every namespace, with these
/// volumes.
pub fn default_data_plane(volumes: impl IntoIterator<Item = String>) -> DataPlane {
    let volumes = volumes
        .into_iter()
        .map(|name| MountedVolume { name: name.into(), claim_name: None, allowed_namespaces: None })
        .collect();
    let (namespace, name) = DEFAULT_DATA_PLANE;
    let mut data_plane = DataPlane::new(name, DataPlaneSpec { default: true, volumes, ..Default::default() });
    data_plane.metadata.namespace = Some(namespace.to_owned());
    data_plane
}

/// The id of an object. One without a namespace is in `default`.
pub fn id_of(object: &impl ResourceExt) -> ObjectId {
    ObjectId::new(object.namespace().unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()), object.name_any())
}
