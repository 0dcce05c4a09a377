//! Where what is delivered comes from: the cache, else the origins, once for all who want it at the same time.
//!
//! Permission is no part of what is kept or shared. It is judged for every request on its own, and work that is shared is
//! shared only between those who may see what comes of it.

mod cache_key;
mod freshness;
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
    compression::accepted_coding,
    delivery::{Content, Delivery, Of},
    fetch::{self, Fetcher, Source},
    keeping::{self, Keep},
    merge::Merge,
    original::{Order, Passing},
    plan::Planned,
    produce,
    product::{Entry, Head, OriginLifetime, Product},
    trace::{CacheUse, Trace},
    unchanged,
};
use crate::{
    admission::{Busy, Permit},
    error::Failure,
    metrics::LookupLabel,
    permission::Unauthorized,
    results::Results,
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
    match context.app.results.current() {
        Some(cache) if is_picture(planned) => request.cached(&cache, trace).await,
        Some(cache) => Box::pin(request.passed(&cache, trace)).await,
        None => Box::pin(request.uncached(trace)).await,
    }
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
                let product = produce::produce(context, planned, original, self.accept, order.purged, trace);
                self.deliver(product.await?)
            }
        }
    }

    /// A file that passes through: in the coding that the client takes or as it is, whichever is kept; else from the
    /// origins, and kept on its way.
    async fn passed(&self, cache: &Arc<Results>, trace: &mut Trace) -> Result<Made, Failure> {
        let Context { app, endpoint, .. } = self.context;
        let key = self.key();
        let coded = accepted_coding(&self.head.headers).map(|coding| keeping::coded(key, coding));
        let keep = |head: Head, length: u64| Keep {
            cache: Arc::clone(cache),
            key,
            head,
            length,
            open_ended: false,
            insertions: app.metrics.cache_insertions.clone(),
        };
        for name in coded.into_iter().chain([key]) {
            let Some((entry, tier)) = cache.get(&name).await else { continue };
            if app.purges.covers(&entry.head.subject) {
                cache.remove(&name);
                continue;
            }
            let product = Product::kept(Arc::clone(&entry));
            if let Freshness::Fresh { age } = freshness::of(&product, &endpoint.config, SystemTime::now()) {
                self.count(tier.as_str());
                trace.cache = CacheUse::Hit;
                let mut made = self.serve(product, age, trace)?;
                // Where it is compressed on its way, that is worth keeping too.
                if entry.head.compressible && name == key {
                    made.delivery.keep = Some(Box::new(keep(entry.head.clone(), entry.body.len() as u64)));
                }
                return Ok(made);
            }
        }
        self.count("miss");
        let purged = app.purges.known();
        let mut made = self.uncached(trace).await?;
        trace.cache = CacheUse::Miss;
        if let Content::Stream(_, Some(length)) = made.delivery.content
            && !(made.lifetime.no_store && origin_decides(&made.origin, &endpoint.config))
        {
            let head = Head::of_stream(&made, self.context, self.planned, purged);
            made.delivery.keep = Some(Box::new(keep(head, length)));
        }
        Ok(made)
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

    async fn cached(&self, cache: &Arc<Results>, trace: &mut Trace) -> Result<Made, Failure> {
        let Context { app, endpoint, .. } = self.context;
        let key = self.key();
        let (known, outcome) = match cache.get(&key).await {
            None => (None, "miss"),
            Some((entry, _)) if app.purges.covers(&entry.head.subject) => {
                cache.remove(&key);
                (None, "purged")
            }
            Some((entry, tier)) => {
                let product = Product::kept(entry);
                match freshness::of(&product, &endpoint.config, SystemTime::now()) {
                    Freshness::Fresh { age } => {
                        self.count(tier.as_str());
                        trace.cache = CacheUse::Hit;
                        let kept = (tier == Tier::Memory).then(|| (key, Arc::clone(&product.entry)));
                        let made = self.serve(product, age, trace)?;
                        return Ok(Made { kept, ..made });
                    }
                    Freshness::Renewable { age } if !endpoint.lost.ended(&product.entry.head) => {
                        self.count("expired");
                        trace.cache = CacheUse::Stale;
                        self.refresh(cache, key, product.clone());
                        return self.serve(product, age, trace);
                    }
                    Freshness::Renewable { age } => (Some((product, age, true)), "expired"),
                    Freshness::Stale { age, usable } => (Some((product, age, usable)), "expired"),
                }
            }
        };
        self.count(outcome);
        trace.cache = CacheUse::Miss;
        let product = known.as_ref().map(|(product, ..)| product.clone());
        match Box::pin(self.together(cache, key, product, trace)).await {
            Err(failure) if failure.is_outage() => match known {
                // It may have been purged while a newer one was tried.
                Some((product, age, true))
                    if !app.purges.covers(&product.entry.head.subject)
                        && !endpoint.lost.ended(&product.entry.head) =>
                {
                    trace.detail = failure.detail();
                    trace.cache = CacheUse::Stale;
                    self.serve(product, age, trace)
                }
                Some(_) | None => Err(failure),
            },
            outcome => outcome,
        }
    }

    /// Makes a new one behind the back of the request that gets the old one. Where too many are made so already, the
    /// next request tries again.
    fn refresh(&self, cache: &Arc<Results>, key: Key, known: Product) {
        let Context { state, endpoint, .. } = self.context;
        let Some(turn) = state.admission.refresh(&endpoint.claim) else {
            self.count("refresh_refused");
            return;
        };
        let making = self.making(cache, key, Some(known));
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
        cache: &Arc<Results>,
        key: Key,
        known: Option<Product>,
        trace: &mut Trace,
    ) -> Result<Made, Failure> {
        let _place = self.place()?;
        let (outcome, told) = self.making(cache, key, known).await;
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
        state.admission.request(&endpoint.claim)
    }

    fn making(
        &self,
        cache: &Arc<Results>,
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
            cache: Arc::clone(cache),
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
