//! Looking something up: in a moment, or not at all.
//!
//! An origin far away takes as long as the first deadline here, so a request is never late by more than what it might have
//! waited anyway, and after a few of them the store is left alone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use opendal::FuturesBytesStream;
use tokio::sync::OwnedSemaphorePermit;

use super::{Inner, Store};
use crate::{Name, Operation, running::within, trouble::Trouble};

/// Until the first bytes are there: ten times what a bucket of the same region takes.
pub(super) const FIRST: Duration = Duration::from_millis(300);
/// Until the last ones are, ...
const WHOLE: Duration = Duration::from_secs(2);
/// ... and a second more for so many bytes, which is slower than any network that a store is useful on.
const PER_SECOND: u64 = 16 << 20;
/// What stands before the bytes of an entry is shorter.
const HEAD: u64 = 65 << 10;

/// Something that is there, of which the first bytes have come.
#[derive(Debug)]
pub struct Found {
    inner: Arc<Inner>,
    began: Instant,
    length: u64,
    body: Body,
    turn: OwnedSemaphorePermit,
}

pub(super) struct Body {
    first: Bytes,
    rest: FuturesBytesStream,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").field("first", &self.first.len()).finish_non_exhaustive()
    }
}

impl Store {
    /// Looks something up that has at most so many bytes beside its head. `None` for whatever reason: it is to be had
    /// elsewhere.
    pub async fn find(&self, name: &Name, largest: u64) -> Option<Found> {
        let inner = &self.inner;
        if inner.is_barred() || !inner.reads.is_closed() {
            inner.skipped(Operation::Read, "unavailable");
            return None;
        }
        let began = Instant::now();
        let outcome = inner.look_up(name.to_string()).await;
        let took = began.elapsed();
        match outcome {
            Ok((length, _, _)) if length > largest.saturating_add(HEAD) => {
                inner.tell(Operation::Read, "too_large", Some(took), 0);
                None
            }
            Ok((length, body, turn)) => Some(Found { inner: Arc::clone(inner), began, length, body, turn }),
            Err(_) => {
                inner.ended(Operation::Read, &outcome, "found", took, 0);
                None
            }
        }
    }
}

impl Inner {
    /// The length and the first bytes of something.
    pub(super) async fn look_up(&self, name: String) -> Result<(u64, Body, OwnedSemaphorePermit), Trouble> {
        let turn = Arc::clone(&self.lookups).try_acquire_owned().map_err(|_| Trouble::Busy)?;
        let operator = self.operator.clone();
        // The turn goes with the work, and comes back with what it found.
        within(FIRST, !self.is_folder, (), async move {
            let reader = operator.reader(&name).await?;
            let mut rest = reader.clone().into_bytes_stream(..).await?;
            let Some(first) = rest.next().await else {
                return Err(Trouble::Failed("it has something without a byte".to_owned()));
            };
            let first = first.map_err(|error| of_stream(&error))?;
            let length = reader.metadata().map_or(first.len() as u64, opendal::Metadata::content_length);
            Ok((length, Body { first, rest }, turn))
        })
        .await
    }
}

impl Found {
    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Its bytes, if they come in time and are as many as they should be.
    pub async fn read(self) -> Option<Bytes> {
        let Self { inner, began, length, body, turn } = self;
        let more = Duration::from_secs(length / PER_SECOND);
        let limit = (WHOLE + more).saturating_sub(began.elapsed());
        let outcome = within(limit, !inner.is_folder, turn, body.read(length)).await;
        inner.ended(Operation::Read, &outcome, "found", began.elapsed(), outcome.as_ref().map_or(0, len));
        outcome.ok()
    }
}

fn len(bytes: &Bytes) -> u64 {
    bytes.len() as u64
}

impl Body {
    async fn read(mut self, length: u64) -> Result<Bytes, Trouble> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if self.first.len() == length {
            return Ok(self.first);
        }
        let mut bytes = BytesMut::with_capacity(length);
        bytes.extend_from_slice(&self.first);
        while let Some(piece) = self.rest.next().await {
            let piece = piece.map_err(|error| of_stream(&error))?;
            if bytes.len() + piece.len() > length {
                return Err(Trouble::Failed("it sends more than it said".to_owned()));
            }
            bytes.extend_from_slice(&piece);
        }
        if bytes.len() < length {
            return Err(Trouble::Failed("it breaks off".to_owned()));
        }
        Ok(bytes.freeze())
    }
}

/// An error of a stream, which wraps what the library said of it.
fn of_stream(error: &std::io::Error) -> Trouble {
    match (error.kind(), error.get_ref().and_then(|inner| inner.downcast_ref::<opendal::Error>())) {
        (std::io::ErrorKind::NotFound, _) => Trouble::Absent,
        (_, Some(inner)) => Trouble::Failed(crate::trouble::told(inner)),
        (kind, None) => Trouble::Failed(kind.to_string()),
    }
}
