//! What is known at one moment: every object that decides what pods run.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_crds::{DataPlane, DataPlaneSpec, Kind, Origin, UrlEndpoint, data_plane::MountedVolume};
use jiff::Timestamp;
use kube::ResourceExt;

/// Namespace and name of the DataPlane that is assumed where a folder has none.
pub const DEFAULT_DATA_PLANE: (&str, &str) = ("imgplane-system", "default");

/// Namespace of manifests that name none, as for `kubectl`.
const DEFAULT_NAMESPACE: &str = "default";

/// The decoded data of a Secret or ConfigMap, by key.
pub type SecretData = BTreeMap<String, Vec<u8>>;

/// The time in whole hours since 1970, which is all that validation knows of it: what is judged twice within an hour is
/// judged alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i64);

impl Hour {
    const SECONDS: i64 = 3600;

    /// The hour that a time lies in.
    pub fn of(time: Timestamp) -> Self {
        Self(time.as_second().div_euclid(Self::SECONDS))
    }

    /// The hour that it is now.
    pub fn now() -> Self {
        Self::of(crate::clock::now())
    }

    /// The first hour that begins at a time or after it.
    pub(crate) fn at_or_after(time: Timestamp) -> Self {
        let Self(hour) = Self::of(time);
        let whole = time.as_second() == hour * Self::SECONDS && time.subsec_nanosecond() == 0;
        Self(if whole { hour } else { hour + 1 })
    }

    /// So many hours before this one.
    pub(crate) const fn before(self, hours: i64) -> Self {
        Self(self.0 - hours)
    }
}

/// Every object that decides what pods run. Order does not matter.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// All Origins.
    pub origins: Vec<Origin>,
    /// All UrlEndpoints.
    pub endpoints: Vec<UrlEndpoint>,
    /// All DataPlanes.
    pub data_planes: Vec<DataPlane>,
    /// Secrets that Origins and DataPlanes may name.
    pub secrets: BTreeMap<ObjectId, SecretData>,
    /// Secrets of which nothing is known, though they may exist.
    pub withheld: BTreeMap<ObjectId, Withheld>,
    /// ConfigMaps that Origins may name.
    pub config_maps: BTreeMap<ObjectId, SecretData>,
    /// ConfigMaps of which nothing is known, though they may exist.
    pub withheld_config_maps: BTreeMap<ObjectId, Withheld>,
    /// Labels of namespaces. A namespace that is absent here has no labels.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// Objects that exist and that this version cannot read.
    pub unreadable: Vec<Unreadable>,
    /// When all this is judged.
    pub hour: Hour,
}

/// Why nothing is known of a Secret or ConfigMap.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_begin_on_the_hour() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let nine = Hour::of(time("2026-05-01T09:00:00Z"));
        assert_eq!(Hour::of(time("2026-05-01T09:59:59.9Z")), nine);
        assert_eq!(Hour::at_or_after(time("2026-05-01T09:00:00Z")), nine);
        assert_eq!(Hour::at_or_after(time("2026-05-01T08:00:00.1Z")), nine);
        assert_eq!(Hour::at_or_after(time("2026-05-01T08:59:59Z")), nine);
        assert_eq!(Hour::of(time("2026-05-02T09:30:00Z")).before(24), nine);
        assert!(Hour::default() < nine);
    }
}
