//! One object that cannot be decoded never stops the rest: it counts with what is known of it, which is its name.
//!
//! This is for kinds of others, where it takes an API server that is newer or broken. An object of our own kinds that
//! cannot be decoded is told so in its status.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    marker::PhantomData,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Resource, core::DeserializeGuard};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::time::Instant;
use tracing::warn;

/// Time between two lines of the log, whatever they are of: a new API server may change thousands of objects at once.
const QUIET: Duration = Duration::from_mins(1);

/// The object, or, with `bare`, one that has its metadata alone.
pub(super) fn decoded<K>(guard: DeserializeGuard<K>, bare: fn(ObjectMeta) -> K) -> K
where
    K: Resource<DynamicType = ()>,
{
    guard.0.unwrap_or_else(|invalid| {
        note(&K::kind(&()), &invalid.metadata);
        bare(invalid.metadata)
    })
}

/// Metadata of an object of kind `K`; nothing else of it is transferred.
///
/// [`DeserializeGuard`] does not ask for metadata alone, and could save nothing where these are all there is.
#[derive(Debug, Clone)]
pub(super) struct Metadata<K> {
    meta: ObjectMeta,
    kind: PhantomData<fn() -> K>,
}

impl<K> Metadata<K> {
    /// The metadata.
    pub(super) fn into_inner(self) -> ObjectMeta {
        self.meta
    }
}

impl<'de, K> Deserialize<'de> for Metadata<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Value::deserialize(deserializer)?;
        let metadata = object.get_mut("metadata").map(Value::take).unwrap_or_default();
        let meta = ObjectMeta::deserialize(&metadata).unwrap_or_else(|_| {
            let meta = essence(&metadata);
            note("metadata", &meta);
            meta
        });
        Ok(Self { meta, kind: PhantomData })
    }
}

/// What tells an object from others, as far as it can be read.
fn essence(metadata: &Value) -> ObjectMeta {
    let text = |field: &str| metadata.get(field).and_then(Value::as_str).map(str::to_owned);
    let labels = metadata.get("labels").and_then(|labels| BTreeMap::deserialize(labels).ok());
    ObjectMeta {
        namespace: text("namespace"),
        name: text("name"),
        uid: text("uid"),
        resource_version: text("resourceVersion"),
        labels,
        ..ObjectMeta::default()
    }
}

impl<K: Resource> Resource for Metadata<K> {
    type DynamicType = K::DynamicType;
    type Scope = K::Scope;

    fn metadata_api() -> bool {
        true
    }

    fn kind(dynamic: &Self::DynamicType) -> Cow<'_, str> {
        K::kind(dynamic)
    }

    fn group(dynamic: &Self::DynamicType) -> Cow<'_, str> {
        K::group(dynamic)
    }

    fn version(dynamic: &Self::DynamicType) -> Cow<'_, str> {
        K::version(dynamic)
    }

    fn plural(dynamic: &Self::DynamicType) -> Cow<'_, str> {
        K::plural(dynamic)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }
}

/// When a line was last written, and how many were left out since.
static LOGGED: Mutex<Limit> = Mutex::new(Limit { last: None, left_out: 0 });

struct Limit {
    last: Option<Instant>,
    left_out: u64,
}

impl Limit {
    /// Whether a line may be written now; gives how many were left out before it.
    fn take(&mut self, now: Instant) -> Option<u64> {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < QUIET) {
            self.left_out += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.left_out))
    }
}

/// Says so in the log. What the decoder complains of is not told: it quotes values, and those may be secret.
fn note(what: &str, meta: &ObjectMeta) {
    let taken = LOGGED.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
    let Some(left_out) = taken else { return };
    warn!(
        what,
        namespace = meta.namespace.as_deref().unwrap_or_default(),
        name = meta.name.as_deref().unwrap_or_default(),
        left_out,
        "an object cannot be decoded; nothing of it counts but its name: look whether this release supports the \
         cluster's version"
    );
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Pod, Secret};
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_that_cannot_be_decoded_still_tell_which_object_it_is() {
        for (labels, expected) in [(json!({"a": "b"}), Some("b")), (json!("none"), None)] {
            let object = json!({"metadata": {
                "namespace": "shop", "name": "keys", "uid": "u", "resourceVersion": "7", "labels": labels,
                "managedFields": "all of them",
            }});
            let meta = serde_json::from_value::<Metadata<Secret>>(object).unwrap().into_inner();
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let found = [&meta.namespace, &meta.name, &meta.uid, &meta.resource_version].map(text);
            assert_eq!(found, ["shop", "keys", "u", "7"]);
            assert_eq!(meta.labels.as_ref().map(|labels| labels["a"].as_str()), expected);
        }
        assert!(Metadata::<Secret>::metadata_api(), "values of Secrets are not transferred");
    }

    #[test]
    fn an_object_that_cannot_be_decoded_is_its_metadata() {
        let guard = |spec| {
            let pod = json!({"metadata": {"name": "web-0"}, "spec": {"containers": spec}});
            serde_json::from_value::<DeserializeGuard<Pod>>(pod).unwrap()
        };
        let bare = |metadata| Pod { metadata, ..Pod::default() };
        let broken = decoded(guard(json!("all")), bare);
        assert_eq!((broken.metadata.name.as_deref(), broken.spec), (Some("web-0"), None));
        assert!(decoded(guard(json!([])), bare).spec.is_some());
    }

    #[test]
    fn a_flood_is_one_line_a_minute_that_tells_how_many_were_left_out() {
        let start = Instant::now();
        let mut limit = Limit { last: None, left_out: 0 };
        assert_eq!(limit.take(start), Some(0));
        for _ in 0..1_000 {
            assert_eq!(limit.take(start + QUIET / 2), None);
        }
        assert_eq!(limit.take(start + QUIET), Some(1_000));
        assert_eq!(limit.take(start + 3 * QUIET), Some(0));
    }
}
