//! What exists of the objects that the operator makes: metadata only, enough to see what somebody else changed.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use imgplane_config::ObjectId;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use kube::core::DynamicObject;

use super::{mirror::Seen, undecoded::Metadata};
use crate::{apply::OwnedKind, labels};

/// Metadata of an object that the operator made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnedMeta {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// `metadata.generation`. Kinds without a spec, such as ConfigMap, have none.
    pub generation: Option<i64>,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.deletionTimestamp` is set.
    pub terminating: bool,
    /// Digest of who wrote which fields when, status aside. Equal digests mean that nobody wrote in between, also
    /// for kinds without a generation and for those whose status changes all the time. Valid in this process only.
    pub written: u64,
}

impl OwnedMeta {
    /// Reads the metadata of an object, for instance of an answer to an apply.
    pub fn of(meta: &ObjectMeta) -> Self {
        Self {
            uid: meta.uid.clone().unwrap_or_default(),
            resource_version: meta.resource_version.clone().unwrap_or_default(),
            generation: meta.generation,
            labels: meta.labels.clone().unwrap_or_default(),
            terminating: meta.deletion_timestamp.is_some(),
            written: written(meta.managed_fields.as_deref().unwrap_or_default()),
        }
    }

    /// Whether only the status has changed, if anything.
    pub fn is_as_written(&self, before: &Self) -> bool {
        self.uid == before.uid
            && self.generation == before.generation
            && self.labels == before.labels
            && self.terminating == before.terminating
            && self.written == before.written
    }
}

impl Seen for OwnedMeta {
    fn matters(&self, before: &Self) -> bool {
        !self.is_as_written(before)
    }
}

fn written(entries: &[ManagedFieldsEntry]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for entry in entries.iter().filter(|entry| entry.subresource.as_deref() != Some("status")) {
        entry.manager.hash(&mut hasher);
        entry.operation.hash(&mut hasher);
        entry.time.as_ref().map(|time| time.0.as_nanosecond()).hash(&mut hasher);
        entry.fields_v1.as_ref().map(|fields| fields.0.to_string()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Keeps what is needed of an owned object.
pub(super) fn see(object: Metadata<DynamicObject>) -> Option<(ObjectId, OwnedMeta)> {
    let meta = object.into_inner();
    let id = ObjectId::new(meta.namespace.as_deref()?, meta.name.as_deref()?);
    Some((id, OwnedMeta::of(&meta)))
}

/// Whether the labels say that the operator made the object.
pub(super) fn is_ours(labels: Option<&BTreeMap<String, String>>) -> bool {
    labels.and_then(|labels| labels.get(labels::MANAGED_BY)).is_some_and(|by| by == labels::OPERATOR)
}

/// Metadata of owned objects by kind and id.
#[derive(Debug, Clone, Default)]
pub struct Owned {
    objects: BTreeMap<OwnedKind, BTreeMap<ObjectId, Arc<OwnedMeta>>>,
}

impl Owned {
    /// One object, if it exists and carries the operator's label.
    pub fn get(&self, kind: OwnedKind, id: &ObjectId) -> Option<&OwnedMeta> {
        self.objects.get(&kind)?.get(id).map(AsRef::as_ref)
    }

    /// Everything that was made for a DataPlane, by its label, ordered by kind and name.
    pub fn of(&self, data_plane: &ObjectId) -> impl Iterator<Item = (OwnedKind, &ObjectId, &OwnedMeta)> {
        let first = ObjectId::new(&data_plane.namespace, "");
        self.objects.iter().flat_map(move |(kind, objects)| {
            objects
                .range(first.clone()..)
                .take_while(|(id, _)| id.namespace == data_plane.namespace)
                .filter(|(_, meta)| meta.labels.get(labels::DATA_PLANE) == Some(&data_plane.name))
                .map(|(id, meta)| (*kind, id, meta.as_ref()))
        })
    }
}

impl<M: Into<Arc<OwnedMeta>>> FromIterator<(OwnedKind, ObjectId, M)> for Owned {
    fn from_iter<I: IntoIterator<Item = (OwnedKind, ObjectId, M)>>(objects: I) -> Self {
        let mut owned = Self::default();
        for (kind, id, meta) in objects {
            owned.objects.entry(kind).or_default().insert(id, meta.into());
        }
        owned
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meta(managed: &serde_json::Value) -> OwnedMeta {
        let meta = json!({"uid": "u", "resourceVersion": "7", "managedFields": managed});
        OwnedMeta::of(&serde_json::from_value(meta).unwrap())
    }

    fn by(manager: &str, subresource: Option<&str>, second: u8) -> serde_json::Value {
        json!({
            "manager": manager, "operation": "Update", "subresource": subresource,
            "time": format!("2026-01-01T00:00:{second:02}Z"), "fieldsV1": {"f:data": {}},
        })
    }

    #[test]
    fn a_write_of_somebody_else_is_told_from_a_new_status() {
        let ours = meta(&json!([by("imgplane-workload", None, 1)]));
        let scaled = meta(&json!([by("imgplane-workload", None, 1), by("controller", Some("status"), 5)]));
        let edited = meta(&json!([by("imgplane-workload", None, 1), by("kubectl-edit", None, 5)]));
        assert!(scaled.is_as_written(&ours));
        assert!(!edited.is_as_written(&ours));
        assert!(edited.matters(&ours));
    }

    #[test]
    fn objects_of_a_data_plane_are_found_by_namespace_and_label() {
        let made = |data_plane: &str| OwnedMeta {
            labels: BTreeMap::from([(labels::DATA_PLANE.to_owned(), data_plane.to_owned())]),
            ..OwnedMeta::default()
        };
        let owned: Owned = [
            (OwnedKind::Service, ObjectId::new("a", "imgplane-x"), made("x")),
            (OwnedKind::ConfigMap, ObjectId::new("a", "imgplane-x-config-00"), made("x")),
            (OwnedKind::ConfigMap, ObjectId::new("a", "imgplane-y-config-00"), made("y")),
            (OwnedKind::ConfigMap, ObjectId::new("b", "imgplane-x-config-00"), made("x")),
        ]
        .into_iter()
        .collect();
        let found: Vec<_> = owned
            .of(&ObjectId::new("a", "x"))
            .map(|(kind, id, _)| format!("{} {id}", kind.as_str()))
            .collect();
        assert_eq!(found, ["ConfigMap a/imgplane-x-config-00", "Service a/imgplane-x"]);
        assert!(owned.get(OwnedKind::Service, &ObjectId::new("b", "imgplane-x")).is_none());
    }
}
