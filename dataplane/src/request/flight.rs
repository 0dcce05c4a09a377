//! Fetches that are shared: requests that come while an original is on its way wait for the same bytes.

use std::sync::{Arc, Mutex};

use imgplane_origins::Condition;
use prometheus_client::metrics::counter::Counter;

use super::{
    kind::Kind,
    merge::{Merge, lock},
    original::{FetchError, Found, Known, Order, Original, Passing},
};
use crate::{admission::Admission, purge::Knowledge};

/// What came of a shared fetch.
#[derive(Clone)]
enum Landed {
    Whole(Arc<Original>),
    Stream(Stream),
    Known(Known),
}

/// A stream has one reader: the first that takes it.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    /// What is streamed.
    pub(super) kind: Kind,
    /// It is a copy that was saved.
    pub(super) is_copy: bool,
    passing: Arc<Mutex<Option<Box<Passing>>>>,
}

impl Stream {
    /// The stream itself, unless somebody has taken it.
    pub(super) fn take(&self) -> Option<Box<Passing>> {
        lock(&self.passing).take()
    }
}

/// Everything that decides what an origin is asked.
type Key = (String, Option<String>, Option<String>, [bool; 3], Knowledge, Option<Condition>);

/// The fetches of one endpoint that run now.
#[derive(Debug, Default)]
pub(crate) struct Flights(Merge<Key, Result<Landed, FetchError>>);

/// What a fetch gave to one of those that wanted it.
pub(super) enum Arrival {
    /// The whole original.
    Whole(Arc<Original>),
    /// A file that is passed through.
    Stream(Stream),
    /// It is the file that is known.
    Known(Known),
}

impl Flights {
    /// Fetches, or joins a fetch of the same original, which `joined` counts. A fetch that began before a purge is not
    /// joined after it.
    pub(super) async fn fetch(
        &self,
        order: Order,
        admission: Arc<Admission>,
        joined: &Counter,
    ) -> Result<Arrival, FetchError> {
        let key = (
            order.resource.clone(),
            order.query.clone(),
            order.host.clone(),
            [order.from_ourselves, order.draws_svg, order.reads_whole],
            order.purged,
            order.condition.clone(),
        );
        let landing = self.0.join(key, joined, || async move {
            Ok(match order.find(&admission).await? {
                Found::Whole(original) => Landed::Whole(original),
                Found::Known(known) => Landed::Known(known),
                Found::Stream(passing) => Landed::Stream(Stream {
                    kind: passing.kind,
                    is_copy: passing.copy.is_some(),
                    passing: Arc::new(Mutex::new(Some(passing))),
                }),
            })
        });
        Ok(match landing.await? {
            Landed::Whole(original) => Arrival::Whole(original),
            Landed::Stream(stream) => Arrival::Stream(stream),
            Landed::Known(known) => Arrival::Known(known),
        })
    }
}
