//! Files that pass through: kept on their way, as they are or as they were compressed, and found again as either.

use super::{
    super::{
        compression::{accepted_coding, is_text_like},
        delivery::Content,
        keeping::{self, Keep},
        product::{Head, Product},
        shelves::Shelves,
        trace::{CacheUse, Trace},
    },
    Good, Judged, Made, Request, origin_decides,
};
use crate::error::Failure;

impl Request<'_> {
    /// In the coding that the client takes or as it is, whichever is kept; else from the origins, and kept on its way.
    pub(super) async fn passed(&self, shelves: &Shelves, trace: &mut Trace) -> Result<Made, Failure> {
        let key = self.key();
        let coded = accepted_coding(&self.head.headers).map(|coding| keeping::coded(key, coding));
        for name in coded.into_iter().chain([key]) {
            let Some((entry, tier)) = shelves.get(&name).await else { continue };
            match self.judged(Product::kept(entry)) {
                Judged::Good(Good { product, age, renewable: false }) => {
                    self.count(tier.as_str());
                    trace.cache = CacheUse::Hit;
                    let (head, length) = (product.entry.head.clone(), product.entry.body.len() as u64);
                    let mut made = self.serve(product, age, trace)?;
                    // Where it is compressed on its way, that is worth keeping too.
                    if head.compressible && name == key {
                        made.delivery.keep = Some(Box::new(self.keep(shelves, head, length)));
                    }
                    return Ok(made);
                }
                // These are fetched again past their time.
                Judged::Good(_) | Judged::Past(_) => {}
                Judged::Purged => shelves.forget(&name),
            }
        }
        if let Some(made) = Box::pin(self.passed_from_store(shelves, trace)).await {
            return made;
        }
        self.count("miss");
        let purged = self.context.app.purges.known();
        let mut made = self.uncached(trace).await?;
        trace.cache = CacheUse::Miss;
        if made.lifetime.no_store && origin_decides(&made.origin, &self.context.endpoint.config) {
            return Ok(made);
        }
        match &made.delivery.content {
            Content::Stream(_, Some(length)) => {
                let length = *length;
                let head = Head::of_stream(&made, self.context, self.planned, purged);
                made.delivery.keep = Some(Box::new(self.keep(shelves, head, length)));
            }
            // What is here already, as a saved original is, need not come again.
            Content::Bytes(bytes, _) if bytes.len() <= shelves.largest() => {
                let body = bytes.clone();
                let head = Head::of_stream(&made, self.context, self.planned, purged);
                self.keep(shelves, head, body.len() as u64).at_once(body);
            }
            Content::Bytes(..) | Content::Stream(..) | Content::Compressed(_) | Content::Part(..) => {}
        }
        Ok(made)
    }

    /// What the store has. It is asked for one form only: compressed where the client takes that and the name tells that
    /// the file was. Whoever wants a part of a file that is not here has it from its origin.
    async fn passed_from_store(&self, shelves: &Shelves, trace: &mut Trace) -> Option<Result<Made, Failure>> {
        if !shelves.has_store() || self.head.headers.contains_key(http::header::RANGE) {
            return None;
        }
        let key = self.key();
        let guessed = mime_guess::from_path(&self.planned.target.resource).first_raw();
        let coding = accepted_coding(&self.head.headers).filter(|_| guessed.is_some_and(is_text_like));
        let name = coding.map_or(key, |coding| keeping::coded(key, coding));
        let product = self.found(shelves, name).await?;
        let Judged::Good(Good { product, age, renewable: false }) = self.judged(product) else { return None };
        shelves.promote(name, &product);
        self.count("store");
        trace.cache = CacheUse::Hit;
        Some(self.serve(product, age, trace))
    }

    fn keep(&self, shelves: &Shelves, head: Head, length: u64) -> Keep {
        Keep {
            shelves: shelves.clone(),
            key: self.key(),
            head,
            length,
            open_ended: false,
            insertions: self.context.app.metrics.cache_insertions.clone(),
        }
    }
}
