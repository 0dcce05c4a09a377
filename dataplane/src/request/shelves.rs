//! Where results are kept: memory and disk of this pod, and behind them the store that all pods share.
//!
//! A result goes to both when it is made, or found to be still good; what was found in the store goes to memory and disk
//! only, and what was found there goes nowhere. Memory for what is read from the store, or waits to be written to it, comes
//! from the originals' share, and where there is none the store is done without.

use std::sync::Arc;

use imgplane_cache::{Key, LARGEST_BODY, Tier};
use imgplane_store::{Name, Shelf, Store};

use super::{
    obtain::Context,
    product::{Entry, Hold, Product},
};
use crate::{
    admission::{Admission, Claim, Permit},
    results::Results,
};

/// All places where results are kept.
#[derive(Debug, Clone)]
pub(super) struct Shelves {
    local: Option<Arc<Results>>,
    store: Option<Arc<Store>>,
    budget: Budget,
}

/// Where the memory for one endpoint's traffic with stores comes from.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    admission: Arc<Admission>,
    claim: Claim,
}

impl Budget {
    /// Of the endpoint of a request.
    pub(super) fn of(context: &Context) -> Self {
        let Context { state, endpoint, .. } = context;
        Self { admission: Arc::clone(&state.admission), claim: endpoint.claim.clone() }
    }

    /// Memory of the originals' share, if there is any now.
    pub(super) fn hold(&self, bytes: usize) -> Option<Permit> {
        self.admission.try_hold(&self.claim, bytes as u64)
    }
}

impl Shelves {
    /// Those of this server; `None` where nothing is kept at all.
    pub(super) fn of(context: &Context) -> Option<Self> {
        let app = &context.app;
        let (local, store) = (app.results.current(), app.stores.shared());
        let some = local.is_some() || store.is_some();
        some.then(|| Self { local, store, budget: Budget::of(context) })
    }

    /// What this pod has.
    pub(super) async fn get(&self, key: &Key) -> Option<(Arc<Entry>, Tier)> {
        self.local.as_ref()?.get(key).await
    }

    /// What this pod has in memory.
    pub(super) fn get_in_memory(&self, key: &Key) -> Option<Arc<Entry>> {
        self.local.as_ref()?.get_in_memory(key)
    }

    /// Looks it up in the store.
    pub(super) async fn find(&self, key: Key) -> Option<Product> {
        let store = self.store.as_ref()?;
        let (entry, hold) = find(store, name(key), LARGEST_BODY, &self.budget).await?;
        Some(Product { entry: Arc::new(entry), hold: Hold::Result(Some(Arc::new(hold))) })
    }

    /// Whether there is more than this pod has.
    pub(super) fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// Keeps what was found in the store, so that it is found here the next time.
    pub(super) fn promote(&self, key: Key, product: &Product) {
        if let Some(local) = &self.local {
            local.insert(key, Arc::clone(&product.entry));
        }
    }

    /// Keeps a new result everywhere. `false`: it is too large.
    pub(super) fn insert(&self, key: Key, entry: &Arc<Entry>) -> bool {
        let here = self.local.as_ref().is_some_and(|local| local.insert(key, Arc::clone(entry)));
        let there = self.store.as_ref().filter(|_| entry.body.len() <= LARGEST_BODY);
        if let Some(store) = there {
            put(store, name(key), Arc::clone(entry), &self.budget);
        }
        here || there.is_some()
    }

    /// Forgets it here, and not in the store.
    pub(super) fn forget(&self, key: &Key) {
        if let Some(local) = &self.local {
            local.remove(key);
        }
    }

    /// Forgets it everywhere: it is good for nobody any more.
    pub(super) fn remove(&self, key: Key) {
        self.forget(&key);
        if let Some(store) = &self.store {
            store.remove(name(key));
        }
    }

    /// Largest body that is kept anywhere.
    pub(super) fn largest(&self) -> usize {
        let local = self.local.as_ref().map_or(0, |local| local.largest());
        if self.store.is_some() { LARGEST_BODY } else { local }
    }
}

fn name(key: Key) -> Name {
    Name { shelf: Shelf::Results, key: *key.as_bytes() }
}

/// Looks something up in a store, with the memory that it takes.
pub(super) async fn find(
    store: &Store,
    name: Name,
    largest: usize,
    budget: &Budget,
) -> Option<(Entry, Permit)> {
    let found = store.find(&name, largest as u64).await?;
    let hold = budget.hold(usize::try_from(found.length()).ok()?)?;
    let bytes = found.read().await?;
    // A hash of some megabytes takes longer than threads that move bytes should be away.
    let entry = tokio::task::spawn_blocking(move || Entry::from_bytes(&bytes, largest)).await.ok()?;
    let entry = entry.inspect_err(|_| store.was_damaged()).ok()?;
    Some((entry, hold))
}

/// Writes something to a store, behind the back of the request.
pub(super) fn put(store: &Store, name: Name, entry: Arc<Entry>, budget: &Budget) {
    let length = entry.body.len();
    match budget.hold(length) {
        Some(hold) => store.put(name, length, hold, move || entry.to_bytes().ok().map(Vec::from)),
        None => store.had_no_memory(),
    }
}
