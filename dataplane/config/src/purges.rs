//! What was purged: a list in which every purge has its number, and what is left of the purges that had to leave it.

mod room;

use serde::{Deserialize, Serialize};

use crate::ObjectId;

/// Most floors, ...
const FLOORS: usize = 1000;
/// ... and most bytes of them as JSON, about.
const FLOOR_BYTES: usize = 128 << 10;

/// What was purged, in the order in which it was.
///
/// Numbers only ever grow, and none is used twice. Whoever has taken in the list up to a number holds nothing any more that
/// a record up to it covers. The list is bounded, and what leaves it leaves a floor behind: what was made without
/// knowledge of that number cannot be judged any more, and counts as purged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Purges {
    /// Which list this is: the first number that it had to give, a time in milliseconds; 0: nothing was ever purged. Numbers
    /// of another list mean nothing here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub list: u64,
    /// What was made without knowledge of this number counts as purged, whatever it is.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: u64,
    /// The same for what is of one endpoint. In the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floors: Vec<Floor>,
    /// Up to this number every ready pod has acknowledged; 0: none yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub completed: u64,
    /// In the order of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Purge>,
}

/// What is left of the purges of one endpoint that are no longer listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Floor {
    /// The endpoint.
    pub endpoint: ObjectId,
    /// Highest number of them.
    pub number: u64,
}

/// One purge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purge {
    /// Its place in the order.
    pub number: u64,
    /// What was asked for.
    #[serde(flatten)]
    pub request: PurgeRequest,
}

/// What somebody wants to have purged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurgeRequest {
    /// The id by which it is asked for.
    pub id: String,
    /// The endpoint whose files are meant.
    pub endpoint: ObjectId,
    /// The URL behind the endpoint, raw, with its query and without a signature. A `*` at its end covers everything that
    /// begins so.
    pub url: String,
    /// Everything that was made of the file goes, not only what this URL asks for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resource: bool,
    /// Unix seconds at which it was asked for.
    pub time: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Purges {
    /// Whether nothing was ever purged.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Begins the list, unless it has begun. `now` is in milliseconds since 1970.
    ///
    /// Its numbers go on from the time, not from 1: an earlier list may have been lost, while what was kept still knows
    /// its numbers. What was kept before this list, under another or under none, counts as purged, because nobody can say
    /// what was purged of it.
    pub fn begin(&mut self, now: u64) {
        if self.list == 0 {
            let list = now.max(1);
            *self = Self { list, dropped: list - 1, ..Self::default() };
        }
    }

    /// Highest number so far; 0: none.
    pub fn last(&self) -> u64 {
        let listed = self.records.last().map_or(0, |purge| purge.number);
        listed.max(self.completed).max(self.dropped)
    }

    /// What was made of this endpoint without knowledge of this number counts as purged.
    pub fn floor(&self, endpoint: &ObjectId) -> u64 {
        let own = self.floors.binary_search_by(|floor| floor.endpoint.cmp(endpoint)).ok();
        own.and_then(|at| self.floors.get(at)).map_or(0, |floor| floor.number).max(self.dropped)
    }

    /// Whether a record is not completed yet.
    pub fn is_open(&self) -> bool {
        self.records.last().is_some_and(|purge| purge.number > self.completed)
    }

    /// Takes in that every ready pod has taken in the list up to this number. Whether that completes a purge.
    pub fn complete(&mut self, number: u64) -> bool {
        let open = |purge: &Purge| purge.number > self.completed && purge.number <= number;
        let Some(last) = self.records.iter().rev().find(|purge| open(purge)) else { return false };
        self.completed = last.number;
        true
    }

    /// Notes that this purge is no longer listed.
    fn leave_floor(&mut self, purge: Purge) {
        let Purge { number, request: PurgeRequest { endpoint, .. } } = purge;
        match self.floors.binary_search_by(|floor| floor.endpoint.cmp(&endpoint)) {
            Ok(at) => self.floors.get_mut(at).into_iter().for_each(|floor| floor.number = number),
            Err(at) => self.floors.insert(at, Floor { endpoint, number }),
        }
        while self.floors.len() > FLOORS || self.floors.iter().map(Floor::size).sum::<usize>() > FLOOR_BYTES {
            let Some(oldest) = self.floors.iter().map(|floor| floor.number).min() else { break };
            self.dropped = self.dropped.max(oldest);
            self.floors.retain(|floor| floor.number > oldest);
        }
    }
}

impl Floor {
    /// Bytes as JSON, about: names of objects have nothing to be escaped.
    fn size(&self) -> usize {
        const SYNTAX: usize = r#"{"endpoint":{"namespace":"","name":""},"number":1800000000000},"#.len();
        SYNTAX + self.endpoint.namespace.len() + self.endpoint.name.len()
    }
}

#[cfg(test)]
mod tests;
