//! The making of one result: work that all who want it at the same time share, and that is kept.

use std::sync::Arc;

use imgplane_cache::Key;
use imgplane_origins::Code;

use super::{
    super::{
        accept::Accept,
        fetch::Fetcher,
        flight::{Arrival, Stream},
        original::Order,
        plan::Planned,
        produce,
        product::Product,
        shelves::Shelves,
        trace::{CacheUse, Trace},
    },
    Context, freshness,
};
use crate::{error::Failure, metrics::LookupLabel, permission::Unauthorized, purge::Knowledge};

/// What came of shared work.
#[derive(Debug, Clone)]
pub(super) enum Landed {
    /// Bytes that all can have.
    Product(Product),
    /// A file that is passed through.
    Stream(Stream),
}

/// Everything that decides what is made, who may see it, and which purge it knows of.
pub(super) type WorkKey = (Key, bool, Knowledge);
/// What came of it, and what is told of how.
pub(super) type Outcome = (Result<Landed, Failure>, Arc<Trace>);

/// Work that is shared, with everything that it needs.
pub(super) struct Work {
    pub(super) context: Context,
    pub(super) planned: Arc<Planned>,
    pub(super) order: Order,
    pub(super) accept: Accept,
    pub(super) shelves: Shelves,
    pub(super) key: Key,
    /// What was kept and is past its time.
    pub(super) known: Option<Product>,
}

impl Work {
    /// Does it, and tells how it went.
    pub(super) async fn done(self) -> Outcome {
        let mut trace = Trace::new();
        let outcome = self.run(&mut trace).await;
        if let Err(failure) = &outcome
            && self.is_over(failure)
        {
            self.shelves.remove(self.key);
        }
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
            Arrival::Known(said) => {
                let known =
                    self.known.as_ref().ok_or_else(|| Failure::Internal("nothing is known".to_owned()))?;
                let renewed = known.renewed(&said, self.order.purged);
                self.keep(&renewed);
                trace.cache = CacheUse::Refresh;
                return Ok(Landed::Product(renewed));
            }
        };
        let product =
            produce::produce(&self.context, &self.planned, original, self.accept, &self.order, trace).await?;
        self.keep(&product);
        Ok(Landed::Product(product))
    }

    /// Whether nothing that was kept may stand in any more, whatever fails later: the file is gone, or is private now and
    /// was not.
    fn is_over(&self, failure: &Failure) -> bool {
        let was_open = || self.known.as_ref().is_some_and(|known| !known.entry.head.is_private);
        match failure {
            Failure::Unauthorized(Unauthorized::Private) => was_open(),
            failure => failure.code() == Some(Code::Enoent.as_str()),
        }
    }

    fn keep(&self, product: &Product) {
        if self.context.app.purges.covers(&product.entry.head) {
            // It would take the place of one that was made since.
            return;
        }
        if freshness::is_forbidden(product, &self.context.endpoint.config) {
            self.shelves.remove(self.key);
            return;
        }
        let kept = self.shelves.insert(self.key, &product.entry);
        let outcome = if kept { "kept" } else { "too_large" };
        self.context.app.metrics.cache_insertions.get_or_create(&LookupLabel { outcome }).inc();
    }
}
