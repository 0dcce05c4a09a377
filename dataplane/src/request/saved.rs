//! Originals that are saved: the first request for a file keeps it untouched, and later ones are made from that.
//!
//! They lie in the store of originals, else in that of results, else beside the results on the disk of this pod. A copy is
//! good until it is purged, or for as long as its origin says where the endpoint lets it; then the origin is asked whether it
//! still has the same. Whether the file is private is a part of what is saved, so permission is judged for copies as for
//! originals.
//!
//! Fonts and pictures of layers are drawn on many results, so a pod keeps them even where originals are not saved: in its
//! memory or on its disk, where they are good for a minute.

mod copy;
mod tee;

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use imgplane_cache::Key;
use imgplane_config::ObjectId;
use imgplane_origins::Meta;
use imgplane_store::{Name, Shelf, Store};
use imgplane_urls::Target;

pub(super) use self::{copy::Saved, tee::Tee};
use super::{
    obtain::{Context, lifetime_of, origin_decides},
    original::Order,
    plan::Planned,
    product::{Entry, Head, Subject},
    shelves::{self, Budget},
};
use crate::{admission::Permit, metrics::OutcomeLabel, results::Results, server::App, state::Endpoint};

/// How long the file of a layer is drawn without asking its origin, where originals are not saved.
const LAYERS_FILE: Duration = Duration::from_mins(1);

/// Where one file is saved, and under which name.
#[derive(Debug, Clone)]
pub(super) struct Saving {
    app: Arc<App>,
    endpoint: Arc<Endpoint>,
    budget: Budget,
    place: Place,
    key: Key,
    subject: Subject,
    /// The picture that it is drawn on, where it is a layer's: with what is made of that it is purged as well.
    under: Option<Subject>,
    /// Without asking its origin a copy is good no longer than this.
    longest: Option<Duration>,
    /// Largest body.
    largest: usize,
}

#[derive(Debug, Clone)]
enum Place {
    Store(Arc<Store>),
    Local(Arc<Results>),
}

impl Saving {
    /// Where the original of a request is saved; `None` where it is not to be, or nowhere can be. `host`: what the client
    /// asked for, where an origin wants to know it.
    pub(super) fn of(context: &Context, planned: &Planned, host: Option<&str>) -> Option<Arc<Self>> {
        let Context { app, state, endpoint } = context;
        if !endpoint.config.caching.save_originals {
            return None;
        }
        let place = app.stores.originals().map(Place::Store).or_else(|| {
            // In memory alone they would take the place of what is made of them.
            app.results.current().filter(|_| state.cache.disk.is_some()).map(Place::Local)
        })?;
        Some(Arc::new(Self::at(place, context, &planned.target, host)))
    }

    /// Where a file is saved that is drawn on the picture of a request; `None` where nothing is kept.
    pub(super) fn of_layer(
        context: &Context,
        planned: &Planned,
        resource: &str,
        host: Option<&str>,
    ) -> Option<Arc<Self>> {
        let target = Target {
            resource: resource.to_owned(),
            forwarded_query: None,
            version: None,
            ..planned.target.clone()
        };
        let Context { app, endpoint, .. } = context;
        let under = Some(Subject::of_original(endpoint, &planned.target, app.purges.known()));
        let saves = endpoint.config.caching.save_originals;
        let longest = (!saves).then_some(LAYERS_FILE);
        let place = app.stores.originals().filter(|_| saves).map(Place::Store);
        let place = place.or_else(|| app.results.current().map(Place::Local))?;
        Some(Arc::new(Self { under, longest, ..Self::at(place, context, &target, host) }))
    }

    fn at(place: Place, context: &Context, target: &Target, host: Option<&str>) -> Self {
        let Context { app, endpoint, .. } = context;
        let most = usize::try_from(endpoint.config.limits.max_input_bytes).unwrap_or(usize::MAX);
        let largest = match &place {
            Place::Store(_) => most,
            Place::Local(local) => local.largest().min(most),
        };
        Self {
            app: Arc::clone(app),
            budget: Budget::of(context),
            place,
            key: Key::of([
                b"original 1".as_slice(),
                endpoint.label.as_bytes(),
                endpoint.originals_edition.as_str().as_bytes(),
                target.resource.as_bytes(),
                // A query may be there and empty.
                target.forwarded_query.as_ref().map_or(&[][..], |_| b"?"),
                target.forwarded_query.as_deref().unwrap_or_default().as_bytes(),
                target.version.as_deref().unwrap_or_default().as_bytes(),
                host.unwrap_or_default().as_bytes(),
            ]),
            subject: Subject::of_original(endpoint, target, app.purges.known()),
            under: None,
            longest: None,
            largest,
            endpoint: Arc::clone(endpoint),
        }
    }

    /// What was saved of the file, if it was not purged since and its origin is one of those that are asked.
    pub(super) async fn find(&self, order: &Order) -> Option<Saved> {
        let began = Instant::now();
        let Some((entry, hold)) = self.look_up().await else {
            self.count("absent");
            return None;
        };
        let under = self.under.as_ref().map(|under| entry.head.as_if_of(under));
        if self.app.purges.covers(&entry.head) || under.is_some_and(|head| self.app.purges.covers(&head)) {
            self.count("purged");
            return None;
        }
        let origin = order.origins.iter().find(|origin| *origin.id() == entry.head.origin)?;
        Some(Saved::new(self, &entry, hold, Arc::clone(origin), began.elapsed(), SystemTime::now()))
    }

    /// How long a copy is good without asking its origin; `None`: until it is purged.
    fn lifetime(&self, head: &Head) -> Option<Duration> {
        let told = lifetime_of(head.lifetime, &head.origin, &self.endpoint.config);
        let decides = origin_decides(&head.origin, &self.endpoint.config);
        match self.longest {
            Some(longest) => Some(told.min(longest)),
            None => decides.then_some(told),
        }
    }

    /// Notes that a copy was used instead of its origin.
    pub(super) fn used(&self, copy: &Saved) {
        self.count("used");
        let metrics = &self.app.metrics;
        metrics.saved_origin_bytes.inc_by(copy.original.bytes.len() as u64);
        metrics.saved_origin_seconds.inc_by(copy.gained.as_secs_f64());
    }

    async fn look_up(&self) -> Option<(Arc<Entry>, Permit)> {
        match &self.place {
            Place::Store(store) => {
                let found = shelves::find(store, self.name(), self.largest, &self.budget).await?;
                Some((Arc::new(found.0), found.1))
            }
            Place::Local(local) => {
                let (entry, _) = local.get(&self.key).await?;
                let hold = self.budget.hold(entry.body.len())?;
                Some((entry, hold))
            }
        }
    }

    /// Saves an original, behind the back of the request. `took`: how long its origin needed for it.
    pub(super) fn save(&self, origin: &ObjectId, meta: &Meta, bytes: Bytes, took: Duration) {
        if meta.lifetime.no_store && origin_decides(origin, &self.endpoint.config) {
            return self.count("forbidden");
        }
        if bytes.is_empty() || bytes.len() > self.largest {
            return self.count("too_large");
        }
        self.put(Entry { head: Head::of_original(self.subject.clone(), origin, meta, took), body: bytes });
    }

    /// Saves it again under what its origin says of it now.
    pub(super) fn renew(&self, copy: &Saved) {
        self.count("renewed");
        let (origin, original) = (copy.original.origin.id(), &copy.original);
        let head = Head::of_original(self.subject.clone(), origin, &original.meta, copy.took);
        self.put(Entry { head, body: original.bytes.clone() });
    }

    fn put(&self, entry: Entry) {
        // It would take the place of one that was saved since.
        if self.app.purges.covers(&entry.head) {
            return;
        }
        self.count("saved");
        match &self.place {
            Place::Store(store) => shelves::put(store, self.name(), Arc::new(entry), &self.budget),
            Place::Local(local) => _ = local.insert(self.key, Arc::new(entry)),
        }
    }

    fn name(&self) -> Name {
        Name { shelf: Shelf::Originals, key: *self.key.as_bytes() }
    }

    fn count(&self, outcome: &'static str) {
        self.app.metrics.saved_originals.get_or_create(&OutcomeLabel { outcome }).inc();
    }
}
