//! One original on its way: opened at the first origin that has it, looked at, and read whole where it is decoded.
//!
//! Its memory is reserved before it is read: all at once where the origin tells the length, piece by piece where it
//! does not.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use imgplane_config::ObjectId;
use imgplane_origins::{
    Body, ChainFailure, Failure as OriginFailure, Fetched, Meta, Origin, Purpose, Request, fetch_chain_noting,
};
use prometheus_client::metrics::{counter::Counter, family::Family};
use tokio::time::Instant;

use super::kind::{Kind, kind_of};
use crate::{
    admission::{Admission, Refused},
    budget::Reservation,
    metrics::FetchLabels,
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
    /// Its first bytes, where they were looked at.
    pub(super) start: Option<Bytes>,
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

impl From<Refused> for FetchError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// What to fetch, and from where.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// Raw resource path.
    pub(super) resource: String,
    /// Query for web origins.
    pub(super) query: Option<String>,
    /// The host that the client asked for, where an origin wants to know it.
    pub(super) host: Option<String>,
    /// Whether the request comes from an image server of this kind.
    pub(super) from_ourselves: bool,
    /// How long an origin that did not have the file is not asked again.
    pub(super) negative_ttl: Duration,
    /// File name, decoded.
    pub(super) name: String,
    /// Largest original that is decoded, in bytes.
    pub(super) max_bytes: u64,
    /// Whom to ask, in this order.
    pub(super) origins: Vec<Arc<Origin>>,
    /// Counts what every origin answered.
    pub(super) fetches: Family<FetchLabels, Counter>,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    /// An image that is decoded, whole.
    Whole(Arc<Original>),
    /// Anything else, to be passed through.
    Stream(Box<Passing>),
}

impl Order {
    /// Opens the file, or a range of it, at the first origin that has it.
    pub(super) async fn open(&self, range: Option<&str>) -> Result<(Arc<Origin>, Fetched), FetchError> {
        let request = Request {
            query: self.query.clone(),
            range: range.map(str::to_owned),
            host: self.host.clone(),
            negative_ttl: self.negative_ttl,
            from_ourselves: self.from_ourselves,
            ..Request::new(&self.resource, Purpose::Stream)
        };
        let note = |origin: &ObjectId, failure: &OriginFailure| self.count(origin, Some(failure));
        let (origin, fetched) = fetch_chain_noting(&self.origins, &request, note).await?;
        self.count(origin.id(), None);
        Ok((origin, fetched))
    }

    /// Opens the file, looks at its first bytes, and reads it whole if it is an image that is decoded.
    pub(super) async fn find(&self, admission: &Admission) -> Result<Found, FetchError> {
        let started = Instant::now();
        let (origin, mut fetched) = self.open(None).await?;
        // A coding hides the bytes of an image; that of a text may go on to the client as it is.
        if self.kind_of(&[], &fetched.meta) != Kind::Other {
            fetched = origin.decoded_if_possible(fetched);
        }
        let first = fetched.body.peek(FIRST_BYTES).await.map_err(|failure| self.failed(&origin, failure))?;
        let kind = self.kind_of(&first, &fetched.meta);
        if kind != Kind::Raster {
            let start = Some(first);
            return Ok(Found::Stream(Box::new(Passing { origin, fetched, kind, start })));
        }
        let settled = origin.settle(fetched, self.max_bytes, started);
        let Fetched { meta, body, .. } = settled.map_err(|failure| self.failed(&origin, failure))?;
        match read(body, meta.content_length, self.max_bytes, admission).await {
            Ok((bytes, hold)) => Ok(Found::Whole(Arc::new(Original { origin, meta, bytes, _hold: hold }))),
            Err(ReadError::Origin(failure)) => Err(self.failed(&origin, failure)),
            Err(ReadError::Refused(refused)) => Err(refused.into()),
        }
    }

    /// What the file is, as far as these bytes, its headers and its name tell.
    pub(super) fn kind_of(&self, first_bytes: &[u8], meta: &Meta) -> Kind {
        kind_of(first_bytes, meta.content_type.as_deref(), &self.name)
    }

    /// Counts and names a failure of an origin that had begun to deliver.
    fn failed(&self, origin: &Origin, failure: OriginFailure) -> FetchError {
        self.count(origin.id(), Some(&failure));
        let all = vec![(origin.id().clone(), failure.clone())];
        FetchError::Chain(ChainFailure { failure, all })
    }

    fn count(&self, origin: &ObjectId, failure: Option<&OriginFailure>) {
        let labels = FetchLabels {
            origin: origin.to_string(),
            ik_error: failure.map_or("", |failure| failure.code.as_str()),
            reason: failure.map_or("", |failure| failure.cause.as_str()),
        };
        self.fetches.get_or_create(&labels).inc();
    }
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

/// Reads a body whose time and size the origin bounds, into memory that was reserved.
async fn read(
    mut body: Body,
    length: Option<u64>,
    max_bytes: u64,
    admission: &Admission,
) -> Result<(Bytes, Reservation), ReadError> {
    if let Some(length) = length {
        let hold = admission.hold_original(length).await?;
        return Ok((body.collect(max_bytes).await?, hold));
    }
    let mut hold = admission.hold_original(UNKNOWN_LENGTH.min(max_bytes)).await?;
    let mut bytes = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece?;
        let needed = (bytes.len() + piece.len()) as u64;
        if needed > max_bytes {
            return Err(OriginFailure::too_large(None, max_bytes).into());
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
