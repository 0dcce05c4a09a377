//! A copy of an original, as if its origin had just sent it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use imgplane_origins::{Body, Condition, Fetched, FetchedStatus, Lifetime, Meta, Origin};

use super::{
    super::{
        original::{Known, Order, Original, Passing},
        product::{Entry, Product},
    },
    Saving,
};
use crate::admission::Permit;

/// A copy of an original.
#[derive(Debug, Clone)]
pub(in super::super) struct Saved {
    /// It.
    pub(in super::super) original: Arc<Original>,
    /// It is good without asking its origin.
    pub(in super::super) is_good: bool,
    /// How its origin is asked whether it still has the same; absent where nothing tells.
    pub(in super::super) condition: Option<Condition>,
    /// How long its origin let it be kept, from when it said so.
    lifetime: Lifetime,
    /// How long its origin needed for it.
    pub(super) took: Duration,
    /// How much sooner it was here than from its origin.
    pub(super) gained: Duration,
}

impl Saved {
    /// Of what was found, which took so long.
    pub(super) fn new(
        saving: &Saving,
        entry: &Arc<Entry>,
        hold: Permit,
        origin: Arc<Origin>,
        lookup: Duration,
        now: SystemTime,
    ) -> Self {
        let product = Product::kept(Arc::clone(entry));
        let (age, head) = (product.age(now), &entry.head);
        let is_good = saving.lifetime(head).is_none_or(|lifetime| age < lifetime);
        let mut meta = head.meta(entry.body.len() as u64);
        let lifetime = meta.lifetime;
        // What is made of it is good no longer than it is.
        meta.lifetime.max_age = meta.lifetime.max_age.map(|max_age| max_age.saturating_sub(age));
        let took = Duration::from_millis(head.took.unwrap_or_default());
        Self {
            condition: product.condition(),
            original: Arc::new(Original::saved(origin, meta, entry.body.clone(), hold)),
            is_good,
            lifetime,
            took,
            gained: took.saturating_sub(lookup),
        }
    }

    /// The same after its origin said that it still has it. What the origin says no more of its lifetime stays.
    pub(in super::super) fn renewed(&self, said: &Known) -> Self {
        let original = &self.original;
        let lifetime = if said.lifetime == Lifetime::default() { self.lifetime } else { said.lifetime };
        let is_private = original.meta.is_private || said.is_private;
        let meta = Meta { lifetime, is_private, ..original.meta.clone() };
        Self { original: Arc::new(original.with(meta)), is_good: true, lifetime, ..self.clone() }
    }

    /// Whether it is what somebody knows already.
    pub(in super::super) fn is(&self, known: &Condition) -> bool {
        self.condition.as_ref() == Some(known)
    }

    /// As a file that passes through.
    pub(in super::super) fn passing(&self, order: &Order) -> Box<Passing> {
        let Original { origin, meta, bytes, .. } = &*self.original;
        Box::new(Passing {
            origin: Arc::clone(origin),
            kind: order.kind_of(bytes, meta),
            fetched: Fetched {
                status: FetchedStatus::Whole,
                meta: Meta { content_length: Some(bytes.len() as u64), ..meta.clone() },
                body: Body::from(bytes.clone()),
            },
            start: Some(bytes.slice(..bytes.len().min(1024))),
            copy: Some(Arc::clone(&self.original)),
        })
    }
}
