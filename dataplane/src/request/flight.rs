//! Fetches that are shared: requests that come while an original is on its way wait for the same bytes.
//!
//! A fetch runs as long as anybody waits for it. Its memory is reserved before it is read: all at once where the
//! origin tells the length, piece by piece where it does not.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use imgplane_origins::{
    Body, ChainFailure, Code, Failure as OriginFailure, Fetched, Meta, Origin, Purpose, Request, fetch_chain,
};
use prometheus_client::metrics::counter::Counter;

use super::kind::{Expected, Kind, kind_of};
use crate::{
    admission::{Admission, Refused},
    budget::Reservation,
    state::OriginHandle,
};

/// How much of a file is looked at before it is decided what happens with it: an SVG may begin with a comment.
const FIRST_BYTES: usize = 1024;
/// First reservation for an original of unknown length.
const UNKNOWN_LENGTH: u64 = 256 << 10;

/// An original that was read whole, and the memory it takes.
#[derive(Debug)]
pub(crate) struct Original {
    /// The origin that had it.
    pub(super) origin: Arc<Origin>,
    /// What that origin says of it.
    pub(super) meta: Meta,
    /// Its bytes.
    pub(super) bytes: Bytes,
    _hold: Reservation,
}

/// A file that is passed through.
#[derive(Debug)]
pub(super) struct Passing {
    /// The origin that has it.
    pub(super) origin: Arc<Origin>,
    /// Its headers and bytes.
    pub(super) fetched: Fetched,
    /// What it is.
    pub(super) kind: Kind,
}

/// Why a fetch failed.
#[derive(Debug, Clone)]
pub(super) enum FetchError {
    /// At the origins.
    Chain(ChainFailure),
    /// For want of memory here.
    Refused(Refused),
}

impl From<ChainFailure> for FetchError {
    fn from(failure: ChainFailure) -> Self {
        Self::Chain(failure)
    }
}

/// What to fetch, and within which bounds.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// Raw resource path.
    pub(super) resource: String,
    /// Query for web origins.
    pub(super) query: Option<String>,
    /// File name, decoded.
    pub(super) name: String,
    /// What that name lets expect.
    pub(super) expected: Expected,
    /// Largest original that is decoded.
    pub(super) max_bytes: u64,
}

/// What came of a shared fetch.
#[derive(Clone)]
enum Landed {
    Whole(Arc<Original>),
    /// A stream has one reader: the first that takes it.
    Stream(Arc<Mutex<Option<Box<Passing>>>>, Kind),
}

type Landing = BoxFuture<'static, Result<Landed, FetchError>>;
type Key = (String, Option<String>);

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
        origins: Vec<OriginHandle>,
        admission: Arc<Admission>,
        joined: &Counter,
    ) -> Result<Arrival, FetchError> {
        Ok(match self.board(order, origins, admission, joined).await? {
            Landed::Whole(original) => Arrival::Whole(original),
            Landed::Stream(slot, kind) => {
                lock(&slot).take().map_or(Arrival::StreamTaken(kind), Arrival::Stream)
            }
        })
    }

    fn board(
        &self,
        order: Order,
        origins: Vec<OriginHandle>,
        admission: Arc<Admission>,
        joined: &Counter,
    ) -> Shared<Landing> {
        let key = (order.resource.clone(), order.query.clone());
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
            fly(&order, &origins, &admission).await
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

async fn fly(order: &Order, origins: &[OriginHandle], admission: &Admission) -> Result<Landed, FetchError> {
    let whole = Purpose::Whole { max_bytes: order.max_bytes };
    let purpose = if order.expected == Expected::Raster { whole } else { Purpose::Stream };
    let mut passing = look(order, origins, purpose).await?;
    // A file that turns out to be an image in a content encoding is fetched as one, which undoes the encoding.
    let encoded = passing.fetched.meta.content_encoding.is_some();
    if purpose == Purpose::Stream && encoded && matches!(passing.kind, Kind::Raster | Kind::Claimed) {
        drop(passing);
        passing = look(order, origins, whole).await?;
    }
    if passing.kind != Kind::Raster {
        let kind = passing.kind;
        return Ok(Landed::Stream(Arc::new(Mutex::new(Some(Box::new(passing)))), kind));
    }
    let Passing { origin, fetched: Fetched { meta, body, .. }, .. } = passing;
    let limit = total_timeout(origins, &origin);
    let read = read(body, meta.content_length, order.max_bytes, admission);
    let outcome = tokio::time::timeout(limit, read).await.unwrap_or_else(|_| {
        let message = "the transfer took longer than an image may take";
        Err(ReadError::Origin(failure(Code::Unidentified, message, "raise the origin's fetch.totalTimeout")))
    });
    match outcome {
        Ok((bytes, hold)) => Ok(Landed::Whole(Arc::new(Original { origin, meta, bytes, _hold: hold }))),
        Err(ReadError::Origin(failure)) => Err(of_one(&origin, failure)),
        Err(ReadError::Refused(refused)) => Err(FetchError::Refused(refused)),
    }
}

/// Opens the file at the first origin that has it, and looks at its first bytes.
async fn look(order: &Order, origins: &[OriginHandle], purpose: Purpose) -> Result<Passing, FetchError> {
    let request =
        Request { resource: order.resource.clone(), query: order.query.clone(), range: None, purpose };
    let chain: Vec<Arc<Origin>> = origins.iter().map(|handle| Arc::clone(&handle.origin)).collect();
    let (origin, mut fetched) = fetch_chain(&chain, &request).await?;
    let first = fetched.body.peek(FIRST_BYTES).await.map_err(|failure| of_one(&origin, failure))?;
    let kind = kind_of(&first, fetched.meta.content_type.as_deref(), &order.name);
    Ok(Passing { origin, fetched, kind })
}

enum ReadError {
    Origin(OriginFailure),
    Refused(Refused),
}

impl From<OriginFailure> for ReadError {
    fn from(failure: OriginFailure) -> Self {
        Self::Origin(failure)
    }
}

impl From<Refused> for ReadError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

async fn read(
    mut body: Body,
    length: Option<u64>,
    max_bytes: u64,
    admission: &Admission,
) -> Result<(Bytes, Reservation), ReadError> {
    if let Some(length) = length {
        if length > max_bytes {
            return Err(too_large(max_bytes).into());
        }
        let hold = admission.hold_original(length).await?;
        return Ok((body.collect(max_bytes).await?, hold));
    }
    let mut hold = admission.hold_original(UNKNOWN_LENGTH.min(max_bytes)).await?;
    let mut bytes = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece?;
        let needed = (bytes.len() + piece.len()) as u64;
        if needed > max_bytes {
            return Err(too_large(max_bytes).into());
        }
        // Twice the bytes, because a buffer that grows is copied into a larger one.
        if !hold.try_grow(needed * 2).map_err(Refused::from)? {
            return Err(Refused::QueueFull.into());
        }
        bytes.extend_from_slice(&piece);
    }
    hold.shrink(bytes.capacity() as u64);
    Ok((bytes.freeze(), hold))
}

fn too_large(limit: u64) -> OriginFailure {
    let message = format!("The file has more bytes than the limit of {limit} bytes");
    failure(Code::Elimit, &message, "raise the endpoint's limits.maxInputBytes or use a smaller file")
}

fn failure(code: Code, message: &str, advice: &str) -> OriginFailure {
    OriginFailure {
        code,
        message: message.to_owned(),
        detail: format!("{message}: {advice}"),
        http_status: None,
        provider_code: None,
        bad_request: false,
    }
}

fn of_one(origin: &Origin, failure: OriginFailure) -> FetchError {
    FetchError::Chain(ChainFailure { all: vec![(origin.id().clone(), failure.clone())], failure })
}

fn total_timeout(origins: &[OriginHandle], origin: &Arc<Origin>) -> Duration {
    let handle = origins.iter().find(|handle| Arc::ptr_eq(&handle.origin, origin));
    handle.map_or(Duration::from_secs(30), |handle| handle.total_timeout)
}
