//! Objects together with the Secrets, ConfigMaps and namespaces that they name, as of one moment.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use imgplane_config::ObjectId;
use imgplane_crds::{DataPlane, Origin, UrlEndpoint, data_plane::NamespacesFrom};

use super::{mirrors::Mirrors, resources::Held, values::Read};
use crate::{Holder, Hour, Reference, SecretData, Snapshot, Unreadable, Withheld};

/// What a snapshot is made of; cheap to make and to replace.
#[derive(Default)]
pub(super) struct Scene {
    pub(super) origins: Vec<Arc<Held<Origin>>>,
    pub(super) endpoints: Vec<Arc<Held<UrlEndpoint>>>,
    pub(super) data_planes: Vec<Arc<Held<DataPlane>>>,
    pub(super) values: BTreeMap<Reference, Read>,
    pub(super) namespaces: BTreeMap<String, BTreeMap<String, String>>,
}

impl Scene {
    /// The objects that are known now; what they name is still to be added.
    pub(super) fn of(mirrors: &Mirrors) -> Self {
        Self {
            origins: mirrors.origins.all(),
            endpoints: mirrors.endpoints.all(),
            data_planes: mirrors.data_planes.all(),
            ..Self::default()
        }
    }

    /// Whether a DataPlane admits namespaces by their labels.
    pub(super) fn selects_namespaces(&self) -> bool {
        readable(&self.data_planes).any(|data_plane| {
            let allowed = data_plane.spec.allowed_namespaces.as_ref();
            allowed.is_some_and(|allowed| allowed.from == NamespacesFrom::Selector)
        })
    }

    /// The input of validation.
    pub(super) fn snapshot(&self) -> Snapshot {
        let Self { origins, endpoints, data_planes, values: _, namespaces } = self;
        let unreadable = unreadable(origins)
            .chain(unreadable(endpoints))
            .chain(unreadable(data_planes))
            .cloned()
            .collect();
        Snapshot {
            origins: readable(origins).cloned().collect(),
            endpoints: readable(endpoints).cloned().collect(),
            data_planes: readable(data_planes).cloned().collect(),
            secrets: self.known(Holder::Secret),
            withheld: self.withheld(Holder::Secret),
            config_maps: self.known(Holder::ConfigMap),
            withheld_config_maps: self.withheld(Holder::ConfigMap),
            namespaces: namespaces.clone(),
            unreadable,
            hour: Hour::now(),
        }
    }

    fn of_holder(&self, holder: Holder) -> impl Iterator<Item = (&ObjectId, &Read)> {
        let values = self.values.iter().filter(move |(reference, _)| reference.holder == holder);
        values.map(|(reference, read)| (&reference.id, read))
    }

    fn known(&self, holder: Holder) -> BTreeMap<ObjectId, SecretData> {
        let known = self.of_holder(holder);
        known.filter_map(|(id, read)| Some((id.clone(), SecretData::clone(read.as_ref().ok()?)))).collect()
    }

    fn withheld(&self, holder: Holder) -> BTreeMap<ObjectId, Withheld> {
        self.of_holder(holder).filter_map(|(id, read)| Some((id.clone(), *read.as_ref().err()?))).collect()
    }
}

/// Objects that have the expected fields.
pub(super) fn readable<K>(held: &[Arc<Held<K>>]) -> impl Iterator<Item = &K> {
    held.iter().filter_map(|held| match held.as_ref() {
        Held::Readable(object) => Some(object.as_ref()),
        Held::Unreadable(_) => None,
    })
}

fn unreadable<K>(held: &[Arc<Held<K>>]) -> impl Iterator<Item = &Unreadable> {
    held.iter().filter_map(|held| match held.as_ref() {
        Held::Readable(_) => None,
        Held::Unreadable(unreadable) => Some(unreadable),
    })
}

/// The scene that is shown.
#[derive(Default)]
pub(super) struct SceneCell(RwLock<Arc<Scene>>);

impl SceneCell {
    pub(super) fn get(&self) -> Arc<Scene> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, scene: Scene) {
        let scene = Arc::new(scene);
        // What is replaced is dropped after the lock is free.
        let _before = std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), scene);
    }
}
