//! A copy of what is needed of all objects of one kind, kept up to date by one or more watches.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use imgplane_config::ObjectId;

/// What is kept of an object.
pub(super) trait Seen: Send + Sync + 'static {
    /// Whether the change from `before` asks anybody to act.
    fn matters(&self, before: &Self) -> bool;

    /// Whether it asks anybody to act that the object comes or goes.
    fn counts(&self) -> bool {
        true
    }
}

/// Objects of one kind, by id.
#[derive(Debug)]
pub(super) struct Mirror<V> {
    entries: RwLock<BTreeMap<ObjectId, Arc<V>>>,
    /// Watches whose first list is not in yet.
    unlisted: AtomicUsize,
}

impl<V: Seen> Mirror<V> {
    /// A mirror that is fed by this many watches.
    pub(super) fn new(watches: usize) -> Self {
        Self { entries: RwLock::default(), unlisted: AtomicUsize::new(watches) }
    }

    /// Whether every watch has delivered its first list.
    pub(super) fn is_listed(&self) -> bool {
        self.unlisted.load(Ordering::Acquire) == 0
    }

    /// Notes that one watch has delivered its first list. To be called once for each.
    pub(super) fn listed(&self) {
        self.unlisted.fetch_sub(1, Ordering::AcqRel);
    }

    /// All objects, ordered by id.
    pub(super) fn all(&self) -> Vec<Arc<V>> {
        self.read().values().cloned().collect()
    }

    /// All objects with their ids, ordered.
    pub(super) fn entries(&self) -> Vec<(ObjectId, Arc<V>)> {
        self.read().iter().map(|(id, seen)| (id.clone(), seen.clone())).collect()
    }

    /// One object.
    pub(super) fn get(&self, id: &ObjectId) -> Option<Arc<V>> {
        self.read().get(id).cloned()
    }

    /// Adds or replaces an object; tells whether that matters.
    pub(super) fn put(&self, id: ObjectId, seen: V) -> bool {
        let seen = Arc::new(seen);
        let before = self.write().insert(id, seen.clone());
        before.map_or_else(|| seen.counts(), |before| seen.matters(&before))
    }

    /// Removes an object; tells whether that matters.
    pub(super) fn remove(&self, id: &ObjectId) -> bool {
        self.write().remove(id).is_some_and(|before| before.counts())
    }

    /// Replaces all objects of a namespace, or all objects; tells whether that matters.
    pub(super) fn replace(&self, namespace: Option<&str>, listed: BTreeMap<ObjectId, V>) -> bool {
        let mut entries = self.write();
        let mut matters = false;
        entries.retain(|id, seen| {
            let gone =
                namespace.is_none_or(|namespace| id.namespace == namespace) && !listed.contains_key(id);
            matters |= gone && seen.counts();
            !gone
        });
        for (id, seen) in listed {
            let seen = Arc::new(seen);
            let before = entries.insert(id, seen.clone());
            matters |= before.map_or_else(|| seen.counts(), |before| seen.matters(&before));
        }
        matters
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<ObjectId, Arc<V>>> {
        // Each change is one call on the map, so that a panic elsewhere leaves no half of it.
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<ObjectId, Arc<V>>> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Text(&'static str);

    impl Seen for Text {
        fn matters(&self, before: &Self) -> bool {
            self.0 != before.0
        }
    }

    fn id(text: &str) -> ObjectId {
        let (namespace, name) = text.split_once('/').unwrap();
        ObjectId::new(namespace, name)
    }

    fn listed(objects: &[(&str, &'static str)]) -> BTreeMap<ObjectId, Text> {
        objects.iter().map(|(name, text)| (id(name), Text(text))).collect()
    }

    fn names(mirror: &Mirror<Text>) -> Vec<String> {
        mirror.entries().iter().map(|(id, text)| format!("{id}={}", text.0)).collect()
    }

    #[test]
    fn a_new_list_of_the_same_objects_does_not_matter() {
        let mirror = Mirror::new(1);
        assert!(mirror.replace(None, listed(&[("a/x", "1"), ("b/y", "2")])));
        assert!(!mirror.replace(None, listed(&[("a/x", "1"), ("b/y", "2")])));
        assert!(mirror.replace(None, listed(&[("a/x", "1"), ("b/y", "3")])));
        assert!(mirror.replace(None, listed(&[("b/y", "3")])));
        assert_eq!(names(&mirror), ["b/y=3"]);
    }

    #[test]
    fn a_list_of_one_namespace_leaves_the_others_alone() {
        let mirror = Mirror::new(2);
        assert!(mirror.replace(Some("a"), listed(&[("a/x", "1"), ("a/z", "1")])));
        assert!(mirror.replace(Some("b"), listed(&[("b/y", "2")])));
        assert!(mirror.replace(Some("a"), listed(&[("a/x", "1")])));
        assert_eq!(names(&mirror), ["a/x=1", "b/y=2"]);
        assert!(mirror.replace(Some("b"), listed(&[])));
        assert_eq!(names(&mirror), ["a/x=1"]);
    }

    #[test]
    fn single_changes_matter_when_the_object_says_so() {
        let mirror = Mirror::new(1);
        assert!(mirror.put(id("a/x"), Text("1")));
        assert!(!mirror.put(id("a/x"), Text("1")));
        assert!(mirror.put(id("a/x"), Text("2")));
        assert!(mirror.remove(&id("a/x")));
        assert!(!mirror.remove(&id("a/x")));
    }

    #[test]
    fn it_is_listed_when_every_watch_has_its_list() {
        let mirror = Mirror::<Text>::new(2);
        mirror.listed();
        assert!(!mirror.is_listed());
        mirror.listed();
        assert!(mirror.is_listed());
    }
}
