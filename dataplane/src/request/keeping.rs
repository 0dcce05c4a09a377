//! A file that is kept while it is on its way to a client: as it is, or as it was compressed for that client.
//!
//! Its bytes are counted against the originals' share of the memory until they are the cache's. A body that ends before
//! its end, or that nobody reads to its end, is not kept.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use imgplane_cache::Key;
use prometheus_client::metrics::{counter::Counter, family::Family};

use super::{
    conditional::Validators,
    product::{Entry, Head},
    shelves::Shelves,
};
use crate::{
    admission::{Admission, Claim, Permit},
    metrics::LookupLabel,
};

/// What is to be kept, and under which name.
#[derive(Debug, Clone)]
pub(super) struct Keep {
    /// Where.
    pub(super) shelves: Shelves,
    /// Its name.
    pub(super) key: Key,
    /// What is known of it.
    pub(super) head: Head,
    /// Bytes of the file before it was compressed.
    pub(super) length: u64,
    /// How many come is not known: the end of the body tells.
    pub(super) open_ended: bool,
    /// Counts what is kept and what is not.
    pub(super) insertions: Family<LookupLabel, Counter>,
}

/// Its bytes so far.
#[derive(Debug)]
pub(super) struct Keeping {
    keep: Keep,
    /// How many come; absent where only the end of the body tells.
    expected: Option<usize>,
    bytes: BytesMut,
    room: usize,
    _hold: Permit,
}

impl Keep {
    /// The same file in a coding, whose name says so.
    pub(super) fn coded(self, coding: &'static str, validators: &Validators) -> Self {
        let head =
            Head { content_encoding: Some(coding.to_owned()), validators: validators.clone(), ..self.head };
        Self { key: coded(self.key, coding), head, open_ended: true, ..self }
    }

    /// Begins to collect. `None` where the file is too large to be kept, or there is no memory for it now.
    pub(super) fn begin(self, admission: &Admission, claim: &Claim) -> Option<Keeping> {
        let length = usize::try_from(self.length).ok().filter(|length| *length <= self.shelves.largest());
        let Some(length) = length else {
            self.count("too_large");
            return None;
        };
        let Some(hold) = admission.try_hold(claim, self.length) else {
            self.count("no_memory");
            return None;
        };
        let expected = (!self.open_ended).then_some(length);
        Some(Keeping { keep: self, expected, bytes: BytesMut::new(), room: length, _hold: hold })
    }

    /// Keeps bytes that are here already.
    pub(super) fn at_once(self, body: Bytes) {
        let kept = self.shelves.insert(self.key, &Arc::new(Entry { head: self.head.clone(), body }));
        self.count(if kept { "kept" } else { "too_large" });
    }

    fn count(&self, outcome: &'static str) {
        self.insertions.get_or_create(&LookupLabel { outcome }).inc();
    }
}

/// Name of a file in a coding.
pub(super) fn coded(key: Key, coding: &str) -> Key {
    Key::of([key.as_bytes().as_slice(), coding.as_bytes()])
}

impl Keeping {
    /// Takes in a piece. `None`: it is kept, or it turned out to be larger than what it was made from.
    pub(super) fn push(mut self: Box<Self>, piece: &Bytes) -> Option<Box<Self>> {
        if self.bytes.len() + piece.len() > self.room {
            return None;
        }
        self.bytes.extend_from_slice(piece);
        if self.expected == Some(self.bytes.len()) {
            self.keep();
            return None;
        }
        Some(self)
    }

    /// The body ended as it should.
    pub(super) fn finish(self: Box<Self>) {
        if self.expected.is_none() {
            self.keep();
        }
    }

    fn keep(self: Box<Self>) {
        let Self { keep, bytes, .. } = *self;
        // A buffer that grew is larger than what is in it.
        keep.at_once(Bytes::copy_from_slice(&bytes));
    }
}
