//! A file that is saved on its way to the client that reads it to its end.

use std::{sync::Arc, time::Instant};

use bytes::{Bytes, BytesMut};
use imgplane_config::ObjectId;
use imgplane_origins::{FetchedStatus, Meta};

use super::{super::original::Passing, Saving};
use crate::admission::Permit;

/// Its bytes so far.
#[derive(Debug)]
pub(in super::super) struct Tee {
    saving: Arc<Saving>,
    origin: ObjectId,
    meta: Meta,
    began: Instant,
    expected: usize,
    bytes: BytesMut,
    _hold: Permit,
}

impl Tee {
    /// Saves what passes, where all of it does, its length is known and there is memory for it.
    pub(in super::super) fn over(
        saving: &Arc<Saving>,
        mut passing: Box<Passing>,
        began: Instant,
    ) -> Box<Passing> {
        let meta = &passing.fetched.meta;
        let whole = passing.fetched.status == FetchedStatus::Whole && passing.copy.is_none();
        let length = meta.content_length.and_then(|length| usize::try_from(length).ok());
        let Some(expected) = length.filter(|length| whole && (1..=saving.largest).contains(length)) else {
            return passing;
        };
        let Some(hold) = saving.budget.hold(expected) else {
            saving.count("no_memory");
            return passing;
        };
        let mut tee = Some(Self {
            saving: Arc::clone(saving),
            origin: passing.origin.id().clone(),
            meta: meta.clone(),
            began,
            expected,
            bytes: BytesMut::new(),
            _hold: hold,
        });
        passing.fetched.body = passing.fetched.body.watched(move |piece| {
            tee = tee.take().and_then(|tee| tee.push(piece));
        });
        passing
    }

    /// Takes in a piece. `None`: it is saved, or it is not what was announced.
    fn push(mut self, piece: &Bytes) -> Option<Self> {
        self.bytes.extend_from_slice(piece);
        if self.bytes.len() < self.expected {
            return Some(self);
        }
        let Self { saving, origin, meta, began, expected, bytes, .. } = self;
        if bytes.len() == expected {
            saving.save(&origin, &meta, bytes.freeze(), began.elapsed());
        }
        None
    }
}
