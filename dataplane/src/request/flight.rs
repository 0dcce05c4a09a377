//! Fetches that are shared: requests that come while an original is on its way wait for the same bytes.
//!
//! A fetch runs as long as anybody waits for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use prometheus_client::metrics::counter::Counter;

use super::{
    kind::Kind,
    original::{FetchError, Found, Order, Original, Passing},
};
use crate::admission::Admission;

/// What came of a shared fetch.
#[derive(Clone)]
enum Landed {
    Whole(Arc<Original>),
    /// A stream has one reader: the first that takes it.
    Stream(Arc<Mutex<Option<Box<Passing>>>>, Kind),
}

type Landing = BoxFuture<'static, Result<Landed, FetchError>>;
/// Everything that decides what an origin is asked.
type Key = (String, Option<String>, Option<String>, bool);

/// The fetches of one endpoint that run now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flights(Arc<Mutex<Board>>);

#[derive(Debug, Default)]
struct Board {
    next: u64,
    by_key: HashMap<Key, (u64, WeakShared<Landing>)>,
}

/// What a fetch gave to one of those that wanted it.
pub(super) enum Arrival {
    /// The whole original.
    Whole(Arc<Original>),
    /// A file that is passed through.
    Stream(Box<Passing>),
    /// A file of this kind is passed through, and somebody else reads that stream.
    StreamTaken(Kind),
}

impl Flights {
    /// Fetches, or joins a fetch of the same original, which `joined` counts.
    pub(super) async fn fetch(
        &self,
        order: Order,
        admission: Arc<Admission>,
        joined: &Counter,
    ) -> Result<Arrival, FetchError> {
        Ok(match self.board(order, admission, joined).await? {
            Landed::Whole(original) => Arrival::Whole(original),
            Landed::Stream(slot, kind) => {
                lock(&slot).take().map_or(Arrival::StreamTaken(kind), Arrival::Stream)
            }
        })
    }

    fn board(&self, order: Order, admission: Arc<Admission>, joined: &Counter) -> Shared<Landing> {
        let key = (order.resource.clone(), order.query.clone(), order.host.clone(), order.from_ourselves);
        let mut board = lock(&self.0);
        if let Some(landing) = board.by_key.get(&key).and_then(|(_, landing)| landing.upgrade()) {
            joined.inc();
            return landing;
        }
        board.next += 1;
        let number = board.next;
        let departure = Departure { board: Arc::clone(&self.0), key: key.clone(), number };
        let landing = async move {
            let _departure = departure;
            Ok(match order.find(&admission).await? {
                Found::Whole(original) => Landed::Whole(original),
                Found::Stream(passing) => {
                    let kind = passing.kind;
                    Landed::Stream(Arc::new(Mutex::new(Some(passing))), kind)
                }
            })
        };
        let landing = landing.boxed().shared();
        if let Some(weak) = landing.downgrade() {
            board.by_key.insert(key, (number, weak));
        }
        landing
    }
}

/// Takes a fetch off the board when it landed or nobody waits any more, so that the next request starts afresh.
struct Departure {
    board: Arc<Mutex<Board>>,
    key: Key,
    number: u64,
}

impl Drop for Departure {
    fn drop(&mut self) {
        let mut board = lock(&self.board);
        if board.by_key.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            board.by_key.remove(&self.key);
        }
    }
}

/// Changes under these locks are complete before anything can panic, so a poisoned one is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
