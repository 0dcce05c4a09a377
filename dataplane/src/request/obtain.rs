//! Where what is delivered comes from: the cache, else the origins, once for all who want it at the same time.
//!
//! Permission is no part of what is kept or shared. It is judged for every request on its own, and work that is shared is
//! shared only between those who may see what comes of it.

mod cache_key;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use imgplane_cache::Key;
use imgplane_origins::Code;

pub(super) use self::cache_key::is_kept;
use super::{
    accept::Accept,
    delivery::{Delivery, Of},
    fetch::{self, Fetcher, Source},
    flight::{Arrival, Stream},
    merge::Merge,
    original::{Order, Passing},
    plan::Planned,
    produce,
    product::Product,
    trace::{CacheUse, Trace},
    unchanged,
};
use crate::{
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
}

/// What came of shared work.
#[derive(Debug, Clone)]
enum Landed {
    /// Bytes that all can have.
    Product(Product),
    /// A file that is passed through.
    Stream(Stream),
}

/// Everything that decides what is made, who may see it, and which purge it knows of.
type WorkKey = (Key, bool, u64);
/// What came of it, and what is told of how.
type Outcome = (Result<Landed, Failure>, Arc<Trace>);

/// What one endpoint makes now.
#[derive(Debug, Default)]
pub(crate) struct Makings(Merge<WorkKey, Outcome>);

/// Obtains the file that a URL asks for.
pub(super) async fn obtain(
    context: &Context,
    planned: &Arc<Planned>,
    head: &http::request::Parts,
    trace: &mut Trace,
) -> Result<Made, Failure> {
    let accept = Accept::of_client(&head.headers, &context.endpoint.config.accept_overrides);
    let order = fetch::order(context, planned, head);
    let request = Request { context, planned, headers: &head.headers, order, accept };
    match context.app.results.current().filter(|_| is_kept(planned, &request.order)) {
        Some(cache) => request.cached(&cache, trace).await,
        None => request.uncached(trace).await,
    }
}

/// One request for a file.
struct Request<'a> {
    context: &'a Context,
    planned: &'a Arc<Planned>,
    headers: &'a http::HeaderMap,
    order: Order,
    accept: Accept,
}

impl Request<'_> {
    /// Without a cache.
    async fn uncached(&self, trace: &mut Trace) -> Result<Made, Failure> {
        match self.fetcher().fetch(trace).await? {
            Source::Pass(passing) => self.pass(passing),
            Source::Image(original) => {
                let product = produce::produce(
                    self.context,
                    self.planned,
                    original,
                    self.accept,
                    self.order.purged,
                    trace,
                );
                self.deliver(product.await?)
            }
        }
    }

    fn fetcher(&self) -> Fetcher<'_> {
        Fetcher { context: self.context, planned: self.planned, headers: self.headers, order: &self.order }
    }

    async fn cached(&self, cache: &Arc<Results>, trace: &mut Trace) -> Result<Made, Failure> {
        let Context { app, endpoint, .. } = self.context;
        let caching = &endpoint.config.caching;
        let key = cache_key::of(app, endpoint, self.planned, &self.order, self.accept);
        let (found, outcome) = match cache.get(&key).await {
            None => (None, "miss"),
            Some((entry, _)) if app.purges.covers(&entry.head.subject) => {
                cache.remove(&key);
                (None, "purged")
            }
            Some((entry, tier)) => {
                let product = Product::kept(entry);
                let age = product.age(SystemTime::now());
                if age < caching.ttl {
                    self.count(tier.as_str());
                    trace.cache = CacheUse::Hit;
                    return self.serve(product, age, trace);
                }
                (Some((product, age)), "expired")
            }
        };
        self.count(outcome);
        trace.cache = CacheUse::Miss;
        match self.together(cache, key, trace).await {
            Err(failure) if failure.code() == Some(Code::Enoent.as_str()) && found.is_some() => {
                // The file is gone: no failure that comes later may bring it back.
                cache.remove(&key);
                Err(failure)
            }
            Err(failure) if failure.is_outage() => match found {
                Some((product, age)) if age < caching.ttl.saturating_add(caching.stale_if_error) => {
                    trace.detail = failure.detail();
                    trace.cache = CacheUse::Stale;
                    self.serve(product, age, trace)
                }
                Some(_) | None => Err(failure),
            },
            outcome => outcome,
        }
    }

    fn count(&self, outcome: &'static str) {
        self.context.app.metrics.cache_lookups.get_or_create(&LookupLabel { outcome }).inc();
    }

    /// Delivers what was kept, to whom it may be shown.
    fn serve(&self, product: Product, age: Duration, trace: &mut Trace) -> Result<Made, Failure> {
        trace.origin = Some(product.entry.head.origin.clone());
        let made = self.deliver(product)?;
        Ok(Made { delivery: Delivery { age: Some(age.as_secs()), ..made.delivery }, ..made })
    }

    /// Makes what is wanted, or joins whoever makes it.
    async fn together(&self, cache: &Arc<Results>, key: Key, trace: &mut Trace) -> Result<Made, Failure> {
        let Context { app, endpoint, .. } = self.context;
        let work = Work {
            context: self.context.clone(),
            planned: Arc::clone(self.planned),
            order: self.order.clone(),
            accept: self.accept,
            cache: Arc::clone(cache),
            key,
        };
        let shared_with = (key, self.planned.permission.opens_private(), self.order.purged);
        let making = endpoint.makings.0.join(shared_with, &app.metrics.merged, || work.done());
        let (outcome, told) = making.await;
        trace.take_over(&told);
        match outcome? {
            Landed::Product(product) => self.deliver(product),
            Landed::Stream(stream) => {
                // A stream is not kept.
                trace.cache = CacheUse::Off;
                match self.fetcher().take(&stream, trace).await? {
                    Source::Pass(passing) => self.pass(passing),
                    Source::Image(_) => Err(Failure::Internal("a stream became a picture".to_owned())),
                }
            }
        }
    }

    fn pass(&self, passing: Box<Passing>) -> Result<Made, Failure> {
        let is_private = fetch::is_private(&self.context.endpoint, &passing.fetched.meta);
        let asked = self.planned.plan.is_original();
        let delivery = unchanged::pass(self.planned, passing)?;
        Ok(Made { delivery, of: Of::Original { asked }, is_private })
    }

    fn deliver(&self, product: Product) -> Result<Made, Failure> {
        let endpoint = &self.context.endpoint;
        let is_private = product.entry.head.is_private || endpoint.config.security.treat_all_as_private;
        if is_private && !self.planned.permission.opens_private() {
            return Err(Unauthorized::Private.into());
        }
        let of = product.entry.head.of;
        Ok(Made { delivery: product.delivery(endpoint, self.planned), of, is_private })
    }
}

/// Work that is shared, with everything that it needs.
struct Work {
    context: Context,
    planned: Arc<Planned>,
    order: Order,
    accept: Accept,
    cache: Arc<Results>,
    key: Key,
}

impl Work {
    async fn done(self) -> Outcome {
        let mut trace = Trace::new();
        let outcome = self.run(&mut trace).await;
        (outcome, Arc::new(trace))
    }

    async fn run(&self, trace: &mut Trace) -> Result<Landed, Failure> {
        let no_headers = http::HeaderMap::new();
        let fetcher = Fetcher {
            context: &self.context,
            planned: &self.planned,
            headers: &no_headers,
            order: &self.order,
        };
        let original = match fetcher.arrival(trace).await? {
            Arrival::Stream(stream) => return Ok(Landed::Stream(stream)),
            Arrival::Whole(original) => original,
        };
        let product =
            produce::produce(&self.context, &self.planned, original, self.accept, self.order.purged, trace)
                .await?;
        self.keep(&product);
        Ok(Landed::Product(product))
    }

    fn keep(&self, product: &Product) {
        let kept = self.cache.insert(self.key, Arc::clone(&product.entry));
        let outcome = if kept { "kept" } else { "too_large" };
        self.context.app.metrics.cache_insertions.get_or_create(&LookupLabel { outcome }).inc();
    }
}
