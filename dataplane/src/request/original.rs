//! One original on its way: opened at the first origin that has it, looked at, and read whole where it is decoded. As
//! long as nothing of it went to the client, the next origin stands in for one whose file breaks off.
//!
//! Its memory is reserved before it is read: all at once where the origin tells the length, piece by piece where it
//! does not.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use imgplane_config::ObjectId;
use imgplane_origins::{
    Body, ChainFailure, Condition, Failure as OriginFailure, Fetched, FetchedStatus, Lifetime, Meta, Opened,
    Origin, Purpose, Request, Walk,
};
use prometheus_client::metrics::{counter::Counter, family::Family};

use super::{
    kind::{Kind, kind_of},
    saved::{Saved, Saving, Tee},
};
use crate::{
    admission::{Admission, Claim, Permit, Refused, Room},
    metrics::FetchLabels,
    purge::Knowledge,
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
    /// How long it was waited for their memory.
    pub(super) waited: Duration,
    /// It is a copy that was saved: no origin was asked for it.
    pub(super) is_copy: bool,
    memory: Arc<Memory>,
}

/// The memory of an original: its own room, or a place beside those of others.
#[derive(Debug)]
#[expect(dead_code, reason = "held for being dropped")]
enum Memory {
    Room(Room),
    Place(Permit),
}

impl Original {
    /// A copy that was saved.
    pub(super) fn saved(origin: Arc<Origin>, meta: Meta, bytes: Bytes, place: Permit) -> Self {
        let memory = Arc::new(Memory::Place(place));
        Self { origin, meta, bytes, waited: Duration::ZERO, is_copy: true, memory }
    }

    /// The same, of which its origin says something else.
    pub(super) fn with(&self, meta: Meta) -> Self {
        Self {
            origin: Arc::clone(&self.origin),
            meta,
            bytes: self.bytes.clone(),
            waited: self.waited,
            is_copy: self.is_copy,
            memory: Arc::clone(&self.memory),
        }
    }
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
    /// All of it, where it is a copy that was saved.
    pub(super) copy: Option<Arc<Original>>,
}

/// Why a fetch failed.
#[derive(Debug, Clone)]
pub(super) enum FetchError {
    /// At the origins.
    Chain(ChainFailure),
    /// For want of memory here.
    Refused(Refused),
    /// A file was said to be the known one, and none was known.
    Unasked,
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
    /// The hosts by which we are reached.
    pub(super) own_hosts: Arc<[String]>,
    /// How long an origin that did not have the file is not asked again.
    pub(super) negative_ttl: Duration,
    /// File name, decoded.
    pub(super) name: String,
    /// An SVG is drawn, and so read whole as a picture is.
    pub(super) draws_svg: bool,
    /// Largest original that is decoded, in bytes.
    pub(super) max_bytes: u64,
    /// Whom to ask, in this order.
    pub(super) origins: Vec<Arc<Origin>>,
    /// What its endpoint may take of the pod.
    pub(super) claim: Claim,
    /// Counts what every origin answered.
    pub(super) fetches: Family<FetchLabels, Counter>,
    /// What is known of purges at its time.
    pub(super) purged: Knowledge,
    /// What is known of the file already.
    pub(super) condition: Option<Condition>,
    /// Number of the last purge of the file.
    pub(super) file_purged: u64,
    /// It is wanted whole, whatever it is.
    pub(super) reads_whole: bool,
    /// Where the original is saved, if it is to be.
    pub(super) saving: Option<Arc<Saving>>,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    /// An image that is decoded, whole.
    Whole(Arc<Original>),
    /// Anything else, to be passed through.
    Stream(Box<Passing>),
    /// It is the one that is known.
    Known(Known),
}

/// What an origin says of a file that is still the known one.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The origin that has it.
    pub(super) origin: ObjectId,
    /// How long it may be kept from now on, as far as it says.
    pub(super) lifetime: Lifetime,
    /// It is marked as private, and says so.
    pub(super) is_private: bool,
    /// A copy that was saved is meant: no origin was asked.
    pub(super) is_copy: bool,
}

impl Order {
    /// Opens the file, or a range of it, at the first origin that has it, and looks at its first bytes: an answer
    /// without any is none yet.
    pub(super) async fn open(&self, range: Option<&str>) -> Result<(Arc<Origin>, Fetched), FetchError> {
        let mut walk = Walk::along(&self.origins);
        let request = self.request(range);
        loop {
            let Opened { origin, mut fetched, since } = self.next(&mut walk, &request).await?;
            match origin.look(&mut fetched, FIRST_BYTES, since, walk.first_byte_by()).await {
                Ok(_) => {
                    self.count(origin.id(), None);
                    return Ok((origin, fetched));
                }
                Err(failure) => self.failed(&mut walk, &origin, failure),
            }
        }
    }

    /// Finds the file where it was saved, else at the origins, and saves it.
    pub(super) async fn find(&self, admission: &Admission) -> Result<Found, FetchError> {
        let Some(saving) = &self.saving else { return self.ask(self.condition.as_ref(), admission).await };
        let copy = saving.find(self).await;
        if let Some(copy) = copy.as_ref().filter(|copy| copy.is_good) {
            saving.used(copy);
            return Ok(self.found(copy));
        }
        let began = Instant::now();
        let condition =
            copy.as_ref().and_then(|copy| copy.condition.clone()).or_else(|| self.condition.clone());
        match (self.ask(condition.as_ref(), admission).await?, copy) {
            (Found::Known(said), Some(copy)) if copy.condition == condition => {
                let copy = copy.renewed(&said);
                saving.renew(&copy);
                Ok(self.found(&copy))
            }
            (Found::Whole(original), _) => {
                let Original { origin, meta, bytes, .. } = &*original;
                saving.save(origin.id(), meta, bytes.clone(), began.elapsed());
                Ok(Found::Whole(original))
            }
            (Found::Stream(passing), _) => Ok(Found::Stream(Tee::over(saving, passing, began))),
            (known @ Found::Known(_), _) => Ok(known),
        }
    }

    /// What a copy is for this request.
    fn found(&self, copy: &Saved) -> Found {
        let Original { origin, meta, bytes, .. } = &*copy.original;
        if self.condition.as_ref().is_some_and(|known| copy.is(known)) {
            let Meta { lifetime, is_private, .. } = *meta;
            return Found::Known(Known { origin: origin.id().clone(), lifetime, is_private, is_copy: true });
        }
        match self.kind_of(bytes, meta) {
            Kind::Raster => Found::Whole(Arc::clone(&copy.original)),
            _ if self.reads_whole => Found::Whole(Arc::clone(&copy.original)),
            Kind::Svg | Kind::Claimed | Kind::Other => Found::Stream(copy.passing(self)),
        }
    }

    /// Opens the file, looks at its first bytes, and reads it whole if it is an image that is decoded.
    async fn ask(&self, condition: Option<&Condition>, admission: &Admission) -> Result<Found, FetchError> {
        let mut walk = Walk::along(&self.origins);
        let request = Request { condition: condition.cloned(), ..self.request(None) };
        loop {
            let opened = self.next(&mut walk, &request).await?;
            let origin = Arc::clone(&opened.origin);
            match self.land(opened, &walk, admission).await {
                Ok(found) => {
                    self.count(origin.id(), None);
                    return Ok(found);
                }
                Err(ReadError::Origin(failure)) => self.failed(&mut walk, &origin, failure),
                Err(ReadError::Refused(refused)) => return Err(refused.into()),
            }
        }
    }

    /// Makes of a file that an origin began to deliver what it is for.
    async fn land(&self, opened: Opened, walk: &Walk<'_>, admission: &Admission) -> Result<Found, ReadError> {
        let Opened { origin, mut fetched, since } = opened;
        if fetched.status == FetchedStatus::NotModified {
            let Meta { lifetime, is_private, .. } = fetched.meta;
            return Ok(Found::Known(Known {
                origin: origin.id().clone(),
                lifetime,
                is_private,
                is_copy: false,
            }));
        }
        // A coding hides the bytes of an image; that of a text may go on to the client as it is.
        if self.kind_of(&[], &fetched.meta) != Kind::Other {
            fetched = origin.decoded_if_possible(fetched);
        }
        let first = origin.look(&mut fetched, FIRST_BYTES, since, walk.first_byte_by()).await?;
        let kind = self.kind_of(&first, &fetched.meta);
        if kind != Kind::Raster && !self.reads_whole {
            let start = Some(first);
            return Ok(Found::Stream(Box::new(Passing { origin, fetched, kind, start, copy: None })));
        }
        let Fetched { meta, body, .. } = origin.settle(fetched, self.max_bytes, since)?;
        let (bytes, room) = self.read(body, meta.content_length, admission).await?;
        let waited = room.waited;
        let memory = Arc::new(Memory::Room(room));
        Ok(Found::Whole(Arc::new(Original { origin, meta, bytes, waited, is_copy: false, memory })))
    }

    /// Reads a body whose time and size the origin bounds, into memory that was reserved.
    async fn read(
        &self,
        mut body: Body,
        length: Option<u64>,
        admission: &Admission,
    ) -> Result<(Bytes, Room), ReadError> {
        if let Some(length) = length {
            let room = admission.hold_original(&self.claim, length).await?;
            body.allow(room.waited);
            return Ok((body.collect(self.max_bytes).await?, room));
        }
        let first = UNKNOWN_LENGTH.min(self.max_bytes);
        let mut room = admission.hold_original(&self.claim, first).await?;
        body.allow(room.waited);
        let mut bytes = BytesMut::new();
        while let Some(piece) = body.next().await {
            let piece = piece?;
            let needed = (bytes.len() + piece.len()) as u64;
            if needed > self.max_bytes {
                return Err(OriginFailure::too_large(None, self.max_bytes).into());
            }
            // Twice the bytes, because a buffer that grows is copied into a larger one.
            admission.try_grow(&self.claim, &mut room, needed * 2)?;
            bytes.extend_from_slice(&piece);
        }
        room.shrink(bytes.capacity() as u64);
        Ok((bytes.freeze(), room))
    }

    fn request(&self, range: Option<&str>) -> Request {
        Request {
            query: self.query.clone(),
            range: range.map(str::to_owned),
            host: self.host.clone(),
            negative_ttl: self.negative_ttl,
            purged: self.file_purged,
            from_ourselves: self.from_ourselves,
            own_hosts: Arc::clone(&self.own_hosts),
            ..Request::new(&self.resource, Purpose::Stream)
        }
    }

    /// Opens the file at the next origin that has it.
    async fn next(&self, walk: &mut Walk<'_>, request: &Request) -> Result<Opened, FetchError> {
        let note = |origin: &ObjectId, failure: &OriginFailure| self.count(origin, Some(failure));
        Ok(walk.next(request, note).await?)
    }

    /// What the file is, as far as these bytes, its headers and its name tell.
    pub(super) fn kind_of(&self, first_bytes: &[u8], meta: &Meta) -> Kind {
        match kind_of(first_bytes, meta.content_type.as_deref(), &self.name) {
            Kind::Svg if self.draws_svg => Kind::Raster,
            kind => kind,
        }
    }

    /// Counts and keeps a failure of an origin that had begun to deliver.
    fn failed(&self, walk: &mut Walk<'_>, origin: &Origin, failure: OriginFailure) {
        self.count(origin.id(), Some(&failure));
        walk.failed(origin, failure);
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
