//! Concurrent requests for one original share one fetch.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use imgplane_config::ObjectId;
use tokio_util::task::AbortOnDropHandle;

use crate::{ChainFailure, Code, Failure, Fetched, Meta, Origin, Purpose, Request, fetch_chain};

/// How many bytes of a file [`Merge::fetch_merged`] shows before it is decided what happens with it: enough to
/// recognise every format, SVG with a long comment in front included.
const FIRST_BYTES: usize = 1024;

/// What makes two requests ask for the same original.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MergeKey {
    /// The URL endpoint; two endpoints never share a fetch, because their origins differ.
    pub endpoint: ObjectId,
    /// Resource path, raw.
    pub resource: String,
    /// Query that is forwarded to the origin, raw.
    pub query: Option<String>,
}

/// What is to happen with a file whose headers and first bytes are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Read it whole and give it to everybody who waits.
    Collect,
    /// Pass it through.
    Stream,
}

/// A file that was read whole.
#[derive(Debug, Clone)]
pub struct Original {
    /// The origin that had it.
    pub origin: Arc<Origin>,
    /// What that origin says of it.
    pub meta: Meta,
    /// All of its bytes.
    pub bytes: Bytes,
}

/// What came of a shared fetch.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "moved once or twice for each request, next to a whole fetch")]
pub enum Merged {
    /// The file, read whole; shared by everybody who waited.
    Collected(Arc<Original>),
    /// The file is to be passed through; one stream, for this caller alone.
    Stream(Arc<Origin>, Fetched),
}

/// Shares fetches between concurrent requests for the same original.
///
/// A fetch runs in a task of its own, so that a client that goes away takes nothing from the others; when nobody
/// waits any more, it is aborted. Failures are shared as well.
#[derive(Clone, Default)]
pub struct Merge {
    flights: Arc<Mutex<Flights>>,
}

type Flight = BoxFuture<'static, Result<Landed, ChainFailure>>;
/// A stream until one of the waiting takes it.
type Slot = Arc<Mutex<Option<(Arc<Origin>, Fetched)>>>;

#[derive(Default)]
struct Flights {
    next: u64,
    by_key: HashMap<MergeKey, (u64, WeakShared<Flight>)>,
}

#[derive(Clone)]
enum Landed {
    Collected(Arc<Original>),
    Stream(Slot),
}

impl Merge {
    /// No fetch runs yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many fetches run now.
    pub fn in_flight(&self) -> usize {
        lock(&self.flights).by_key.len()
    }

    /// Fetches an original, or joins a fetch of it that runs already.
    ///
    /// `decide` is asked once per fetch, with the file's headers and its first bytes (at most 1 KiB, fewer only
    /// for shorter files). For [`Decision::Collect`] the limits of `request.purpose` hold. For
    /// [`Decision::Stream`] one caller gets the stream and each of the others makes a fetch of its own, because a
    /// stream has one reader.
    ///
    /// Must run inside a Tokio runtime.
    ///
    /// # Errors
    /// [`ChainFailure`], the same for everybody who waited.
    pub async fn fetch_merged(
        &self,
        key: MergeKey,
        origins: Vec<Arc<Origin>>,
        request: Request,
        decide: impl FnOnce(&Meta, &[u8]) -> Decision + Send + 'static,
    ) -> Result<Merged, ChainFailure> {
        let landing = self.board(key, origins.clone(), request.clone(), decide);
        match landing.await? {
            Landed::Collected(original) => Ok(Merged::Collected(original)),
            Landed::Stream(slot) => {
                let taken = lock(&slot).take();
                if let Some((origin, fetched)) = taken {
                    return Ok(Merged::Stream(origin, fetched));
                }
                let request = Request { purpose: Purpose::Stream, ..request };
                let (origin, fetched) = fetch_chain(&origins, &request).await?;
                Ok(Merged::Stream(origin, fetched))
            }
        }
    }

    /// The running fetch of `key`, or a new one.
    fn board(
        &self,
        key: MergeKey,
        origins: Vec<Arc<Origin>>,
        request: Request,
        decide: impl FnOnce(&Meta, &[u8]) -> Decision + Send + 'static,
    ) -> Shared<Flight> {
        let mut flights = lock(&self.flights);
        if let Some(landing) = flights.by_key.get(&key).and_then(|(_, weak)| weak.upgrade()) {
            return landing;
        }
        flights.next += 1;
        let number = flights.next;
        let departure = Departure { flights: Arc::clone(&self.flights), key: key.clone(), number };
        let task = AbortOnDropHandle::new(tokio::spawn(async move {
            let _departure = departure;
            fly(&origins, request, decide).await
        }));
        let landing = async move { task.await.unwrap_or_else(|_| Err(lost())) }.boxed().shared();
        if let Some(weak) = landing.downgrade() {
            flights.by_key.insert(key, (number, weak));
        }
        landing
    }
}

impl fmt::Debug for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merge").field("in_flight", &self.in_flight()).finish()
    }
}

/// Takes a fetch off the list when it ended or was aborted, so that the next request starts afresh.
struct Departure {
    flights: Arc<Mutex<Flights>>,
    key: MergeKey,
    number: u64,
}

impl Drop for Departure {
    fn drop(&mut self) {
        let mut flights = lock(&self.flights);
        if flights.by_key.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            flights.by_key.remove(&self.key);
        }
    }
}

/// One shared fetch.
async fn fly(
    origins: &[Arc<Origin>],
    request: Request,
    decide: impl FnOnce(&Meta, &[u8]) -> Decision,
) -> Result<Landed, ChainFailure> {
    // Whether limits of decoding apply is known after the first bytes; until then it is a stream.
    let purpose = request.purpose;
    let request = Request { purpose: Purpose::Stream, ..request };
    let started = tokio::time::Instant::now();
    let (origin, mut fetched) = fetch_chain(origins, &request).await?;
    let fail = |failure: Failure| ChainFailure { all: vec![(origin.id().clone(), failure.clone())], failure };
    fetched = origin.decoded_if_possible(fetched);
    let first = fetched.body.peek(FIRST_BYTES).await.map_err(fail)?;
    match decide(&fetched.meta, &first) {
        Decision::Stream => Ok(Landed::Stream(Arc::new(Mutex::new(Some((origin, fetched)))))),
        Decision::Collect => {
            let max_bytes = match purpose {
                Purpose::Whole { max_bytes } => max_bytes,
                Purpose::Stream => u64::MAX,
            };
            let Fetched { meta, body, .. } = origin.settle(fetched, max_bytes, started).map_err(fail)?;
            let bytes = body.collect(max_bytes).await.map_err(fail)?;
            Ok(Landed::Collected(Arc::new(Original { origin, meta, bytes })))
        }
    }
}

/// The fetch's task ended without a result, which only a defect of this program can cause.
fn lost() -> ChainFailure {
    let failure = Failure::new(Code::Unidentified, "the fetch was lost", "its task panicked; see the log");
    ChainFailure { failure, all: Vec::new() }
}

/// A poisoned lock is taken over: every change under these locks is complete before anything can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
