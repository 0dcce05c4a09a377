//! Where what is delivered comes from: the cache, else the store of all pods, else the origins, once for all who want it
//! at the same time.
//!
//! Permission is no part of what is kept or shared. It is judged for every request on its own, and work that is shared is
//! shared only between those who may see what comes of it.

mod cache_key;
mod freshness;
mod passing;
mod work;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::request::Parts;
use imgplane_cache::{Key, Tier};
use imgplane_config::ObjectId;

pub(super) use self::{
    cache_key::is_picture,
    freshness::{lifetime_of, origin_decides, stale_of},
};
use self::{
    freshness::Freshness,
    work::{Landed, Outcome, Work, WorkKey},
};
use super::{
    accept::Accept,
    delivery::{Delivery, Of},
    fetch::{self, Fetcher, Source},
    merge::Merge,
    original::{Order, Passing},
    plan::Planned,
    produce,
    product::{Entry, OriginLifetime, Product},
    shelves::Shelves,
    trace::{CacheUse, Trace},
    unchanged,
};
use crate::{
    admission::{Busy, Permit},
    error::Failure,
    metrics::LookupLabel,
    permission::Unauthorized,
    server::App,
    state::{Endpoint, State},
};

/// What a request is answered from.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// What all requests share.
    pub(super) app: Arc<App>,
    /// What is configured.
    pub(super) state: Arc<State>,
    /// The endpoint that matched.
    pub(super) endpoint: Arc<Endpoint>,
}

/// A file for one request.
#[derive(Debug)]
pub(super) struct Made {
    /// The file.
    pub(super) delivery: Delivery,
    /// What it is of.
    pub(super) of: Of,
    /// Only for requests that show permission.
    pub(super) is_private: bool,
    /// How long its origin lets it be kept, and which that is.
    pub(super) lifetime: OriginLifetime,
    pub(super) origin: ObjectId,
    /// Where it was found, if that was in memory and it is good.
    pub(super) kept: Option<(Key, Arc<Entry>)>,
}

/// What one endpoint makes now.
#[derive(Debug, Default)]
pub(crate) struct Makings(Merge<WorkKey, Outcome>);

/// What is looked up for one endpoint now in the store that all pods share.
#[derive(Debug, Default)]
pub(crate) struct Lookups(Merge<Key, Option<Product>>);

/// Obtains the file that a URL asks for.
pub(super) async fn obtain(
    context: &Context,
    planned: &Arc<Planned>,
    head: &Parts,
    trace: &mut Trace,
) -> Result<Made, Failure> {
    let accept = Accept::of_client(&head.headers, &context.endpoint.config.accept_overrides);
    let request = Request { context, planned, head, accept };
    // What is found in the cache is found often and at once; the ways around it take room that it does not need.
    match Shelves::of(context) {
        Some(shelves) if is_picture(planned) => request.cached(&shelves, trace).await,
        Some(shelves) => Box::pin(request.passed(&shelves, trace)).await,
        None => Box::pin(request.uncached(trace)).await,
    }
}

/// What something that was kept is good for.
enum Judged {
    /// To be delivered.
    Good(Good),
    /// It is past its time.
    Past(Past),
    /// Nothing: it was purged.
    Purged,
}

struct Good {
    product: Product,
    age: Duration,
    /// It is delivered while a newer one is made.
    renewable: bool,
}

struct Past {
    product: Product,
    age: Duration,
    /// It may stand in where the origins cannot be asked.
    usable: bool,
}

/// The file itself that a URL asks for with `orig-true`, where it was kept and is good.
pub(super) async fn kept(
    context: &Context,
    planned: &Arc<Planned>,
    head: &Parts,
    trace: &mut Trace,
) -> Option<Product> {
    let request = Request { context, planned, head, accept: Accept::default() };
    let (entry, _) = Shelves::of(context)?.get(&request.key()).await?;
    let uncoded = entry.head.content_encoding.is_none();
    let Judged::Good(Good { product, renewable: false, .. }) = request.judged(Product::kept(entry)) else {
        return None;
    };
    trace.cache = CacheUse::Hit;
    trace.origin = Some(product.entry.head.origin.clone());
    uncoded.then_some(product)
}

/// One request for a file.
struct Request<'a> {
    context: &'a Context,
    planned: &'a Arc<Planned>,
    head: &'a Parts,
    accept: Accept,
}

impl Request<'_> {
    /// Without a cache.
    async fn uncached(&self, trace: &mut Trace) -> Result<Made, Failure> {
        let _place = self.place()?;
        let order = fetch::order(self.context, self.planned, self.head);
        match self.fetcher(&order).fetch(trace).await? {
            Source::Pass(passing) => self.pass(passing),
            Source::Image(original) => {
                let (context, planned) = (self.context, self.planned);
                let product = produce::produce(context, planned, original, self.accept, &order, trace);
                self.deliver(product.await?)
            }
        }
    }

    /// Under which what is wanted is kept.
    fn key(&self) -> Key {
        let Context { app, endpoint, .. } = self.context;
        let host = fetch::wanted_host(self.context, self.head);
        cache_key::of(app, endpoint, self.planned, host, self.accept)
    }

    fn fetcher<'a>(&'a self, order: &'a Order) -> Fetcher<'a> {
        Fetcher { context: self.context, planned: self.planned, headers: &self.head.headers, order }
    }

    async fn cached(&self, shelves: &Shelves, trace: &mut Trace) -> Result<Made, Failure> {
        let key = self.key();
        let (mut known, mut outcome) = (None, "miss");
        if let Some((entry, tier)) = shelves.get(&key).await {
            match self.judged(Product::kept(entry)) {
                Judged::Good(found) => return self.hit(shelves, key, found, Some(tier), trace),
                Judged::Past(past) => (known, outcome) = (Some(past), "expired"),
                Judged::Purged => {
                    shelves.forget(&key);
                    outcome = "purged";
                }
            }
        }
        if shelves.has_store() {
            match Box::pin(self.found(shelves, key)).await.map(|product| self.judged(product)) {
                Some(Judged::Good(found)) => {
                    shelves.promote(key, &found.product);
                    return self.hit(shelves, key, found, None, trace);
                }
                Some(Judged::Past(past)) => (known, outcome) = (known.or(Some(past)), "expired"),
                Some(Judged::Purged) => outcome = "purged",
                None => {
                    // Who looked it up a moment earlier may have made it meanwhile.
                    let made = shelves.get_in_memory(&key).map(|entry| self.judged(Product::kept(entry)));
                    if let Some(Judged::Good(found)) = made {
                        return self.hit(shelves, key, found, Some(Tier::Memory), trace);
                    }
                }
            }
        }
        self.count(outcome);
        trace.cache = CacheUse::Miss;
        let product = known.as_ref().map(|past| past.product.clone());
        match Box::pin(self.together(shelves, key, product, trace)).await {
            Err(failure) if failure.is_outage() => match known {
                // It may have been purged while a newer one was tried.
                Some(past)
                    if past.usable && !self.is_purged(&past.product) && !self.is_lost(&past.product) =>
                {
                    trace.detail = failure.detail();
                    trace.cache = CacheUse::Stale;
                    self.serve(past.product, past.age, trace)
                }
                Some(_) | None => Err(failure),
            },
            outcome => outcome,
        }
    }

    /// What the store has of it, asked once for all who want it now.
    async fn found(&self, shelves: &Shelves, key: Key) -> Option<Product> {
        let shelves = shelves.clone();
        let merged = &self.context.app.metrics.merged;
        self.context.endpoint.lookups.0.join(key, merged, || async move { shelves.find(key).await }).await
    }

    fn is_purged(&self, product: &Product) -> bool {
        self.context.app.purges.covers(&product.entry.head)
    }

    /// Whether its file is known not to be what it was.
    fn is_lost(&self, product: &Product) -> bool {
        self.context.endpoint.lost.ended(&product.entry.head)
    }

    /// What something that was kept is good for.
    fn judged(&self, product: Product) -> Judged {
        if self.is_purged(&product) {
            return Judged::Purged;
        }
        match freshness::of(&product, &self.context.endpoint.config, SystemTime::now()) {
            Freshness::Fresh { age } => Judged::Good(Good { product, age, renewable: false }),
            Freshness::Renewable { age } if self.is_lost(&product) => {
                Judged::Past(Past { product, age, usable: true })
            }
            Freshness::Renewable { age } => Judged::Good(Good { product, age, renewable: true }),
            Freshness::Stale { age, usable } => Judged::Past(Past { product, age, usable }),
        }
    }

    /// Delivers what was found and is good: here, or in the store.
    fn hit(
        &self,
        shelves: &Shelves,
        key: Key,
        found: Good,
        tier: Option<Tier>,
        trace: &mut Trace,
    ) -> Result<Made, Failure> {
        let Good { product, age, renewable } = found;
        if renewable {
            self.count("expired");
            trace.cache = CacheUse::Stale;
            self.refresh(shelves, key, product.clone());
            return self.serve(product, age, trace);
        }
        self.count(tier.map_or("store", Tier::as_str));
        trace.cache = CacheUse::Hit;
        let kept = (tier == Some(Tier::Memory)).then(|| (key, Arc::clone(&product.entry)));
        let made = self.serve(product, age, trace)?;
        Ok(Made { kept, ..made })
    }

    /// Makes a new one behind the back of the request that gets the old one. Where too many are made so already, the
    /// next request tries again.
    fn refresh(&self, shelves: &Shelves, key: Key, known: Product) {
        let Context { state, endpoint, .. } = self.context;
        let Some(turn) = state.admission.refresh(&endpoint.claim) else {
            self.count("refresh_refused");
            return;
        };
        let making = self.making(shelves, key, Some(known));
        tokio::spawn(async move {
            // What comes of it is kept, or told to nobody: the next request finds out for itself.
            let _ = making.await;
            drop(turn);
        });
    }

    fn count(&self, outcome: &'static str) {
        self.context.app.metrics.cache_lookups.get_or_create(&LookupLabel { outcome }).inc();
    }

    /// Delivers what was kept, to whom it may be shown.
    /// Nothing of it waits for anything.
    fn serve(&self, product: Product, age: Duration, trace: &mut Trace) -> Result<Made, Failure> {
        trace.origin = Some(product.entry.head.origin.clone());
        let made = self.deliver(product)?;
        Ok(Made { delivery: Delivery { age: Some(age.as_secs()), ..made.delivery }, ..made })
    }

    /// Makes what is wanted, or joins whoever makes it. `known`: what was kept and is past its time.
    async fn together(
        &self,
        shelves: &Shelves,
        key: Key,
        known: Option<Product>,
        trace: &mut Trace,
    ) -> Result<Made, Failure> {
        let _place = self.place()?;
        let (outcome, told) = self.making(shelves, key, known).await;
        trace.take_over(&told);
        match outcome? {
            Landed::Product(product) => self.deliver(product),
            Landed::Stream(stream) => {
                // A stream is not kept.
                trace.cache = CacheUse::Off;
                let order = fetch::order(self.context, self.planned, self.head);
                match self.fetcher(&order).take(&stream, trace).await? {
                    Source::Pass(passing) => self.pass(passing),
                    Source::Image(_) => Err(Failure::Internal("a stream became a picture".to_owned())),
                }
            }
        }
    }

    /// The place of this request among those that are not answered from the cache.
    fn place(&self) -> Result<Option<Permit>, Busy> {
        let Context { state, endpoint, .. } = self.context;
        if is_picture(self.planned) {
            state.admission.foresee(&endpoint.claim)?;
        }
        state.admission.request(&endpoint.claim)
    }

    fn making(
        &self,
        shelves: &Shelves,
        key: Key,
        known: Option<Product>,
    ) -> impl Future<Output = Outcome> + Send + use<> {
        let Context { app, endpoint, .. } = self.context;
        let condition = known.as_ref().and_then(Product::condition);
        let order = fetch::order(self.context, self.planned, self.head);
        let shared_with = (key, self.planned.permission.opens_private(), order.purged);
        let work = Work {
            context: self.context.clone(),
            planned: Arc::clone(self.planned),
            order: Order { condition, ..order },
            accept: self.accept,
            shelves: shelves.clone(),
            key,
            known,
        };
        endpoint.makings.0.join(shared_with, &app.metrics.merged, || work.done())
    }

    fn pass(&self, passing: Box<Passing>) -> Result<Made, Failure> {
        let is_private = fetch::is_private(&self.context.endpoint, &passing.fetched.meta);
        let asked = self.planned.plan.is_original();
        let lifetime = passing.fetched.meta.lifetime.into();
        let origin = passing.origin.id().clone();
        let delivery = unchanged::pass(self.planned, passing)?;
        Ok(Made { delivery, of: Of::Original { asked }, is_private, lifetime, origin, kept: None })
    }

    fn deliver(&self, product: Product) -> Result<Made, Failure> {
        let endpoint = &self.context.endpoint;
        let is_private = product.entry.head.is_private || endpoint.config.security.treat_all_as_private;
        if is_private && !self.planned.permission.opens_private() {
            return Err(Unauthorized::Private.into());
        }
        let (of, lifetime) = (product.entry.head.of, product.entry.head.lifetime);
        let origin = product.entry.head.origin.clone();
        let delivery = product.delivery(endpoint, self.planned);
        Ok(Made { delivery, of, is_private, lifetime, origin, kept: None })
    }
}
