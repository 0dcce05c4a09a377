//! What is kept of an object of our three kinds: all of it but what only the API server needs.

use std::{collections::HashMap, sync::Arc};

use imgplane_config::ObjectId;
use imgplane_crds::Kind;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Resource, ResourceExt, core::DeserializeGuard};

use super::{mirror::Seen, pods::short};
use crate::{Unreadable, id_of, labels::PURGE};

/// `kubectl apply` repeats the whole object in this annotation.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object of one of our kinds.
#[derive(Debug)]
pub(super) enum Held<K> {
    /// It has the expected fields.
    Readable(Box<K>),
    /// It does not.
    Unreadable(Unreadable),
}

impl<K> Held<K>
where
    K: Resource<DynamicType = ()>,
{
    /// Keeps what is needed.
    pub(super) fn see(kind: Kind, object: DeserializeGuard<K>) -> (ObjectId, Self) {
        match object.0 {
            Ok(mut object) => {
                object.managed_fields_mut().clear();
                object.annotations_mut().remove(LAST_APPLIED);
                (id_of(&object), Self::Readable(Box::new(object)))
            }
            Err(invalid) => {
                let metadata = invalid.metadata;
                let id =
                    ObjectId::new(metadata.namespace.unwrap_or_default(), metadata.name.unwrap_or_default());
                let unreadable = Unreadable {
                    kind,
                    id: id.clone(),
                    uid: metadata.uid.unwrap_or_default(),
                    generation: metadata.generation.unwrap_or_default(),
                    error: short(&invalid.error),
                };
                (id, Self::Unreadable(unreadable))
            }
        }
    }
}

/// Takes over what `take` copies from each object that was written since and has the same spec still.
pub(super) fn reread<K>(old: &mut [K], new: &[Arc<Held<K>>], take: impl Fn(&mut K, &K))
where
    K: Resource<DynamicType = ()>,
{
    let new: HashMap<_, &K> = new
        .iter()
        .filter_map(|held| match held.as_ref() {
            Held::Readable(object) => Some((object.meta().uid.as_deref()?, object.as_ref())),
            Held::Unreadable(_) => None,
        })
        .collect();
    for old in old {
        let Some(new) = old.meta().uid.as_deref().and_then(|uid| new.get(uid)) else { continue };
        if new.meta().resource_version != old.meta().resource_version
            && new.meta().generation == old.meta().generation
        {
            old.meta_mut().resource_version.clone_from(&new.meta().resource_version);
            take(old, new);
        }
    }
}

impl<K> Seen for Held<K>
where
    K: Resource<DynamicType = ()> + Send + Sync + 'static,
{
    /// The spec, the labels, one annotation and the age of an object decide; its status is what the operator writes
    /// itself.
    fn matters(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Readable(now), Self::Readable(before)) => {
                let (now, before) = (now.meta(), before.meta());
                now.uid != before.uid
                    || now.generation != before.generation
                    || now.labels != before.labels
                    || annotation(now) != annotation(before)
                    || now.deletion_timestamp != before.deletion_timestamp
            }
            (Self::Unreadable(now), Self::Unreadable(before)) => now != before,
            (Self::Readable(_), Self::Unreadable(_)) | (Self::Unreadable(_), Self::Readable(_)) => true,
        }
    }
}

/// The one annotation that decides anything. A change of it leaves the generation as it is.
fn annotation(meta: &ObjectMeta) -> Option<&String> {
    meta.annotations.as_ref()?.get(PURGE)
}
