//! The room of a list of purges, and who has how much of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Purge, PurgeRequest, Purges};
use crate::ObjectId;

/// Most records.
pub(super) const RECORDS: usize = 1000;
/// Most bytes of them as JSON: a small part of what pods mount.
pub(super) const BYTES: usize = 256 << 10;
/// An endpoint may have this part of both that is not completed, so that what holds up one holds up no other.
pub(super) const OPEN_PART: usize = 4;
/// Most bytes of one request as JSON. No URL that a pod serves is half as long, so this is no request of a pod that
/// works as it should.
pub(super) const REQUEST: usize = 32 << 10;

/// Some of the room.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    records: usize,
    bytes: usize,
}

/// What one endpoint has.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    all: Part,
    open: Part,
}

/// What the records of a list take.
#[derive(Debug, Default)]
struct Room {
    /// Of every record in turn, whose it is and how large.
    records: Vec<(usize, usize)>,
    shares: Vec<Share>,
    by_endpoint: HashMap<ObjectId, usize>,
    total: Share,
}

impl Purges {
    /// Takes up what was asked for and is not listed yet, in the order of its times, as far as there is room. Whether the
    /// list is another one now.
    ///
    /// What is completed leaves where something new needs the room, and always from the endpoint that has most of it: no
    /// endpoint's purges end what was kept of another. Where that does not make room enough, what is new waits.
    pub fn take_up<'a>(&mut self, asked: impl IntoIterator<Item = &'a PurgeRequest>) -> bool {
        let mut room = Room::of(self);
        let mut grown = false;
        // What comes later is not let past what waits.
        let mut waiting = BTreeSet::new();
        for request in self.new_ones(asked) {
            let purge = Purge { number: self.last() + 1, request: request.clone() };
            let size = size(&purge);
            if size > REQUEST || waiting.contains(&request.endpoint) {
                continue;
            }
            if !room.share(&request.endpoint).open.and(size).is_within(OPEN_PART) {
                waiting.insert(&request.endpoint);
                continue;
            }
            // All that is completed may leave, and nothing else.
            if !room.total.open.and(size).is_within(1) {
                break;
            }
            room.push(&request.endpoint, size, true);
            self.records.push(purge);
            while let Some(index) = room.leaving(self.completed_records()) {
                room.remove(index);
                let left = self.records.remove(index);
                self.leave_floor(left);
            }
            grown = true;
        }
        grown
    }

    fn new_ones<'a>(&self, asked: impl IntoIterator<Item = &'a PurgeRequest>) -> Vec<&'a PurgeRequest> {
        let listed: BTreeSet<&str> = self.records.iter().map(|purge| purge.request.id.as_str()).collect();
        let new: BTreeMap<&str, &PurgeRequest> = asked
            .into_iter()
            .filter(|request| !listed.contains(request.id.as_str()))
            .map(|request| (request.id.as_str(), request))
            .collect();
        let mut new: Vec<_> = new.into_values().collect();
        new.sort_by_key(|request| (request.time, request.id.as_str()));
        new
    }

    /// How many records are completed: those at the beginning.
    fn completed_records(&self) -> usize {
        self.records.partition_point(|purge| purge.number <= self.completed)
    }
}

impl Part {
    fn and(self, size: usize) -> Self {
        Self { records: self.records + 1, bytes: self.bytes + size }
    }

    fn without(self, size: usize) -> Self {
        Self { records: self.records.saturating_sub(1), bytes: self.bytes.saturating_sub(size) }
    }

    /// Whether it is no more than the whole room divided by this.
    fn is_within(self, divisor: usize) -> bool {
        // One byte for the brackets, which are two, where separators are one less than records.
        self.records <= RECORDS / divisor && self.bytes < BYTES / divisor
    }
}

impl Room {
    fn of(list: &Purges) -> Self {
        let mut room = Self::default();
        for purge in &list.records {
            room.push(&purge.request.endpoint, size(purge), purge.number > list.completed);
        }
        room
    }

    fn share(&self, endpoint: &ObjectId) -> Share {
        let share = self.by_endpoint.get(endpoint).and_then(|at| self.shares.get(*at));
        share.copied().unwrap_or_default()
    }

    fn push(&mut self, endpoint: &ObjectId, size: usize, open: bool) {
        let next = self.shares.len();
        let owner = *self.by_endpoint.entry(endpoint.clone()).or_insert(next);
        if owner == next {
            self.shares.push(Share::default());
        }
        for share in self.shares.get_mut(owner).into_iter().chain([&mut self.total]) {
            share.all = share.all.and(size);
            if open {
                share.open = share.open.and(size);
            }
        }
        self.records.push((owner, size));
    }

    /// Takes out a record that is completed.
    fn remove(&mut self, index: usize) {
        let (owner, size) = self.records.remove(index);
        for share in self.shares.get_mut(owner).into_iter().chain([&mut self.total]) {
            share.all = share.all.without(size);
        }
    }

    /// The record that leaves, where one has to: of the first ones, which are completed, the oldest of the endpoint that has
    /// most of what is short.
    fn leaving(&self, completed: usize) -> Option<usize> {
        if self.total.all.is_within(1) {
            return None;
        }
        let by_number = self.total.all.records > RECORDS;
        let mut leaving: Option<(usize, usize)> = None;
        for (index, (owner, _)) in self.records.iter().take(completed).enumerate() {
            let part = self.shares.get(*owner).map(|share| share.all).unwrap_or_default();
            let has = if by_number { part.records } else { part.bytes };
            if leaving.is_none_or(|(_, most)| has > most) {
                leaving = Some((index, has));
            }
        }
        leaving.map(|(index, _)| index)
    }
}

/// Bytes of a record as JSON, with what separates it from the next.
fn size(purge: &Purge) -> usize {
    serde_json::to_vec(purge).map_or(REQUEST + 1, |text| text.len() + 1)
}
