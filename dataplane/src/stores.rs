//! The stores that this DataPlane's pods share, as its settings want them: opened, exchanged and closed while it serves.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use imgplane_config::{Credential, DataPlaneConfig, ObjectId, StoreRole};
use imgplane_store::{Events, Place, Store};
use tokio::sync::{Notify, watch};

use crate::records::Slots;

/// How often a store that could not be opened is tried again: its volume may be there now.
const AGAIN: Duration = Duration::from_secs(5);

/// Keeps the stores as they are wanted.
#[derive(Debug)]
pub(crate) struct Stores {
    current: ArcSwap<Vec<Opened>>,
    wanted: watch::Sender<Vec<Place>>,
    /// What the current ones were opened for.
    settled: watch::Sender<Vec<Place>>,
    /// They were as wanted once, and their logs of purges were looked at.
    up: AtomicBool,
    /// Up to this number everything is in their logs.
    purged: AtomicU64,
    changed: Notify,
    folder: Option<PathBuf>,
    events: Events,
}

/// One that is wanted, and what came of it.
#[derive(Debug, Clone)]
struct Opened {
    place: Place,
    store: Result<Arc<Store>, String>,
}

/// The stores that the settings want, each with its credential. Folders are for who knows where they are mounted.
pub(crate) fn wanted(config: &DataPlaneConfig, id: &ObjectId, credentials: &Slots<Credential>) -> Vec<Place> {
    let wanted = StoreRole::ALL.into_iter().filter_map(|role| Some((role, config.stores.of(role)?)));
    wanted
        .map(|(role, store)| {
            let credential = credentials.get(&role.credential(id)).and_then(|slot| slot.running.as_ref());
            Place {
                role,
                config: store.clone(),
                credential: credential.map(|record| record.body.clone()),
                egress_proxy: config.network.egress_proxy.clone(),
                folder: None,
            }
        })
        .collect()
}

impl Stores {
    /// Without any until some are wanted. `folder`: below which their volumes are mounted.
    pub(crate) fn new(folder: Option<PathBuf>, events: Events) -> Self {
        Self {
            current: ArcSwap::default(),
            wanted: watch::Sender::default(),
            settled: watch::Sender::default(),
            up: AtomicBool::new(false),
            purged: AtomicU64::new(0),
            changed: Notify::new(),
            folder,
            events,
        }
    }

    /// The store of results.
    pub(crate) fn shared(&self) -> Option<Arc<Store>> {
        self.of(StoreRole::Shared)
    }

    /// The store of saved originals: the one for them, else that of results.
    pub(crate) fn originals(&self) -> Option<Arc<Store>> {
        let has_own = self.current.load().iter().any(|opened| opened.place.role == StoreRole::Originals);
        self.of(if has_own { StoreRole::Originals } else { StoreRole::Shared })
    }

    fn of(&self, role: StoreRole) -> Option<Arc<Store>> {
        let current = self.current.load();
        current.iter().find(|opened| opened.place.role == role)?.store.as_ref().ok().cloned()
    }

    /// All that are open, for who looks after them.
    pub(crate) fn all(&self) -> Vec<(StoreRole, Arc<Store>)> {
        let current = self.current.load();
        current
            .iter()
            .filter_map(|one| Some((one.place.role, Arc::clone(one.store.as_ref().ok()?))))
            .collect()
    }

    /// Notes what is wanted from now on. It takes a moment until it is so.
    pub(crate) fn want(&self, mut places: Vec<Place>) {
        for place in &mut places {
            place.folder = self.folder.as_ref().map(|folder| folder.join(place.role.folder()));
        }
        self.wanted.send_if_modified(|current| {
            let changed = *current != places;
            *current = places;
            changed
        });
    }

    /// Whether they were as they are wanted, at least once: a server that begins waits for them, and one that serves goes
    /// on while they are exchanged.
    pub(crate) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed) || {
            let none = !self.are_wanted();
            self.up.fetch_or(none, Ordering::Relaxed);
            none
        }
    }

    /// Whether any are wanted.
    pub(crate) fn are_wanted(&self) -> bool {
        !self.wanted.borrow().is_empty()
    }

    /// Whether they are as they are wanted.
    pub(crate) fn is_settled(&self) -> bool {
        *self.wanted.borrow() == *self.settled.borrow()
    }

    /// Waits until they are others.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Notes that their logs of purges were looked at, and up to which number they have everything. `settled`: these were
    /// the stores that are wanted.
    pub(crate) fn note_logs(&self, settled: bool, purged: u64) {
        self.purged.store(purged, Ordering::Relaxed);
        self.up.fetch_or(settled, Ordering::Relaxed);
    }

    /// Up to which number of the own list everything is in their logs; `None` where there are no stores.
    pub(crate) fn purged(&self) -> Option<u64> {
        let wanted = self.wanted.borrow().len();
        let all = self.all().len() == wanted && self.is_settled();
        (wanted > 0).then(|| if all { self.purged.load(Ordering::Relaxed) } else { 0 })
    }

    /// What is wrong with them, if something is.
    pub(crate) fn error(&self) -> Option<String> {
        let current = self.current.load();
        let errors: Vec<String> = current
            .iter()
            .filter_map(|opened| match &opened.store {
                Ok(store) => store.error(),
                Err(error) => Some(format!("{} cannot be used: {error}", opened.place.role)),
            })
            .collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }

    /// Makes them as they are wanted, again and again.
    pub(crate) async fn keep(&self) {
        let mut wanted = self.wanted.subscribe();
        loop {
            let now = wanted.borrow_and_update().clone();
            let is_broken = self.current.load().iter().any(|opened| opened.store.is_err());
            if *self.settled.borrow() != now || is_broken {
                self.open(&now).await;
                self.settled.send_replace(now);
                self.changed.notify_one();
            }
            // The sender lives as long as this.
            if let Ok(Err(_)) = tokio::time::timeout(AGAIN, wanted.changed()).await {
                return;
            }
        }
    }

    /// Opens what is new, and goes on with what is not.
    async fn open(&self, places: &[Place]) {
        let old = self.current.load_full();
        let mut opened = Vec::new();
        for place in places {
            let same = old.iter().find(|old| old.place == *place);
            let store = if let Some(Opened { store: Ok(store), .. }) = same {
                Ok(Arc::clone(store))
            } else {
                let before = same.and_then(|old| old.store.as_ref().err());
                let store = Store::open(place, self.events.clone()).await;
                store.map(Arc::new).map_err(|error| error.to_string()).inspect_err(|error| {
                    if before != Some(error) {
                        tracing::error!(store = %place.role, error, "the store cannot be used");
                    }
                })
            };
            opened.push(Opened { place: place.clone(), store });
        }
        self.current.store(Arc::new(opened));
    }

    /// Writes what waits to be written, for a few seconds at most.
    pub(crate) async fn close(&self) {
        for (_, store) in self.all() {
            store.close().await;
        }
    }
}
